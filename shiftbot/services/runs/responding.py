"""What people say to a run: answers stored line by line, corrected, explained, signed, and taken back in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer, Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.run import is_outside, refuse_if_expired, refuse_unless_open
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import PatientInformation, Refused
from shiftbot.services.answering import Book, open_book, settle, store_answer, withdraw_answer
from shiftbot.services.answering import add_reason as add_words
from shiftbot.services.missing import miss_overdue
from shiftbot.services.signing import Proof
from shiftbot.storage import counts, runs


@dataclass(frozen=True, slots=True)
class Responded:
    """What became of a reply: what was stored, what was refused and why (for the person), whether all is done.

    `needs_reason` are lines of those stored whose value lies out of range with not a word about it.
    """

    stored: tuple[tuple[Line, Answer], ...]
    refused: tuple[tuple[Line, str], ...]
    complete: bool
    needs_reason: tuple[Line, ...] = ()


def respond(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    person: Person,
    replies: Sequence[Reply],
    via: str,
    now: datetime,
    *,
    proof: Proof | None = None,
) -> Responded:
    """Store what a person says to lines, each that may be stored. Raises Refused when the run takes none.

    `proof` is what `signing.check_pin` gave: where the site asks for a PIN, a signature is refused without it. Raises
    PatientInformation, and stores nothing, when a note looks like that.
    """
    book = _book(connection, pharmacy, run_id, now)
    if not any(reply.reason for reply in replies):
        refuse_if_expired(book.run, now)

    def store(book: Book, reply: Reply) -> Answer:
        _refuse_around_witness(connection, book, book.plan.line(reply.line), reply, person)
        return store_answer(connection, pharmacy, book, reply, person, via, now, proof=proof)

    steps = [(book.plan.line(reply.line), reply) for reply in replies]
    if any(line.when for line in book.plan.lines):
        steps.sort(key=lambda step: step[0].number)  # what a line hangs on is said before it, in whatever order
    return _each(connection, pharmacy, book, steps, store, now)


def sign(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    line_key: str,
    person: Person,
    proof: Proof | None,
    now: datetime,
    *,
    note: str = "",
    via: str = "form",
) -> Responded:
    """Sign a line; `proof` is None where the site asks for no PIN. Otherwise as `respond`."""
    return respond(connection, pharmacy, run_id, person, [Reply(line_key, note=note)], via, now, proof=proof)


def _each(
    connection: Connection,
    pharmacy: Pharmacy,
    book: Book,
    steps: Sequence[tuple[Line, Reply]],
    store: Callable[[Book, Reply], Answer],
    now: datetime,
) -> Responded:
    """Store each step that may be stored, one after the other, and settle the run."""
    stored: list[tuple[Line, Answer]] = []
    refused: list[tuple[Line, str]] = []
    for line, reply in steps:
        try:
            answer = store(book, reply)
        except PatientInformation:
            raise  # its class goes on the record, and nothing else of the reply is kept either
        except Refused as why:
            refused.append((line, str(why)))
        else:
            stored.append((line, answer))
            book = book.with_answer(answer)
    complete = settle(connection, pharmacy, book.run, now) if stored else False
    unexplained = tuple(line for line, answer in stored if is_outside(line, answer) and not answer.note)
    return Responded(tuple(stored), tuple(refused), complete, unexplained)


def _book(connection: Connection, pharmacy: Pharmacy, run_id: int, now: datetime) -> Book:
    run = runs.load_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        raise Refused("This checklist is not in the definitions any more; nothing was stored.")
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
    """Take back answers: the line is as it was before, the answer stays on the record. Raises Refused when too late."""
    book = _book(connection, pharmacy, run_id, now)
    steps = [(book.plan.line(key), Reply(key)) for key in line_keys]

    def withdraw(book: Book, reply: Reply) -> Answer:
        return withdraw_answer(connection, pharmacy, book, book.plan.line(reply.line), person, now)

    return _each(connection, pharmacy, book, steps, withdraw, now)


def add_reason(
    connection: Connection, pharmacy: Pharmacy, run_id: int, line_key: str, person: Person, note: str, now: datetime
) -> Answer:
    """Add words to the answer that stands, such as why a value is out of range. Raises Refused or AlreadyDone."""
    book = _book(connection, pharmacy, run_id, now)
    return add_words(connection, book, book.plan.line(line_key), person, note, now)
