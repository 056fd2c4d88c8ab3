"""Controlled counts: blind, witnessed from the witness's own account, then held against the book quantity.

No function here returns a quantity before both blind counts are in (invariant 7).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.case import CaseKind
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.count import Count, CountState, refuse_unless_counter, refuse_unless_witness
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.run import refuse_if_expired, refuse_unless_open
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, escalation
from shiftbot.services.answering import Book, add_answer, open_book, refuse_unless_asked, settle
from shiftbot.services.escalation import NewAlert
from shiftbot.services.missing import miss_overdue
from shiftbot.storage import cards, cases, counts, record, runs
from shiftbot.storage.cases import NewCase


@dataclass(frozen=True, slots=True)
class CountStage:
    """How far a count is, and by whom; no quantities."""

    state: str
    counted_by: str | None = None
    witnessed_by: str | None = None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class CountOutcome:
    """A count once both blind counts are in; `book` and `variance` are None until the book quantity is given."""

    counted: int
    witnessed: int
    book: int | None
    variance: int | None
    agrees: bool
    case: int | None


def stage(connection: Connection, run_id: int, line_key: str) -> CountStage:
    """How far the count of a line is; whether it agreed only once it is closed."""
    count = counts.look_at(connection, run_id, line_key)
    if count is None:
        return CountStage("blank")
    agrees = count.agrees if count.state is CountState.CLOSED else None
    return CountStage(count.state.value, count.counted_by, count.witnessed_by, agrees)


def enter(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    line_key: str,
    person: Person,
    quantity: int,
    now: datetime,
) -> None:
    """The first blind count. Raises Refused, or AlreadyDone without saying what was counted."""
    book, line = _line(connection, pharmacy, run_id, line_key, now)
    refuse_unless_counter(line, person)
    controlled = line.subject or line_key
    if not counts.add(connection, run_id, line_key, controlled, person.id, quantity, now):
        raise AlreadyDone("This was counted already; a witness counts next.")
    _note(connection, book, line, "count-entered", person, {"counted": quantity, "controlled": controlled}, now)
    delivery.touch(connection, CardKind.RUN, run_id, now)


def witness(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    line_key: str,
    person: Person,
    quantity: int,
    now: datetime,
) -> CountOutcome:
    """The second blind count, by another person. Raises Refused or AlreadyDone."""
    book, line = _line(connection, pharmacy, run_id, line_key, now)
    count = _count(connection, run_id, line_key)
    if count.state is not CountState.COUNTED:
        raise AlreadyDone("This count is witnessed already.")
    refuse_unless_witness(count, line, person)
    changed = {"witnessed_by": person.id, "witnessed": quantity, "witnessed_at": now}
    if not counts.move(connection, count, CountState.WITNESSED, **changed):
        raise AlreadyDone("Somebody else witnessed this a moment before you.")
    _note(connection, book, line, "count-witnessed", person, {"witnessed": quantity}, now)
    delivery.touch(connection, CardKind.RUN, run_id, now)
    return CountOutcome(count.counted, quantity, None, None, False, None)


def book(
    connection: Connection, pharmacy: Pharmacy, run_id: int, line_key: str, person: Person, quantity: int, now: datetime
) -> CountOutcome:
    """Hold both counts against the book quantity; a discrepancy opens an alert and a case. Raises Refused."""
    desk, line = _line(connection, pharmacy, run_id, line_key, now)
    count = _count(connection, run_id, line_key)
    if count.state is CountState.COUNTED:
        raise Refused("The witness counts first; the book quantity comes after both counts.")
    if count.state is CountState.CLOSED:
        raise AlreadyDone("This count is closed already.")
    if line.witness is not None and line.witness not in person.roles:
        raise Refused(f"A {line.witness} reads the book quantity from the perpetual inventory.")
    changed = {"book": quantity, "book_by": person.id, "book_at": now}
    if not counts.move(connection, count, CountState.CLOSED, **changed):
        raise AlreadyDone("Somebody else closed this count a moment before you.")
    closed = _count(connection, run_id, line_key)
    _note(connection, desk, line, "count-closed", person, {"book": quantity, "variance": closed.variance}, now)
    case = None if closed.agrees else _open_discrepancy(connection, pharmacy, desk, line, closed, now)
    _answer(connection, desk, line, closed, now)
    settle(connection, pharmacy, desk.run, now)
    return _outcome(closed, case)


def outcome(connection: Connection, run_id: int, line_key: str) -> CountOutcome | None:
    """The numbers of a count, only once both blind counts are in; None before."""
    count = counts.look_at(connection, run_id, line_key)
    if count is None or count.state is CountState.COUNTED:
        return None
    return _outcome(count, None)


def _outcome(count: Count, case: int | None) -> CountOutcome:
    return CountOutcome(count.counted, count.witnessed or 0, count.book, count.variance, count.agrees, case)


def _line(connection: Connection, pharmacy: Pharmacy, run_id: int, line_key: str, now: datetime) -> tuple[Book, Line]:
    run = runs.load_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        raise Refused("This checklist is not in the definitions any more; nothing was stored.")
    refuse_unless_open(run, now)
    refuse_if_expired(run, now)
    book = open_book(connection, miss_overdue(connection, pharmacy, run, now))
    line = book.plan.line(line_key)
    if line.kind is not ItemKind.COUNT:
        raise Refused(f"“{line.title}” is not a count.")
    if line.witness is None:
        raise Refused(f"“{line.title}” needs no witness: answer it with Enter….")
    refuse_unless_asked(book, line)
    stands = book.stands.get(line.key)
    if stands is not None and stands.outcome is not Outcome.DONE:
        said = "not applicable" if stands.outcome is Outcome.NOT_APPLICABLE else "failed"
        raise AlreadyDone(f"“{line.title}” was answered {said}. Take that back first: undo {line.number}, then count.")
    return book, line


def _count(connection: Connection, run_id: int, line_key: str) -> Count:
    count = counts.load(connection, run_id, line_key)
    if count is None:
        raise Refused("Nobody has counted this yet; the first count comes before the witness.")
    return count


def _answer(connection: Connection, desk: Book, line: Line, count: Count, now: datetime) -> None:
    value: dict[str, Any] = {
        "count": count.counted,
        "witnessed": count.witnessed,
        "book": count.book,
        "variance": count.variance,
        "agrees": count.agrees,
        "witnessed_by": count.witnessed_by,
    }
    answer = Answer(
        run=desk.run.id, line=line.key, revision=desk.revision_after(line.key), outcome=Outcome.DONE, value=value,
        note="", answered_by=count.counted_by, answered_at=now, late=desk.run.is_late(now), via="count",
    )  # fmt: skip
    add_answer(connection, desk, answer)


def _open_discrepancy(
    connection: Connection, pharmacy: Pharmacy, desk: Book, line: Line, count: Count, now: datetime
) -> int:
    subject = f"{desk.run.id}:{line.key}"
    title = f"Discrepancy: {line.title}"
    # What everybody in the channel sees names no quantity; the case, for the pharmacist, has the numbers.
    new = NewAlert(desk.run.site, AlertKind.DISCREPANCY, subject, title, "the counts and the book quantity differ")
    escalation.open_alert(connection, pharmacy, new, now)
    facts = {
        "counted": count.counted,
        "counted_by": count.counted_by,
        "witnessed": count.witnessed,
        "witnessed_by": count.witnessed_by,
        "book": count.book,
        "variance": count.variance,
    }
    case = cases.open_case(connection, NewCase(desk.run.site, CaseKind.DISCREPANCY, subject, title, facts), now)
    cards.add(connection, [(CardKind.CASE, str(case), desk.run.site, pharmacy.sites[desk.run.site].channel)], now)
    return case


def _note(
    connection: Connection, book: Book, line: Line, kind: str, person: Person, body: dict[str, Any], now: datetime
) -> None:
    subject = f"run:{book.run.id}:{line.key}"
    record.append(connection, [Entry(book.run.site, now, person.id, kind, subject, body)])
