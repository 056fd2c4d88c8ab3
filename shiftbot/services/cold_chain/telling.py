"""What follows from a judgement: rows, alerts, cases and record entries are brought to where the judgement says.

Everything here compares what is stored with what was judged and does the difference, so doing it again does nothing.
A short excursion that was over before its alarm delay is stored and recorded, but makes no alert and no case.
"""

import math
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.case import CaseKind
from shiftbot.domain.cold_chain import Direction, Excursion
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import Trigger
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.services.cold_chain import silence
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.services.escalation import NewAlert, open_alert, raise_severity, resolve_alert
from shiftbot.services.occasions import open_on_event
from shiftbot.storage import cards, cases, cold_chain, record
from shiftbot.storage.cases import NewCase
from shiftbot.storage.cold_chain import StoredExcursion
from shiftbot.storage.database import Database

SETTLES_AFTER = timedelta(minutes=5)
"""An excursion found only after its end is told of all the same: its alert lives this long, so that somebody hears."""

BATCH = 100


def converge(connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, now: datetime) -> None:
    """Bring rows, alerts, cases and the record to where the judgement says."""
    silence.converge(connection, pharmacy, unit, judged, now)
    excursions = judged.judgement.excursions
    if not excursions and judged.before.excursion is None:
        return
    stored = cold_chain.begun_since(connection, unit.id, judged.since)
    for excursion in excursions:
        overlapping = [each for each in stored if _overlap(each, excursion)]
        stored = [each for each in stored if each not in overlapping]
        kept = next((each for each in overlapping if _may_stand_for(each, excursion)), None)
        if kept is not None:
            _bring_up_to_date(connection, pharmacy, unit, kept, excursion, now)
        stands_as = kept.id if kept else _begin(connection, pharmacy, unit, excursion, now)
        for other in overlapping:
            if other is not kept:
                _merge(connection, pharmacy, unit, other, stands_as, now)
    for gone in stored:
        if gone.ended_at is None:
            _close(connection, pharmacy, unit, gone, "judged again, it is in range", now)


def _overlap(stored: StoredExcursion, judged: Excursion) -> bool:
    return (
        stored.direction is judged.direction
        and (judged.ended_at is None or stored.started_at <= judged.ended_at)
        and (stored.ended_at is None or stored.ended_at >= judged.started_at)
    )


def _may_stand_for(stored: StoredExcursion, judged: Excursion) -> bool:
    # One whose alert was resolved cannot open again: what late readings reopen is told of as a new excursion.
    return stored.ended_at is None or judged.ended_at is not None


def _begin(connection: Connection, pharmacy: Pharmacy, unit: Unit, excursion: Excursion, now: datetime) -> int:
    limits = unit.limits
    values = cold_chain.measured(excursion) | {
        "site": unit.site.id,
        "unit": unit.id,
        "temperature_unit": limits.unit.value,
        "low": limits.low if math.isfinite(limits.low) else None,
        "high": limits.high if math.isfinite(limits.high) else None,
        "found_at": now,
    }
    added = cold_chain.add_excursion(connection, values)
    _note(connection, unit, "excursion-started", added, _facts(unit, excursion), now)
    if excursion.told_at is not None:
        _tell(connection, pharmacy, unit, added, excursion, now)
    if excursion.ended_at is not None:
        _note(connection, unit, "excursion-ended", added, _facts(unit, excursion), now)
    return added


def _bring_up_to_date(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, stored: StoredExcursion, excursion: Excursion, now: datetime
) -> None:
    # What was told stays told, even when late readings show that it need not have been.
    excursion.told_at = stored.told_at or excursion.told_at
    excursion.critical_at = stored.critical_at or excursion.critical_at
    cold_chain.change_excursion(connection, stored.id, cold_chain.measured(excursion))
    told_now = stored.told_at is None and excursion.told_at is not None
    ended_now = stored.ended_at is None and excursion.ended_at is not None
    if told_now:
        _tell(connection, pharmacy, unit, stored.id, excursion, now)
    elif excursion.critical_at is not None and stored.critical_at is None:
        raise_severity(connection, AlertKind.EXCURSION, str(stored.id), now)
    if ended_now:
        _note(connection, unit, "excursion-ended", stored.id, _facts(unit, excursion), now)
    elif _is_amended(stored, excursion):
        _note(connection, unit, "excursion-changed", stored.id, _facts(unit, excursion), now)
    if excursion.told_at is not None and not told_now:
        _update_case(connection, unit, stored, excursion, now)
        if ended_now:
            resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), _recovery(unit, excursion), now)


def _is_amended(stored: StoredExcursion, excursion: Excursion) -> bool:
    """Whether late readings changed what the record says: its start while it lasts, all of it afterwards."""
    if stored.ended_at is None:
        return stored.started_at != excursion.started_at
    return any(getattr(stored, name) != value for name, value in cold_chain.measured(excursion).items())


def _tell(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, excursion_id: int, excursion: Excursion, now: datetime
) -> None:
    open_alert(connection, pharmacy, _alert(unit, excursion_id, excursion), now)
    new = NewCase(unit.site.id, CaseKind.EXCURSION, str(excursion_id), _title(unit, excursion), _facts(unit, excursion))
    case = cases.open_case(connection, new, now)
    cards.add(connection, [(CardKind.CASE, str(case), unit.site.id, unit.site.channel)], now)
    open_on_event(
        connection, pharmacy, unit.site, Trigger.EXCURSION, str(excursion_id), now, unit.actor, subject=unit.id
    )
    if excursion.ended_at is not None:
        cold_chain.change_excursion(connection, excursion_id, {"settle_at": now + SETTLES_AFTER})


def _alert(unit: Unit, excursion_id: int, excursion: Excursion) -> NewAlert:
    return NewAlert(
        site=unit.site.id,
        kind=AlertKind.EXCURSION,
        subject=str(excursion_id),
        title=_title(unit, excursion),
        detail=_detail(unit, excursion),
        severity=Severity.CRITICAL if excursion.critical_at else Severity.NORMAL,
        policy=unit.unit.escalation,
    )


def _title(unit: Unit, excursion: Excursion) -> str:
    return f"{unit.unit.name} is too {'warm' if excursion.direction is Direction.HIGH else 'cold'}"


def _detail(unit: Unit, excursion: Excursion) -> str:
    began, worst = unit.clock(excursion.started_at), unit.degrees(excursion.extreme)
    if excursion.ended_at is not None:
        minutes = math.ceil(excursion.out.total_seconds() / 60)
        return f"found late, already over: {worst} at worst from {began}, {minutes} minutes outside {unit.range}"
    return f"{worst} at worst, outside {unit.range} since {began}. Label DO NOT USE, do not discard"


def _recovery(unit: Unit, excursion: Excursion) -> str:
    back, minutes = excursion.back_at or excursion.ended_at, math.ceil(excursion.out.total_seconds() / 60)
    since = f" since {unit.clock(back)}" if back else ""
    return f"Back in range{since}; {minutes} minutes out, {unit.degrees(excursion.extreme)} at worst."


def _facts(unit: Unit, excursion: Excursion) -> dict[str, Any]:
    """What was measured, as JSON values; `open` keeps the case from being signed."""
    limits = unit.limits
    return {
        "unit": unit.id,
        "unit_name": unit.unit.name,
        "direction": excursion.direction.value,
        "temperature_unit": limits.unit.value,
        "low": limits.low if math.isfinite(limits.low) else None,
        "high": limits.high if math.isfinite(limits.high) else None,
        "extreme": excursion.extreme,
        "started_at": excursion.started_at.isoformat(),
        "back_at": excursion.back_at.isoformat() if excursion.back_at else None,
        "ended_at": excursion.ended_at.isoformat() if excursion.ended_at else None,
        "seconds_out": excursion.out.total_seconds(),
        "critical": excursion.critical_at is not None,
        "open": excursion.ended_at is None,
    }


def _update_case(
    connection: Connection, unit: Unit, stored: StoredExcursion, excursion: Excursion, now: datetime
) -> None:
    cases.update_facts(connection, CaseKind.EXCURSION, str(stored.id), _facts(unit, excursion))
    changed = (stored.extreme, stored.ended_at, stored.critical_at)
    if changed != (excursion.extreme, excursion.ended_at, excursion.critical_at):
        case = cases.find(connection, CaseKind.EXCURSION, str(stored.id))
        if case is not None:
            delivery.touch(connection, CardKind.CASE, case.id, now)


def _merge(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, merged: StoredExcursion, into: int, now: datetime
) -> None:
    cold_chain.change_excursion(connection, merged.id, {"merged_into": into, "settle_at": None})
    _note(connection, unit, "excursion-merged", merged.id, {"into": into}, now)
    how = "Readings that came late show that it belongs to another excursion of the same unit."
    resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(merged.id), how, now)
    _close_case(connection, merged.id, now)


def _close(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, stored: StoredExcursion, why: str, now: datetime
) -> None:
    """End an excursion that no reading ends: the limits changed, or the unit is no longer watched."""
    cold_chain.change_excursion(connection, stored.id, {"ended_at": now})
    _note(connection, unit, "excursion-ended", stored.id, _ended(stored, why, now), now)
    resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), f"{why.capitalize()}.", now)
    _close_case(connection, stored.id, now)


def _ended(stored: StoredExcursion, why: str, now: datetime) -> dict[str, Any]:
    return {
        "because": why,
        "started_at": stored.started_at.isoformat(),
        "extreme": stored.extreme,
        "seconds_out": stored.seconds_out,
        "back_at": stored.back_at.isoformat() if stored.back_at else None,
        "ended_at": now.isoformat(),
        "critical": stored.critical_at is not None,
    }


def _close_case(connection: Connection, excursion_id: int, now: datetime) -> None:
    case = cases.find(connection, CaseKind.EXCURSION, str(excursion_id))
    if case is not None:
        facts = dict(case.facts) | {"open": False}
        cases.update_facts(connection, CaseKind.EXCURSION, str(excursion_id), facts)
        delivery.touch(connection, CardKind.CASE, case.id, now)


def _note(
    connection: Connection, unit: Unit, kind: str, excursion_id: int, body: dict[str, Any], now: datetime
) -> None:
    entry = Entry(unit.site.id, now, unit.actor, kind, f"excursion:{excursion_id}", body)
    record.append(connection, [entry])


def leave(connection: Connection, pharmacy: Pharmacy, unit_id: str, now: datetime) -> None:
    """A unit is no longer defined, or has no sensor any more: its open alerts end, and say why."""
    why = "the unit is no longer watched by a sensor"
    for state in cold_chain.load_states(connection, [unit_id]).values():
        if state.silent_since is not None:
            subject = silence.silence_of(unit_id, state)
            resolve_alert(connection, pharmacy, AlertKind.SILENT, subject, f"{why.capitalize()}.", now)
        for stored in cold_chain.going_on_at(connection, unit_id, now) if state.excursion else ():
            subject = f"excursion:{stored.id}"
            entry = Entry(stored.site, now, "shiftbot", "excursion-ended", subject, _ended(stored, why, now))
            record.append(connection, [entry])
            cold_chain.change_excursion(connection, stored.id, {"ended_at": now})
            resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), f"{why.capitalize()}.", now)
            _close_case(connection, stored.id, now)


def settle(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Resolve the alerts of excursions that were over when they were found, once somebody was told; how many."""

    def find(connection: Connection) -> list[StoredExcursion]:
        return cold_chain.find_to_settle(connection, now, BATCH)

    def take(connection: Connection, found: list[StoredExcursion]) -> None:
        for stored in found:
            how = "It was over when it was found. The case stays open until a pharmacist signs it."
            resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), how, now)
            cold_chain.change_excursion(connection, stored.id, {"settle_at": None})

    return each_alone(database, find, take, name=lambda stored: f"excursion {stored.id}")
