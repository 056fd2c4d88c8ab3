"""Preparing runs: what each site's checklists ask today and tomorrow, frozen as plans before they open."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Plan
from shiftbot.domain.edited import Planned, not_yet_asked
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
    """As `plan_ahead`, within the caller's transaction. At a site that is back, what it left open goes on."""
    schedules.keep_only(connection, pharmacy.sites)
    runs.keep_only(connection, pharmacy.sites)
    schedules.hasten(connection, "prepare", now)
    sites = pharmacy.sites.values()
    back = pharmacy.sites.keys() - schedules.sites_of(connection, "prepare")
    if back:
        runs.take_up_again(connection, back, now)
    schedules.add(connection, "prepare", ((site.id, now, local_date(site.calendar, now)) for site in sites))


def prepare_runs(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Prepare today's and tomorrow's runs of every site whose turn it is."""

    def find(connection: Connection) -> list[Turn]:
        return [due for due in schedules.find_due(connection, "prepare", now) if due.site in pharmacy.sites][:BATCH]

    def take(connection: Connection, due: list[Turn]) -> None:
        sites = [turn.site for turn in due]
        known = runs.sites_with_any(connection, sites)
        planned = runs.planned_since(connection, sites, now.date() - _DAY, now)
        runs.forget_prepared(connection, sites, now)
        asked = [each for turn in due for each in _asked(pharmacy, turn, now, turn.site in known, planned)]
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
    pharmacy: Pharmacy, turn: Turn, now: datetime, known: bool, planned: Mapping[tuple[str, str], Sequence[Planned]]
) -> Iterator[tuple[str, Plan, Sequence[Occurrence]]]:
    """What the site is asked and when; a checklist without a line (for each unit of none) asks nothing.

    An edit takes effect on the next occurrence: what stands of a date when its time is edited stays that date's run.
    Plans are laid out only for what occurs: most packs of a whole pharmacy do not, on most days.
    """
    site = pharmacy.sites[turn.site]
    for checklist_id in site.checklists:
        before = planned.get((site.id, checklist_id), ())
        occurring = _occurrences(pharmacy.checklists[checklist_id].schedule, site, turn.for_on, now, known, before)
        plan = plan_for(pharmacy, site, checklist_id) if occurring else None
        if plan is not None and plan.lines:
            yield site.id, plan, occurring


def _days(site: Site, since_on: date | None, now: datetime, ahead: timedelta = timedelta(0)) -> list[date]:
    """From the day that was prepared last, as far as it may lie back, until tomorrow; later when shown `ahead`."""
    today = local_date(site.calendar, now)
    first = max(min(since_on or today, today), today - LOOK_BACK_DAYS * _DAY)
    return [first + timedelta(days=day) for day in range((today - first).days + 2 - (-ahead // _DAY))]


def _occurrences(
    schedule: Schedule, site: Site, since_on: date | None, now: datetime, known: bool, planned: Sequence[Planned]
) -> list[Occurrence]:
    """The runs of the days to prepare, as far as somebody could have answered them.

    On days that were prepared before (through `since_on`) only what opens from now on is new: a checklist added at
    midday was not missed in the morning. At a site that never had a run, nothing was missed before it began.
    """

    def is_asked(each: Occurrence) -> bool:
        if not known:
            return each.missed_at > now
        return each.opens_at > now or (since_on is not None and each.local_date > since_on)

    days = _days(site, since_on, now, schedule.shows_before)
    due = [each for day in days for each in occurrences(schedule, site.calendar, day)]
    return [each for each in not_yet_asked(due, planned) if is_asked(each)]


def _next_turn(site: Site, turn: Turn, now: datetime) -> tuple[str, datetime, datetime, date]:
    tomorrow = local_date(site.calendar, now) + timedelta(days=1)
    return site.id, turn.since, instant(site.calendar.timezone, tomorrow, datetime.min.time()), tomorrow
