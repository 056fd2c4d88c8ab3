"""Readings that people take off a display, above all while a sensor is dead: stored by name, on the record, judged.

What somebody reads never makes a silent sensor well: its alert goes on until it is heard again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.case import CaseKind
from shiftbot.domain.cold_chain import Direction, Excursion, limits_of
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, StorageUnit
from shiftbot.domain.temperature import sensor_fault
from shiftbot.errors import Refused
from shiftbot.services import delivery
from shiftbot.services.cold_chain import opening, wording
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.services.escalation import NewAlert, open_alert
from shiftbot.storage import by_hand, cases, cold_chain, record

KIND = SUBJECT = "manual-reading"

ONE_CASE = timedelta(days=1)
"""Readings out of range within this time of the first are one case: so long its response stands. Our own choice."""


def read_by_hand(
    connection: Connection, pharmacy: Pharmacy, unit_id: str, person: Person, value: float, note: str, now: datetime
) -> bool:
    """`person` reads `value`, in the site's own unit, off the display now; whether it is in range. Raises Refused.

    Out of range it is told at once: nobody knows for how long it has been so.
    """
    unit = _unit(pharmacy, unit_id)
    degrees = unit.limits.unit
    fault = sensor_fault(value, degrees)
    if fault is not None:
        raise Refused(f"{value:g} °{degrees} cannot be right ({fault}). Look at the display again.")
    values = {
        "site": unit.site.id, "unit": unit_id, "person": person.id, "taken_at": now, "entered_at": now, "value": value,
        "temperature_unit": degrees.value, "note": keepable(" ".join(note.split())),
    }  # fmt: skip
    added = by_hand.add_reading(connection, values)
    body = {name: values[name] for name in ("unit", "value", "temperature_unit", "note")}
    record.append(connection, [Entry(unit.site.id, now, person.id, KIND, f"reading:{added}", body)])
    in_range = unit.limits.side(value) is None
    if not in_range:
        open_alert(connection, pharmacy, _alert(unit, added, person, value, str(values["note"])), now, actor=person.id)
        _open_case(connection, pharmacy, unit, added, person, value, now)
    return in_range


def _unit(pharmacy: Pharmacy, unit_id: str) -> Unit:
    """A unit with or without a sensor. Raises Refused for one that is not defined."""
    written: StorageUnit | None = pharmacy.units.get(unit_id)
    if written is None or written.site not in pharmacy.sites:
        raise Refused("This storage unit is not defined any more.")
    site = pharmacy.sites[written.site]
    return Unit(written, site, limits_of(written.storage_class, site.temperature_unit, probe=written.probe))


def _open_case(
    connection: Connection, pharmacy: Pharmacy, unit: Unit, reading: int, person: Person, value: float, now: datetime
) -> None:
    """Any reading out of range is an excursion (domain.md §1.3): one case of the unit, and what is to be done about it.

    Where the sensor's own excursion goes on, that one has its case already.
    """
    state = cold_chain.look_at_states(connection, [unit.id]).get(unit.id)
    if state is not None and state.excursion is not None:
        return
    direction = unit.limits.side(value) or Direction.HIGH
    seen = Excursion(now, direction, value, last_at=now, out_since=now)
    seen.critical_at = now if unit.limits.is_critical(value) else None
    facts = wording.facts(unit, seen) | {"open": False, "read_by": person.id}
    if not _joins(connection, unit, direction, facts, now):
        title, subject = wording.title(unit, seen), f"{SUBJECT}:{reading}"
        opening.open_case(connection, pharmacy, unit, subject, title, facts, now, actor=person.id)


def _joins(connection: Connection, unit: Unit, direction: Direction, facts: Mapping[str, Any], now: datetime) -> bool:
    """Whether an open case of what people read there on this side stands for this reading, too; at worst it says so."""
    for case in cases.open_cases(connection, unit.site.id):
        mine = case.subject.startswith(f"{SUBJECT}:") and case.facts["unit"] == unit.id
        mine = mine and now - case.opened_at < ONE_CASE
        if not mine or case.facts["direction"] != direction:
            continue
        worse = max if direction is Direction.HIGH else min
        changed = {
            "extreme": worse(case.facts["extreme"], facts["extreme"]),
            "critical": case.facts["critical"] or facts["critical"],
        }
        cases.update_facts(connection, CaseKind.EXCURSION, case.subject, dict(case.facts) | changed)
        delivery.touch(connection, CardKind.CASE, case.id, now)
        return True
    return False


def _alert(unit: Unit, reading: int, person: Person, value: float, note: str) -> NewAlert:
    read = f"{person.name} read {unit.degrees(value)} off the display, limits: {unit.range}"
    return NewAlert(
        site=unit.site.id,
        kind=AlertKind.FAILED_ITEM,
        subject=f"{SUBJECT}:{reading}",
        title=f"{unit.unit.name}: out of range",
        detail=f"{read}. {note}" if note else f"{read}. Label DO NOT USE, do not discard",
        severity=Severity.CRITICAL if unit.limits.is_critical(value) else Severity.NORMAL,
        policy=unit.unit.escalation,
    )
