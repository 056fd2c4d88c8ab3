"""Signs of ticking without looking, told to the managers once a week, with the figures: never in a channel, never as
an accusation. What a week came to is kept on the record, so that it can be asked about later.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.patterns import Answered, Pattern, PatternKind, find_patterns
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import record, runs, schedules
from shiftbot.storage.database import Database
from shiftbot.storage.schedules import Turn

LOOK_BACK = timedelta(days=28)
"""Four weeks: long enough for a habit, short enough that it is still one."""

SITES = 1
"""In one transaction: four weeks of every pack take a tenth of a second, and nobody else writes to SQLite meanwhile."""

MONDAY = 0
TOLD_AT = time(9)
"""Mondays at 09:00 at the site, when last week is over and this one can still be talked about."""

WORDS = {
    PatternKind.QUICK: "answered very quickly",
    PatternKind.SAME_VALUE: "the same value every time",
    PatternKind.SAME_SECOND: "always the same moment before due",
}


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions: see that every site has its next look planned."""
    with database.transaction() as connection:
        schedules.add(connection, "patterns", ((site.id, *_next(site, now)) for site in pharmacy.sites.values()))


def report(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Tell the managers of the sites whose week is over what there is to tell; how many sites were looked at."""

    def find(connection: Connection) -> list[Turn]:
        due = (turn for turn in schedules.find_due(connection, "patterns", now) if turn.site in pharmacy.sites)
        return list(islice(due, SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        for turn in due:
            _report_site(connection, pharmacy, pharmacy.sites[turn.site], turn, now)

    return each_alone(database, find, take, name=lambda turn: f"the patterns of {turn.site}")


def recent(connection: Connection, site_id: str, now: datetime) -> tuple[Pattern, ...]:
    """The patterns in a site's last four weeks."""
    ended = runs.missed_between(connection, site_id, now - LOOK_BACK, now)
    answers = stored_answers.load_answers_of(connection, [run.id for run in ended])
    plans = runs.load_plans(connection, [run.plan for run in ended])
    return find_patterns(Answered(run, plans[run.plan], answers.get(run.id, [])) for run in ended)


def pattern_line(pharmacy: Pharmacy, pattern: Pattern) -> str:
    """One pattern in words: where, what, whose answers, the figures."""
    person = pharmacy.people.get(pattern.person)
    who = person.name if person else pattern.person
    return f"{pattern.checklist}, {pattern.where}: {WORDS[pattern.kind]}. {who}: {pattern.figures}."


def _next(site: Site, now: datetime) -> tuple[datetime, date]:
    today = local_date(site.calendar, now)
    for days in range(8):
        on = today + timedelta(days=days)
        at = instant(site.calendar.timezone, on, TOLD_AT)
        if on.weekday() == MONDAY and at > now:
            return at, on
    raise AssertionError("every eight days hold a Monday that is still to come")


def _report_site(connection: Connection, pharmacy: Pharmacy, site: Site, turn: Turn, now: datetime) -> None:
    if not schedules.move(connection, site.id, "patterns", turn.since, *_next(site, now)):
        return
    found = recent(connection, site.id, now)
    if not found:
        return
    body = {"patterns": [[each.kind, each.checklist, each.where, each.person, each.figures] for each in found]}
    week = (turn.for_on or local_date(site.calendar, now)).isoformat()
    record.append(connection, [Entry(site.id, now, "shiftbot", "patterns", f"week:{week}", body)])
    text = _text(pharmacy, site, found)
    managers = pharmacy.people_with(Role.MANAGER) or (pharmacy.people[site.fallback],)
    delivery.queue(
        connection,
        pharmacy,
        [
            Notice(f"patterns:{site.id}:{week}:{each.id}", Lane.ROUTINE, site.id, NoticeKind.PATTERN, each.id, text)
            for each in managers
        ],
        now,
    )


def _text(pharmacy: Pharmacy, site: Site, found: Sequence[Pattern]) -> str:
    lines = [f"{site.name}: worth a question, from the last four weeks. There may be a good reason for each."]
    return "\n".join([*lines, *(f"• {pattern_line(pharmacy, each)}" for each in found)])
