"""Bringing a run to where its answers put it: first wins, late is late, missed stays missed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.reminding import next_attention
from shiftbot.domain.run import Run, RunState, unanswered
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, escalation
from shiftbot.services.answering.book import Book, names, open_book
from shiftbot.storage import alerts, record, runs
from shiftbot.storage import answers as stored_answers


def settle(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> bool:
    """Bring the run to where its answers put it; whether all its required lines that are asked are answered.

    A run that was complete at its deadline stays so: what a later correction makes it ask was not missed then.
    """
    book = open_book(connection, run)
    blank = unanswered(book.plan, book.stands)
    delivery.touch(connection, CardKind.RUN, run.id, now)
    if run.state is RunState.OPEN and not blank:
        if runs.move(connection, run, RunState.COMPLETED, completed_at=now, attention_at=None):
            _note(connection, run, "run-completed", {"late": run.is_late(now)}, now)
    elif run.state is RunState.COMPLETED and blank and now < run.missed_at:
        reopened = next_attention(replace(run, state=RunState.OPEN), now)
        if runs.move(connection, run, RunState.OPEN, completed_at=None, attention_at=reopened):
            _note(connection, run, "run-reopened", {}, now)
    elif run.state is RunState.MISSED and not blank and runs.mark_completed_late(connection, run, now):
        _note(connection, run, "run-completed", {"late": True, "missed": True}, now)
        _resolve_missed(connection, pharmacy, book, now)
    return not blank


def _resolve_missed(connection: Connection, pharmacy: Pharmacy, book: Book, now: datetime) -> None:
    """The alert of a missed run is over when all runs that it stands for are done."""
    found = stored_answers.alert_of_missed(connection, book.run.id)
    alert = alerts.load(connection, found[0]) if found is not None and found[1] else None
    if alert is not None:
        escalation.resolve_alert(connection, pharmacy, alert.kind, alert.subject, _how(connection, book), now)


def _how(connection: Connection, book: Book) -> str:
    """What ended it; a line that a corrected answer took off the list was not done, and stays missed and blank."""
    missed = stored_answers.missed_lines_of(connection, [book.run.id]).get(book.run.id, frozenset())
    blank = [line for line in book.plan.lines if line.key in missed and line.key not in book.stands]
    if not blank:
        return "It was done late."
    return f"After a correction it is not asked any more, and stays missed and blank: {names(blank)}."


def _note(connection: Connection, run: Run, kind: str, body: dict[str, Any], now: datetime) -> None:
    record.append(connection, [Entry(run.site, now, "shiftbot", kind, f"run:{run.id}", body)])
