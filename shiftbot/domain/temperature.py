"""Degrees: one unit into the other, what no probe can mean, mean kinetic temperature. Pure; knows no limits."""

import math
from collections.abc import Iterable

from shiftbot.domain.site import TemperatureUnit

POSSIBLE_CELSIUS = (-200.0, 125.0)
"""Outside this no probe measures and no pharmacy stores."""

FAULT_CODES_CELSIUS = {85.0: "power-on value of a DS18B20, not a temperature", -127.0: "a DS18B20 that is gone"}
"""Refused always: 85 °C lies outside every storage class there is, so no real reading is lost."""

_KELVIN = 273.15
_ACTIVATION_KELVIN = 10_000.0
"""ΔH/R for mean kinetic temperature: 83.144 kJ/mol over 8.3144e-3 kJ/(mol·K) (domain.md §1.4)."""


def convert(value: float, source: TemperatureUnit, target: TemperatureUnit) -> float:
    """`value` in the other unit, never rounded: 8.0 °C is 46.4 °F, which is above 46 (domain.md §1.1)."""
    if source is target:
        return value
    if target is TemperatureUnit.FAHRENHEIT:
        return value * 9 / 5 + 32
    return (value - 32) * 5 / 9


def sensor_fault(value: float, unit: TemperatureUnit) -> str | None:
    """Why `value` cannot be a temperature (not a number, a fault code, beyond any probe), or `None`."""
    celsius = convert(value, unit, TemperatureUnit.CELSIUS)
    if -80.0 < celsius < 80.0:
        return None
    if not math.isfinite(celsius):
        return "not a number"
    if not POSSIBLE_CELSIUS[0] <= celsius <= POSSIBLE_CELSIUS[1]:
        return "outside what a probe can measure"
    return FAULT_CODES_CELSIUS.get(round(celsius, 6))


def mean_kinetic_temperature(weighted_celsius: Iterable[tuple[float, float]]) -> float | None:
    """Mean kinetic temperature in °C of (°C, weight) pairs; `None` without any weight (domain.md §1.4)."""
    total = summed = 0.0
    for celsius, weight in weighted_celsius:
        total += weight
        summed += weight * math.exp(-_ACTIVATION_KELVIN / (celsius + _KELVIN))
    if total <= 0:
        return None
    return -_ACTIVATION_KELVIN / math.log(summed / total) - _KELVIN
