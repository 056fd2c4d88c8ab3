"""Storing what people say to a line: a first answer, a correction, words added, an answer taken back. First wins."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer, Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.local_time import local_date
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.run import NOTED, refuse_unless_allowed
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import claiming, delivery
from shiftbot.services.answering.allowing import (
    DECIDE,
    refuse_already,
    refuse_correction,
    refuse_first,
    refuse_incomplete,
    refuse_signature,
    speaker,
)
from shiftbot.services.answering.book import Book
from shiftbot.services.answering.following import follow
from shiftbot.services.answering.resetting import reset_min_max
from shiftbot.services.answering.saying import answer_text
from shiftbot.services.signing import Proof
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import record


def store_answer(
    connection: Connection,
    pharmacy: Pharmacy,
    book: Book,
    reply: Reply,
    person: Person,
    via: str,
    now: datetime,
    *,
    proof: Proof | None = None,
) -> Answer:
    """Store one answer with its record entry. Raises Refused or AlreadyDone; the caller settles the run afterwards.

    A reply with a reason corrects the answer that stands, after the deadline too; then it is late like any other.
    """
    line = book.plan.line(reply.line)
    stands = book.stands.get(line.key)
    if stands is None:
        refuse_first(connection, pharmacy, book, line, reply, person, now)
    elif reply.reason.strip():
        refuse_correction(pharmacy, book, line, stands, reply, person)
    else:
        refuse_unless_allowed(line, speaker(pharmacy, line, reply, person))
        refuse_already(pharmacy, book, line, stands, person, now)
    refuse_incomplete(line, reply)
    refuse_signature(book, line, reply, person, proof, now)
    answer = Answer(
        run=book.run.id, line=line.key, revision=book.revision_after(line.key), outcome=reply.outcome,
        value=_value(pharmacy, book, line, reply, person, now), note=keepable(reply.note), answered_by=person.id,
        answered_at=now, late=book.run.is_late(now), via=via, reason=keepable(reply.reason), told_by=reply.told_by,
    )  # fmt: skip
    if stands is not None:
        _refuse_same(stands, answer)
    add_answer(connection, book, answer)
    if stands is None:
        reset_min_max(connection, pharmacy, book.plan, book.run.site, line, answer, now)
    claiming.renew(connection, book.run, line, person, now)
    how = f"{person.name} corrected it to {answer_text(line, answer)}: {answer.reason}"
    follow(connection, pharmacy, book, line, answer, how, now)
    return answer


def _refuse_same(stands: Answer, answer: Answer) -> None:
    def said(each: Answer) -> tuple[object, ...]:
        value = {name: part for name, part in (each.value or {}).items() if name != "on"}
        return each.outcome, value, each.note

    if said(stands) == said(answer):
        raise AlreadyDone("That is what stands already; nothing was changed.")


def _value(
    pharmacy: Pharmacy, book: Book, line: Line, reply: Reply, person: Person, now: datetime
) -> Mapping[str, Any] | None:
    """The value as it is kept: free text guarded, a date with the day it was given on, a signature with its signer."""
    done = reply.outcome is Outcome.DONE
    if done and line.kind is ItemKind.SIGNATURE:
        role = line.role if line.role in person.roles else Role.PHARMACIST
        meaning = line.meaning.value
        return {"name": person.name, "role": role.value, "meaning": meaning, "pin": book.plan.pin}
    if reply.value is None:
        return None
    if done and line.kind is ItemKind.DATE:
        given_on = local_date(pharmacy.sites[book.run.site].calendar, now)
        return {**reply.value, "on": given_on.isoformat()}
    text = reply.value.get("text")
    return reply.value if text is None else {**reply.value, "text": keepable(str(text))}


def add_answer(connection: Connection, book: Book, answer: Answer) -> None:
    """Add an answer that was allowed, with its record entry. Raises AlreadyDone when somebody was first."""
    if not stored_answers.add_answer(connection, answer):
        raise AlreadyDone("Somebody answered this a moment before you; the card shows it in a moment.")
    subject = f"run:{answer.run}:{answer.line}:{answer.revision}"
    entry = Entry(book.run.site, answer.answered_at, answer.answered_by, "answer", subject, body_of(answer))
    record.append(connection, [entry])


def body_of(answer: Answer) -> dict[str, Any]:
    """What the record keeps of an answer: everything, so that the stored row can be held against it.

    An answer that is no correction and that nobody told by phone is silent of both.
    """
    body: dict[str, Any] = {
        "outcome": answer.outcome.value,
        "value": dict(answer.value) if answer.value is not None else None,
        "note": answer.note,
        "late": answer.late,
        "via": answer.via,
    }
    if answer.reason:
        body["reason"] = answer.reason
    if answer.told_by is not None:
        body["told_by"] = answer.told_by
    return body


def add_reason(connection: Connection, book: Book, line: Line, person: Person, note: str, now: datetime) -> Answer:
    """Add words to the answer that stands: a revision with the same value, which corrects nothing. Raises Refused.

    Who answered, and whether that was late, stays as it was; a colleague's words have their name before them.
    """
    stands = book.stands.get(line.key)
    if stands is None:
        raise Refused(f"“{line.title}” has no answer to say more about. Answer it first.")
    own = person.id in (stands.answered_by, stands.told_by)
    if not own and not person.roles & DECIDE:
        raise Refused(f"Whoever answered “{line.title}” says why, or a pharmacist or manager does.")
    words = keepable(note)
    if not words:
        raise Refused("Say in a few words why.")
    added = words if own else f"{person.name}: {words}"
    if added in stands.note:
        raise AlreadyDone("That is noted already.")
    noted = replace(
        stands, revision=book.revision_after(line.key), note=f"{stands.note}; {added}" if stands.note else added,
        answered_by=person.id, answered_at=now, late=book.run.is_late(now), via=NOTED, reason="", told_by=None,
    )  # fmt: skip
    add_answer(connection, book, noted)
    delivery.touch(connection, CardKind.RUN, book.run.id, now)
    return noted


def withdraw_answer(
    connection: Connection, pharmacy: Pharmacy, book: Book, line: Line, person: Person, now: datetime
) -> Answer:
    """Take back the answer that stands: the one that it corrected stands again, or the line is blank. Raises Refused.

    What was said stays on the record; what it led to is over.
    """
    stands = book.stands.get(line.key)
    if stands is None:
        raise Refused(f"“{line.title}” has no answer to take back.")
    if stands.answered_by != person.id:
        by = pharmacy.people.get(stands.answered_by)
        raise Refused(f"{by.name if by else stands.answered_by} answered “{line.title}”; only they can take it back.")
    if now >= book.run.missed_at:
        raise Refused("It is past the deadline; what was said stands. Correct it with a reason, and both are shown.")
    if line.kind is ItemKind.COUNT and line.witness and stands.outcome is Outcome.DONE:
        raise Refused("A witnessed count is not taken back; count again and flag it to the pharmacist.")
    withdrawn = Answer(
        run=book.run.id, line=line.key, revision=book.revision_after(line.key), outcome=Outcome.WITHDRAWN, value=None,
        note="", answered_by=person.id, answered_at=now, late=book.run.is_late(now), via="undo",
    )  # fmt: skip
    add_answer(connection, book, withdrawn)
    follow(connection, pharmacy, book, line, withdrawn, f"{person.name} took the answer back.", now)
    return withdrawn
