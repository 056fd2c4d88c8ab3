"""What the sensors of a simulation measure and send, now or, when nobody takes it in, later."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from shiftbot.domain.site import Pharmacy, StorageUnit, TemperatureUnit
from shiftbot.mqtt.intake import Message
from shiftbot.simulation.logbook import Failure, Logbook
from shiftbot.simulation.slack import Clocks
from shiftbot.simulation.weather import Spell

BETWEEN_READINGS = timedelta(minutes=5)
"""While a unit is out of its range, and until it counts as recovered."""

CRITICAL_DEGREES = 4.0

RECOVERS_WITHIN = timedelta(minutes=20)


class Sensors:
    """One sensor a unit. What could not be taken in is kept, with the time it was measured."""

    def __init__(self, pharmacy: Pharmacy, clocks: Clocks, logbook: Logbook) -> None:
        self._units = [unit for unit in pharmacy.units.values() if unit.sensor is not None]
        self._sites = pharmacy.sites
        self._clocks = clocks
        self._logbook = logbook
        self._failures = _by_unit(clocks.weather.failures)
        self._silences = _by_unit(clocks.weather.silences)
        self._kept: list[tuple[str, str, float, datetime]] = []

    @property
    def ids(self) -> list[str]:
        """Every unit that has a sensor."""
        return [unit.id for unit in self._units]

    def measure(self, only: str = "") -> None:
        """A reading of every unit, or of one."""
        now = self._clocks.now
        for unit in self._units:
            if only in ("", unit.id) and not _on(self._silences.get(unit.id, ()), now) and unit.sensor is not None:
                self._kept.append((unit.id, unit.sensor.topic, self._degrees(unit, now), now))

    def _degrees(self, unit: StorageUnit, now: datetime) -> float:
        degrees = self._sites[unit.site].temperature_unit
        low, high = unit.storage_class.low.get(degrees), unit.storage_class.high.get(degrees)
        sensor_unit = unit.sensor.unit if unit.sensor else degrees
        failing = _on(self._failures.get(unit.id, ()), now)
        scale = 1.8 if degrees is TemperatureUnit.FAHRENHEIT else 1.0
        if failing is not None and high is not None:
            value = high + failing.degrees * scale
        elif low is not None and high is not None:
            value = (low + high) / 2
        else:
            value = (high if high is not None else low if low is not None else 5.0) - 4 * scale
        return round(_converted(value, degrees, sensor_unit), 2)

    def batch(self) -> Sequence[Message]:
        """What waits to be taken in, as it is sent."""
        now, is_skewed = self._clocks.machine(), bool(self._clocks.weather.skew(self._clocks.now))
        return [
            Message(topic, _payload(value, taken_at, bare=is_skewed), now) for _, topic, value, taken_at in self._kept
        ]

    def taken(self) -> None:
        """All of it was stored."""
        now = self._clocks.machine()
        for unit in dict.fromkeys(unit for unit, *_ in self._kept):
            self._logbook.readings.setdefault(unit, []).append(now)
        self._kept.clear()

    def failure_of(self, spell: Spell) -> Failure:
        """What truly happened, for the logbook."""
        return Failure(spell.about, spell.starts_at, spell.ends_at, spell.degrees > CRITICAL_DEGREES)


def readings_of(spell: Spell) -> list[datetime]:
    """When a unit that fails is read."""
    count = (spell.ends_at + RECOVERS_WITHIN - spell.starts_at) // BETWEEN_READINGS
    return [spell.starts_at + number * BETWEEN_READINGS for number in range(count + 1)]


def _by_unit(spells: Sequence[Spell]) -> dict[str, list[Spell]]:
    found: dict[str, list[Spell]] = {}
    for spell in spells:
        found.setdefault(spell.about, []).append(spell)
    return found


def _on(spells: Sequence[Spell], now: datetime) -> Spell | None:
    return next((spell for spell in spells if spell.starts_at <= now < spell.ends_at), None)


def _payload(value: float, taken_at: datetime, *, bare: bool) -> bytes:
    return (
        str(value).encode() if bare else json.dumps({"temperature": value, "taken_at": taken_at.isoformat()}).encode()
    )


def _converted(value: float, given: TemperatureUnit, wanted: TemperatureUnit) -> float:
    if given is wanted:
        return value
    return (value - 32) / 1.8 if wanted is TemperatureUnit.CELSIUS else value * 1.8 + 32
