"""Where a unit's readings come from: how far their times can be trusted, what the device says of itself, who paired it.

Plain sentences, for whoever looks at a unit; and which sensor a unit had when, by whose doing.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.local_time import local_text
from shiftbot.domain.site import Pharmacy, Sensor, StorageUnit
from shiftbot.services.cold_chain.pairing import TEMPERATURE, active, sensors_of
from shiftbot.storage import glimpses, pairings, temperatures
from shiftbot.storage.glimpses import Glimpse
from shiftbot.storage.pairings import DEFINITIONS, Pairing
from shiftbot.storage.temperatures import Delay

LATE = timedelta(minutes=5)
"""A sensor whose newest readings were all on their way for longer has a slow clock, or something holds them up."""

NEWEST = 5
"""Readings of a sensor that are looked at for it; one late one after an outage says nothing."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The newest value of something else than the temperature, in `unit`: `%`, `hPa`, `open` (1 or 0), `W`."""

    metric: str
    probe: str
    value: float
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SensorView:
    """What is to be known of a unit's sensors: sentences for people, and what else they measure."""

    facts: tuple[str, ...] = ()
    others: tuple[Measure, ...] = ()
    paired: Pairing | None = None


@dataclass(frozen=True, slots=True)
class SensorChange:
    """A unit's sensor from `at` on: `by` whom (empty: the definitions), what it had `before`, and has `after`."""

    at: datetime
    by: str
    before: Sensor | None
    after: Sensor | None


def sensor_views(connection: Connection, pharmacy: Pharmacy, units: Collection[str]) -> dict[str, SensorView]:
    """What is to be known of the sensors of these units."""
    known = [pharmacy.units[each] for each in units if each in pharmacy.units]
    ids = [unit.id for unit in known]
    delays = temperatures.newest_delays(connection, ids, NEWEST)
    seen = glimpses.of_units(connection, ids)
    paired = active(connection, pharmacy, ids)
    return {
        unit.id: SensorView(
            facts=(
                *_of_time(delays.get(unit.id, [])),
                *_of_device(unit, seen.get(unit.id, [])),
                *([pairing_in_words(pharmacy, paired[unit.id])] if unit.id in paired else []),
            ),
            others=tuple(_others(unit, seen.get(unit.id, []))),
            paired=paired.get(unit.id),
        )
        for unit in known
    }


def _of_time(delays: list[Delay]) -> list[str]:
    if not delays:
        return []
    if delays[0].lag is None:
        return [
            "Its sensor gives no time of its own: the time at which a reading comes counts, "
            "and one that comes twice may count twice."
        ]
    lags = [each.lag for each in delays if each.lag is not None]
    if len(lags) < NEWEST or min(lags) <= LATE:
        return []
    minutes = round(min(lags) / timedelta(minutes=1))
    return [f"Its readings are {minutes} minutes old when they come: its clock is slow, or something holds them up."]


def _of_device(unit: StorageUnit, seen: list[Glimpse]) -> list[str]:
    own = next((each for each in seen if unit.sensor and each.is_of(unit.sensor)), None)
    told: Mapping[str, float] = json.loads(own.facts) if own and own.facts else {}
    found = []
    if told.get("availability") == 0:
        found.append("Its sensor is away, says what it speaks through.")
    if told.get("gateway") == 0:
        found.append("What its sensor speaks through is away.")
    if told.get("battery_low") == 1:
        found.append("Its sensor says that its battery is low.")
    return found + (_of_clock(told, own.heard_at.timestamp() if own.heard_at else 0) if own else [])


def _of_clock(told: Mapping[str, float], heard_at: float) -> list[str]:
    """What a device's times are wrong in, as long as it goes on so; `heard_at` is in seconds since 1970."""
    found = []
    ahead_at, shared_at = told.get("clock_ahead_at"), told.get("shared_instant_at")
    if ahead_at is not None and ahead_at > heard_at:
        ahead = _span(timedelta(seconds=told["clock_ahead_s"]))
        found.append(f"Its sensor's clock is {ahead} fast: what it sends is refused until its clock is set right.")
    if shared_at is not None and shared_at > heard_at - LATE.total_seconds():
        found.append(
            "Its sensor gives several readings the same time, and of those only the first is kept: "
            "let it send fewer, or fractions of a second."
        )
    return found


def _span(span: timedelta) -> str:
    """A length of time in the largest unit of which it has two."""
    for name, unit in (("years", timedelta(days=365)), ("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if span >= 2 * unit:
            return f"{span // unit} {name}"
    return f"{span // timedelta(minutes=1)} minutes"


def pairing_in_words(pharmacy: Pharmacy, paired: Pairing) -> str:
    """Who paired a unit with what, and how long that holds."""
    when = local_text(pharmacy.sites[paired.site].calendar, paired.paired_at)
    instead = json.loads(paired.instead_of)["topic"] if paired.instead_of else "none"
    return (
        f"{who(pharmacy, paired.sensor.paired_by)} paired it with {named(paired.sensor)} on {when}. "
        f"This holds until what sensors/ says of its sensor changes; now that is {instead}."
    )


def _others(unit: StorageUnit, seen: list[Glimpse]) -> list[Measure]:
    topics = {sensor.topic for sensor in sensors_of(unit)}
    return [
        Measure(each.metric, each.probe, each.value, each.degrees, each.taken_at)
        for each in seen
        if each.metric != TEMPERATURE and each.topic in topics and each.value is not None and each.taken_at is not None
    ]


def sensor_log(connection: Connection, unit_id: str, metric: str = TEMPERATURE) -> list[SensorChange]:
    """Which sensor a unit had from when on, and by whose doing; the newest first."""
    changes: list[SensorChange] = []
    present: Pairing | None = None
    for each in reversed(pairings.of_unit(connection, unit_id)):
        if each.sensor.metric != metric:
            continue
        if present is not None and present.ended_at is not None and present.ended_at < each.paired_at:
            changes.append(_ended(present))
            present = None
        before = present.sensor if present else None
        changes.append(SensorChange(each.paired_at, each.sensor.paired_by, before, each.sensor))
        present = each
    if present is not None and present.ended_at is not None:
        changes.append(_ended(present))
    return changes[::-1]


def _ended(pairing: Pairing) -> SensorChange:
    by = pairing.ended_by or ""
    return SensorChange(pairing.ended_at or pairing.paired_at, "" if by == DEFINITIONS else by, pairing.sensor, None)


def in_words(pharmacy: Pharmacy, site_id: str, change: SensorChange) -> str:
    """A change as a line of a unit's log: `sensor replaced at … by …`."""
    at = local_text(pharmacy.sites[site_id].calendar, change.at)
    by = who(pharmacy, change.by)
    if change.before and change.after:
        return f"sensor replaced at {at} by {by}: {named(change.after)} instead of {named(change.before)}"
    if change.after:
        return f"sensor {named(change.after)} since {at}, by {by}"
    return f"sensor {named(change.before)} taken away at {at} by {by}" if change.before else f"no sensor since {at}"


def who(pharmacy: Pharmacy, person_id: str) -> str:
    """Whoever paired a sensor, by name; the files when nobody did."""
    if not person_id:
        return "sensors/"
    return pharmacy.people[person_id].name if person_id in pharmacy.people else person_id


def named(sensor: Sensor) -> str:
    """A sensor for people: its topic, and which probe of it."""
    return f"{sensor.topic} (probe {sensor.probe})" if sensor.probe else sensor.topic
