"""What people say to a run: answers stored line by line, and taken back while there is time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer, Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.run import refuse_unless_open
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import PatientInformation, Refused
from shiftbot.services.answering import Book, add_answer, open_book, settle, store_answer, take_back_alert
from shiftbot.services.missing import miss_overdue
from shiftbot.storage import counts, runs


@dataclass(frozen=True, slots=True)
class Responded:
    """What became of a reply: what was stored, what was refused and why (for the person), whether all is done."""

    stored: tuple[tuple[Line, Answer], ...]
    refused: tuple[tuple[Line, str], ...]
    complete: bool


def respond(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    person: Person,
    replies: Sequence[Reply],
    via: str,
    now: datetime,
) -> Responded:
    """Store what a person says to lines, each that may be stored. Raises Refused when the run takes none.

    Raises PatientInformation, and stores nothing, when a note looks like that.
    """
    book = _book(connection, pharmacy, run_id, now)
    stored: list[tuple[Line, Answer]] = []
    refused: list[tuple[Line, str]] = []
    for reply in replies:
        line = book.plan.line(reply.line)
        try:
            _refuse_around_witness(connection, book, line, reply, person)
            stored.append((line, store_answer(connection, pharmacy, book, reply, person, via, now)))
        except PatientInformation:
            raise  # its class goes on the record, and nothing else of the reply is kept either
        except Refused as why:
            refused.append((line, str(why)))
    complete = settle(connection, pharmacy, book.run, now) if stored else False
    return Responded(tuple(stored), tuple(refused), complete)


def _book(connection: Connection, pharmacy: Pharmacy, run_id: int, now: datetime) -> Book:
    run = runs.load_run(connection, run_id)
    if run is None:
        raise Refused("This checklist is not in the database any more; nothing was stored.")
    refuse_unless_open(run, now)
    return open_book(connection, miss_overdue(connection, pharmacy, run, now))


def _refuse_around_witness(connection: Connection, book: Book, line: Line, reply: Reply, person: Person) -> None:
    """A witnessed count is closed by its counts; only who may witness it may say why it is not made (invariant 8)."""
    if line.kind is not ItemKind.COUNT or line.witness is None:
        return
    if reply.outcome is Outcome.DONE:
        raise Refused("Enter a controlled count with its button, so that the witness does not see your number first.")
    if counts.look_at(connection, book.run.id, line.key) is not None:
        raise Refused("This was counted already; a witness counts next, and the pharmacist closes it with the book.")
    if line.witness not in person.roles:
        raise Refused(f"Only a {line.witness} says why “{line.title}” is not counted. Ask one to answer it.")


def undo(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    person: Person,
    line_keys: Sequence[str],
    now: datetime,
) -> Responded:
    """Take back answers: the line is blank again, the answer stays on the record. Raises Refused when too late."""
    book = _book(connection, pharmacy, run_id, now)
    stored: list[tuple[Line, Answer]] = []
    refused: list[tuple[Line, str]] = []
    for key in line_keys:
        line = book.plan.line(key)
        try:
            stored.append((line, _withdraw(connection, pharmacy, book, line, person, now)))
        except Refused as why:
            refused.append((line, str(why)))
    complete = settle(connection, pharmacy, book.run, now) if stored else False
    return Responded(tuple(stored), tuple(refused), complete)


def _withdraw(
    connection: Connection, pharmacy: Pharmacy, book: Book, line: Line, person: Person, now: datetime
) -> Answer:
    stands = book.stands.get(line.key)
    if stands is None:
        raise Refused(f"“{line.title}” has no answer to take back.")
    if stands.answered_by != person.id:
        by = pharmacy.people.get(stands.answered_by)
        raise Refused(f"{by.name if by else stands.answered_by} answered “{line.title}”; only they can take it back.")
    if now >= book.run.missed_at:
        raise Refused("It is past the deadline; what was said stands. Tell the pharmacist, who can note a correction.")
    if line.kind is ItemKind.COUNT and line.witness and stands.outcome is Outcome.DONE:
        raise Refused("A witnessed count is not taken back; count again and flag it to the pharmacist.")
    withdrawn = Answer(
        run=book.run.id, line=line.key, revision=book.revision_after(line.key), outcome=Outcome.WITHDRAWN, value=None,
        note="", answered_by=person.id, answered_at=now, late=book.run.is_late(now), via="undo",
    )  # fmt: skip
    add_answer(connection, book, withdrawn)
    take_back_alert(connection, pharmacy, stands, person, now)
    return withdrawn
