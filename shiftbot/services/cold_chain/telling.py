"""What follows from a judgement: excursions, alerts, cases and record entries, brought to where the judgement says.

Everything here compares what is stored with what was judged and does the difference, so doing it again does nothing.
A short excursion that was over before its alarm delay is stored and recorded, but makes no alert and no case.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.case import CaseKind
from shiftbot.domain.cold_chain import Excursion, UnitState
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.cold_chain import closing, flapping, late, opening, silence, warning, wording
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.services.escalation import open_alert, raise_severity, resolve_alert
from shiftbot.storage import cases, excursions, maintenance
from shiftbot.storage.excursions import StoredExcursion


@dataclass(slots=True)
class _Telling:
    """One judgement being told: the unit, how it stands now, and what was over when it was found."""

    connection: Connection
    pharmacy: Pharmacy
    unit: Unit
    state: UnitState
    now: datetime
    found_late: list[int] = field(default_factory=list)


def converge(connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, now: datetime) -> None:
    """Bring rows, alerts, cases and the record to where the judgement says."""
    silence.converge(connection, pharmacy, unit, judged, now)
    warning.converge(connection, pharmacy, unit, judged, now)
    flapping.converge(connection, pharmacy, unit, judged, now)
    touched = judged.judgement.excursions
    if not touched and judged.before.excursion is None:
        return
    telling = _Telling(connection, pharmacy, unit, judged.judgement.state, now)
    stored = excursions.begun_since(connection, unit.id, judged.since)
    for excursion in touched:
        overlapping = [each for each in stored if _overlap(each, excursion)]
        stored = [each for each in stored if each not in overlapping]
        kept = next((each for each in overlapping if _may_stand_for(each, excursion)), None)
        if kept is not None:
            _bring_up_to_date(telling, kept, excursion)
        stands_as = kept.id if kept else _begin(telling, excursion)
        for other in overlapping:
            if other is not kept:
                closing.merge(connection, pharmacy, unit, other, stands_as, now)
    for gone in stored:
        if gone.ended_at is None:
            closing.close(connection, pharmacy, unit, gone, "judged again, it is in range", now)
    late.tell(connection, pharmacy, unit, telling.found_late, now)


def _overlap(stored: StoredExcursion, judged: Excursion) -> bool:
    return (
        stored.direction is judged.direction
        and (judged.ended_at is None or stored.started_at <= judged.ended_at)
        and (stored.ended_at is None or stored.ended_at >= judged.started_at)
    )


def _may_stand_for(stored: StoredExcursion, judged: Excursion) -> bool:
    # One whose alert was resolved cannot open again: what late readings reopen is told of as a new excursion.
    return stored.ended_at is None or judged.ended_at is not None


def _begin(telling: _Telling, excursion: Excursion) -> int:
    unit, now = telling.unit, telling.now
    tells = excursion.told_at is not None and not _is_held(telling, excursion)
    values = excursions.measured(excursion) | {
        "site": unit.site.id,
        "unit": unit.id,
        "temperature_unit": unit.limits.unit.value,
        "low": wording.finite(unit.limits.low),
        "high": wording.finite(unit.limits.high),
        "found_at": now,
        "told_at": excursion.told_at if tells else None,
    }
    added = excursions.add_excursion(telling.connection, values)
    closing.note(telling.connection, unit, "excursion-started", added, wording.facts(unit, excursion), now)
    if tells:
        _tell(telling, added, excursion)
    if excursion.ended_at is not None:
        closing.note(telling.connection, unit, "excursion-ended", added, wording.facts(unit, excursion), now)
    return added


def _bring_up_to_date(telling: _Telling, stored: StoredExcursion, excursion: Excursion) -> None:
    connection, unit, now = telling.connection, telling.unit, telling.now
    # What was told stays told, even when late readings show that it need not have been.
    excursion.told_at = stored.told_at or excursion.told_at
    excursion.critical_at = stored.critical_at or excursion.critical_at
    held = stored.told_at is None and excursion.told_at is not None and _is_held(telling, excursion)
    measured = excursions.measured(excursion) | ({"told_at": None} if held else {})
    excursions.change_excursion(connection, stored.id, measured)
    told_now = stored.told_at is None and excursion.told_at is not None and not held
    ended_now = stored.ended_at is None and excursion.ended_at is not None
    if told_now:
        _tell(telling, stored.id, excursion)
    elif excursion.critical_at is not None and stored.critical_at is None:
        raise_severity(connection, AlertKind.EXCURSION, str(stored.id), now)
        flapping.make_critical(connection, unit, telling.state, now)
    if ended_now:
        closing.note(connection, unit, "excursion-ended", stored.id, wording.facts(unit, excursion), now)
    elif _is_amended(stored, measured):
        closing.note(connection, unit, "excursion-changed", stored.id, wording.facts(unit, excursion), now)
    if stored.told_at is not None:
        _update_case(connection, unit, stored, excursion, now)
        if ended_now and late.is_stale(unit, excursion, now):
            late.found_over(connection, unit, stored.id, excursion, now)
        elif ended_now:
            how = wording.recovery(unit, excursion)
            resolve_alert(connection, telling.pharmacy, AlertKind.EXCURSION, str(stored.id), how, now)


def _is_held(telling: _Telling, excursion: Excursion) -> bool:
    """Whether nobody is told: not yet, in maintenance or while kept readings arrive; never, when a window covers it."""
    if excursion.critical_at is not None:
        return False
    if telling.unit.is_in_maintenance(telling.now):
        return True
    if excursion.ended_at is None:
        return late.may_join(telling.connection, telling.unit, excursion, telling.now)
    span = excursion.started_at, excursion.ended_at
    return any(each.covers(*span) for each in maintenance.between(telling.connection, telling.unit.id, *span))


def _is_amended(stored: StoredExcursion, measured: dict[str, object]) -> bool:
    """Whether late readings changed what the record says: its start while it lasts, all of it afterwards."""
    if stored.ended_at is None:
        return stored.started_at != measured["started_at"]
    return any(getattr(stored, name) != value for name, value in measured.items())


def _tell(telling: _Telling, excursion_id: int, excursion: Excursion) -> None:
    """Say it: at once while it lasts, together with others when it was over before anybody could know."""
    if excursion.ended_at is not None:
        telling.found_late.append(excursion_id)
        return
    unit = telling.unit
    if flapping.speaks_for(telling.connection, unit, telling.state):
        if excursion.critical_at is not None:
            flapping.make_critical(telling.connection, unit, telling.state, telling.now)
    else:
        new = opening.alert_of(unit, excursion_id, excursion, wording.detail(unit, excursion))
        open_alert(telling.connection, telling.pharmacy, new, telling.now)
    facts = wording.facts(unit, excursion)
    opening.open_case(
        telling.connection,
        telling.pharmacy,
        unit,
        str(excursion_id),
        wording.title(unit, excursion),
        facts,
        telling.now,
    )


def _update_case(
    connection: Connection, unit: Unit, stored: StoredExcursion, excursion: Excursion, now: datetime
) -> None:
    case = cases.find(connection, CaseKind.EXCURSION, str(stored.id))
    if case is None:
        return
    also = {"also": case.facts["also"]} if "also" in case.facts else {}
    cases.update_facts(connection, CaseKind.EXCURSION, str(stored.id), wording.facts(unit, excursion) | also)
    changed = (stored.extreme, stored.ended_at, stored.critical_at)
    if changed != (excursion.extreme, excursion.ended_at, excursion.critical_at):
        delivery.touch(connection, CardKind.CASE, case.id, now)
