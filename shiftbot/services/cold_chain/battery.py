"""A sensor's battery: said in the channel at 20 % and again at 10 %, once each until it was changed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.saying import tell_channel
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.storage import record, troubles
from shiftbot.storage.temperatures import Newest
from shiftbot.storage.troubles import Trouble, TroubleKind

LEVELS = (10.0, 20.0)
"""Per cent."""

RENEWED = 30.0
"""From here on the battery was changed: that of a sensor which gets warmer rises a little by itself. Our own choice."""


def look(
    connection: Connection,
    pharmacy: Pharmacy,
    unit: Unit,
    newest: Newest,
    known: Mapping[tuple[str, TroubleKind], Trouble],
    now: datetime,
) -> None:
    """Say what there is to say of one unit's battery."""
    trouble, left = known.get((unit.id, TroubleKind.BATTERY)), newest.battery
    if left is None:
        return
    if trouble is not None and left >= RENEWED:
        troubles.end(connection, trouble, now)
        _note(connection, unit, "battery-renewed", left, now)
    level = next((each for each in LEVELS if left <= each), None)
    if level is None or (trouble is not None and trouble.value is not None and trouble.value <= level):
        return
    if trouble is None:
        trouble = troubles.add(connection, unit.site.id, unit.id, TroubleKind.BATTERY, newest.taken_at, level, now)
    else:
        troubles.worsen(connection, trouble, level)
    _note(connection, unit, "battery-low", left, now)
    soon = "today" if level == LEVELS[0] else "soon"
    text = f"{unit.unit.name}: the battery of its sensor is at {left:g} %. Change it {soon}, or nobody will know."
    tell_channel(connection, pharmacy, unit.site, f"battery:{trouble.id}:{level:g}", text, now)


def _note(connection: Connection, unit: Unit, kind: str, left: float, now: datetime) -> None:
    entry = Entry(unit.site.id, now, unit.actor, kind, f"unit:{unit.id}", {"battery": left})
    record.append(connection, [entry])
