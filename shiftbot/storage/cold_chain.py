"""What judging remembers: the state of every unit, and which sensors have readings that are not judged yet."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shiftbot.domain.cold_chain import Reading, UnitState
from shiftbot.domain.site import TemperatureUnit
from shiftbot.storage.excursions import begun_since as begun_since
from shiftbot.storage.excursions import going_on_at as going_on_at
from shiftbot.storage.tables import latest, readings, sensors, unit_states
from shiftbot.storage.tables import record as record_table

TEMPERATURE = "temperature"
"""The metric that is judged; a humidity that is heard does not show that the temperature is."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A sensor with readings that were stored since its unit was last judged, the oldest of them taken at `since`.

    `low` and `high` are their lowest and highest in `degrees`, all `None` when they came in two units.
    """

    sensor: int
    unit: str
    since: datetime
    judged_through: datetime | None
    calm: bool | None
    low: float | None
    high: float | None
    degrees: TemperatureUnit | None


def find_unjudged(connection: Connection, limit: int) -> list[Unjudged]:
    """Sensors with readings not judged yet, longest waiting first, locked for the rest of the transaction."""
    return [
        Unjudged(*row[:7], TemperatureUnit(row[7]) if row[7] is not None else None)
        for row in connection.execute(_UNJUDGED, {"at_most": limit})
    ]  # fmt: skip


_UNJUDGED = (
    select(
        latest.c.sensor, sensors.c.unit, latest.c.unjudged_since, latest.c.judged_through, unit_states.c.calm,
        latest.c.unjudged_low, latest.c.unjudged_high, latest.c.unjudged_unit,
    )
    .join(sensors, sensors.c.id == latest.c.sensor)
    .join(unit_states, unit_states.c.unit == sensors.c.unit, isouter=True)
    .where(latest.c.unjudged_since.is_not(None))
    .order_by(latest.c.unjudged_since, latest.c.sensor)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True, of=latest)
)  # fmt: skip


def still_unjudged(connection: Connection, units: Collection[str]) -> dict[str, tuple[datetime, datetime | None]]:
    """By unit: since when its readings are not judged, and through when they are. Its sensors are locked in order."""
    query = (
        select(sensors.c.unit, latest.c.unjudged_since, latest.c.judged_through)
        .join(latest, latest.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units))
        .order_by(latest.c.sensor)
        .with_for_update(of=latest)
    )
    found: dict[str, tuple[list[datetime], list[datetime]]] = {}
    for unit, since, through in connection.execute(query):
        waiting, judged = found.setdefault(unit, ([], []))
        waiting += [since] if since is not None else []
        judged += [through] if through is not None else []
    return {unit: (min(waiting), max(judged, default=None)) for unit, (waiting, judged) in found.items() if waiting}


def heard(connection: Connection, units: Collection[str]) -> dict[str, datetime]:
    """When each unit's sensors were last heard, retained replays left aside."""
    query = (
        select(sensors.c.unit, func.max(latest.c.heard_at).label("heard_at"))
        .join(latest, latest.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units), latest.c.heard_at.is_not(None), sensors.c.metric == TEMPERATURE)
        .group_by(sensors.c.unit)
    )
    return {row.unit: row.heard_at for row in connection.execute(query)}


def mark_judged(connection: Connection, units: Collection[str]) -> None:
    """All readings of these units, locked before, are judged."""
    numbers = select(sensors.c.id).where(sensors.c.unit.in_(units))
    connection.execute(update(latest).where(latest.c.sensor.in_(numbers)).values(_JUDGED))


def mark_sensors_judged(connection: Connection, numbers: Collection[int]) -> None:
    """All readings of these sensors, locked before, are judged."""
    connection.execute(update(latest).where(latest.c.sensor.in_(numbers)).values(_JUDGED))


_JUDGED: Mapping[Any, Any] = {
    latest.c.judged_through: latest.c.taken_at,
    latest.c.unjudged_since: None,
    latest.c.unjudged_low: None,
    latest.c.unjudged_high: None,
    latest.c.unjudged_unit: None,
}


def watched(connection: Connection) -> set[str]:
    """Every unit that has a state."""
    return set(connection.execute(select(unit_states.c.unit)).scalars())


def load_states(connection: Connection, units: Collection[str]) -> dict[str, UnitState]:
    """The states of these units, locked for the rest of the transaction where the database can."""
    query = select(unit_states).where(unit_states.c.unit.in_(units)).order_by(unit_states.c.unit).with_for_update()
    return {row.unit: UnitState.from_json(row.state) for row in connection.execute(query)}


def look_at_states(connection: Connection, units: Collection[str]) -> dict[str, UnitState]:
    """The states of these units, to show them."""
    query = select(unit_states).where(unit_states.c.unit.in_(units))
    return {row.unit: UnitState.from_json(row.state) for row in connection.execute(query)}


def save_states(connection: Connection, states: Collection[tuple[str, str, UnitState, datetime | None]]) -> None:
    """Save (unit, site, state, attention_at) of units that were locked by `load_states`, or are new."""
    if not states:
        return
    rows = [
        {"unit": unit, "site": site, "state": state.to_json(), "calm": state.is_calm, "attention_at": attention_at}
        for unit, site, state, attention_at in states
    ]
    kind = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    upsert = kind(unit_states)
    new = {name: upsert.excluded[name] for name in ("site", "state", "calm", "attention_at")}
    connection.execute(upsert.on_conflict_do_update(index_elements=["unit"], set_=new), rows)


def forget(connection: Connection, unit: str) -> None:
    """A unit is no longer watched; its readings and excursions stay."""
    connection.execute(delete(unit_states).where(unit_states.c.unit == unit))


def attend(connection: Connection, unit: str, at: datetime) -> None:
    """See that the unit is judged at `at` at the latest."""
    later = or_(unit_states.c.attention_at.is_(None), unit_states.c.attention_at > at)
    connection.execute(update(unit_states).where(unit_states.c.unit == unit, later).values(attention_at=at))


def reading_before(connection: Connection, unit: str, instant: datetime) -> Reading | None:
    """The unit's last reading taken before an instant."""
    query = (
        select(readings)
        .join(sensors, sensors.c.id == readings.c.sensor)
        .where(sensors.c.unit == unit, sensors.c.metric == TEMPERATURE, readings.c.taken_at < instant)
        .order_by(readings.c.taken_at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Reading(row.taken_at, row.received_at, row.value, TemperatureUnit(row.unit), row.retained)


def find_due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Units that need judging though no reading came, longest waiting first.

    Not locked: whoever judges locks a unit's sensors first and its state second, always in this order.
    """
    query = (
        select(unit_states.c.unit)
        .where(unit_states.c.attention_at <= now)
        .order_by(unit_states.c.attention_at, unit_states.c.unit)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def last_recorded(connection: Connection, site: str, kind: str, subject: str) -> Any:
    """What the record's newest entry of a kind about something says; `None` when there is none."""
    query = (
        select(record_table.c.body)
        .where(record_table.c.site == site, record_table.c.kind == kind, record_table.c.subject == subject)
        .order_by(record_table.c.seq.desc())
        .limit(1)
    )
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else json.loads(body)
