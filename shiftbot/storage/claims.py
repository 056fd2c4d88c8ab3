"""What the tables of facts claim: for each row the entries of the record that must stand behind it.

The tables are what shiftbot works with, the record is what was said when it was said; verify.py holds one against the
other.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from shiftbot.storage.raw_rows import RawRow, raw_rows
from shiftbot.storage.tables import (
    alert_causes,
    alert_notes,
    alerts,
    answers,
    cases,
    counts,
    duty_changes,
    excursions,
    follow_ups,
    hand_over_reads,
    hand_overs,
    manual_readings,
    min_max_resets,
    missed_lines,
    mutes,
    runs,
    section_claims,
    sign_ons,
)

CLAIMED_KINDS = frozenset(
    {
        "answer", "count-entered", "count-witnessed", "count-closed", "alert-opened", "alert-resolved", "case-signed",
        "run-opened", "run-missed", "excursion-started", "case-opened", "follow-up-opened", "follow-up-ended",
        "hand-over-written", "hand-over-read", "manual-reading", "min-max-reset", "alert-noted", "alert-joined",
        "alert-cause-ended", "mute-began", "mute-ended", "duty-asked", "duty-changed", "signed-on",
    }
)  # fmt: skip
"""Kinds of entry that belong to exactly one row for ever: one without its row means that a row was taken away."""

TOLD: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "excursion-started": {"excursion-measured": {}},
    "excursion-changed": {"excursion-measured": {}},
    "excursion-ended": {"excursion-measured": {}},
    "alert-opened": {
        "alert-state": {"state": "triggered"}, "alert-severity": {}, "alert-told": {"telling": 0, "next": 0},
        "alert-words": {},
    },
    "alert-reworded": {"alert-words": {}},
    "alert-step": {"alert-state": {"state": "triggered"}, "alert-told": {}},
    "alert-passed-over": {"alert-told": {}},
    "alert-acknowledged": {"alert-state": {"state": "acknowledged"}},
    "alert-snoozed": {"alert-state": {"state": "acknowledged"}},
    "alert-declined": {"alert-state": {"state": "triggered"}},
    "alert-hurried": {"alert-state": {"state": "triggered"}},
    "alert-critical": {"alert-state": {"state": "triggered"}, "alert-severity": {}},
    "alert-resolved": {"alert-state": {"state": "resolved"}},
    "follow-up-opened": {"follow-up-owner": {}, "follow-up-due": {}},
    "follow-up-taken": {"follow-up-owner": {}},
    "follow-up-moved": {"follow-up-due": {}},
    "follow-up-closed": {"follow-up-ended": {}},
    "follow-up-withdrawn": {"follow-up-ended": {}},
    "duty-asked": {"duty-state": {}},
    "duty-changed": {"duty-state": {}},
    "duty-accepted": {"duty-state": {}},
    "duty-declined": {"duty-state": {}},
    "duty-withdrawn": {"duty-state": {}},
    "duty-expired": {"duty-state": {}},
}  # fmt: skip
"""What entries of several kinds tell of together, the last of them being the one to fit; and what they say by their
kind alone, beside their own words."""

SILENT: Mapping[str, Mapping[str, Any]] = {
    "answer": {"reason": "", "told_by": None},
    "case-written": {"details": {}},
    "case-signed": {"details": {}},
}
"""What an entry means that says nothing of it, because it was written before there was such a thing, or has none."""

NOT_COVERED = (
    "readings of the last hours, until their digest is in the record, and those of sensors that it never named",
    "the extreme and the time out of range of an excursion that still lasts, and when somebody was told of it",
    "notices, cards and when a run, a unit or an alert is looked at next: what is still to be done, not what was",
    "the steps of the policy that an alert walks, and the facts of a case until it is signed",
    "PINs: the record says who set, missed, locked or reset one and when, and never holds what would give one away",
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
    yield from _claims(connection, section_claims, _section, section_claims.c.run.in_(of_site))
    yield from _claims(connection, follow_ups, _follow_up, follow_ups.c.site == site)
    yield from _claims(connection, hand_overs, _hand_over, hand_overs.c.site == site)
    of_notes = hand_over_reads.c.hand_over.in_(select(hand_overs.c.id).where(hand_overs.c.site == site))
    yield from _claims(connection, hand_over_reads, _hand_over_read, of_notes)
    yield from _claims(connection, alerts, _alert, alerts.c.site == site)
    yield from _claims(connection, mutes, _mute, mutes.c.site == site)
    of_site_begun = select(alerts.c.kind, alerts.c.subject).where(alerts.c.site == site)
    begun_with = {(kind, subject) for kind, subject in connection.execute(of_site_begun)}
    joined = alert_causes.c.alert.in_(select(alerts.c.id).where(alerts.c.site == site))
    yield from _claims(connection, alert_causes, lambda row: _cause(row, begun_with), joined)
    of_alerts = alert_notes.c.alert.in_(select(alerts.c.id).where(alerts.c.site == site))
    yield from _claims(connection, alert_notes, _alert_note, of_alerts)
    yield from _claims(connection, duty_changes, _duty_change, duty_changes.c.site == site)
    yield from _claims(connection, sign_ons, _sign_on, sign_ons.c.site == site)
    yield from _claims(connection, cases, _case, cases.c.site == site)
    yield from _claims(connection, excursions, _excursion, excursions.c.site == site)
    yield from _claims(connection, manual_readings, _manual_reading, manual_readings.c.site == site)
    yield from _claims(connection, min_max_resets, _reset, min_max_resets.c.site == site)
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
    body = {name: row[name] for name in ("outcome", "value", "note", "late", "via", "reason", "told_by")}
    yield Claim(what, "answer", subject, row["answered_at"], row["answered_by"], body)


def _count(row: RawRow) -> Iterator[Claim]:
    subject = f"run:{row['run']}:{row['line']}"
    what = f"the count {row['line']} of run {row['run']}"
    entered = {name: row[name] for name in ("counted", "controlled")}
    yield Claim(what, "count-entered", subject, row["counted_at"], row["counted_by"], entered)
    if row["witnessed_by"] is not None:
        body = {"witnessed": row["witnessed"]}
        yield Claim(what, "count-witnessed", subject, row["witnessed_at"], row["witnessed_by"], body)
    if row["state"] == "closed":
        yield Claim(what, "count-closed", subject, row["book_at"], row["book_by"], {"book": row["book"]})


def _section(row: RawRow) -> Iterator[Claim]:
    what = f"the claim of “{row['section']}” of run {row['run']}"
    yield Claim(what, "section-claimed", f"run:{row['run']}:{row['section']}", None, row["person"], {}, last=True)


def _follow_up(row: RawRow) -> Iterator[Claim]:
    subject, what = f"follow-up:{row['id']}", f"follow-up {row['id']}"
    opened = {name: row[name] for name in ("source", "title", "detail", "run", "line", "role")}
    yield Claim(what, "follow-up-opened", subject, row["opened_at"], row["opened_by"], opened)
    yield Claim(what, "follow-up-owner", subject, None, None, {"owner": row["owner"]}, last=True)
    yield Claim(what, "follow-up-due", subject, None, None, {"due": _iso(row["due_at"])}, last=True)
    if row["state"] == "closed":
        how = {"how": row["closing"]}
        yield Claim(what, "follow-up-ended", subject, row["closed_at"], row["closed_by"], how)


def _hand_over(row: RawRow) -> Iterator[Claim]:
    what, body = f"hand-over note {row['id']}", {name: row[name] for name in ("note", "facts", "run")}
    yield Claim(what, "hand-over-written", f"hand-over:{row['id']}", row["written_at"], row["written_by"], body)


def _hand_over_read(row: RawRow) -> Iterator[Claim]:
    what = f"the reading of hand-over note {row['hand_over']} by {row['person']}"
    yield Claim(what, "hand-over-read", f"hand-over:{row['hand_over']}", row["read_at"], row["person"], {})


def _alert(row: RawRow) -> Iterator[Claim]:
    subject, what = f"alert:{row['id']}", f"alert {row['id']}"
    opened = {"kind": row["kind"], "policy": _policy_name(row["policy"])}
    yield Claim(what, "alert-opened", subject, row["opened_at"], None, opened)
    words = {name: row[name] for name in ("title", "detail")}
    yield Claim(what, "alert-words", subject, None, None, words, last=True)
    if row["state"] == "resolved":
        yield Claim(what, "alert-resolved", subject, row["resolved_at"], None, {"how": row["resolution"]})
    state, told = {"state": row["state"]}, {"telling": row["told"], "next": row["step"]}
    held = row["state"] == "acknowledged"
    at, by = (row["acknowledged_at"], row["acknowledged_by"]) if held else (None, None)
    yield Claim(what, "alert-state", subject, at, by, state, last=True)
    yield Claim(what, "alert-severity", subject, None, None, {"severity": row["severity"]}, last=True)
    yield Claim(what, "alert-told", subject, None, None, told, last=True)


def _cause(row: RawRow, begun_with: Collection[tuple[str, str]]) -> Iterator[Claim]:
    """A cause that joined an alert; the one it began with is told of where the alert was opened."""
    subject, what = f"alert:{row['alert']}", f"cause {row['kind']} {row['subject']} of alert {row['alert']}"
    cause = {"kind": row["kind"], "cause": row["subject"]}
    if (row["kind"], row["subject"]) not in begun_with:
        yield Claim(what, "alert-joined", subject, row["began_at"], None, cause)
    if row["ended_at"] is not None:
        yield Claim(what, "alert-cause-ended", subject, row["ended_at"], None, cause | {"how": row["ending"]})


def _mute(row: RawRow) -> Iterator[Claim]:
    subject, what = f"mute:{row['id']}", f"mute {row['id']}"
    body = {"unit": row["unit"], "reason": row["reason"], "until": _iso(row["ends_at"])}
    yield Claim(what, "mute-began", subject, row["starts_at"], row["author"], body)
    if row["ended_at"] is not None:
        yield Claim(what, "mute-ended", subject, None, row["ended_by"], {"ended_at": _iso(row["ended_at"])})


def _alert_note(row: RawRow) -> Iterator[Claim]:
    what, subject = f"note {row['id']} about alert {row['alert']}", f"alert-note:{row['id']}"
    yield Claim(what, "alert-noted", subject, row["at"], row["person"], {"alert": row["alert"], "note": row["note"]})


def _duty_change(row: RawRow) -> Iterator[Claim]:
    """Who asked for it, and how it stands by the last word said of it: it may begin later, and end earlier."""
    subject, what = f"duty:{row['id']}", f"change of duty {row['id']}"
    begun = "duty-asked" if row["kind"] in ("hand-over", "swap") else "duty-changed"
    said = {name: row[name] for name in ("kind", "person", "instead_of", "reason", "asked_by")}
    yield Claim(what, begun, subject, row["asked_at"], row["asked_by"], said)
    stands = said | {"from": _iso(row["starts_at"]), "until": _iso(row["ends_at"]), "state": row["state"]}
    answered = row["answered_at"] is not None
    at, by = (row["answered_at"], row["answered_by"]) if answered else (row["asked_at"], row["asked_by"])
    yield Claim(what, "duty-state", subject, at, by, stands, last=True)


def _sign_on(row: RawRow) -> Iterator[Claim]:
    shift = _iso(row["shift_at"])
    what = f"the signing on of {row['person']} for the shift of {shift}"
    yield Claim(what, "signed-on", f"shift:{shift}", row["signed_at"], row["person"], {"shift": shift})


def _policy_name(policy: str) -> Any:
    try:
        return json.loads(policy)["name"]
    except (ValueError, KeyError, TypeError):
        return None


def _case(row: RawRow) -> Iterator[Claim]:
    subject, what = f"case:{row['id']}", f"case {row['id']}"
    opened = {name: row[name] for name in ("kind", "subject", "title")}
    yield Claim(what, "case-opened", subject, row["opened_at"], None, opened)
    texts = {name: row[name] for name in ("cause", "action", "outcome")} | {"details": row["details"] or {}}
    if row["state"] == "signed":
        body = texts | {"facts": row["facts"]}
        yield Claim(what, "case-signed", subject, row["signed_at"], row["signed_by"], body)
    elif any(texts.values()):
        yield Claim(what, "case-written", subject, None, None, texts, last=True)


def _manual_reading(row: RawRow) -> Iterator[Claim]:
    body = {name: row[name] for name in ("unit", "value", "temperature_unit", "note")}
    what = f"what {row['person']} read (reading {row['id']})"
    yield Claim(what, "manual-reading", f"reading:{row['id']}", row["taken_at"], row["person"], body)


def _reset(row: RawRow) -> Iterator[Claim]:
    body = {name: row[name] for name in ("unit", "low", "high", "temperature_unit")}
    what = f"the reset of lowest and highest by {row['person']} (reset {row['id']})"
    yield Claim(what, "min-max-reset", f"reset:{row['id']}", row["at"], row["person"], body)


def _excursion(row: RawRow) -> Iterator[Claim]:
    subject, what = f"excursion:{row['id']}", f"excursion {row['id']}"
    body = {name: row[name] for name in ("unit", "temperature_unit", "low", "high", "direction")}
    yield Claim(what, "excursion-started", subject, row["found_at"], None, body)
    if row["merged_into"] is not None:
        yield Claim(what, "excursion-merged", subject, None, None, {"into": row["merged_into"]}, last=True)
    yield Claim(what, "excursion-measured", subject, None, None, _measured(row), last=True)


def _measured(row: RawRow) -> dict[str, Any]:
    """What the last entry about an excursion says of it; while it lasts, more than its start is still to come."""
    started = {"started_at": _iso(row["started_at"])}
    if row["ended_at"] is None:
        return started
    ended = {name: _iso(row[name]) for name in ("back_at", "ended_at")}
    said = {"extreme": row["extreme"], "seconds_out": row["seconds_out"], "critical": row["critical_at"] is not None}
    return started | ended | said


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _run(row: RawRow, missed: list[str]) -> Iterator[Claim]:
    subject, what = f"run:{row['id']}", f"run {row['id']}"
    known = {"checklist": row["checklist"], "date": row["local_on"].isoformat(), "slot": row["slot"]}
    if row["state"] != "prepared":
        body = known | {"due": _iso(row["due_at"]), "missed_at": _iso(row["missed_at"]), "plan": row["plan"]}
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
