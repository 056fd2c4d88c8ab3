"""Preparing runs: what each site's checklists ask today and tomorrow, frozen as plans before they open."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Plan
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.recurrence import Occurrence, Schedule, occurrences
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.batches import each_alone
from shiftbot.services.planning import plan_for
from shiftbot.storage import runs, schedules
from shiftbot.storage.database import Database
from shiftbot.storage.schedules import Turn

BATCH = 100
"""Sites in one transaction: with every pack ten milliseconds each, and nobody else writes to SQLite meanwhile."""

_DAY = timedelta(days=1)

LOOK_BACK_DAYS = 7
"""After a stop, runs of at most this many past days are prepared, to be shown as missed instead of vanishing."""


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions: every site's runs not yet open are prepared again at the next tick."""
    with database.transaction() as connection:
        plan_anew(connection, pharmacy, now)


def plan_anew(connection: Connection, pharmacy: Pharmacy, now: datetime) -> None:
    """As `plan_ahead`, within the caller's transaction."""
    schedules.keep_only(connection, pharmacy.sites)
    runs.keep_only(connection, pharmacy.sites)
    schedules.hasten(connection, "prepare", now)
    sites = pharmacy.sites.values()
    schedules.add(connection, "prepare", ((site.id, now, local_date(site.calendar, now)) for site in sites))


def prepare_runs(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Prepare today's and tomorrow's runs of every site whose turn it is."""

    def find(connection: Connection) -> list[Turn]:
        return [due for due in schedules.find_due(connection, "prepare", now) if due.site in pharmacy.sites][:BATCH]

    def take(connection: Connection, due: list[Turn]) -> None:
        sites = [turn.site for turn in due]
        known = runs.sites_with_any(connection, sites)
        runs.forget_prepared(connection, sites, now)
        runs.take_up_again(connection, sites, now.date() - LOOK_BACK_DAYS * _DAY, now)
        asked = [each for turn in due for each in _asked(pharmacy, turn, now, turn.site in known)]
        digests = runs.save_plans(connection, [plan for _, plan, _ in asked])
        runs.prepare(
            connection,
            [
                (site, plan.checklist, digest, occurring)
                for (site, plan, occurring), digest in zip(asked, digests, strict=True)
            ],
        )
        schedules.move_all(connection, "prepare", [_next_turn(pharmacy.sites[turn.site], turn, now) for turn in due])

    each_alone(database, find, take, name=lambda turn: f"the runs of {turn.site}")


def _asked(
    pharmacy: Pharmacy, turn: Turn, now: datetime, known: bool
) -> Iterator[tuple[str, Plan, Sequence[Occurrence]]]:
    """What the site is asked and when; a checklist without a line (for each unit of none) asks nothing.

    Plans are laid out only for what occurs: most packs of a whole pharmacy do not, on most days.
    """
    site = pharmacy.sites[turn.site]
    for checklist_id in site.checklists:
        occurring = _occurrences(pharmacy.checklists[checklist_id].schedule, site, turn.for_on, now, known)
        plan = plan_for(pharmacy, site, checklist_id) if occurring else None
        if plan is not None and plan.lines:
            yield site.id, plan, occurring


def _days(site: Site, since_on: date | None, now: datetime, ahead: timedelta = timedelta(0)) -> list[date]:
    """From the day that was prepared last, as far as it may lie back, until tomorrow; later when shown `ahead`."""
    today = local_date(site.calendar, now)
    first = max(min(since_on or today, today), today - LOOK_BACK_DAYS * _DAY)
    return [first + timedelta(days=day) for day in range((today - first).days + 2 - (-ahead // _DAY))]


def _occurrences(schedule: Schedule, site: Site, since_on: date | None, now: datetime, known: bool) -> list[Occurrence]:
    """The runs of the days to prepare, as far as somebody could have answered them.

    On days that were prepared before (through `since_on`) only what opens from now on is new: a checklist added at
    midday was not missed in the morning. At a site that never had a run, nothing was missed before it began.
    """

    def is_asked(each: Occurrence) -> bool:
        if not known:
            return each.missed_at > now
        return each.opens_at > now or (since_on is not None and each.local_date > since_on)

    days = _days(site, since_on, now, schedule.shows_before)
    due = (each for day in days for each in occurrences(schedule, site.calendar, day))
    return [each for each in due if is_asked(each)]


def _next_turn(site: Site, turn: Turn, now: datetime) -> tuple[str, datetime, datetime, date]:
    tomorrow = local_date(site.calendar, now) + timedelta(days=1)
    return site.id, turn.since, instant(site.calendar.timezone, tomorrow, datetime.min.time()), tomorrow
