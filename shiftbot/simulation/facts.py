"""What the database holds at the end of a simulation, as far as it is held against the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from shiftbot.storage import tables
from shiftbot.storage.verify import verify


@dataclass(frozen=True, slots=True)
class FoundRun:
    """One run as it ended."""

    id: int
    site: str
    checklist: str
    local_on: date
    slot: str
    state: str
    opens_at: datetime
    missed_at: datetime
    alerts: frozenset[int]
    """Of its missed lines."""


@dataclass(frozen=True, slots=True)
class FoundAlert:
    """One alert as it stands; `causes` are (kind, subject) of all it stands for."""

    id: int
    site: str
    kind: str
    subject: str
    severity: str
    policy: str
    opened_at: datetime
    resolved_at: datetime | None
    escalate_at: datetime | None
    causes: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Parcels:
    """Parcels of the outbox: those that are not settled, by state, and why those that were not needed were not."""

    open: Sequence[Mapping[str, Any]]
    suppressed: Mapping[tuple[str, str], tuple[datetime, str]]
    """(key without its means, recipient) → when it was decided, and why it was not sent."""
    alerts: Sequence[Mapping[str, Any]]
    """Every notice of the escalation lane."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it."""

    runs: Sequence[FoundRun]
    alerts: Sequence[FoundAlert]
    parcels: Parcels
    excursions: Sequence[Mapping[str, Any]]
    opened: Mapping[str, int]
    """How often each run was opened, by the record."""
    chain: Sequence[str]


def facts_of(connection: Connection) -> Facts:
    """Read everything once."""
    opened: dict[str, int] = {}
    query = select(tables.record.c.subject).where(tables.record.c.kind == "run-opened")
    for subject in connection.execute(query).scalars():
        opened[subject] = opened.get(subject, 0) + 1
    return Facts(
        _runs(connection), _alerts(connection), _parcels(connection), _rows(connection, tables.excursions),
        opened, [str(finding) for finding in verify(connection).findings],
    )  # fmt: skip


def _rows(connection: Connection, table: Table) -> list[Mapping[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(table.c.id))]


def _runs(connection: Connection) -> list[FoundRun]:
    alerts: dict[int, set[int]] = {}
    for row in connection.execute(select(tables.missed_lines.c.run, tables.missed_lines.c.alert)):
        alerts.setdefault(row.run, set()).add(row.alert)
    return [
        FoundRun(
            row["id"], row["site"], row["checklist"], row["local_on"], row["slot"], row["state"], row["opens_at"],
            row["missed_at"], frozenset(alerts.get(row["id"], ())),
        )
        for row in _rows(connection, tables.runs)
    ]  # fmt: skip


def _alerts(connection: Connection) -> list[FoundAlert]:
    causes: dict[int, set[tuple[str, str]]] = {}
    of = tables.alert_causes.c
    for row in connection.execute(select(of.alert, of.kind, of.subject)):
        causes.setdefault(row.alert, set()).add((row.kind, row.subject))
    return [
        FoundAlert(
            row["id"], row["site"], row["kind"], row["subject"], row["severity"], row["policy"], row["opened_at"],
            row["resolved_at"], row["escalate_at"],
            frozenset(causes.get(row["id"], set()) | {(row["kind"], row["subject"])}),
        )
        for row in _rows(connection, tables.alerts)
    ]  # fmt: skip


def _parcels(connection: Connection) -> Parcels:
    is_open: list[Mapping[str, Any]] = []
    suppressed: dict[tuple[str, str], tuple[datetime, str]] = {}
    escalations: list[Mapping[str, Any]] = []
    for row in _rows(connection, tables.outbox):
        if row["state"] not in ("sent", "suppressed", "failed"):
            is_open.append(row)
        if row["lane"] == 0:
            escalations.append(row)
        if row["state"] == "suppressed":
            suppressed[(without_means(row["key"]), row["recipient"])] = (row["created_at"], row["error"] or "")
    return Parcels(is_open, suppressed, escalations)


def without_means(key: str) -> str:
    """The key that a notice has in common with those of the further means."""
    base, bar, place = key.rpartition("|")
    return base if bar and place.isdecimal() else key
