"""What the tables of facts claim: for each row the entries of the record that must stand behind it.

The tables are what shiftbot works with, the record is what was said when it was said; verify.py holds one against the
other.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from shiftbot.storage.raw_rows import RawRow, raw_rows
from shiftbot.storage.tables import alerts, answers, cases, counts, excursions, missed_lines, runs

CLAIMED_KINDS = frozenset(
    {
        "answer", "count-entered", "count-witnessed", "count-closed", "alert-opened", "alert-resolved", "case-signed",
        "run-opened", "run-missed", "excursion-started",
    }
)  # fmt: skip
"""Kinds of entry that belong to exactly one row for ever: one without its row means that a row was taken away."""

NOT_COVERED = (
    "readings, which are kept for a time only, and what was measured of an excursion until its case is signed",
    "notices, cards and which step an alert stands at: what is still to be done, not what was",
    "the steps of the policy that an alert walks",
)
"""What a changed row would not be found in, in words for people."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry that must be in the record: `what` names the row for people; None means that anything will do.

    Several entries may be of one kind and subject (a run completed twice): one must fit, or the `last` of them. What
    `body` holds must be in the entry's.
    """

    what: str
    kind: str
    subject: str
    at: datetime | None
    actor: str | None
    body: Mapping[str, Any]
    last: bool = False


def claims_of(connection: Connection, site: str) -> Iterator[Claim | str]:
    """Every claim of a site's rows; a row that cannot be read is a sentence saying so."""
    of_site = select(runs.c.id).where(runs.c.site == site)
    yield from _claims(connection, answers, _answer, answers.c.run.in_(of_site))
    yield from _claims(connection, counts, _count, counts.c.run.in_(of_site))
    yield from _claims(connection, alerts, _alert, alerts.c.site == site)
    yield from _claims(connection, cases, _case, cases.c.site == site)
    yield from _claims(connection, excursions, _excursion, excursions.c.site == site)
    missed = _missed_lines(connection, missed_lines.c.run.in_(of_site))
    yield from _claims(connection, runs, lambda row: _run(row, missed.get(row["id"], [])), runs.c.site == site)


def _claims(connection: Connection, table: Any, claim: Any, where: ColumnElement[bool]) -> Iterator[Claim | str]:
    for row in raw_rows(connection, table, where, by=tuple(table.primary_key.columns)):
        if row.garbled:
            key = ", ".join(f"{column.name} {row[column.name]}" for column in table.primary_key.columns)
            yield f"a row of {table.name} ({key}) was changed: its {' and '.join(row.garbled)} cannot be read"
        else:
            yield from claim(row)


def _answer(row: RawRow) -> Iterator[Claim]:
    subject = f"run:{row['run']}:{row['line']}:{row['revision']}"
    what = f"the answer to {row['line']} of run {row['run']} (revision {row['revision']})"
    body = {name: row[name] for name in ("outcome", "value", "note", "late", "via")}
    yield Claim(what, "answer", subject, row["answered_at"], row["answered_by"], body)


def _count(row: RawRow) -> Iterator[Claim]:
    subject = f"run:{row['run']}:{row['line']}"
    what = f"the count {row['line']} of run {row['run']}"
    yield Claim(what, "count-entered", subject, row["counted_at"], row["counted_by"], {"counted": row["counted"]})
    if row["witnessed_by"] is not None:
        body = {"witnessed": row["witnessed"]}
        yield Claim(what, "count-witnessed", subject, row["witnessed_at"], row["witnessed_by"], body)
    if row["state"] == "closed":
        yield Claim(what, "count-closed", subject, row["book_at"], row["book_by"], {"book": row["book"]})


def _alert(row: RawRow) -> Iterator[Claim]:
    subject, what = f"alert:{row['id']}", f"alert {row['id']}"
    opened = {name: row[name] for name in ("kind", "title", "detail")} | {"policy": _policy_name(row["policy"])}
    yield Claim(what, "alert-opened", subject, row["opened_at"], None, opened)
    if row["state"] == "resolved":
        yield Claim(what, "alert-resolved", subject, row["resolved_at"], None, {"how": row["resolution"]})


def _policy_name(policy: str) -> Any:
    try:
        return json.loads(policy)["name"]
    except (ValueError, KeyError, TypeError):
        return None


def _case(row: RawRow) -> Iterator[Claim]:
    subject, what = f"case:{row['id']}", f"case {row['id']}"
    texts = {name: row[name] for name in ("cause", "action", "outcome")}
    if row["state"] == "signed":
        body = texts | {"facts": row["facts"]}
        yield Claim(what, "case-signed", subject, row["signed_at"], row["signed_by"], body)
    elif any(texts.values()):
        yield Claim(what, "case-written", subject, None, None, texts, last=True)


def _excursion(row: RawRow) -> Iterator[Claim]:
    # What late readings may still change (its start, its extreme) is not held against the first entry.
    subject, what = f"excursion:{row['id']}", f"excursion {row['id']}"
    body = {name: row[name] for name in ("unit", "direction", "temperature_unit", "low", "high")}
    yield Claim(what, "excursion-started", subject, row["found_at"], None, body)
    if row["ended_at"] is not None:
        yield Claim(what, "excursion-ended", subject, None, None, {}, last=True)


def _run(row: RawRow, missed: list[str]) -> Iterator[Claim]:
    subject, what = f"run:{row['id']}", f"run {row['id']}"
    known = {"checklist": row["checklist"], "date": row["local_on"].isoformat(), "slot": row["slot"]}
    if row["state"] != "prepared":
        body = known | {"due": row["due_at"].isoformat(), "plan": row["plan"]}
        yield Claim(what, "run-opened", subject, None, None, body)
    if row["state"] == "missed":
        yield Claim(what, "run-missed", subject, None, None, known | {"missed": missed})
    if row["completed_at"] is not None:
        yield Claim(what, "run-completed", subject, row["completed_at"], None, {})


def _missed_lines(connection: Connection, where: ColumnElement[bool]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in raw_rows(connection, missed_lines, where):
        found.setdefault(row["run"], []).append(row["line"])
    return {run: sorted(lines) for run, lines in found.items()}
