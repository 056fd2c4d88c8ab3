"""Cases: what must be written down and signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from shiftbot.domain.case import Case, CaseKind, CaseState, Details
from shiftbot.domain.record import Entry
from shiftbot.storage import record
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import cases


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case starts from; `facts` are JSON values, `facts["open"]` says that its cause still goes on."""

    site: str
    kind: CaseKind
    subject: str
    title: str
    facts: Mapping[str, Any]


def _case(row: Row[Any]) -> Case:
    read = {"kind": CaseKind(row.kind), "state": CaseState(row.state), "details": Details.from_json(row.details or {})}
    return Case(**dict(row._mapping) | read)


def open_case(connection: Connection, new: NewCase, now: datetime) -> int:
    """Open the case of one cause, once, with its entry in the record; its id."""
    row = {
        "site": new.site,
        "kind": new.kind.value,
        "subject": new.subject,
        "title": new.title,
        "facts": dict(new.facts),
        "state": CaseState.OPEN.value,
        "opened_at": now,
    }
    fresh = insert_or_ignore(connection, cases, [row])
    query = select(cases.c.id).where(cases.c.kind == new.kind.value, cases.c.subject == new.subject)
    found: int = connection.execute(query).scalar_one()
    if fresh:
        body = {"kind": new.kind, "subject": new.subject, "title": new.title}
        record.append(connection, [Entry(new.site, now, "shiftbot", "case-opened", f"case:{found}", body)])
    return found


def update_facts(connection: Connection, kind: CaseKind, subject: str, facts: Mapping[str, Any]) -> None:
    """What shiftbot measured, brought up to date while the case is open."""
    connection.execute(
        update(cases)
        .where(cases.c.kind == kind.value, cases.c.subject == subject, cases.c.state == CaseState.OPEN.value)
        .values(facts=dict(facts))
    )


def load(connection: Connection, case_id: int) -> Case | None:
    """One case, locked for the rest of the transaction where the database can."""
    row = connection.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one_or_none()
    return None if row is None else _case(row)


def look_at(connection: Connection, case_id: int) -> Case | None:
    """One case, to show it."""
    row = connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
    return None if row is None else _case(row)


def find(connection: Connection, kind: CaseKind, subject: str) -> Case | None:
    """The case of one cause, or nothing."""
    query = select(cases).where(cases.c.kind == kind.value, cases.c.subject == subject)
    row = connection.execute(query).one_or_none()
    return None if row is None else _case(row)


def open_cases(connection: Connection, site: str) -> list[Case]:
    """A site's unsigned cases, oldest first."""
    query = select(cases).where(cases.c.site == site, cases.c.state == CaseState.OPEN.value).order_by(cases.c.id)
    return [_case(row) for row in connection.execute(query)]


def save_texts(connection: Connection, case_id: int, texts: Mapping[str, str], details: Details) -> bool:
    """Keep what people wrote so far; False when the case is signed already."""
    saved = connection.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.state == CaseState.OPEN.value)
        .values(**texts, details=details.to_json())
    )
    return saved.rowcount == 1


def sign(
    connection: Connection, case_id: int, texts: Mapping[str, str], details: Details, signer: str, now: datetime
) -> bool:
    """Compare and set: sign an open case with its final texts; False when somebody was first."""
    signed = connection.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.state == CaseState.OPEN.value)
        .values(state=CaseState.SIGNED.value, signed_by=signer, signed_at=now, details=details.to_json(), **texts)
    )
    return signed.rowcount == 1
