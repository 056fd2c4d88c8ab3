"""Storing answers and settling the run they belong to: first wins, late is late, missed stays missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Answer, Outcome, Reply, out_of_range
from shiftbot.domain.checklist import Line, OnFail, Plan
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import local_clock
from shiftbot.domain.run import Run, RunState, next_attention, refuse_unless_allowed, standing, unanswered
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone
from shiftbot.services import delivery, escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import alerts, record, runs


@dataclass(frozen=True, slots=True)
class Book:
    """A run open on the desk: the run, its plan, and every answer so far."""

    run: Run
    plan: Plan
    answers: tuple[Answer, ...]

    @property
    def stands(self) -> dict[str, Answer]:
        """The standing answer of each line that has one."""
        return standing(self.answers)

    def revision_after(self, line: str) -> int:
        """The revision the next answer to a line has."""
        return 1 + max((answer.revision for answer in self.answers if answer.line == line), default=0)


def open_book(connection: Connection, run: Run) -> Book:
    """The run with its plan and answers, read within the caller's transaction."""
    return open_books(connection, [run])[0]


def open_books(connection: Connection, found: Sequence[Run]) -> list[Book]:
    """The runs with their plans and answers, in their order, read within the caller's transaction."""
    plans = runs.load_plans(connection, [run.plan for run in found])
    answers = runs.load_answers_of(connection, [run.id for run in found])
    return [Book(run, plans[run.plan], tuple(answers.get(run.id, ()))) for run in found]


def store_answer(
    connection: Connection, pharmacy: Pharmacy, book: Book, reply: Reply, person: Person, via: str, now: datetime
) -> Answer:
    """Store one answer with its record entry. Raises Refused or AlreadyDone; the caller settles the run afterwards."""
    line = book.plan.line(reply.line)
    refuse_unless_allowed(line, person)
    note, value = keepable(reply.note), _keepable_value(reply)
    stands = book.stands.get(line.key)
    if stands is not None:
        raise AlreadyDone(_already(pharmacy, book.run, line, stands, person, now))
    answer = Answer(
        run=book.run.id, line=line.key, revision=book.revision_after(line.key), outcome=reply.outcome,
        value=value, note=note, answered_by=person.id, answered_at=now,
        late=book.run.is_late(now), via=via,
    )  # fmt: skip
    add_answer(connection, book, answer)
    _follow(connection, pharmacy, book.run, line, answer, now)
    return answer


def _keepable_value(reply: Reply) -> Mapping[str, Any] | None:
    text = (reply.value or {}).get("text")
    return reply.value if text is None else {**(reply.value or {}), "text": keepable(str(text))}


def add_answer(connection: Connection, book: Book, answer: Answer) -> None:
    """Add an answer that was allowed, with its record entry. Raises AlreadyDone when somebody was first."""
    if not runs.add_answer(connection, answer):
        raise AlreadyDone("Somebody answered this a moment before you; the card shows it in a moment.")
    subject = f"run:{answer.run}:{answer.line}:{answer.revision}"
    entry = Entry(book.run.site, answer.answered_at, answer.answered_by, "answer", subject, body_of(answer))
    record.append(connection, [entry])


def body_of(answer: Answer) -> dict[str, Any]:
    """What the record keeps of an answer: everything, so that the stored row can be held against it."""
    return {
        "outcome": answer.outcome.value,
        "value": dict(answer.value) if answer.value is not None else None,
        "note": answer.note,
        "late": answer.late,
        "via": answer.via,
    }


def _already(pharmacy: Pharmacy, run: Run, line: Line, stands: Answer, asker: Person, now: datetime) -> str:
    site = pharmacy.sites[run.site]
    person = pharmacy.people.get(stands.answered_by)
    who = person.name if person else stands.answered_by
    at = local_clock(site.calendar, stands.answered_at)
    said = f"{who} answered “{line.title}” at {at}."
    if now >= run.missed_at:
        return f"{said} It is past the deadline; what was said stands."
    if stands.answered_by != asker.id:
        return f"{said} Only they can take it back."
    return f"{said} To change it: undo {line.number}, then answer again."


def _follow(connection: Connection, pharmacy: Pharmacy, run: Run, line: Line, answer: Answer, now: datetime) -> None:
    """What an answer leads to: a failed item that asks for it, and a reading out of range, become an alert at once."""
    failed = answer.outcome is Outcome.FAILED and line.on_fail is not OnFail.NOTHING
    outside = answer.outcome is Outcome.DONE and out_of_range(line, answer.value)
    if not failed and not outside:
        return
    value = (answer.value or {}).get("temperature", (answer.value or {}).get("number"))
    detail = answer.note if failed else f"read {value:g} {line.unit}, limits: {_limits(line)}"
    new = NewAlert(
        site=run.site,
        kind=AlertKind.FAILED_ITEM,
        subject=_cause(answer),
        title=f"{line.title}: {'failed' if failed else 'out of range'}",
        detail=detail,
    )
    escalation.open_alert(connection, pharmacy, new, now, actor=answer.answered_by)


def _cause(answer: Answer) -> str:
    return f"{answer.run}:{answer.line}:{answer.revision}"


def take_back_alert(connection: Connection, pharmacy: Pharmacy, answer: Answer, person: Person, now: datetime) -> None:
    """An answer was taken back: the alert that it led to, if it did, has lost its cause; all who were told hear so."""
    how = f"{person.name} took the answer back."
    escalation.resolve_alert(connection, pharmacy, AlertKind.FAILED_ITEM, _cause(answer), how, now)


def _limits(line: Line) -> str:
    """The limits of a line in words; either may be missing."""
    if line.low is not None and line.high is not None:
        return f"{line.low:g} to {line.high:g}"
    return f"at least {line.low:g}" if line.low is not None else f"at most {line.high:g}"


def settle(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> bool:
    """Bring the run to where its answers put it; whether all its required lines are answered."""
    book = open_book(connection, run)
    blank = unanswered(book.plan, book.stands)
    delivery.touch(connection, CardKind.RUN, run.id, now)
    if run.state is RunState.OPEN and not blank:
        if runs.move(connection, run, RunState.COMPLETED, completed_at=now, attention_at=None):
            _note(connection, run, "run-completed", {"late": run.is_late(now)}, now)
    elif run.state is RunState.COMPLETED and blank:
        reopened = next_attention(_as_open(run), now)
        if runs.move(connection, run, RunState.OPEN, completed_at=None, attention_at=reopened):
            _note(connection, run, "run-reopened", {}, now)
    elif run.state is RunState.MISSED and not blank and runs.mark_completed_late(connection, run, now):
        _note(connection, run, "run-completed", {"late": True, "missed": True}, now)
        _resolve_missed(connection, pharmacy, run, now)
    return not blank


def _resolve_missed(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> None:
    """The alert of a missed run is over when all runs that it stands for are done."""
    found = runs.alert_of_missed(connection, run.id)
    alert = alerts.load(connection, found[0]) if found is not None and found[1] else None
    if alert is not None:
        escalation.resolve_alert(connection, pharmacy, alert.kind, alert.subject, "It was done late.", now)


def _as_open(run: Run) -> Run:
    return replace(run, state=RunState.OPEN)


def _note(connection: Connection, run: Run, kind: str, body: dict[str, Any], now: datetime) -> None:
    record.append(connection, [Entry(run.site, now, "shiftbot", kind, f"run:{run.id}", body)])


def names(lines: Sequence[Line]) -> str:
    """Lines as people read them: their numbers and titles, at most five and how many more."""
    shown = [f"{line.number}. {line.title}" for line in lines[:5]]
    more = len(lines) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
