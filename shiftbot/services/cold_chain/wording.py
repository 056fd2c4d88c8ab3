"""How an excursion is put for people, and its facts as its case and the record keep them. Decides nothing."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shiftbot.domain.cold_chain import Direction, Excursion
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.storage.excursions import StoredExcursion


def minutes(span: timedelta) -> int:
    """Whole minutes, a begun one counted."""
    return whole_minutes(span.total_seconds())


def whole_minutes(seconds: float) -> int:
    """As `minutes`."""
    return math.ceil(seconds / 60)


def finite(limit: float) -> float | None:
    """A limit as JSON."""
    return limit if math.isfinite(limit) else None


def title(unit: Unit, excursion: Excursion) -> str:
    """What an alert of it is called."""
    return f"{unit.unit.name} is too {'warm' if excursion.direction is Direction.HIGH else 'cold'}"


def detail(unit: Unit, excursion: Excursion) -> str:
    """What is known when it is told."""
    began, worst = unit.clock(excursion.started_at), unit.degrees(excursion.extreme)
    if excursion.ended_at is not None:
        return _over(unit, excursion.extreme, excursion.started_at, excursion.out.total_seconds())
    said = f"{worst} at worst, outside {unit.range} since {began}. Label DO NOT USE, do not discard"
    return f"{said}. {_together(unit, excursion)}" if added_up(excursion) else said


def added_up(excursion: Excursion) -> bool:
    """Whether it was told because of the time out of range of the days before it."""
    return excursion.adds_up_at is not None and excursion.told_at == max(excursion.adds_up_at, excursion.started_at)


def _together(unit: Unit, excursion: Excursion) -> str:
    limits = unit.limits
    limit = limits.cumulative(excursion.direction) or timedelta(0)
    hours = limits.cumulative_within / timedelta(hours=1)
    return f"It was short, but makes {minutes(limit)} minutes within {hours:g} hours"


def over(unit: Unit, found: Sequence[StoredExcursion]) -> str:
    """Excursions, oldest first, that were all over when they were found, in one sentence."""
    worst = max(found, key=lambda each: beyond(unit, each))
    if len(found) == 1:
        return _over(unit, worst.extreme, worst.started_at, worst.seconds_out)
    last = max(each.ended_at or each.started_at for each in found)
    out = whole_minutes(sum(each.seconds_out for each in found))
    return (
        f"found late, already over: {len(found)} excursions from {unit.clock(found[0].started_at)} to "
        f"{unit.clock(last)}, {unit.degrees(worst.extreme)} at worst, {out} minutes outside {unit.range}"
    )


def _over(unit: Unit, extreme: float, started_at: datetime, seconds_out: float) -> str:
    worst, began, out = unit.degrees(extreme), unit.clock(started_at), whole_minutes(seconds_out)
    return f"found late, already over: {worst} at worst from {began}, {out} minutes outside {unit.range}"


def beyond(unit: Unit, excursion: Excursion | StoredExcursion) -> float:
    """How far it went beyond its limit."""
    if excursion.direction is Direction.HIGH:
        return excursion.extreme - unit.limits.high
    return unit.limits.low - excursion.extreme


def recovery(unit: Unit, excursion: Excursion) -> str:
    """That it is over."""
    back = excursion.back_at or excursion.ended_at
    since = f" since {unit.clock(back)}" if back else ""
    return f"Back in range{since}; {minutes(excursion.out)} minutes out, {unit.degrees(excursion.extreme)} at worst."


def facts(unit: Unit, excursion: Excursion) -> dict[str, Any]:
    """What was measured, as JSON values; `open` keeps the case from being signed."""
    return _facts(unit, excursion, excursion.out.total_seconds())


def stored_facts(unit: Unit, excursion: StoredExcursion) -> dict[str, Any]:
    """The same of one as it is stored."""
    return _facts(unit, excursion, excursion.seconds_out)


def _facts(unit: Unit, excursion: Excursion | StoredExcursion, seconds_out: float) -> dict[str, Any]:
    limits = unit.limits
    return {
        "unit": unit.id,
        "unit_name": unit.unit.name,
        "direction": excursion.direction.value,
        "temperature_unit": limits.unit.value,
        "low": finite(limits.low),
        "high": finite(limits.high),
        "extreme": excursion.extreme,
        "started_at": excursion.started_at.isoformat(),
        "back_at": excursion.back_at.isoformat() if excursion.back_at else None,
        "ended_at": excursion.ended_at.isoformat() if excursion.ended_at else None,
        "seconds_out": seconds_out,
        "critical": excursion.critical_at is not None,
        "open": excursion.ended_at is None,
    }


def ended(stored: StoredExcursion, why: str, now: datetime) -> dict[str, Any]:
    """What the record says of one that no reading ended."""
    return {
        "because": why,
        "started_at": stored.started_at.isoformat(),
        "extreme": stored.extreme,
        "seconds_out": stored.seconds_out,
        "back_at": stored.back_at.isoformat() if stored.back_at else None,
        "ended_at": now.isoformat(),
        "critical": stored.critical_at is not None,
    }
