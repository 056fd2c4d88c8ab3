"""Sensors that were heard and belong to no unit, each with its last value: bounded, for somebody to choose from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import discovered

KEPT = 500
"""Sensors kept. When more are heard, those go first that were heard once, the longest unheard first: a flood of topics
that come once each must not drive out what speaks every few minutes.
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value of a sensor nobody configured, heard `count` times since the last sighting.

    A `retained` one may be of any age: it shows that there is such a sensor, and neither its value nor that it lives.
    `path` is where the value stands in the message, for the formats that need it; `unit` is `C`, `F`, `%`, `hPa` ….
    """

    topic: str
    probe: str
    metric: str
    path: str
    format: str
    value: float | None
    unit: str
    name: str
    at: datetime
    count: int = 1
    retained: bool = False


@dataclass(frozen=True, slots=True)
class DiscoveredSensor:
    """A sensor that belongs to no unit. `value` is `None` when it only announced itself, or was retained."""

    id: int
    topic: str
    probe: str
    metric: str
    path: str
    format: str
    value: float | None
    unit: str
    name: str
    first_at: datetime
    last_at: datetime
    count: int


def store(connection: Connection, sightings: Sequence[Sighting]) -> None:
    """Take in what was heard, and let go of what is too much."""
    if not sightings:
        return
    newest = {(each.topic, each.probe, each.metric, each.path): each for each in sightings}
    rows = [_row(each) for _, each in sorted(newest.items())]
    added = insert_or_ignore(connection, discovered, rows)
    _bring_up_to_date(connection, [_row(each) for _, each in sorted(newest.items()) if not each.retained])
    if added:
        _let_go(connection)


def _row(sighting: Sighting) -> dict[str, object]:
    each = sighting
    return {
        "topic": each.topic, "probe": each.probe, "metric": each.metric, "path": each.path, "format": each.format,
        "value": None if each.retained else each.value, "unit": each.unit, "name": each.name,
        "first_at": each.at, "last_at": each.at, "count": 0 if each.retained else each.count,
    }  # fmt: skip


def _bring_up_to_date(connection: Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    kind = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    upsert = kind(discovered)
    fresh, columns = upsert.excluded, discovered.c
    changed: dict[str, ColumnElement[Any]] = {name: fresh[name] for name in ("format", "unit", "name", "last_at")}
    changed["value"] = func.coalesce(fresh.value, columns.value)
    # One that was inserted just now has its count already, and was last heard at this very instant.
    changed["count"] = columns.count + fresh.count
    keys = ["topic", "probe", "metric", "path"]
    news = columns.last_at < fresh.last_at
    connection.execute(upsert.on_conflict_do_update(index_elements=keys, set_=changed, where=news), rows)


def _let_go(connection: Connection) -> None:
    count: int = connection.execute(select(func.count()).select_from(discovered)).scalar_one()
    if count > KEPT:
        columns = discovered.c
        first = select(columns.id).order_by(columns.count > 1, columns.last_at, columns.id).limit(count - KEPT)
        connection.execute(delete(discovered).where(columns.id.in_(first)))


def every(connection: Connection) -> list[DiscoveredSensor]:
    """All of them, the last heard first."""
    query = select(discovered).order_by(discovered.c.last_at.desc(), discovered.c.id)
    return [DiscoveredSensor(**row._mapping) for row in connection.execute(query)]


def find(connection: Connection, number: int) -> DiscoveredSensor | None:
    """One of them, locked for the rest of the transaction where the database can."""
    query = select(discovered).where(discovered.c.id == number).with_for_update()
    row = connection.execute(query).one_or_none()
    return DiscoveredSensor(**row._mapping) if row else None


def forget(connection: Connection, numbers: Collection[int]) -> None:
    """They belong to a unit now."""
    connection.execute(delete(discovered).where(discovered.c.id.in_(numbers)))


def forget_beside(connection: Connection, topic: str, probe: str, path: str) -> None:
    """What one probe of a device measures beside its temperature belongs where the temperature belongs."""
    key = tuple_(discovered.c.topic, discovered.c.probe, discovered.c.path)
    connection.execute(delete(discovered).where(key == (topic, probe, path)))
