"""Judging the storage units: the third step of the tick. Readings and the clock in; excursions, alerts and cases out.

Units whose new readings all lie in range are done with by a glance at their lowest and highest; the others are judged
reading by reading. Readings that come late are judged with all that came after them, so their order never matters.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from shiftbot.domain import cold_chain as rules
from shiftbot.domain.cold_chain import Reading, UnitState
from shiftbot.domain.maintenance import Window
from shiftbot.domain.site import Pharmacy, StorageUnit
from shiftbot.domain.temperature import convert
from shiftbot.services.batches import each_alone
from shiftbot.services.cold_chain import closing, late, overriding, redrawing, silence, telling, working
from shiftbot.services.cold_chain.digesting import note_late
from shiftbot.services.cold_chain.rewinding import before_late_readings, with_what_came_before
from shiftbot.services.cold_chain.unit import Judged, Unit, unit_of
from shiftbot.storage import cold_chain, maintenance, temperatures
from shiftbot.storage.cold_chain import Unjudged
from shiftbot.storage.database import Database

log = logging.getLogger(__name__)

GLANCES = 500
"""Sensors looked at in one transaction."""

BATCH = 100
"""Units judged in one transaction."""


def judge_units(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Judge every unit with new readings and every unit that is due; how many were looked at."""
    watch_units(database, pharmacy, now)
    judged = _glance_at_all(database, pharmacy, now)

    def find_due(connection: Connection) -> list[str]:
        return cold_chain.find_due(connection, now, BATCH)

    def judge_all(connection: Connection, units: list[str]) -> None:
        _judge(connection, pharmacy, units, now)

    judged += each_alone(database, find_due, judge_all, name=_name)
    return judged + late.settle(database, pharmacy, now)


def _name(unit: str) -> str:
    return f"unit {unit}"


_watching: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""The definitions whose units each database is known to watch. Only saves a look: forgetting it does no harm."""


def watch_units(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Begin to watch units that are new, so that a sensor that never spoke is silent too; leave those that are gone."""
    if _watching.get(database) == pharmacy.digest:
        return
    with database.transaction() as connection:
        wanted = {unit.id: unit for unit in pharmacy.units.values() if unit.sensor is not None}
        watched = cold_chain.watched(connection)
        fresh = [unit for unit_id, unit in wanted.items() if unit_id not in watched]
        cold_chain.save_states(connection, [_fresh(pharmacy, unit, now) for unit in fresh])
        for unit_id in sorted(watched - set(wanted)):
            closing.leave(connection, pharmacy, unit_id, now)
            cold_chain.forget(connection, unit_id)
        silence.tidy(connection, pharmacy, now)
        overriding.note(connection, pharmacy, now)
    _watching[database] = pharmacy.digest


def _fresh(pharmacy: Pharmacy, unit: StorageUnit, now: datetime) -> tuple[str, str, UnitState, datetime | None]:
    state, found = UnitState(watched_since=now), unit_of(pharmacy, unit.id)
    return unit.id, unit.site, state, rules.attention_at(state, found.limits) if found else None


def _glance_at_all(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    left: set[str] = set()

    def find(connection: Connection) -> list[Unjudged]:
        found = cold_chain.find_unjudged(connection, GLANCES + len(left))
        return [each for each in found if each.unit not in left]

    def take(connection: Connection, found: list[Unjudged]) -> None:
        for each in found:
            if each.unit in pharmacy.units:
                note_late(connection, pharmacy.units[each.unit].site, each.since, now)
        still = {each.unit for each in found if not _is_settled_by_a_glance(pharmacy, each)}
        cold_chain.mark_sensors_judged(connection, [each.sensor for each in found if each.unit not in still])
        left.update(still)

    glanced = each_alone(database, find, take, name=lambda each: _name(each.unit))
    waiting = sorted(left)

    def next_units(_: Connection) -> list[str]:
        taken = waiting[:BATCH]
        del waiting[:BATCH]
        return taken

    if waiting:
        each_alone(database, next_units, lambda connection, units: _judge(connection, pharmacy, units, now), name=_name)
    return glanced


def _is_settled_by_a_glance(pharmacy: Pharmacy, new: Unjudged) -> bool:
    """Whether nothing can come of these readings: a calm unit, all of them in range and none of them late."""
    unit = unit_of(pharmacy, new.unit)
    if unit is None:
        return True
    if not new.calm or new.degrees is None or new.low is None or new.high is None:
        return False
    if new.judged_through is not None and new.since <= new.judged_through:
        return False
    lowest, highest = unit.limits.quiet
    low, high = (convert(value, new.degrees, unit.limits.unit) for value in (new.low, new.high))
    return lowest <= low and high <= highest


def _judge(connection: Connection, pharmacy: Pharmacy, unit_ids: list[str], now: datetime) -> None:
    """Judge these units, reading by reading."""
    unjudged = cold_chain.still_unjudged(connection, unit_ids)
    windows = maintenance.open_of(connection, unit_ids)
    units = _defined(connection, pharmacy, unit_ids, windows)
    mates = silence.mates_of(pharmacy, units)
    states = cold_chain.load_states(connection, sorted({*unit_ids, *mates}))
    heard = cold_chain.heard(connection, unit_ids)
    saved = []
    for unit in units:
        before = states.get(unit.id) or UnitState(watched_since=now)
        before = replace(before, heard_at=heard.get(unit.id, before.heard_at))
        judged = _judge_unit(connection, unit, before, unjudged.get(unit.id), now)
        telling.converge(connection, pharmacy, unit, judged, now)
        redrawing.redraw_when_changed(connection, unit, judged, now)
        states[unit.id] = judged.judgement.state
        waits_until = late.attention_at(connection, unit, judged.judgement.state.excursion, now)
        attention_at = min(filter(None, (judged.judgement.attention_at, waits_until)), default=None)
        attention_at = working.attend(connection, pharmacy, unit, attention_at, now)
        saved.append((unit.id, unit.site.id, judged.judgement.state, attention_at))
    silence.gather_all(connection, pharmacy, units, states, now)
    cold_chain.save_states(connection, saved)
    cold_chain.mark_judged(connection, list(unjudged))


def _defined(
    connection: Connection, pharmacy: Pharmacy, unit_ids: Sequence[str], windows: Mapping[str, Window]
) -> list[Unit]:
    """The units among these that are still defined; the others are forgotten."""
    found = []
    for unit_id in unit_ids:
        unit = unit_of(pharmacy, unit_id, windows.get(unit_id))
        if unit is None:
            cold_chain.forget(connection, unit_id)
        else:
            found.append(unit)
    return found


def _judge_unit(
    connection: Connection,
    unit: Unit,
    before: UnitState,
    waiting: tuple[datetime, datetime | None] | None,
    now: datetime,
) -> Judged:
    if waiting is None:
        return Judged(before, rules.judge(before, [], unit.limits, now), _begun(before, now))
    start, through = waiting
    if through is not None and start <= through:
        start, state = before_late_readings(connection, unit, before, start)
        log.info("%s is judged again from %s: readings came late", unit.id, start, extra={"action": "judged_again"})
    else:
        state = with_what_came_before(connection, unit, before, start)
    readings = _each_instant_once(temperatures.between(connection, unit.id, start))
    return Judged(before, rules.judge(state, readings, unit.limits, now), min(start, _begun(before, start)))


def _begun(state: UnitState, otherwise: datetime) -> datetime:
    return state.excursion.started_at if state.excursion else otherwise


def _each_instant_once(readings: Sequence[Reading]) -> list[Reading]:
    # Two sensors of one unit may have read at the same instant; the first one counts.
    seen: dict[datetime, Reading] = {}
    for reading in readings:
        seen.setdefault(reading.taken_at, reading)
    return list(seen.values())
