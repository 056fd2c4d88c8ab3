"""A unit that goes in and out of range: one alert for all of it, until an hour has passed without an excursion."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, AlertState, Severity
from shiftbot.domain.cold_chain import UnitState
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.services.escalation import NewAlert, open_alert, raise_severity, resolve_alert
from shiftbot.storage import alerts, record


def flapping_of(unit_id: str, since: datetime) -> str:
    """What an alert of flapping is about."""
    return f"flapping:{unit_id}:{since.isoformat()}"


def converge(connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, now: datetime) -> None:
    """Bring the alert of flapping to where the judgement says."""
    before, after = judged.before.flapping_since, judged.judgement.state.flapping_since
    if before is not None and before != after:
        how = f"No excursion for {_span(unit)}."
        resolve_alert(connection, pharmacy, AlertKind.EXCURSION, flapping_of(unit.id, before), how, now)
    if after is None:
        return
    if before != after:
        body = {"since": after.isoformat(), "excursions": unit.limits.flaps}
        entry = Entry(unit.site.id, now, unit.actor, "unit-flapping", f"unit:{unit.id}", body)
        record.append(connection, [entry])
    if not unit.is_in_maintenance(now):
        _open(connection, pharmacy, unit, judged, after, now)


def _open(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, since: datetime, now: datetime
) -> None:
    if alerts.find(connection, AlertKind.EXCURSION, flapping_of(unit.id, since)) is not None:
        return
    critical = any(each.critical_at for each in judged.judgement.excursions)
    new = NewAlert(
        site=unit.site.id,
        kind=AlertKind.EXCURSION,
        subject=flapping_of(unit.id, since),
        title=f"{unit.unit.name} goes in and out of range",
        detail=f"{unit.limits.flaps} excursions since {unit.clock(since)}, outside {unit.range}. "
        "Each is on the record; look at the door, its seal and the probe",
        severity=Severity.CRITICAL if critical else Severity.NORMAL,
        policy=unit.unit.escalation,
    )
    open_alert(connection, pharmacy, new, now)


def speaks_for(connection: Connection, unit: Unit, state: UnitState) -> bool:
    """Whether an open alert of flapping says what a further excursion would: then that one has none of its own."""
    if state.flapping_since is None:
        return False
    alert = alerts.find(connection, AlertKind.EXCURSION, flapping_of(unit.id, state.flapping_since))
    return alert is not None and alert.state is not AlertState.RESOLVED


def make_critical(connection: Connection, unit: Unit, state: UnitState, now: datetime) -> None:
    """One of the excursions it speaks for has become critical."""
    if state.flapping_since is not None:
        raise_severity(connection, AlertKind.EXCURSION, flapping_of(unit.id, state.flapping_since), now)


def _span(unit: Unit) -> str:
    minutes = unit.limits.flaps_within.total_seconds() / 60
    return f"{minutes:g} minutes"
