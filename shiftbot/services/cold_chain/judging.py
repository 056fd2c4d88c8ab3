"""Judging the storage units: the third step of the tick. Readings and the clock in; excursions, alerts and cases out.

Units whose new readings all lie in range are done with by a glance at their lowest and highest; the others are judged
reading by reading. Readings that come late are judged with all that came after them, so their order never matters.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from shiftbot.domain import cold_chain as rules
from shiftbot.domain.cold_chain import Reading, UnitState, limits_of
from shiftbot.domain.site import Pharmacy, StorageUnit
from shiftbot.domain.temperature import convert
from shiftbot.services.batches import each_alone
from shiftbot.services.cold_chain import telling
from shiftbot.services.cold_chain.digesting import note_late
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.storage import cold_chain, temperatures
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
    return judged + telling.settle(database, pharmacy, now)


def _name(unit: str) -> str:
    return f"unit {unit}"


def unit_of(pharmacy: Pharmacy, unit_id: str) -> Unit | None:
    """A unit with its site and limits; `None` when it is not defined, or people read it."""
    unit = pharmacy.units.get(unit_id)
    if unit is None or unit.sensor is None or unit.site not in pharmacy.sites:
        return None
    site = pharmacy.sites[unit.site]
    return Unit(unit, site, limits_of(unit.storage_class, site.temperature_unit, unit.sensor.every))


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
            telling.leave(connection, pharmacy, unit_id, now)
            cold_chain.forget(connection, unit_id)
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
    limits = unit.limits
    low, high = (convert(value, new.degrees, limits.unit) for value in (new.low, new.high))
    return limits.low <= low and high <= limits.high


def _judge(connection: Connection, pharmacy: Pharmacy, unit_ids: list[str], now: datetime) -> None:
    """Judge these units, reading by reading."""
    unjudged = cold_chain.still_unjudged(connection, unit_ids)
    states = cold_chain.load_states(connection, unit_ids)
    heard = cold_chain.heard(connection, unit_ids)
    saved = []
    for unit_id in unit_ids:
        unit = unit_of(pharmacy, unit_id)
        if unit is None:
            cold_chain.forget(connection, unit_id)
            continue
        before = states.get(unit_id) or UnitState(watched_since=now)
        before = replace(before, heard_at=heard.get(unit_id, before.heard_at))
        judged = _judge_unit(connection, unit, before, unjudged.get(unit_id), now)
        telling.converge(connection, pharmacy, unit, judged, now)
        saved.append((unit_id, unit.site.id, judged.judgement.state, judged.judgement.attention_at))
    cold_chain.save_states(connection, saved)
    cold_chain.mark_judged(connection, list(unjudged))


def _judge_unit(
    connection: Connection,
    unit: Unit,
    before: UnitState,
    waiting: tuple[datetime, datetime | None] | None,
    now: datetime,
) -> Judged:
    if waiting is None:
        return Judged(before, rules.judge(before, [], unit.limits, now), _begun(before, now))
    since, through = waiting
    start, state = since, before
    if through is not None and since <= through:
        start, state = _rewound(connection, unit, since), replace(before, excursion=None)
        log.info("%s is judged again from %s: readings came late", unit.id, start, extra={"action": "judged_again"})
    readings = _each_instant_once(temperatures.between(connection, unit.id, start))
    return Judged(before, rules.judge(state, readings, unit.limits, now), min(start, _begun(before, start)))


def _begun(state: UnitState, otherwise: datetime) -> datetime:
    return state.excursion.started_at if state.excursion else otherwise


def _rewound(connection: Connection, unit: Unit, since: datetime) -> datetime:
    """From when on late readings are judged again: the start of what went on when they were taken."""
    while going_on := cold_chain.going_on_at(connection, unit.id, since):
        since = min(each.started_at for each in going_on)
    return since


def _each_instant_once(readings: Sequence[Reading]) -> list[Reading]:
    # Two sensors of one unit may have read at the same instant; the first one counts.
    seen: dict[datetime, Reading] = {}
    for reading in readings:
        seen.setdefault(reading.taken_at, reading)
    return list(seen.values())
