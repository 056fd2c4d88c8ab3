"""What is to be known of a unit beside its temperature: near a limit, in and out, in doubt, standing still, at work.

Only reads. A temperature that is in doubt or stands still is unknown, however well it looks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.cold_chain import Direction, UnitState, exposed
from shiftbot.domain.cold_chain.exposure import Stretch
from shiftbot.domain.maintenance import Window
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.unit import Unit, unit_of
from shiftbot.storage import cold_chain, maintenance, troubles
from shiftbot.storage.troubles import TroubleKind


@dataclass(frozen=True, slots=True)
class Concern:
    """How a unit stands beside its temperature; `None` where there is nothing. `battery_low` is the level told, in %.

    `hot` and `cold` are its time out of range within the days that its class adds up (three, unless it says otherwise).
    """

    near_limit_since: datetime | None = None
    flapping_since: datetime | None = None
    in_doubt_since: datetime | None = None
    stuck_since: datetime | None = None
    battery_low: float | None = None
    window: Window | None = None
    hot: timedelta = timedelta(0)
    cold: timedelta = timedelta(0)

    @property
    def is_unknown(self) -> bool:
        """Whether what the sensor says is no temperature."""
        return self.in_doubt_since is not None or self.stuck_since is not None


NONE = Concern()


def concerns_of(
    connection: Connection, pharmacy: Pharmacy, units: Collection[str], now: datetime
) -> dict[str, Concern]:
    """What is to be known of each of these units that has a sensor."""
    states = cold_chain.look_at_states(connection, units)
    known, windows = troubles.open_of(connection, units), maintenance.open_of(connection, units)
    found = {}
    for unit_id in units:
        unit, window = unit_of(pharmacy, unit_id), windows.get(unit_id)
        if unit is None or unit_id not in states:
            continue
        stuck, battery = (known.get((unit_id, kind)) for kind in (TroubleKind.STUCK, TroubleKind.BATTERY))
        found[unit_id] = _concern(
            unit,
            states[unit_id],
            now,
            stuck_since=stuck.since_at if stuck else None,
            battery_low=battery.value if battery else None,
            window=window if window and window.holds_at(now) else None,
        )
    return found


def _concern(
    unit: Unit,
    state: UnitState,
    now: datetime,
    *,
    stuck_since: datetime | None,
    battery_low: float | None,
    window: Window | None,
) -> Concern:
    stretches = [*state.exposure, *_lasting(unit, state, now)]
    hot, cold = (
        exposed(stretches, direction, now, unit.limits.cumulative_within)
        for direction in (Direction.HIGH, Direction.LOW)
    )
    return Concern(
        near_limit_since=state.nearing.started_at if state.nearing else None,
        flapping_since=state.flapping_since,
        in_doubt_since=state.doubt.since if state.doubt else None,
        stuck_since=stuck_since,
        battery_low=battery_low,
        window=window,
        hot=hot,
        cold=cold,
    )


def _lasting(unit: Unit, state: UnitState, now: datetime) -> list[Stretch]:
    """The stretch out of range that goes on, as far as its last reading holds."""
    going_on = state.excursion
    if going_on is None or going_on.side_since is None:
        return []
    return [Stretch(going_on.side_since, min(now, going_on.last_at + unit.limits.holds_at_most), going_on.direction)]
