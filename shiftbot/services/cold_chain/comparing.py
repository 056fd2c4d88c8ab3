"""What a changed rule would have done differently with the same readings: from a file, or a unit's last days.

Changes nothing. Temperatures are shown in the unit the readings are asked about in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import Policy
from shiftbot.domain.cold_chain import Limits, Reading
from shiftbot.domain.replay import Replay, replay
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.what_if import Changed, Difference, compare
from shiftbot.services.cold_chain.csv_readings import read_file
from shiftbot.services.cold_chain.replay import Outcome, excursion_to_json, to_json
from shiftbot.storage import temperatures


@dataclass(frozen=True, slots=True)
class Compared:
    """The same readings under two rules, and what differs."""

    before: Replay
    after: Replay
    difference: Difference


def compare_rules(readings: Sequence[Reading], before: Limits, after: Limits, policy: Policy) -> Compared:
    """Judge `readings`, in order of `taken_at` and each at an instant of its own, by both."""
    one, other = replay(readings, before, policy), replay(readings, after, policy)
    return Compared(one, other, compare(one, other))


def compare_unit(
    connection: Connection, unit_id: str, before: Limits, after: Limits, policy: Policy, span: timedelta, now: datetime
) -> Compared:
    """The last `span` of a unit under both rules."""
    found = temperatures.between(connection, unit_id, now - span)
    once = {reading.taken_at: reading for reading in reversed(found)}
    return compare_rules([once[at] for at in sorted(once)], before, after, policy)


MOST = 60_000
"""Readings that are judged twice while somebody waits for a form."""


def span_to_try(connection: Connection, unit_id: str, now: datetime) -> timedelta:
    """How far back other limits are tried: 30 days, less for a sensor that speaks all the time."""
    spans = [timedelta(days=days) for days in (30, 7, 1)]
    counted = temperatures.rolled_up(connection, unit_id, now - spans[0], now, TemperatureUnit.CELSIUS)
    for span in spans:
        if sum(each.count for hour, each in counted.items() if hour >= now - span) <= MOST:
            return span
    return spans[-1]


def compare_file(
    path: Path,
    before: Limits,
    after: Limits,
    policy: Policy,
    *,
    unit: TemperatureUnit = TemperatureUnit.CELSIUS,
    max_gap: timedelta | None = None,
) -> Outcome:
    """What the readings in `path`, written in `unit`, would have done by `after`. Raises SettingsError.

    `values` holds what `replay` says of both (`before`, `after`), and the `difference`.
    """
    read = read_file(path, unit)
    if max_gap is not None:
        before, after = (replace(limits, holds_at_most=max_gap) for limits in (before, after))
    compared = compare_rules(read.readings, before, after, policy)
    rejected = len(read.rejected)
    values = {
        "before": to_json(compared.before, rejected, before.unit, unit),
        "after": to_json(compared.after, rejected, after.unit, unit),
        "difference": difference_to_json(compared.difference, before.unit, unit),
    }
    return Outcome(values, read.rejected, read.warnings)


def difference_to_json(difference: Difference, judged_in: TemperatureUnit, unit: TemperatureUnit) -> dict[str, Any]:
    """A difference as JSON values; seconds are negative where the changed rule is sooner or shorter."""
    return {
        "same": difference.same,
        "gone": [excursion_to_json(each, judged_in, unit) for each in difference.gone],
        "new": [excursion_to_json(each, judged_in, unit) for each in difference.new],
        "changed": [_changed(each, judged_in, unit) for each in difference.changed],
    }


def _changed(changed: Changed, judged_in: TemperatureUnit, unit: TemperatureUnit) -> dict[str, Any]:
    later = changed.told_later
    return {
        "before": excursion_to_json(changed.before, judged_in, unit),
        "after": excursion_to_json(changed.after, judged_in, unit),
        "told_later_seconds": None if later is None else later.total_seconds(),
        "out_longer_seconds": changed.out_longer.total_seconds(),
    }


def render_difference(values: dict[str, Any]) -> str:
    """`compare_file`'s values as text for people."""
    return "\n".join(_lines(values))


def _lines(values: dict[str, Any]) -> Iterator[str]:
    difference, before, after = values["difference"], values["before"], values["after"]
    degrees = f"°{before['temperature_unit']}"
    yield f"{before['readings']} readings, {before['rejected']} rejected"
    yield f"by the present rule: {_summary(before)}"
    yield f"by the changed rule: {_summary(after)}"
    if not (difference["gone"] or difference["new"] or difference["changed"]):
        yield "Both do the same with these readings."
        return
    for word, kind in (("only by the present rule", "gone"), ("only by the changed rule", "new")):
        if difference[kind]:
            yield ""
            yield f"{word}:"
            yield from (f"  {_excursion(each, degrees)}" for each in difference[kind])
    if difference["changed"]:
        yield ""
        yield "by both, but otherwise:"
        yield from (f"  {line}" for each in difference["changed"] for line in _changed_lines(each, degrees))
    if difference["same"]:
        yield ""
        yield f"{difference['same']} the same by both"


def _summary(replayed: dict[str, Any]) -> str:
    told = sum(1 for each in replayed["excursions"] if each["told_at"])
    minutes = (replayed["seconds_out_high"] + replayed["seconds_out_low"]) / 60
    return f"{len(replayed['excursions'])} excursions, {told} told, {minutes:.0f} minutes out of range"


def _excursion(each: dict[str, Any], degrees: str) -> str:
    side = {"high": "warm", "low": "cold"}[each["direction"]]
    told = f"told {each['told_at']}" if each["told_at"] else "nobody told"
    return f"{each['started_at']}  too {side}, at worst {each['extreme']:g} {degrees}, {_minutes(each)}, {told}"


def _minutes(each: dict[str, Any]) -> str:
    return f"{each['seconds_out'] / 60:.0f} minutes out"


def _changed_lines(changed: dict[str, Any], degrees: str) -> Iterator[str]:
    before, after = changed["before"], changed["after"]
    yield _excursion(before, degrees)
    parts = [_telling(before["told_at"], after["told_at"], changed["told_later_seconds"])]
    if changed["out_longer_seconds"]:
        parts.append(
            f"{abs(changed['out_longer_seconds']) / 60:.0f} minutes {_more(changed['out_longer_seconds'])} out"
        )
    if before["started_at"] != after["started_at"]:
        parts.append(f"begun {after['started_at']}")
    if before["ended_at"] != after["ended_at"]:
        parts.append(f"ended {after['ended_at']}" if after["ended_at"] else "not ended")
    if before["critical_at"] != after["critical_at"]:
        parts.append(f"critical {after['critical_at']}" if after["critical_at"] else "never critical")
    yield f"  → {', '.join(part for part in parts if part)}"


def _more(seconds: float) -> str:
    return "more" if seconds > 0 else "less"


def _telling(before: str | None, after: str | None, later: float | None) -> str:
    if before == after:
        return ""
    if later is None:
        return "nobody told" if after is None else f"told {after}"
    return f"told {abs(later) / 60:.0f} minutes {'later' if later > 0 else 'sooner'}"
