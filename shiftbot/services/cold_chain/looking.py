"""Looking at the storage units: for status, App Home, the demo's page, and the pre-filled lines of a checklist.

Only reads. A unit whose sensor is silent is never called in range, whatever it showed last.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from shiftbot.domain.cold_chain import UnitState
from shiftbot.domain.site import Pharmacy, StorageUnit, TemperatureUnit
from shiftbot.domain.temperature import convert
from shiftbot.services.cold_chain.concerning import NONE, Concern, concerns_of
from shiftbot.services.cold_chain.provenance import Measure, sensor_views
from shiftbot.services.cold_chain.unit import Unit, unit_of
from shiftbot.storage import by_hand, cold_chain, rejections, temperatures
from shiftbot.storage.temperatures import Newest

LOOKS_BACK = timedelta(hours=24)
"""The stretch of lowest and highest for a unit where nobody ever set them back."""


class Condition(StrEnum):
    """How a unit stands."""

    IN_RANGE = "in range"
    OUT_OF_RANGE = "out of range"
    SILENT = "silent"  # its sensor says nothing: the temperature is unknown
    UNKNOWN = "unknown"  # it never said anything, stands still or cannot be believed, or there is no sensor


@dataclass(frozen=True, slots=True)
class UnitView:
    """One storage unit to show; temperatures in the site's unit, not rounded. `since` is where lowest/highest begin."""

    id: str
    name: str
    condition: Condition
    current: float | None
    at: datetime | None
    temperature_unit: TemperatureUnit
    low: float | None
    high: float | None
    since: datetime
    limits: tuple[float, float]
    excursion_since: datetime | None
    silent_since: datetime | None
    battery: float | None
    rejected: int
    reasons: tuple[str, ...]
    facts: tuple[str, ...] = ()
    """What is to be known of its sensor: sentences."""
    others: tuple[Measure, ...] = ()
    """What else is measured there, such as the humidity."""
    concern: Concern = NONE
    """What is to be known beside the temperature, maintenance included."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a checklist line shows before somebody confirms it; temperatures in the site's unit, not rounded."""

    unit: str
    temperature_unit: TemperatureUnit
    current: float | None
    at: datetime | None
    low: float | None
    high: float | None
    since: datetime
    condition: Condition


def unit_overview(connection: Connection, pharmacy: Pharmacy, site: str, now: datetime) -> list[UnitView]:
    """Every storage unit of a site, in the order they were written."""
    units = pharmacy.units_of(site)
    ids = [unit.id for unit in units]
    states = cold_chain.look_at_states(connection, ids)
    newest = temperatures.newest(connection, ids)
    begun = _begun(connection, site, ids, now)
    refused = _refused(connection, units)
    sensing, concerns = sensor_views(connection, pharmacy, ids), concerns_of(connection, pharmacy, ids, now)
    views = [
        _view(
            connection,
            pharmacy,
            unit,
            states.get(unit.id),
            newest.get(unit.id),
            since,
            refused.get(unit.id, ()),
            concerns.get(unit.id, NONE),
            now,
        )
        for unit in units
        for since in [begun.get(unit.id, now - LOOKS_BACK)]
    ]
    return [replace(view, facts=sensing[view.id].facts, others=sensing[view.id].others) for view in views]


def unowned_rejections(connection: Connection, pharmacy: Pharmacy) -> int:
    """How many messages came that belong to no unit."""
    owned = {unit.sensor.topic for unit in pharmacy.units.values() if unit.sensor}
    return sum(each.count for each in rejections.counts(connection) if each.topic not in owned)


def prefill(
    connection: Connection,
    pharmacy: Pharmacy,
    unit_id: str,
    now: datetime,
    since: datetime | None = None,
    *,
    asked_at: datetime | None = None,
) -> Prefill | None:
    """What the sensor of a unit says for a checklist line: now, and lowest and highest since they were last set back.

    `None` when the unit has no sensor: then people read it. `since` overrides where lowest and highest begin.
    A checklist that was `asked_at` an instant may ask for the temperature and for lowest and highest: what it was
    answered itself does not cut its own stretch short.
    """
    unit = unit_of(pharmacy, unit_id)
    if unit is None:
        return None
    if since is None:
        since = _begun(connection, unit.site.id, [unit_id], now, asked_at).get(unit_id, now - LOOKS_BACK)
    state = cold_chain.look_at_states(connection, [unit_id]).get(unit_id)
    newest = temperatures.newest(connection, [unit_id]).get(unit_id)
    degrees = unit.limits.unit
    span = temperatures.span(connection, unit_id, since, degrees)
    return Prefill(
        unit=unit_id,
        temperature_unit=degrees,
        current=convert(newest.value, newest.degrees, degrees) if newest else None,
        at=newest.taken_at if newest else None,
        low=span.low if span else None,
        high=span.high if span else None,
        since=since,
        condition=_condition(
            unit, state, newest, concerns_of(connection, pharmacy, [unit_id], now).get(unit_id, NONE), now
        ),
    )


def _begun(
    connection: Connection, site: str, units: Collection[str], now: datetime, before: datetime | None = None
) -> dict[str, datetime]:
    """From when on lowest and highest of each unit are: its last reset; where none ever was, its last confirmation."""
    resets = by_hand.last_resets(connection, units, before)
    without = [unit for unit in units if unit not in resets]
    return by_hand.last_confirmed(connection, site, without, now, before) | resets


def _refused(connection: Connection, units: Collection[StorageUnit]) -> Mapping[str, tuple[tuple[str, int], ...]]:
    owners = {unit.sensor.topic: unit.id for unit in units if unit.sensor}
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for each in rejections.counts(connection, list(owners)):
        found[owners[each.topic]] = (*found.get(owners[each.topic], ()), (each.reason, each.count))
    return found


def _view(
    connection: Connection,
    pharmacy: Pharmacy,
    written: StorageUnit,
    state: UnitState | None,
    newest: Newest | None,
    since: datetime,
    refused: tuple[tuple[str, int], ...],
    concern: Concern,
    now: datetime,
) -> UnitView:
    degrees = pharmacy.sites[written.site].temperature_unit
    unit = unit_of(pharmacy, written.id)
    span = temperatures.span(connection, written.id, since, degrees)
    return UnitView(
        id=written.id,
        name=written.name,
        condition=_condition(unit, state, newest, concern, now),
        current=convert(newest.value, newest.degrees, degrees) if newest else None,
        at=newest.taken_at if newest else None,
        temperature_unit=degrees,
        low=span.low if span else None,
        high=span.high if span else None,
        since=since,
        limits=(unit.limits.low, unit.limits.high) if unit else (float("-inf"), float("inf")),
        excursion_since=state.excursion.started_at if state and state.excursion else None,
        silent_since=state.silent_since if state else None,
        battery=newest.battery if newest else None,
        rejected=sum(count for _, count in refused),
        reasons=tuple(f"{reason} ({count})" for reason, count in refused),
        concern=concern,
    )


def _condition(
    unit: Unit | None, state: UnitState | None, newest: Newest | None, concern: Concern, now: datetime
) -> Condition:
    """How it stands by the clock of `now`: also where no tick has looked since its sensor fell silent."""
    if unit is None or newest is None:
        return Condition.SILENT if state and state.silent_since else Condition.UNKNOWN
    known = state or UnitState(watched_since=newest.heard_at or newest.taken_at)
    if known.is_silent(newest.heard_at, unit.limits, now):
        return Condition.SILENT
    if concern.is_unknown:
        return Condition.UNKNOWN
    value = convert(newest.value, newest.degrees, unit.limits.unit)
    return Condition.OUT_OF_RANGE if unit.limits.side(value) else Condition.IN_RANGE
