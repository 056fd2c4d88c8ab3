"""Excursions as they are stored, and as judging measures them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, true, update

from shiftbot.domain.cold_chain import Direction, Excursion
from shiftbot.domain.site import TemperatureUnit
from shiftbot.storage.tables import excursions


@dataclass(frozen=True, slots=True)
class StoredExcursion:
    """An excursion as it is stored. `seconds_out` is the measured time out of range, `found_at` when it was noticed."""

    id: int
    site: str
    unit: str
    started_at: datetime
    direction: Direction
    extreme: float
    temperature_unit: TemperatureUnit
    low: float | None
    high: float | None
    seconds_out: float
    back_at: datetime | None
    told_at: datetime | None
    critical_at: datetime | None
    ended_at: datetime | None
    settle_at: datetime | None
    merged_into: int | None
    found_at: datetime


def _stored(row: Row[Any]) -> StoredExcursion:
    return StoredExcursion(
        **dict(row._mapping)
        | {"direction": Direction(row.direction), "temperature_unit": TemperatureUnit(row.temperature_unit)}
    )


def going_on_at(connection: Connection, unit: str, instant: datetime) -> list[StoredExcursion]:
    """A unit's excursions that had begun before `instant` and had not ended before it; not those merged."""
    query = select(excursions).where(
        excursions.c.unit == unit,
        excursions.c.merged_into.is_(None),
        excursions.c.started_at < instant,
        or_(excursions.c.ended_at.is_(None), excursions.c.ended_at >= instant),
    )
    return [_stored(row) for row in connection.execute(query)]


def begun_since(
    connection: Connection, unit: str, since: datetime, before: datetime | None = None
) -> list[StoredExcursion]:
    """A unit's excursions that began at `since` or later (and `before` an instant), oldest first; not those merged."""
    query = (
        select(excursions)
        .where(excursions.c.unit == unit, excursions.c.merged_into.is_(None), excursions.c.started_at >= since)
        .where(excursions.c.started_at < before if before is not None else true())
        .order_by(excursions.c.started_at, excursions.c.id)
    )
    return [_stored(row) for row in connection.execute(query)]


def add_excursion(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a new excursion; its id."""
    key = connection.execute(insert(excursions).values(**values)).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave the excursion no number")
    added: int = key[0]
    return added


def change_excursion(connection: Connection, excursion_id: int, values: Mapping[str, Any]) -> None:
    """Bring a stored excursion up to date; its unit's state is locked by the caller."""
    connection.execute(update(excursions).where(excursions.c.id == excursion_id).values(**values))


def measured(excursion: Excursion) -> dict[str, Any]:
    """What judging measures of an excursion, as columns."""
    return {
        "started_at": excursion.started_at,
        "direction": excursion.direction.value,
        "extreme": excursion.extreme,
        "seconds_out": excursion.out.total_seconds(),
        "back_at": excursion.back_at,
        "told_at": excursion.told_at,
        "critical_at": excursion.critical_at,
        "ended_at": excursion.ended_at,
    }


def found_late(connection: Connection, unit: str, now: datetime) -> StoredExcursion | None:
    """A unit's excursion that was over when it was found and whose alert is still to be resolved: others join it."""
    query = select(excursions).where(excursions.c.unit == unit, excursions.c.settle_at > now)
    row = connection.execute(query.order_by(excursions.c.id).limit(1)).one_or_none()
    return None if row is None else _stored(row)


def load_excursions(connection: Connection, ids: Collection[int]) -> list[StoredExcursion]:
    """These excursions, oldest first."""
    query = select(excursions).where(excursions.c.id.in_(ids)).order_by(excursions.c.started_at, excursions.c.id)
    return [_stored(row) for row in connection.execute(query)]


def find_to_settle(connection: Connection, now: datetime, limit: int) -> list[StoredExcursion]:
    """Excursions told of after their end whose alert may be resolved now."""
    query = (
        select(excursions)
        .where(excursions.c.settle_at <= now)
        .order_by(excursions.c.settle_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_stored(row) for row in connection.execute(query)]
