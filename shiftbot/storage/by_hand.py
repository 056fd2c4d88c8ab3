"""What people do at a unit: readings they take off its display, and lowest and highest they look at and set back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, insert, or_, select

from shiftbot.domain.record import Entry
from shiftbot.domain.site import TemperatureUnit
from shiftbot.storage import record
from shiftbot.storage.tables import answers, manual_readings, min_max_resets, runs

TAKEN_BACK_WITHIN = timedelta(days=3)
"""An answer is taken back before its run's deadline, so the date of that run is not further away than this."""

CONFIRMED_WITHIN = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ManualReading:
    """One reading that somebody took, in the unit they read it in."""

    id: int
    site: str
    unit: str
    person: str
    taken_at: datetime
    entered_at: datetime
    value: float
    temperature_unit: TemperatureUnit
    note: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Lowest and highest as somebody confirmed them at an instant; from then on both begin anew."""

    site: str
    unit: str
    person: str
    at: datetime
    low: float | None
    high: float | None
    temperature_unit: TemperatureUnit


def add_reading(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store what somebody read; its id."""
    added: int = connection.execute(
        insert(manual_readings).values(**values).returning(manual_readings.c.id)
    ).scalar_one()
    return added


def _manual(row: Row[Any]) -> ManualReading:
    return ManualReading(**dict(row._mapping) | {"temperature_unit": TemperatureUnit(row.temperature_unit)})


def readings_between(connection: Connection, unit: str, since: datetime, until: datetime) -> list[ManualReading]:
    """What people read of a unit in a half-open stretch, in order."""
    table = manual_readings.c
    query = select(manual_readings).where(table.unit == unit, table.taken_at >= since, table.taken_at < until)
    return [_manual(row) for row in connection.execute(query.order_by(table.taken_at, table.id))]


def newest_readings(connection: Connection, units: Collection[str]) -> dict[str, ManualReading]:
    """What people read last of each of these units."""
    table = manual_readings.c
    last = select(func.max(table.id)).where(table.unit.in_(units)).group_by(table.unit)
    query = select(manual_readings).where(table.id.in_(last))
    return {row.unit: _manual(row) for row in connection.execute(query)}


def add_reset(connection: Connection, reset: Reset) -> None:
    """Store that somebody confirmed lowest and highest and set them back, with its entry in the record."""
    row = {name: getattr(reset, name) for name in Reset.__slots__} | {"temperature_unit": reset.temperature_unit.value}
    added = connection.execute(insert(min_max_resets).values(**row).returning(min_max_resets.c.id)).scalar_one()
    body = {name: row[name] for name in ("unit", "low", "high", "temperature_unit")}
    record.append(connection, [Entry(reset.site, reset.at, reset.person, "min-max-reset", f"reset:{added}", body)])


def resets_between(connection: Connection, unit: str, since: datetime, until: datetime) -> list[Reset]:
    """A unit's resets in a half-open stretch, in order; those whose answer was taken back are left out."""
    table = min_max_resets.c
    query = select(min_max_resets).where(table.unit == unit, table.at >= since, table.at < until)
    found = [_reset(row) for row in connection.execute(query.order_by(table.at, table.id))]
    return [each for each in found if not _is_taken_back(connection, each)]


def last_resets(connection: Connection, units: Collection[str], before: datetime | None = None) -> dict[str, datetime]:
    """When lowest and highest of each of these units were last confirmed and set back (`before` an instant)."""
    found = {unit: _last_reset(connection, unit, before) for unit in units}
    return {unit: reset.at for unit, reset in found.items() if reset is not None}


def _last_reset(connection: Connection, unit: str, before: datetime | None) -> Reset | None:
    table = min_max_resets.c
    query = select(min_max_resets).where(table.unit == unit).order_by(table.at.desc(), table.id.desc()).limit(1)
    while (row := connection.execute(query if before is None else query.where(table.at < before)).first()) is not None:
        reset = _reset(row)
        if not _is_taken_back(connection, reset):
            return reset
        before = reset.at
    return None


def _reset(row: Row[Any]) -> Reset:
    values = {name: row._mapping[name] for name in Reset.__slots__}
    return Reset(**values | {"temperature_unit": TemperatureUnit(row.temperature_unit)})


def _is_taken_back(connection: Connection, reset: Reset) -> bool:
    """Whether the answer that set lowest and highest back was withdrawn: then they were not."""
    said, withdrawn, on = answers.alias(), answers.alias(), reset.at.date()
    later = and_(withdrawn.c.run == said.c.run, withdrawn.c.line == said.c.line, withdrawn.c.revision > said.c.revision)
    query = (
        select(said.c.run)
        .join(runs, runs.c.id == said.c.run)
        .join(withdrawn, later)
        .where(runs.c.site == reset.site, runs.c.local_on.between(on - TAKEN_BACK_WITHIN, on + TAKEN_BACK_WITHIN))
        .where(said.c.answered_at == reset.at, said.c.line.endswith(f":{reset.unit}", autoescape=True))
        .where(withdrawn.c.outcome == "withdrawn")
        .limit(1)
    )
    return connection.execute(query).first() is not None


def last_confirmed(
    connection: Connection, site: str, units: Collection[str], now: datetime, before: datetime | None = None
) -> dict[str, datetime]:
    """When somebody gave the answer that stands (`before` an instant) to a line laid out for each unit, this month.

    For units whose lowest and highest nobody ever set back: no checklist of theirs begins a shift.
    """
    if not units:
        return {}
    said, later, until = answers.c, answers.alias(), now if before is None else before
    query = (
        select(said.line, func.max(said.answered_at, type_=said.answered_at.type).label("at"))
        .join(runs, runs.c.id == said.run)
        .where(runs.c.site == site, runs.c.local_on >= now.date() - CONFIRMED_WITHIN, said.answered_at < until)
        .where(~exists().where(later.c.run == said.run, later.c.line == said.line, later.c.revision > said.revision))
        .where(said.outcome == "done", or_(*(said.line.endswith(f":{unit}", autoescape=True) for unit in units)))
        .group_by(said.line)
    )
    confirmed: dict[str, datetime] = {}
    for row in connection.execute(query):
        unit = row.line.partition(":")[2]
        confirmed[unit] = max(row.at, confirmed.get(unit, row.at))
    return confirmed
