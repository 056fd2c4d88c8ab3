"""Many sites at a glance: their day in figures, each figure for all of them in one query."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from shiftbot.domain.alert import AlertState
from shiftbot.domain.follow_up import FollowUpState
from shiftbot.domain.run import RunState
from shiftbot.storage.tables import alerts, excursions, follow_ups, hand_over_reads, hand_overs, runs


@dataclass(frozen=True, slots=True)
class Day:
    """A site's runs of one local date. `late` are those done after they were due, `missed` those past their deadline.

    One that was missed and done since counts as both.
    """

    done: int = 0
    due: int = 0
    overdue: int = 0
    late: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What is open at a site; `note_read` says whether anybody read its newest hand-over note, if it has one."""

    day: Day = field(default_factory=Day)
    alerts: int = 0
    excursions: int = 0
    overdue_follow_ups: int = 0
    note_read: bool | None = None

    @property
    def trouble(self) -> int:
        """The more, the sooner somebody should look; 0 when all is well."""
        day = self.day
        loud = 100 * self.alerts + 50 * self.excursions + 20 * day.overdue + 10 * day.missed
        return loud + 5 * self.overdue_follow_ups + day.late + (1 if self.note_read is False else 0)


def troubled(connection: Connection, now: datetime) -> dict[str, int]:
    """How many alerts and overdue follow-ups each site has that has any: which of ten thousand to look at first."""
    # A follow-up that needs no attention any more became an alert; the others are few, and indexed by it.
    late = (follow_ups.c.attention_at.is_not(None), follow_ups.c.due_at < now)
    counted: dict[str, int] = {}
    for query in (
        select(alerts.c.site, func.count()).where(alerts.c.state != AlertState.RESOLVED.value).group_by(alerts.c.site),
        select(follow_ups.c.site, func.count()).where(*late).group_by(follow_ups.c.site),
    ):
        for site, count in connection.execute(query):
            counted[site] = counted.get(site, 0) + count
    return counted


def figures(connection: Connection, today: Mapping[str, date], now: datetime) -> dict[str, Figures]:
    """The figures of these sites; `today` gives each one's local date."""
    sites = list(today)
    days = _days(connection, today, now)
    unresolved = _counts(connection, alerts.c.site, sites, alerts.c.state != AlertState.RESOLVED.value)
    going_on = (excursions.c.ended_at.is_(None), excursions.c.merged_into.is_(None), excursions.c.told_at.is_not(None))
    warm = _counts(connection, excursions.c.site, sites, *going_on)
    late = (follow_ups.c.state == FollowUpState.OPEN.value, follow_ups.c.due_at < now)
    overdue = _counts(connection, follow_ups.c.site, sites, *late)
    notes = _notes(connection, sites)
    return {
        site: Figures(
            days.get(site, Day()), unresolved.get(site, 0), warm.get(site, 0), overdue.get(site, 0), notes.get(site)
        )
        for site in sites
    }


def _days(connection: Connection, today: Mapping[str, date], now: datetime) -> dict[str, Day]:
    done_late = runs.c.completed_at > runs.c.due_at
    is_open = runs.c.state == RunState.OPEN.value
    query = (
        select(
            runs.c.site,
            runs.c.local_on,
            _how_many(runs.c.completed_at.is_not(None)).label("done"),
            _how_many(is_open & (runs.c.due_at >= now)).label("due"),
            _how_many(is_open & (runs.c.due_at < now)).label("overdue"),
            _how_many(done_late).label("late"),
            _how_many(runs.c.state == RunState.MISSED.value).label("missed"),
        )
        .where(runs.c.site.in_(list(today)), runs.c.local_on.in_(sorted(set(today.values()))))
        .group_by(runs.c.site, runs.c.local_on)
    )
    rows = [row for row in connection.execute(query) if today[row.site] == row.local_on]
    return {row.site: Day(row.done, row.due, row.overdue, row.late, row.missed) for row in rows}


def _how_many(claim: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((claim, 1), else_=0)), 0)


def _counts(
    connection: Connection, site: ColumnElement[str], sites: Collection[str], *claims: ColumnElement[bool]
) -> dict[str, int]:
    query = select(site, func.count()).where(site.in_(sites), *claims).group_by(site)
    return {row[0]: row[1] for row in connection.execute(query)}


def _notes(connection: Connection, sites: Collection[str]) -> dict[str, bool]:
    """Of each site that has a hand-over note whether somebody read the newest one."""
    newest = (
        select(func.max(hand_overs.c.id).label("id")).where(hand_overs.c.site.in_(sites)).group_by(hand_overs.c.site)
    )
    read = select(hand_over_reads.c.hand_over).where(hand_over_reads.c.hand_over == hand_overs.c.id).exists()
    query = select(hand_overs.c.site, read.label("read")).where(hand_overs.c.id.in_(newest))
    return {row.site: bool(row.read) for row in connection.execute(query)}
