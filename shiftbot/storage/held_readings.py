"""Which readings stay however old they are: those of cases that nobody signed and of excursions that are not over."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.case import CaseKind
from shiftbot.storage import alerts, cases
from shiftbot.storage.tables import excursions, latest, sensors

BEFORE = timedelta(days=30)
"""What a case looks back at: earlier exposure, and mean kinetic temperature at room temperature (domain.md §1)."""

AFTER = timedelta(days=1)
"""A case shows the recovery, too."""


@dataclass(frozen=True, slots=True)
class Held:
    """A half-open stretch of a unit whose readings stay; `until` is `None` while nobody knows when it ends."""

    unit: str
    since: datetime
    until: datetime | None

    def touches(self, since: datetime, until: datetime) -> bool:
        """Whether any of another half-open stretch lies in it."""
        return self.since < until and (self.until is None or since < self.until)


def held(connection: Connection, sites: Collection[str], units: Collection[str], before: datetime) -> list[Held]:
    """What is held of these units' readings taken `before` an instant, by cases and alerts of `sites`.

    No excursion is cut in two: while its end is not that old, its beginning stays. And what is not judged yet stays.
    """
    return [*_by_excursions(connection, _waiting(connection, sites), units, before), *_unjudged(connection, units)]


def _waiting(connection: Connection, sites: Collection[str]) -> set[int]:
    """The excursions whose case nobody signed or whose alert is not resolved; a case may tell of several."""
    subjects: list[str] = []
    for site in sites:
        for case in cases.open_cases(connection, site):
            if case.kind is CaseKind.EXCURSION:
                subjects += [case.subject, *map(str, case.facts.get("also", ()))]
        subjects += [alert.subject for alert in alerts.unresolved(connection, site, AlertKind.EXCURSION)]
    return {int(subject) for subject in subjects if subject.isdecimal()}


def _by_excursions(
    connection: Connection, waiting: Collection[int], units: Collection[str], before: datetime
) -> Iterator[Held]:
    table = excursions.c
    lasts = or_(table.ended_at.is_(None), table.ended_at >= before, table.settle_at.is_not(None))
    waits = or_(table.id.in_(waiting), table.merged_into.in_(waiting))
    query = select(excursions).where(
        table.unit.in_(units), table.started_at < before + BEFORE, or_(waits, lasts & table.merged_into.is_(None))
    )
    for row in connection.execute(query):
        if row.ended_at is None or row.settle_at is not None or {row.id, row.merged_into} & set(waiting):
            yield Held(row.unit, row.started_at - BEFORE, None if row.ended_at is None else row.ended_at + AFTER)
        else:
            yield Held(row.unit, row.started_at, row.ended_at)


def _unjudged(connection: Connection, units: Collection[str]) -> Iterator[Held]:
    query = (
        select(sensors.c.unit, latest.c.unjudged_since)
        .join(latest, latest.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units), latest.c.unjudged_since.is_not(None))
    )
    for row in connection.execute(query):
        yield Held(row.unit, row.unjudged_since, None)
