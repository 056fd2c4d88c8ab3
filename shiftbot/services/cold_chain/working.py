"""Maintenance of a unit: announced with a kind, a reason and an end, by name. Judging goes on; notices wait.

Critical goes through. What was not told waits for the end of the window, and is told then if it is still so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind, AlertState, Severity
from shiftbot.domain.checklist import Role
from shiftbot.domain.maintenance import LONGEST, Kind, Window
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services.cold_chain import wording
from shiftbot.services.cold_chain.flapping import flapping_of
from shiftbot.services.cold_chain.saying import tell_channel
from shiftbot.services.cold_chain.silence import silence_of
from shiftbot.services.cold_chain.unit import Unit, unit_of
from shiftbot.storage import alerts, causes, cold_chain, excursions, maintenance, record
from shiftbot.storage.excursions import StoredExcursion

SHIFTBOT = "shiftbot"


def begin_maintenance(
    connection: Connection,
    pharmacy: Pharmacy,
    unit_id: str,
    kind: Kind,
    reason: str,
    person: Person,
    until: datetime,
    now: datetime,
) -> Window:
    """`person` works on a unit from now on until `until`. Raises Refused, and AlreadyDone where a window is open."""
    unit = _allowed(pharmacy, unit_id, person)
    why = keepable(" ".join(reason.split()))
    if not why:
        raise Refused("Say in a few words why: it goes on the record.")
    if not now < until <= now + LONGEST:
        raise Refused("Say when it ends: later than now, and within 24 hours.")
    cold_chain.load_states(connection, [unit_id])
    before = maintenance.open_of(connection, [unit_id]).get(unit_id)
    if before is not None:
        who = _name(pharmacy, before.author)
        raise AlreadyDone(f"{unit.unit.name} is in maintenance already, until {unit.clock(before.until)} ({who}).")
    values = {"site": unit.site.id, "unit": unit_id, "kind": kind.value, "reason": why, "author": person.id}
    window = maintenance.add(connection, values | {"starts_at": now, "ends_at": until})
    body = {"kind": kind, "reason": why, "until": until.isoformat()}
    _note(connection, window, person.id, "maintenance-began", body, now)
    for alert in _alerts_of(connection, unit):
        if alert.severity is not Severity.CRITICAL and alert.escalate_at is not None and alert.escalate_at < until:
            alerts.save(connection, alert, replace(alert, escalate_at=until))
    cold_chain.attend(connection, unit_id, until)
    return window


def end_maintenance(connection: Connection, pharmacy: Pharmacy, unit_id: str, person: Person, now: datetime) -> Window:
    """`person` is done before the window's end: what is still wrong is told at once. Raises Refused, AlreadyDone."""
    unit = _allowed(pharmacy, unit_id, person)
    cold_chain.load_states(connection, [unit_id])
    window = maintenance.open_of(connection, [unit_id]).get(unit_id)
    if window is None:
        raise AlreadyDone(f"{unit.unit.name} is in no maintenance.")
    _end(connection, pharmacy, replace(unit, window=window), person.id, now, now)
    for alert in _alerts_of(connection, unit):
        if alert.state is AlertState.TRIGGERED and alert.escalate_at == window.ends_at:
            alerts.save(connection, alert, replace(alert, escalate_at=now))
    cold_chain.attend(connection, unit_id, now)
    return window


def attend(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, attention_at: datetime | None, now: datetime
) -> datetime | None:
    """End the window that has run out; when the unit needs attention next, its window's end included."""
    window = unit.window
    if window is None:
        return attention_at
    if window.ends_at <= now:
        _end(connection, pharmacy, unit, SHIFTBOT, window.ends_at, now)
        return attention_at
    return window.ends_at if attention_at is None else min(attention_at, window.ends_at)


def _allowed(pharmacy: Pharmacy, unit_id: str, person: Person) -> Unit:
    if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("A pharmacist or manager announces maintenance. Ask one of them.")
    unit = unit_of(pharmacy, unit_id)
    if unit is None:
        raise Refused("This unit has no sensor, so nobody is told of it anyway.")
    return unit


def _alerts_of(connection: Connection, unit: Unit) -> Sequence[Alert]:
    """The unit's own alerts that are not resolved; one that is about other units, too, does not wait for this one."""
    found: list[Alert | None] = []
    for state in cold_chain.look_at_states(connection, [unit.id]).values():
        if state.silent_since is not None:
            found.append(alerts.find(connection, AlertKind.SILENT, silence_of(unit.id, state)))
        if state.flapping_since is not None:
            found.append(alerts.find(connection, AlertKind.EXCURSION, flapping_of(unit.id, state.flapping_since)))
        if state.excursion is not None:
            stored = excursions.begun_since(connection, unit.id, state.excursion.started_at)
            found += [alerts.find(connection, AlertKind.EXCURSION, str(each.id)) for each in stored]
    unresolved = [alert for alert in found if alert is not None and alert.state is not AlertState.RESOLVED]
    return [alert for alert in unresolved if not causes.others_go_on(connection, alert.id, (alert.kind, alert.subject))]


def _end(connection: Connection, pharmacy: Pharmacy, unit: Unit, by: str, ended_at: datetime, now: datetime) -> None:
    window = unit.window
    if window is None or not maintenance.end(connection, window.id, by, ended_at):
        return
    found = excursions.begun_since(connection, unit.id, window.starts_at, before=ended_at)
    body = {"kind": window.kind, "ended_at": ended_at.isoformat(), "excursions": [each.id for each in found]}
    _note(connection, window, by, "maintenance-ended", body, now)
    text = f"{window.kind.value.capitalize()} of {unit.unit.name} has ended ({_name(pharmacy, window.author)}: "
    text += f"{window.reason}). {_in_short(unit, found)}"
    tell_channel(connection, pharmacy, unit.site, f"maintenance:{window.id}:ended", text, now)


def _in_short(unit: Unit, found: Sequence[StoredExcursion]) -> str:
    """What was out of range meanwhile."""
    if not found:
        return "It stayed in range as far as its sensor says."
    worst = max(found, key=lambda each: max(each.extreme - unit.limits.high, unit.limits.low - each.extreme))
    out = wording.whole_minutes(sum(each.seconds_out for each in found))
    many = "1 excursion" if len(found) == 1 else f"{len(found)} excursions"
    return f"{many} meanwhile: {unit.degrees(worst.extreme)} at worst, {out} minutes outside {unit.range}."


def _name(pharmacy: Pharmacy, person_id: str) -> str:
    person = pharmacy.people.get(person_id)
    return person.name if person else person_id


def _note(
    connection: Connection, window: Window, actor: str, kind: str, body: Mapping[str, object], now: datetime
) -> None:
    entry = Entry(window.site, now, actor, kind, f"unit:{window.unit}", {**body, "window": window.id})
    record.append(connection, [entry])
