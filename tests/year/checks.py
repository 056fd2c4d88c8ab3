"""What must hold of a pharmacy that was lived through: the invariants of design.md §5 over every row it left."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Table, select

from shiftbot.domain.alert import AlertState
from shiftbot.domain.recurrence import occurrences
from shiftbot.domain.run import RunState, standing, unanswered
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import runs as stored_runs
from shiftbot.storage import tables
from shiftbot.storage.verify import verify
from tests.year.days import Year
from tests.year.pharmacy import hilltop

Rows = list[dict[str, Any]]


def broken(year: Year) -> list[str]:
    """What does not hold, in words; empty after a good year."""
    return [
        *_runs(year),
        *_missed(year),
        *_alerts(year),
        *_answers(year),
        *_calendar(year),
        *_outbox(year),
        *_chain(year),
    ]


def _rows(year: Year, table: Table) -> Rows:
    with year.database.snapshot() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def _runs(year: Year) -> Iterator[str]:
    """Every run ends completed or missed; none is opened twice."""
    for run in _rows(year, tables.runs):
        if run["missed_at"] <= year.pharmacy.now and run["state"] not in (RunState.COMPLETED, RunState.MISSED):
            yield f"run {run['id']} ({run['checklist']} {run['local_on']} {run['slot']}) is still {run['state']}"
    with year.database.snapshot() as connection:
        query = select(tables.record.c.subject).where(tables.record.c.kind == "run-opened")
        opened = Counter(connection.execute(query).scalars())
    yield from (f"{subject} was opened {times} times" for subject, times in opened.items() if times > 1)


def _missed(year: Year) -> Iterator[str]:
    """What was asked, required and blank at the deadline is missed, with one alert for the run; nothing else is.

    Only what was missed long before the engine ran again shares an alert, whose subject is the site's.
    """
    missed = _rows(year, tables.missed_lines)
    alert_of: dict[int, set[int]] = {}
    lines_of: dict[int, set[str]] = {}
    for row in missed:
        alert_of.setdefault(row["run"], set()).add(row["alert"])
        lines_of.setdefault(row["run"], set()).add(row["line"])
    alerts = {row["id"]: row for row in _rows(year, tables.alerts)}
    for run, found in alert_of.items():
        if len(found) != 1 or not found <= alerts.keys():
            yield f"run {run} has the alerts {sorted(found)} for its missed lines"
    shared = Counter(alert for found in alert_of.values() for alert in found)
    yield from (
        f"alert {alert} stands for {times} runs"
        for alert, times in shared.items()
        if times > 1 and "@" not in alerts[alert]["subject"]
    )
    with year.database.snapshot() as connection:
        for row in _rows(year, tables.runs):
            if row["missed_at"] > year.pharmacy.now:
                continue
            in_time = [
                each
                for each in stored_answers.load_answers_of(connection, [row["id"]]).get(row["id"], [])
                if each.answered_at < row["missed_at"]
            ]
            blank = {line.key for line in unanswered(stored_runs.load_plan(connection, row["plan"]), standing(in_time))}
            lines = lines_of.get(row["id"], set())
            if blank != lines:
                yield f"run {row['id']}: blank at its deadline {sorted(blank)}, missed {sorted(lines)}"
            if bool(blank) != (row["state"] == RunState.MISSED):
                yield f"run {row['id']} is {row['state']} with {len(blank)} lines blank at its deadline"


def _alerts(year: Year) -> Iterator[str]:
    """An unresolved alert has a next instant, which is not past; a resolved one has none."""
    for row in _rows(year, tables.alerts):
        resolved, at = row["state"] == AlertState.RESOLVED, row["escalate_at"]
        if resolved is not (at is None):
            yield f"alert {row['id']} ({row['title']}) is {row['state']} and next told at {at}"
        elif at is not None and at <= year.pharmacy.now:
            yield f"alert {row['id']} should have been told at {at}"


def _answers(year: Year) -> Iterator[str]:
    """Late is late, to the second."""
    due = {row["id"]: row["due_at"] for row in _rows(year, tables.runs)}
    for row in _rows(year, tables.answers):
        if row["late"] != (row["answered_at"] > due[row["run"]]):
            yield f"answer {row['run']}:{row['line']}:{row['revision']} is {'late' if row['late'] else 'in time'}"


def _calendar(year: Year) -> Iterator[str]:
    """Every occurrence of every day was opened, across clock changes, holidays and new definitions; nothing besides."""
    lived = [year.begins + timedelta(days=day) for day in range(len(year.took))]
    found = {
        (row["checklist"], row["local_on"], row["slot"])
        for row in _rows(year, tables.runs)
        if _is_by_clock(row) and row["local_on"] in lived
    }
    wanted = {slot for on in lived for slot in _of_day(year, on)}
    yield from (f"{slot} was never prepared" for slot in sorted(wanted - found))
    yield from (f"{slot} was prepared for nothing" for slot in sorted(found - wanted))


def _is_by_clock(row: dict[str, Any]) -> bool:
    return not str(row["slot"]).startswith(("by-hand:", "excursion:", "delivery:"))


def _of_day(year: Year, on: date) -> Iterator[tuple[str, date, str]]:
    changed = sum(1 for since in year.in_force if since <= on) % 2 == 1
    definitions = hilltop(changed=changed)
    site = definitions.sites["hilltop-main"]
    for name in site.checklists:
        for each in occurrences(definitions.checklists[name].schedule, site.calendar, on):
            yield name, each.local_date, each.slot


def _outbox(year: Year) -> Iterator[str]:
    """No notice waits, and none was lost."""
    waiting = Counter(row["state"] for row in _rows(year, tables.outbox))
    yield from (
        f"{times} notices are {state}" for state, times in waiting.items() if state not in ("sent", "suppressed")
    )


def _chain(year: Year) -> Sequence[str]:
    """Every fact fits its entry, every entry the one before it."""
    with year.database.snapshot() as connection:
        return [str(finding) for finding in verify(connection).findings]
