"""Who may say what to a line, and when: held where the fact is stored, whatever a button let through (invariant 8)."""

from datetime import datetime, timedelta
from math import isfinite

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer, Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line, Meaning, Role
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.run import condition_state, refuse_if_expired, refuse_unless_allowed
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import claiming
from shiftbot.services.answering.book import Book
from shiftbot.services.signing import Proof

PROOF_HOLDS = timedelta(minutes=5)
"""A PIN signs what is signed at once."""

DECIDE = frozenset({Role.PHARMACIST, Role.MANAGER})
"""Who may correct what a colleague said."""


def refuse_first(
    connection: Connection, pharmacy: Pharmacy, book: Book, line: Line, reply: Reply, person: Person, now: datetime
) -> None:
    """Raise Refused unless `person` may give the first answer to a blank line."""
    who = speaker(pharmacy, line, reply, person)
    refuse_unless_allowed(line, who)
    if reply.reason.strip():
        raise Refused(f"“{line.title}” has no answer to correct. Answer it, late or not, and say so in a note.")
    refuse_if_expired(book.run, now)
    refuse_unless_asked(book, line)
    _refuse_own_witness(book, line, reply, who)
    claiming.refuse_if_claimed(connection, pharmacy, book.run, line, who, now)


def speaker(pharmacy: Pharmacy, line: Line, reply: Reply, person: Person) -> Person:
    """Whose answer it is: the person's own, or that of whom a manager had on the phone. Raises Refused."""
    if reply.told_by is None:
        return person
    told_by = pharmacy.people.get(reply.told_by)
    if Role.MANAGER not in person.roles:
        raise Refused("Only a manager writes down what somebody said by phone. Whoever did it answers it themselves.")
    if told_by is None:
        raise Refused("I do not know who told you; choose somebody who is named in pharmacy.yaml.")
    if told_by.id == person.id:
        raise Refused("You cannot be told by yourself. Choose who told you by phone.")
    if line.kind in (ItemKind.SIGNATURE, ItemKind.COUNT):
        what = "signature" if line.kind is ItemKind.SIGNATURE else "count"
        raise Refused(f"A {what} is nobody else's to give, not by phone either: {told_by.name} gives it themselves.")
    return told_by


def refuse_unless_asked(book: Book, line: Line) -> None:
    """Raise Refused when the line's condition does not hold, or what it hangs on is blank."""
    state = condition_state(line, book.plan, book.stands)
    if state or line.when is None:
        return
    on, words = book.plan.line(line.when.item), " or ".join(line.when.words)
    asked = f"“{line.title}” is asked only when {on.number}. “{on.title}” is {words}"
    if state is None:
        raise Refused(f"{asked}. Answer that first.")
    raise Refused(f"{asked}, so it is not asked now.")


def refuse_already(pharmacy: Pharmacy, book: Book, line: Line, stands: Answer, asker: Person, now: datetime) -> None:
    """Raise AlreadyDone: who said what when, and what the asker can do about it."""
    said = f"{_name(pharmacy, stands.answered_by)} answered “{line.title}” at {_clock(pharmacy, book, stands)}."
    if now >= book.run.missed_at:
        raise AlreadyDone(f"{said} It is past the deadline; what was said stands. A correction gives its reason.")
    if asker.id == stands.told_by:
        raise AlreadyDone(f"{said} They wrote down what you told them. To change it, correct it with a reason.")
    if asker.id != stands.answered_by:
        raise AlreadyDone(f"{said} Only they can take it back.")
    raise AlreadyDone(f"{said} To change it: undo {line.number}, then answer again.")


def refuse_correction(pharmacy: Pharmacy, book: Book, line: Line, stands: Answer, reply: Reply, person: Person) -> None:
    """Raise Refused unless `person` may put another answer over the one that stands."""
    if line.kind is ItemKind.SIGNATURE:
        raise Refused(
            "A signature is not corrected: it says what you stood for at that time. Before the deadline whoever signed "
            f"may take it back (undo {line.number}) and sign again; afterwards flag what is wrong."
        )
    if line.kind is ItemKind.COUNT and line.witness is not None:
        raise Refused("A witnessed count is not corrected. Count again, and let the pharmacist note it in the case.")
    who = speaker(pharmacy, line, reply, person)
    refuse_unless_correctable_by(pharmacy, line, stands, person)
    refuse_unless_asked(book, line)
    _refuse_own_witness(book, line, reply, who)


def refuse_unless_correctable_by(pharmacy: Pharmacy, line: Line, stands: Answer, person: Person) -> None:
    """Raise Refused unless it is theirs to change, or they decide over it: what is a pharmacist's, a pharmacist only.

    So with a manager's: who may not give an answer at all puts none over it (invariant 8).
    """
    if line.role is not Role.TECHNICIAN:
        refuse_unless_allowed(line, person)
    elif person.id not in (stands.answered_by, stands.told_by) and not person.roles & DECIDE:
        who = _name(pharmacy, stands.answered_by)
        raise Refused(f"{who} answered “{line.title}”; they correct it, or a pharmacist or manager does.")


_HOLDS = {
    ItemKind.TEMPERATURE: ("temperature",),
    ItemKind.NUMBER: ("number",),
    ItemKind.MIN_MAX: ("low", "high"),
    ItemKind.COUNT: ("count",),
    ItemKind.CHOICE: ("choice",),
    ItemKind.DATE: ("date",),
    ItemKind.TEXT: ("text",),
    ItemKind.VOICEMAIL: ("counts", "oldest_minutes"),
    ItemKind.PHOTO: ("file",),
}
"""What the value of a kind names."""


def refuse_incomplete(line: Line, reply: Reply) -> None:
    """Raise Refused for a failure or n/a without a word why, a value that is none, a choice that is no option."""
    said = reply.value or {}
    if reply.outcome is not Outcome.DONE:
        if not (reply.note.strip() or reply.reason.strip()):
            why = "failed" if reply.outcome is Outcome.FAILED else "does not apply"
            raise Refused(f"Say in a few words why “{line.title}” {why}; nothing was stored.")
        return
    if any(_is_none(said.get(name)) for name in _HOLDS.get(line.kind, ())):
        raise Refused(f"“{line.title}” asks for more than a tick, so nothing was stored. Enter it with its button.")
    if line.kind is ItemKind.CHOICE and said["choice"] not in line.options:
        raise Refused(f"“{line.title}” is one of: {', '.join(line.options)}.")


def _is_none(part: object) -> bool:
    """Whether a part of a value says nothing: no number a display could show, no letter of a text."""
    return part is None or part == "" or (isinstance(part, float) and not isfinite(part))


def refuse_signature(book: Book, line: Line, reply: Reply, person: Person, proof: Proof | None, now: datetime) -> None:
    """Raise Refused when a signature comes without the PIN that the site asks for."""
    if line.kind is not ItemKind.SIGNATURE or reply.outcome is not Outcome.DONE or not book.plan.pin:
        return
    if proof is None or proof.person != person.id or not timedelta(0) <= now - proof.at <= PROOF_HOLDS:
        raise Refused(f"“{line.title}” is signed with your PIN. Press Sign on the card.")


def _refuse_own_witness(book: Book, line: Line, reply: Reply, person: Person) -> None:
    """Raise Refused where somebody would witness what they did themselves, whichever of the two comes first."""
    others = [each for each in book.plan.lines if each.section == line.section and each.key != line.key]
    theirs = [each for each in others if _is_by(book.stands.get(each.key), person)]
    if reply.outcome is Outcome.DONE and _is_witness(line) and any(not _is_witness(each) for each in theirs):
        raise Refused(
            f"You answered in “{line.section}” yourself, and nobody witnesses themselves. Ask a colleague to sign."
        )
    if not _is_witness(line) and any(_is_witness(each) for each in theirs):
        raise Refused(f"You signed as the witness of “{line.section}”, so a colleague answers in it.")


def _is_witness(line: Line) -> bool:
    return line.kind is ItemKind.SIGNATURE and line.meaning is Meaning.WITNESSED


def _is_by(answer: Answer | None, person: Person) -> bool:
    return answer is not None and answer.outcome is Outcome.DONE and person.id in (answer.answered_by, answer.told_by)


def _name(pharmacy: Pharmacy, person_id: str) -> str:
    person = pharmacy.people.get(person_id)
    return person.name if person else person_id


def _clock(pharmacy: Pharmacy, book: Book, answer: Answer) -> str:
    return local_clock(pharmacy.sites[book.run.site].calendar, answer.answered_at)
