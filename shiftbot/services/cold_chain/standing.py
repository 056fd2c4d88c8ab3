"""A value that is the same to the last digit for hours: the sensor stands still, and the temperature is unknown.

Only where the class says after how long: a room may stand still to the last digit shown (storage-classes.yaml).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.domain.temperature import convert
from shiftbot.services.cold_chain.redrawing import redraw
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.services.escalation import NewAlert, open_alert, resolve_alert
from shiftbot.storage import record, troubles
from shiftbot.storage.temperatures import Newest
from shiftbot.storage.troubles import Trouble, TroubleKind

LOOKED_BACK = timedelta(days=7)
"""How far back it is looked for since when; what stands longer stands since then, as far as anybody is told."""


def look(
    connection: Connection,
    pharmacy: Pharmacy,
    units: Sequence[Unit],
    newest: Mapping[str, Newest],
    known: Mapping[tuple[str, TroubleKind], Trouble],
    now: datetime,
) -> bool:
    """Find which of these units, none of them silent, stand still, and which move again; whether any stands still."""
    still = {}
    for unit in units:
        trouble = known.get((unit.id, TroubleKind.STUCK))
        if trouble is None:
            continue
        if unit.id in newest and newest[unit.id].value == trouble.value:
            still[unit.id] = trouble
        else:
            _moves_again(connection, pharmacy, unit, trouble, now)
    watched = [unit for unit in units if unit.unit.storage_class.stuck_after and unit.id not in still]
    found = _find(connection, watched, newest, now)
    for unit, value, since in found:
        _stands_still(connection, pharmacy, unit, newest[unit.id], value, since, now)
    return bool(still or found)


def _find(
    connection: Connection, units: Sequence[Unit], newest: Mapping[str, Newest], now: datetime
) -> list[tuple[Unit, float, datetime]]:
    """Units that stand still, at which value as it was sent, and since when."""
    found = []
    for after in {unit.unit.storage_class.stuck_after for unit in units}:
        if after is None:
            continue
        mine = {unit.id: unit for unit in units if unit.unit.storage_class.stuck_after == after}
        # The hour in which it began to stand still may have other values in it: only whole hours are compared.
        whole = (now - after).astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        for unit_id, value in troubles.standing_still(connection, list(mine), whole).items():
            since = troubles.same_since(connection, unit_id, value, now - LOOKED_BACK)
            if since is not None and unit_id in newest and newest[unit_id].taken_at - since >= after:
                found.append((mine[unit_id], value, since))
    return found


def _stands_still(
    connection: Connection,
    pharmacy: Pharmacy,
    unit: Unit,
    newest: Newest,
    value: float,
    since: datetime,
    now: datetime,
) -> None:
    trouble = troubles.add(connection, unit.site.id, unit.id, TroubleKind.STUCK, since, value, now)
    shown = unit.degrees(convert(value, newest.degrees, unit.limits.unit))
    body = {"since": since.isoformat(), "value": value, "unit": newest.degrees.value}
    record.append(connection, [Entry(unit.site.id, now, unit.actor, "sensor-stuck", f"unit:{unit.id}", body)])
    new = NewAlert(
        site=unit.site.id,
        kind=AlertKind.SENSOR,
        subject=_subject(trouble),
        title=f"{unit.unit.name}: its sensor stands still",
        detail=f"{shown} to the last digit since {unit.clock(since)}; the temperature is unknown. "
        "Read the display and check the probe",
        policy=unit.unit.escalation,
    )
    open_alert(connection, pharmacy, new, now)
    redraw(connection, unit, now)


def _moves_again(connection: Connection, pharmacy: Pharmacy, unit: Unit, trouble: Trouble, now: datetime) -> None:
    troubles.end(connection, trouble, now)
    entry = Entry(unit.site.id, now, unit.actor, "sensor-moves", f"unit:{unit.id}", {"stood_at": trouble.value})
    record.append(connection, [entry])
    resolve_alert(connection, pharmacy, AlertKind.SENSOR, _subject(trouble), "Its value moves again.", now)
    redraw(connection, unit, now)


def _subject(trouble: Trouble) -> str:
    return f"stuck:{trouble.id}"
