"""What a unit's state was before some readings: where judging takes up, in order or again because some came late.

Late readings are judged with all that came after them, from the start of what went on when they were taken: they end in
the same excursions as if they had come in time. Only what was told stays told, and began, when it was: one that late
readings put in doubt afterwards is closed, and its row stays.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.cold_chain import Direction, Stretch, UnitState
from shiftbot.domain.cold_chain.doubt import Doubtful
from shiftbot.domain.temperature import convert
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.storage import cold_chain, excursions, temperatures
from shiftbot.storage.excursions import StoredExcursion


def with_what_came_before(connection: Connection, unit: Unit, state: UnitState, start: datetime) -> UnitState:
    """The state with the last reading before `start`: readings in range are not judged one by one."""
    before = cold_chain.reading_before(connection, unit.id, start)
    if before is None:
        return replace(state, last=None)
    return replace(state, last=Doubtful(before.taken_at, convert(before.value, before.unit, unit.limits.unit)))


def before_late_readings(
    connection: Connection, unit: Unit, state: UnitState, late: datetime
) -> tuple[datetime, UnitState]:
    """From when on late readings are judged again, and how the unit stood then."""
    start = _start_of_what_went_on(connection, unit, state, late)
    limits = unit.limits
    earliest = start - max(limits.cumulative_within, limits.flaps_within)
    past = excursions.begun_since(connection, unit.id, earliest, before=start)
    began = tuple(each.started_at for each in past if start - each.started_at < limits.flaps_within)
    flapping_since = state.flapping_since
    rewound = replace(
        state,
        excursion=None,
        nearing=None,
        doubt=None,
        exposure=tuple(_stretch(each) for each in past if each.seconds_out > 0),
        begun=began[-limits.flaps :] if limits.flaps else (),
        settled_at=max((each.ended_at for each in past if each.ended_at is not None), default=None),
        flapping_since=flapping_since if flapping_since is not None and flapping_since < start else None,
    )
    return start, with_what_came_before(connection, unit, rewound, start)


def _start_of_what_went_on(connection: Connection, unit: Unit, state: UnitState, since: datetime) -> datetime:
    if state.nearing is not None:
        since = min(since, state.nearing.started_at)
    if state.doubt is not None:
        since = min(since, state.doubt.since)
    while (earlier := _earlier(connection, unit, since)) is not None:
        since = earlier
    return since


def _earlier(connection: Connection, unit: Unit, since: datetime) -> datetime | None:
    """When what was still so at an instant began: an excursion, or a doubt, which lasts for the delay at most."""
    begun = [each.started_at for each in excursions.going_on_at(connection, unit.id, since)]
    limits = unit.limits
    for reading in temperatures.between(connection, unit.id, since - limits.alarm_delay, since):
        if limits.side(convert(reading.value, reading.unit, limits.unit)) is not None:
            begun.append(reading.taken_at)
            break
    return min(begun, default=None)


def _stretch(stored: StoredExcursion) -> Stretch:
    """An excursion's time out of range as one stretch; how it was spread is in its readings."""
    until = stored.started_at + timedelta(seconds=stored.seconds_out)
    return Stretch(stored.started_at, until, Direction(stored.direction))
