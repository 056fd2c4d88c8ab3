"""What follows from a sensor that is silent, or is heard again: an alert of its own, apart from any excursion.

Sensors that speak through one gateway fall silent together when it does: then there is one alert, with all of them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind, Severity
from shiftbot.domain.cold_chain import HOLDS_AT_MOST, UnitState, find_gaps
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.unit import Judged, Unit, unit_of
from shiftbot.services.escalation import NewAlert, open_alert, raise_severity, resolve_alert, reword
from shiftbot.storage import alerts, cold_chain, maintenance, record, temperatures

GATEWAY = "gateway:"


def converge(connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, now: datetime) -> None:
    """Bring the alert of silence to where the judgement says; that of a gateway is brought there by `gather`."""
    before, after = judged.before, judged.judgement.state
    if before.silent_since is not None and before.silent_since != after.silent_since:
        _heard_again(connection, pharmacy, unit, before, after, now)
    if after.silent_since is None:
        return
    if before.silent_since != after.silent_since:
        body = {"since": after.silent_since.isoformat(), "never_heard": after.heard_at is None}
        record.append(connection, [Entry(unit.site.id, now, "shiftbot", "sensor-silent", f"unit:{unit.id}", body)])
    if unit.gateway or not _is_told(unit, after, now):
        return
    if alerts.find(connection, AlertKind.SILENT, silence_of(unit.id, after)) is None:
        subject = silence_of(unit.id, after)
        open_alert(connection, pharmacy, _alone(unit, subject, after), now)
    elif after.silence_is_critical and not before.silence_is_critical:
        raise_severity(connection, AlertKind.SILENT, silence_of(unit.id, after), now)


def _is_told(unit: Unit, state: UnitState, now: datetime) -> bool:
    """Whether anybody is told: in maintenance only when it has become critical."""
    return state.silent_since is not None and (state.silence_is_critical or not unit.is_in_maintenance(now))


def silence_of(unit_id: str, state: UnitState) -> str:
    """What an alert of silence is about: the unit, and when its silence was found; each has an alert of its own."""
    found_at = state.silence_found_at or state.silent_since or state.quiet_since
    return f"{unit_id}:{found_at.isoformat()}"


def _alone(unit: Unit, subject: str, state: UnitState) -> NewAlert:
    title, detail = _words_alone(unit, state)
    return NewAlert(
        site=unit.site.id,
        kind=AlertKind.SILENT,
        subject=subject,
        title=title,
        detail=detail,
        severity=Severity.CRITICAL if state.silence_is_critical else Severity.NORMAL,
        policy=unit.unit.escalation,
    )


def _words_alone(unit: Unit, state: UnitState) -> tuple[str, str]:
    came = "Nothing came" if state.heard_at is None else "Nothing has come"
    since = unit.clock(state.silent_since or state.quiet_since)
    detail = f"{came} since {since}; its temperature is unknown. Read the display and check the sensor"
    return f"{unit.unit.name}: no readings", detail


def _heard_again(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, before: UnitState, after: UnitState, now: datetime
) -> None:
    heard = after.quiet_since != before.silent_since
    how = "Readings come again." if heard else "Its sensor may be silent for longer now."
    body = {"silent_since": before.silent_since, "gaps": _gaps(connection, unit, before, now) if heard else []}
    record.append(connection, [Entry(unit.site.id, now, unit.actor, "sensor-heard", f"unit:{unit.id}", body)])
    resolve_alert(connection, pharmacy, AlertKind.SILENT, silence_of(unit.id, before), how, now)


def _gaps(connection: Connection, unit: Unit, before: UnitState, now: datetime) -> list[list[str]]:
    """What stays unknown of the silence by the device's time: none where it kept its readings and sent them later."""
    since = (before.silent_since or now) - HOLDS_AT_MOST
    taken_at = (reading.taken_at for reading in temperatures.between(connection, unit.id, since))
    gaps = find_gaps(taken_at, unit.limits.silent_after)
    return [[gap.since.isoformat(), gap.until.isoformat()] for gap in gaps]


# --- gateways


def mates_of(pharmacy: Pharmacy, units: Iterable[Unit]) -> set[str]:
    """Every unit that speaks through one of the gateways of these."""
    gateways = {(unit.site.id, unit.gateway) for unit in units if unit.gateway}
    return {mate for site, gateway in gateways for mate in _through(pharmacy, site, gateway)}


def gather_all(
    connection: Connection, pharmacy: Pharmacy, units: Iterable[Unit], states: Mapping[str, UnitState], now: datetime
) -> None:
    """Bring the alerts of the gateways of these units to where their units stand now."""
    for site, gateway in dict.fromkeys((unit.site.id, unit.gateway) for unit in units if unit.gateway):
        mates = _through(pharmacy, site, gateway)
        gather(connection, pharmacy, site, gateway, {each: states[each] for each in mates if each in states}, now)


def _through(pharmacy: Pharmacy, site: str, gateway: str) -> list[str]:
    return [unit.id for unit in pharmacy.units_of(site) if unit.sensor and unit.sensor.gateway == gateway]


def gather(
    connection: Connection, pharmacy: Pharmacy, site: str, gateway: str, states: Mapping[str, UnitState], now: datetime
) -> None:
    """Bring the alert of a gateway to where its units stand; `states` are those of all of them, locked."""
    windows = maintenance.open_of(connection, list(states))
    units = [unit_of(pharmacy, unit_id, windows.get(unit_id)) for unit_id in states]
    silent = [(unit, states[unit.id]) for unit in units if unit and _is_told(unit, states[unit.id], now)]
    prefix = f"{GATEWAY}{site}/{gateway}:"
    alert = next(iter(alerts.find_open(connection, AlertKind.SILENT, prefix)), None)
    if not silent:
        if alert is not None:
            resolve_alert(connection, pharmacy, AlertKind.SILENT, alert.subject, "Readings come again.", now)
    elif alert is None:
        open_alert(connection, pharmacy, _together(gateway, f"{prefix}{now.isoformat()}", silent), now)
    else:
        _reword(connection, alert, _together(gateway, alert.subject, silent), now)


def _together(gateway: str, subject: str, silent: list[tuple[Unit, UnitState]]) -> NewAlert:
    (unit, state), *others = sorted(silent, key=lambda each: (each[1].silent_since or each[1].quiet_since, each[0].id))
    title, detail = _words_alone(unit, state)
    if others:
        title = f"Gateway {gateway}: no readings from {len(silent)} units"
        listed = ", ".join(
            f"{each.unit.name} since {each.clock(of.silent_since or of.quiet_since)}" for each, of in silent
        )
        detail = f"{listed}; their temperatures are unknown. Check the gateway's power and network, read the displays"
    critical = any(of.silence_is_critical for _, of in silent)
    severity = Severity.CRITICAL if critical else Severity.NORMAL
    return NewAlert(unit.site.id, AlertKind.SILENT, subject, title, detail, severity, unit.unit.escalation)


def _reword(connection: Connection, alert: Alert, wanted: NewAlert, now: datetime) -> None:
    if (alert.title, alert.detail) != (wanted.title, wanted.detail):
        reword(connection, alert, wanted.title, wanted.detail, now)
    if wanted.severity is Severity.CRITICAL:
        raise_severity(connection, AlertKind.SILENT, alert.subject, now)


def tidy(connection: Connection, pharmacy: Pharmacy, now: datetime) -> None:
    """After new definitions: the alerts of gateways whose units speak through another one now."""
    for alert in alerts.find_open(connection, AlertKind.SILENT, GATEWAY):
        site, _, gateway = alert.subject.removeprefix(GATEWAY).partition("/")
        gateway = gateway.partition(":")[0]
        mates = _through(pharmacy, site, gateway)
        gather(connection, pharmacy, site, gateway, cold_chain.load_states(connection, mates), now)
