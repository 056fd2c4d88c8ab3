"""Whether a value is out of range, and a line's limits in words. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.values.numbers import TEMPERATURE_POSSIBLE, number_text


def out_of_range(line: Line, value: Mapping[str, Any] | None, answered_on: date | None = None) -> bool:
    """Whether a value lies outside the line's limits, which are inclusive; of a min-max either end.

    A date is out of range when it comes before `answered_on` (local) and what the line asks it to be valid for. What a
    sensor adds to a temperature, the lowest and highest since the last look, is judged by its own line and excursion.
    """
    said = value or {}
    if line.kind is ItemKind.DATE or "date" in said:
        return _too_soon(line, said, answered_on)
    judged = ("temperature",) if line.kind is ItemKind.TEMPERATURE else ("temperature", "number", "low", "high")
    numbers = [said[name] for name in judged if said.get(name) is not None]
    return any(_outside(line, number) for number in numbers)


def _outside(line: Line, number: float) -> bool:
    return (line.low is not None and number < line.low) or (line.high is not None and number > line.high)


def _too_soon(line: Line, said: Mapping[str, Any], answered_on: date | None) -> bool:
    if line.valid_for is None or answered_on is None or "date" not in said:
        return False
    return date.fromisoformat(str(said["date"])) < answered_on + line.valid_for


def limits_text(line: Line) -> str:
    """The limits of a line: `36 to 46 °F`, `at least 30 days ahead`; empty when it has none."""
    if line.kind is ItemKind.DATE:
        return _ahead_text(line.valid_for.days) if line.valid_for is not None else ""
    unit = f" °{line.unit}" if line.unit in TEMPERATURE_POSSIBLE else f" {line.unit}".rstrip()
    if line.low is not None and line.high is not None:
        return f"{number_text(line.low)} to {number_text(line.high)}{unit}"
    if line.low is not None:
        return f"at least {number_text(line.low)}{unit}"
    return f"at most {number_text(line.high)}{unit}" if line.high is not None else ""


def _ahead_text(days: int) -> str:
    if days == 0:
        return "not in the past"
    return f"at least {days} day{'s' if days > 1 else ''} ahead"
