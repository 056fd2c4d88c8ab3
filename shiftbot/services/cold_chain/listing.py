"""All sensors in one list, for the command line: those of units with what they said last, and those nobody has yet."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.site import Pharmacy, Sensor, StorageUnit
from shiftbot.services.cold_chain.pairing import active, discovered_sensors, sensors_of
from shiftbot.services.cold_chain.provenance import SensorView, pairing_in_words, sensor_views, who
from shiftbot.storage import glimpses
from shiftbot.storage.discovered import DiscoveredSensor
from shiftbot.storage.glimpses import Glimpse

HEADINGS = ("unit", "topic", "probe", "format", "measures", "last value", "at (UTC)", "battery", "named by")
DISCOVERED_HEADINGS = ("number", "topic", "probe", "format", "measures", "last value", "heard (UTC)", "times", "name")


@dataclass(frozen=True, slots=True)
class Listed:
    """A sensor of a unit, with what it said last, if anything; `named_by` is who paired it, or `sensors/`."""

    unit: StorageUnit
    sensor: Sensor
    glimpse: Glimpse | None
    named_by: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Every sensor of a pharmacy."""

    units: tuple[Listed, ...]
    discovered: tuple[DiscoveredSensor, ...]


def list_sensors(connection: Connection, pharmacy: Pharmacy) -> Listing:
    """The sensors of the units in the order they were written, then the discovered ones, the last heard first."""
    owners = [unit for unit in pharmacy.units.values() if sensors_of(unit)]
    ids = [unit.id for unit in owners]
    seen, views = glimpses.of_units(connection, ids), sensor_views(connection, pharmacy, ids)
    listed = [
        _listed(pharmacy, unit, sensor, seen.get(unit.id, []), views[unit.id])
        for unit in owners
        for sensor in sensors_of(unit)
    ]
    return Listing(tuple(listed), tuple(discovered_sensors(connection, pharmacy)))


def _listed(pharmacy: Pharmacy, unit: StorageUnit, sensor: Sensor, seen: Iterable[Glimpse], view: SensorView) -> Listed:
    own = next((each for each in seen if each.is_of(sensor)), None)
    return Listed(unit, sensor, own, who(pharmacy, sensor.paired_by), view.facts if sensor is unit.sensor else ())


def render_plain(listing: Listing) -> str:
    """The list for people: two tables, and beneath the first what is to be known of its sensors."""
    parts = [_table(HEADINGS, [_row(each) for each in listing.units])] if listing.units else ["No unit has a sensor."]
    parts += [f"{each.unit.name}: {fact}" for each in listing.units for fact in each.facts]
    if listing.discovered:
        rows = [_discovered_row(each) for each in listing.discovered]
        parts += ["", "Heard, and of no unit; a manager pairs one with /shift temps:"]
        parts.append(_table(DISCOVERED_HEADINGS, rows))
    return "\n".join(parts)


def _row(each: Listed) -> tuple[str, ...]:
    sensor, seen = each.sensor, each.glimpse
    value = _value(seen.value, seen.degrees) if seen else ""
    battery = f"{seen.battery:g} %" if seen and seen.battery is not None else ""
    at = _at(seen.taken_at) if seen else ""
    return (each.unit.id, sensor.topic, sensor.probe, sensor.format, sensor.metric, value, at, battery, each.named_by)


def _discovered_row(each: DiscoveredSensor) -> tuple[str, ...]:
    value, at = _value(each.value, each.unit), _at(each.last_at)
    return (str(each.id), each.topic, each.probe, each.format, each.metric, value, at, str(each.count), each.name)


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "open":
        return "open" if value else "closed"
    return f"{value:.1f} {'°' if unit in ('C', 'F') else ''}{unit}"


def _at(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [headings, *rows]
    padded = ([f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def render_json(listing: Listing) -> str:
    """The list for machines."""
    units = [
        {
            "site": each.unit.site,
            "unit": each.unit.id,
            **_described(each.sensor),
            "paired_by": each.sensor.paired_by or None,
            "value": each.glimpse.value if each.glimpse else None,
            "value_unit": each.glimpse.degrees if each.glimpse else None,
            "taken_at": _iso(each.glimpse.taken_at) if each.glimpse else None,
            "heard_at": _iso(each.glimpse.heard_at) if each.glimpse else None,
            "battery": each.glimpse.battery if each.glimpse else None,
            "device": json.loads(each.glimpse.facts) if each.glimpse and each.glimpse.facts else {},
            "facts": list(each.facts),
        }
        for each in listing.units
    ]
    found = [
        {
            "id": each.id, "topic": each.topic, "probe": each.probe, "path": each.path, "format": each.format,
            "metric": each.metric, "name": each.name, "value": each.value, "value_unit": each.unit,
            "first_at": _iso(each.first_at), "last_at": _iso(each.last_at), "count": each.count,
        }
        for each in listing.discovered
    ]  # fmt: skip
    return json.dumps({"units": units, "discovered": found}, indent=2)


def _described(sensor: Sensor) -> dict[str, Any]:
    return {
        "topic": sensor.topic,
        "probe": sensor.probe,
        "path": sensor.path,
        "format": sensor.format,
        "metric": sensor.metric,
        "every_seconds": sensor.every.total_seconds(),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def paired_in_words(connection: Connection, pharmacy: Pharmacy) -> list[str]:
    """One line for each unit whose sensor somebody paired, over what the files say."""
    ids = [unit.id for unit in pharmacy.units.values() if unit.sensor and unit.sensor.paired_by]
    paired = active(connection, pharmacy, ids)
    return [
        f"{pharmacy.units[each].name}: {pairing_in_words(pharmacy, paired[each])}" for each in ids if each in paired
    ]
