"""Excursions that end otherwise than by recovering: merged with another, judged again, or no longer watched."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.case import CaseKind
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.cold_chain import flapping, silence, wording
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.services.escalation import resolve_alert
from shiftbot.storage import cases, cold_chain, excursions, record
from shiftbot.storage.excursions import StoredExcursion


def note(connection: Connection, unit: Unit, kind: str, excursion_id: int, body: dict[str, Any], now: datetime) -> None:
    """An entry about one excursion in the record."""
    entry = Entry(unit.site.id, now, unit.actor, kind, f"excursion:{excursion_id}", body)
    record.append(connection, [entry])


def merge(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, merged: StoredExcursion, into: int, now: datetime
) -> None:
    """Late readings show that two excursions were one."""
    excursions.change_excursion(connection, merged.id, {"merged_into": into, "settle_at": None})
    note(connection, unit, "excursion-merged", merged.id, {"into": into}, now)
    how = "Readings that came late show that it belongs to another excursion of the same unit."
    resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(merged.id), how, now)
    _close_case(connection, merged.id, now)


def close(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, stored: StoredExcursion, why: str, now: datetime
) -> None:
    """End an excursion that no reading ends: the limits changed, or the unit is no longer watched."""
    excursions.change_excursion(connection, stored.id, {"ended_at": now})
    note(connection, unit, "excursion-ended", stored.id, wording.ended(stored, why, now), now)
    resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), f"{why.capitalize()}.", now)
    _close_case(connection, stored.id, now)


def _close_case(connection: Connection, excursion_id: int, now: datetime) -> None:
    case = cases.find(connection, CaseKind.EXCURSION, str(excursion_id))
    if case is not None:
        facts = dict(case.facts) | {"open": False}
        cases.update_facts(connection, CaseKind.EXCURSION, str(excursion_id), facts)
        delivery.touch(connection, CardKind.CASE, case.id, now)


def leave(connection: Connection, pharmacy: Pharmacy, unit_id: str, now: datetime) -> None:
    """A unit is no longer defined, or has no sensor any more: its open alerts end, and say why."""
    why = "the unit is no longer watched by a sensor"
    for state in cold_chain.load_states(connection, [unit_id]).values():
        if state.silent_since is not None:
            subject = silence.silence_of(unit_id, state)
            resolve_alert(connection, pharmacy, AlertKind.SILENT, subject, f"{why.capitalize()}.", now)
        if state.flapping_since is not None:
            subject = flapping.flapping_of(unit_id, state.flapping_since)
            resolve_alert(connection, pharmacy, AlertKind.EXCURSION, subject, f"{why.capitalize()}.", now)
        for stored in excursions.going_on_at(connection, unit_id, now) if state.excursion else ():
            subject = f"excursion:{stored.id}"
            entry = Entry(stored.site, now, "shiftbot", "excursion-ended", subject, wording.ended(stored, why, now))
            record.append(connection, [entry])
            excursions.change_excursion(connection, stored.id, {"ended_at": now})
            resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), f"{why.capitalize()}.", now)
            _close_case(connection, stored.id, now)
