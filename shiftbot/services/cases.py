"""Cases: filled in by whoever knows, signed by a pharmacist once the cause is gone."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.case import FIELDS, Case, CaseKind, refuse_unless_signable
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, escalation
from shiftbot.storage import cases, record

CLOSES_WITH_CASE = {CaseKind.DISCREPANCY: AlertKind.DISCREPANCY}
"""Alerts whose cause is gone when the case is signed; an excursion's alert closes when the unit is back in range."""


def save_draft(connection: Connection, case_id: int, person: Person, texts: Mapping[str, str], now: datetime) -> None:
    """Keep what somebody wrote so far, unsigned. Raises Refused."""
    case, clean = _read(connection, case_id, texts)
    if not cases.save_texts(connection, case_id, clean):
        raise AlreadyDone("This case is already signed; a signed case is not changed.")
    _note(connection, case, "case-written", person, clean, now)


def sign_case(
    connection: Connection, pharmacy: Pharmacy, case_id: int, person: Person, texts: Mapping[str, str], now: datetime
) -> None:
    """Sign a case with its cause, action and outcome. Raises Refused or AlreadyDone."""
    case, clean = _read(connection, case_id, texts)
    refuse_unless_signable(case, person, clean)
    if not cases.sign(connection, case_id, clean, person.id, now):
        raise AlreadyDone("Somebody else signed this case a moment before you.")
    body = {**clean, "facts": dict(case.facts), "name": person.name, "meaning": "reviewed and approved"}
    _note(connection, case, "case-signed", person, body, now)
    closes = CLOSES_WITH_CASE.get(case.kind)
    if closes is not None:
        escalation.resolve_alert(connection, pharmacy, closes, case.subject, f"{person.name} signed the case.", now)


def _read(connection: Connection, case_id: int, texts: Mapping[str, str]) -> tuple[Case, dict[str, str]]:
    case = cases.load(connection, case_id)
    if case is None:
        raise Refused("This case is not in the database any more.")
    return case, {field: keepable(texts.get(field, "")) for field in FIELDS}


def _note(
    connection: Connection, case: Case, kind: str, person: Person, body: Mapping[str, object], now: datetime
) -> None:
    record.append(connection, [Entry(case.site, now, person.id, kind, f"case:{case.id}", body)])
    delivery.touch(connection, CardKind.CASE, case.id, now)
