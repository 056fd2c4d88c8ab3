"""Pairing: a sensor that was discovered becomes a unit's, at once and on the record, whatever the files say.

The files stay the definitions. A pairing lies over them: it counts instead of what they said of the unit when it was
made, and ends by itself when they say something else. The unit keeps its readings, whichever sensor they came from.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Sensor, StorageUnit, TemperatureUnit
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.storage import discovered, pairings, record
from shiftbot.storage.database import Database
from shiftbot.storage.discovered import DiscoveredSensor
from shiftbot.storage.pairings import DEFINITIONS, Pairing

TEMPERATURE = "temperature"

EVERY_AT_LEAST, EVERY_AT_MOST = timedelta(minutes=1), timedelta(hours=1)
"""Between these lies the interval that a discovered sensor is taken to keep."""


def written(sensor: Sensor | None) -> str:
    """What the definitions say of a unit's sensor, as a text that changes when they do; empty when there is none."""
    if sensor is None:
        return ""
    return json.dumps(_described(sensor) | {"time_path": sensor.time_path, "battery_path": sensor.battery_path})


def _described(sensor: Sensor) -> dict[str, Any]:
    return {
        "topic": sensor.topic,
        "format": sensor.format,
        "probe": sensor.probe,
        "path": sensor.path,
        "unit": sensor.unit.value,
        "every_seconds": sensor.every.total_seconds(),
    }


# --- what is in force


def with_pairings(pharmacy: Pharmacy, by_hand: Iterable[Pairing]) -> Pharmacy:
    """The definitions with the sensors that were paired by hand; `pharmacy` itself when none of them counts."""
    units: dict[str, StorageUnit] = {}
    for each in by_hand:
        unit = units.get(each.unit) or pharmacy.units.get(each.unit)
        if unit is None:
            continue
        if each.sensor.metric != TEMPERATURE:
            units[unit.id] = replace(unit, also=(*unit.also, each.sensor))
        elif written(pharmacy.units[unit.id].sensor) == each.instead_of:
            units[unit.id] = replace(unit, sensor=each.sensor)
    if not units:
        return pharmacy
    applied = sorted(f"{unit.id} {sensor}" for unit in units.values() for sensor in (unit.sensor, *unit.also) if sensor)
    digest = f"{pharmacy.digest}+{sha256(chr(10).join(applied).encode()).hexdigest()[:16]}"
    return replace(pharmacy, units={**pharmacy.units, **units}, digest=digest)


# --- what a manager does


def discovered_sensors(connection: Connection, pharmacy: Pharmacy) -> list[DiscoveredSensor]:
    """The sensors that no unit has, the last heard first.

    What a device announced of itself is left out where its messages say it better.
    """
    owned = {_place(sensor) for unit in pharmacy.units.values() for sensor in sensors_of(unit)}
    found = [
        each for each in discovered.every(connection) if (each.topic, each.probe.casefold(), each.path) not in owned
    ]
    told = {(each.topic, each.metric) for each in found if each.format != "home-assistant"}
    return [each for each in found if each.format != "home-assistant" or (each.topic, each.metric) not in told]


def sensors_of(unit: StorageUnit) -> tuple[Sensor, ...]:
    """The sensors that a unit has: the one of its temperature first, if any."""
    return (*([unit.sensor] if unit.sensor else []), *unit.also)


def _place(sensor: Sensor) -> tuple[str, str, str]:
    return sensor.topic, sensor.probe.casefold(), sensor.path


def pair(
    connection: Connection,
    pharmacy: Pharmacy,
    discovered_id: int,
    unit_id: str,
    person: Person,
    now: datetime,
    *,
    temperature_unit: TemperatureUnit | None = None,
) -> Sensor:
    """Give a unit a sensor that was discovered, instead of the one it has; the sensor. Raises Refused or AlreadyDone.

    `temperature_unit` is for devices that do not say what they measure in. One that measures something else than the
    temperature comes beside the unit's sensor.
    """
    _refuse_unless_manager(person)
    unit = _unit(pharmacy, unit_id)
    found = discovered.find(connection, discovered_id)
    if found is None:
        raise Refused("That sensor is not among the discovered ones any more. Look at the list again.")
    sensor = _sensor(found, unit, person, temperature_unit)
    _refuse_if_taken(connection, pharmacy, unit, sensor)
    before = _present(connection, unit.id, sensor.metric)
    instead_of = _instead_of(connection, unit, before) if sensor.metric == TEMPERATURE else ""
    if before is not None and not pairings.end(connection, before, person.id, now):
        raise _first()
    if not pairings.begin(connection, unit.site, unit.id, sensor, now, instead_of=instead_of):
        raise _first()
    if sensor.metric == TEMPERATURE:
        discovered.forget_beside(connection, found.topic, found.probe, found.path)
    discovered.forget(connection, [found.id])
    old = before.sensor if before else unit.sensor if sensor.metric == TEMPERATURE else None
    _note(connection, unit, "sensor-paired", person.id, sensor.metric, old, sensor, now)
    return sensor


def unpair(
    connection: Connection, pharmacy: Pharmacy, unit_id: str, person: Person, now: datetime, metric: str = TEMPERATURE
) -> None:
    """Take a pairing back: what the definitions say of the unit counts again. Raises Refused or AlreadyDone."""
    _refuse_unless_manager(person)
    unit = _unit(pharmacy, unit_id)
    before = _present(connection, unit_id, metric)
    if before is None or not before.sensor.paired_by:
        raise Refused(f"Nobody paired a sensor with {unit.name}: it has the one that sensors/ names, if any.")
    if not pairings.end(connection, before, person.id, now):
        raise _first()
    _note(connection, unit, "sensor-unpaired", person.id, metric, before.sensor, None, now)


def _refuse_unless_manager(person: Person) -> None:
    if Role.MANAGER not in person.roles:
        raise Refused("A manager pairs sensors with units. Ask one of them.")


def _first() -> AlreadyDone:
    return AlreadyDone("Somebody changed this unit's sensor a moment before you. Look at it again.")


def _unit(pharmacy: Pharmacy, unit_id: str) -> StorageUnit:
    if unit_id not in pharmacy.units:
        raise Refused("That unit is not defined any more. Look at the list again.")
    return pharmacy.units[unit_id]


def _sensor(
    found: DiscoveredSensor, unit: StorageUnit, person: Person, temperature_unit: TemperatureUnit | None
) -> Sensor:
    return Sensor(
        found.topic,
        format=found.format,
        every=_interval(found, unit),
        unit=temperature_unit or TemperatureUnit(found.unit if found.metric == TEMPERATURE else "C"),
        path=found.path,
        probe=found.probe,
        metric=found.metric,
        paired_by=person.id,
    )


def _interval(found: DiscoveredSensor, unit: StorageUnit) -> timedelta:
    """How often it speaks: as it was heard, in whole minutes; one heard once is taken to be as the unit's was."""
    if found.count < 3:
        return unit.sensor.every if unit.sensor else Sensor(found.topic).every
    minutes = ceil((found.last_at - found.first_at) / (found.count - 1) / timedelta(minutes=1))
    return min(max(timedelta(minutes=minutes), EVERY_AT_LEAST), EVERY_AT_MOST)


def _refuse_if_taken(connection: Connection, pharmacy: Pharmacy, unit: StorageUnit, sensor: Sensor) -> None:
    owners = [
        other.id for other in pharmacy.units.values() if any(_is_same(each, sensor) for each in sensors_of(other))
    ]
    owners += [each.unit for each in pairings.by_hand(connection) if _is_same(each.sensor, sensor)]
    for owner in owners:
        if owner == unit.id:
            raise AlreadyDone(f"{unit.name} has this sensor already.")
        name = pharmacy.units[owner].name if owner in pharmacy.units else owner
        raise Refused(f"{name} has this sensor. Give that one another sensor first.")


def _is_same(one: Sensor, other: Sensor) -> bool:
    return _place(one) == _place(other) and one.metric == other.metric


def _present(connection: Connection, unit_id: str, metric: str) -> Pairing | None:
    found = pairings.open_ones(connection, [unit_id])
    return next((each for each in found if each.sensor.metric == metric), None)


def _instead_of(connection: Connection, unit: StorageUnit, before: Pairing | None) -> str:
    """What the definitions say of a unit's sensor, though a pairing may lie over it."""
    if unit.sensor is None or not unit.sensor.paired_by:
        return written(unit.sensor)
    if before is not None and before.sensor.paired_by:
        return before.instead_of
    earlier = (each.instead_of for each in pairings.of_unit(connection, unit.id) if each.sensor.paired_by)
    return next(earlier, "")


def _note(
    connection: Connection,
    unit: StorageUnit,
    kind: str,
    actor: str,
    metric: str,
    before: Sensor | None,
    after: Sensor | None,
    now: datetime,
) -> None:
    body = {
        "metric": metric,
        "before": _described(before) if before else None,
        "after": _described(after) if after else None,
    }
    record.append(connection, [Entry(unit.site, now, actor, kind, f"unit:{unit.id}", body)])


# --- a step of the tick

_noted: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""The definitions whose sensors each database knows. Only saves a look: forgetting it does no harm."""


def note_sensors(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Keep in each unit's history which sensor it has by the definitions in force; how many changed."""
    if _noted.get(database) == pharmacy.digest:
        return 0
    with database.transaction() as connection:
        known = {each.unit: each for each in pairings.open_ones(connection) if each.sensor.metric == TEMPERATURE}
        changed = [each for each in known.values() if _is_over(each, pharmacy.units.get(each.unit))]
        for each in changed:
            _end(connection, pharmacy, each, now)
            del known[each.unit]
        fresh = [
            (unit.site, unit.id, unit.sensor, written(unit.sensor))
            for unit in pharmacy.units.values()
            if unit.id not in known and unit.sensor is not None and not unit.sensor.paired_by
        ]
        pairings.begin_all(connection, fresh, now)
    _noted[database] = pharmacy.digest
    return len(changed) + len(fresh)


def _is_over(pairing: Pairing, unit: StorageUnit | None) -> bool:
    """Whether the definitions say otherwise. Where a pairing lies over them it is not for them to say."""
    if unit is None:
        return True
    if unit.sensor is not None and unit.sensor.paired_by:
        return False
    return written(unit.sensor) != pairing.instead_of


def _end(connection: Connection, pharmacy: Pharmacy, pairing: Pairing, now: datetime) -> None:
    unit = pharmacy.units.get(pairing.unit)
    if pairings.end(connection, pairing, DEFINITIONS, now) and unit is not None:
        _note(connection, unit, "sensor-defined", DEFINITIONS, TEMPERATURE, pairing.sensor, unit.sensor, now)


def active(connection: Connection, pharmacy: Pharmacy, units: Sequence[str]) -> dict[str, Pairing]:
    """The temperature sensors that somebody paired with these units and that count now."""
    found = {}
    for each in pairings.open_ones(connection, units):
        sensor = pharmacy.units[each.unit].sensor if each.unit in pharmacy.units else None
        if sensor is not None and each.sensor == sensor and sensor.paired_by:
            found[each.unit] = each
    return found
