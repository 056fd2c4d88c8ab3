"""What follows from a sensor that is silent, or is heard again: its own alert, apart from any excursion."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.cold_chain import UnitState
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.services.escalation import NewAlert, open_alert, raise_severity, resolve_alert
from shiftbot.storage import record


def converge(connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, now: datetime) -> None:
    """Bring the alert of silence to where the judgement says."""
    before, after = judged.before, judged.judgement.state
    if before.silent_since is not None and before.silent_since != after.silent_since:
        _heard_again(connection, pharmacy, unit, before, after, now)
    if after.silent_since is None:
        return
    if before.silent_since != after.silent_since:
        _silent(connection, pharmacy, unit, after, now)
    elif after.silence_is_critical and not before.silence_is_critical:
        raise_severity(connection, AlertKind.SILENT, silence_of(unit.id, after), now)


def silence_of(unit_id: str, state: UnitState) -> str:
    """What an alert of silence is about: the unit, and when its silence was found; each has an alert of its own."""
    found_at = state.silence_found_at or state.silent_since or state.quiet_since
    return f"{unit_id}:{found_at.isoformat()}"


def _silent(connection: Connection, pharmacy: Pharmacy, unit: Unit, state: UnitState, now: datetime) -> None:
    since = state.silent_since or now
    came = "Nothing came" if state.heard_at is None else "Nothing has come"
    new = NewAlert(
        site=unit.site.id,
        kind=AlertKind.SILENT,
        subject=silence_of(unit.id, state),
        title=f"{unit.unit.name}: no readings",
        detail=f"{came} since {unit.clock(since)}; its temperature is unknown. Read the display and check the sensor",
        severity=Severity.CRITICAL if state.silence_is_critical else Severity.NORMAL,
        policy=unit.unit.escalation,
    )
    body = {"since": since.isoformat(), "never_heard": state.heard_at is None}
    record.append(connection, [Entry(unit.site.id, now, "shiftbot", "sensor-silent", f"unit:{unit.id}", body)])
    open_alert(connection, pharmacy, new, now)


def _heard_again(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, before: UnitState, after: UnitState, now: datetime
) -> None:
    heard = after.quiet_since != before.silent_since
    how = "Readings come again." if heard else "Its sensor may be silent for longer now."
    body = {"silent_since": before.silent_since}
    record.append(connection, [Entry(unit.site.id, now, unit.actor, "sensor-heard", f"unit:{unit.id}", body)])
    resolve_alert(connection, pharmacy, AlertKind.SILENT, silence_of(unit.id, before), how, now)
