"""`shiftbot replay`: readings out of a CSV file, what they would have done, as JSON or as plain text.

Changes nothing and knows no database. Temperatures go in and out in one unit; they are judged in the limits' unit.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shiftbot.domain.alert import Policy
from shiftbot.domain.cold_chain import Limits
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.mkt import FREEZING, WARNING
from shiftbot.domain.replay import Replay, ReplayedExcursion, replay
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.temperature import convert
from shiftbot.services.cold_chain.csv_readings import read_file


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `shiftbot replay` prints: `values` by `render_json` or `render_plain`, the rest on standard error."""

    values: dict[str, Any]
    rejected: list[str]
    warnings: list[str]


def replay_file(
    path: Path,
    limits: Limits,
    policy: Policy,
    *,
    unit: TemperatureUnit = TemperatureUnit.CELSIUS,
    max_gap: timedelta | None = None,
    calendar: SiteCalendar | None = None,
) -> Outcome:
    """What the readings in `path`, written in `unit`, would have done. Raises SettingsError when it cannot be read.

    `max_gap` is how long a reading holds at most, where not as long as the limits say; by `calendar` it is told which
    steps of the policy hold when.
    """
    read = read_file(path, unit)
    held = limits if max_gap is None else replace(limits, holds_at_most=max_gap)
    outcome = replay(read.readings, held, policy, calendar)
    return Outcome(to_json(outcome, len(read.rejected), limits.unit, unit), read.rejected, read.warnings)


def to_json(outcome: Replay, rejected: int, judged_in: TemperatureUnit, unit: TemperatureUnit) -> dict[str, Any]:
    """The outcome as JSON values: `excursions`, and beside them the totals. Instants are ISO 8601 in UTC."""
    totals = outcome.totals

    def shown(value: float | None) -> float | None:
        return None if value is None else round(convert(value, judged_in, unit), 6)

    return {
        "excursions": [excursion_to_json(each, judged_in, unit) for each in outcome.excursions],
        "readings": totals.readings,
        "rejected": rejected,
        "seconds_out_high": totals.out_high.total_seconds(),
        "seconds_out_low": totals.out_low.total_seconds(),
        "longest_gap_seconds": totals.longest_gap.total_seconds(),
        "mkt_celsius": None if totals.mkt_celsius is None else round(totals.mkt_celsius, 6),
        "min": shown(totals.low),
        "max": shown(totals.high),
        "temperature_unit": unit.value,
    }


def excursion_to_json(replayed: ReplayedExcursion, judged_in: TemperatureUnit, unit: TemperatureUnit) -> dict[str, Any]:
    """One excursion and whom it would have told, as JSON values."""
    excursion = replayed.excursion
    return {
        "started_at": _iso(excursion.started_at),
        "ended_at": _iso(excursion.ended_at),
        "back_in_range_at": _iso(excursion.back_at),
        "extreme": round(convert(excursion.extreme, judged_in, unit), 6),
        "direction": excursion.direction.value,
        "seconds_out": excursion.out.total_seconds(),
        "told_at": _iso(excursion.told_at),
        "critical_at": _iso(excursion.critical_at),
        "notices": [{"at": _iso(each.at), "to": each.to, "step": each.step} for each in replayed.notices],
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def render_json(outcome: dict[str, Any]) -> str:
    """`to_json`'s values as text for machines."""
    return json.dumps(outcome, indent=2)


def render_plain(outcome: dict[str, Any]) -> str:
    """`to_json`'s values as text for people."""
    return "\n".join(_plain(outcome))


NOTICES_SHOWN = 8
"""In plain text; `--json` gives them all."""


def _plain(outcome: dict[str, Any]) -> Iterator[str]:
    degrees = f"°{outcome['temperature_unit']}"
    yield f"{outcome['readings']} readings, {outcome['rejected']} rejected, {len(outcome['excursions'])} excursions"
    for each in outcome["excursions"]:
        minutes = each["seconds_out"] / 60
        yield ""
        yield f"{each['started_at']}  too {_SIDE[each['direction']]}, at worst {each['extreme']:g} {degrees}"
        yield f"  {minutes:.0f} minutes out of range, {_ending(each)}"
        if not each["notices"]:
            yield "  nobody would have been told: it did not last as long as the alarm delay"
        for notice in each["notices"][:NOTICES_SHOWN]:
            yield f"  {notice['at']}  step {notice['step']}: {notice['to']}"
        if len(each["notices"]) > NOTICES_SHOWN:
            yield f"  and {len(each['notices']) - NOTICES_SHOWN} more"
    if outcome["readings"]:
        yield ""
        yield from _plain_totals(outcome, degrees)


_SIDE = {"high": "warm", "low": "cold"}


def _ending(excursion: dict[str, Any]) -> str:
    return f"ended {excursion['ended_at']}" if excursion["ended_at"] else "still open at the end of the file"


def _plain_totals(outcome: dict[str, Any], degrees: str) -> Iterator[str]:
    yield f"lowest {outcome['min']:g} {degrees}, highest {outcome['max']:g} {degrees}"
    yield (
        f"out of range: {outcome['seconds_out_high'] / 60:.0f} minutes too warm, "
        f"{outcome['seconds_out_low'] / 60:.0f} minutes too cold"
    )
    yield f"longest gap between readings: {outcome['longest_gap_seconds'] / 60:.0f} minutes"
    highest = convert(outcome["max"], TemperatureUnit(outcome["temperature_unit"]), TemperatureUnit.CELSIUS)
    if outcome["mkt_celsius"] is not None and highest > FREEZING:  # it says nothing of what is frozen
        yield f"mean kinetic temperature of the whole file: {outcome['mkt_celsius']:.2f} °C. {WARNING}"
