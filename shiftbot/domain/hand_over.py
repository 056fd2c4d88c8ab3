"""A hand-over note: what one shift leaves to the next, written by a person, acknowledged by whoever reads it. Pure."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shiftbot.domain.privacy import keepable
from shiftbot.domain.site import Person
from shiftbot.errors import AlreadyDone, Refused

NOTE_MAX = 2000
"""Letters of a note: it is read standing."""

READ_WITHIN = timedelta(hours=1)
"""So long after its start, or until the starting checklist is due, a shift has to read what was left to it."""

LONGEST_SHIFT = timedelta(hours=12)
"""Whoever reads a note so long after it was written has not the shift any more in which it was."""

TOLD_AGAIN_AFTER = timedelta(hours=2)
"""After the first notice that nobody has read a note; then it is the day's summary that says so."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """One note as stored. `facts` is what was open when it was written, as it was shown to the writer.

    `attention_at` is when somebody is told that the next shift has not read it; `read_by` maps a person's id to when.
    """

    id: int
    site: str
    run: int | None
    written_by: str
    written_at: datetime
    note: str
    facts: Mapping[str, Any]
    attention_at: datetime | None
    read_by: Mapping[str, datetime]


def read_until(opens_at: datetime, due_at: datetime) -> datetime:
    """When the shift that starts with a checklist (its opening and due time) should have read what was left to it."""
    return max(opens_at + READ_WITHIN, due_at)


def clean_note(note: str) -> str:
    """A note as it may be kept. Raises Refused when it is empty, too long, or looks like patient information."""
    kept = keepable(note)
    if not kept:
        raise Refused("Write what the next shift must know, or that there is nothing to hand over.")
    if len(kept) > NOTE_MAX:
        raise Refused(f"That is {len(kept)} letters; the note holds {NOTE_MAX}. Open a follow-up for what is long.")
    return kept


def refuse_unless_to_read(hand_over: HandOver, person: Person) -> None:
    """Raise Refused when `person` wrote the note, AlreadyDone when they have read it."""
    if hand_over.written_by == person.id:
        raise Refused("You wrote this note; somebody of the next shift says that they have read it.")
    if person.id in hand_over.read_by:
        raise AlreadyDone("You have read this note already; it is on the record.")


def read_by_another_shift(hand_over: HandOver, at_work: Container[str]) -> bool:
    """Whether somebody read it who is of another shift for certain: not of those `at_work` when it was written, or
    longer after than any shift lasts."""
    return any(
        who not in at_work or at >= hand_over.written_at + LONGEST_SHIFT for who, at in hand_over.read_by.items()
    )


def read_at_start(hand_over: HandOver, opens_at: datetime, starting: Container[str]) -> bool:
    """Whether somebody read it since the next shift began, or before and is of those `starting` it."""
    return any(at >= opens_at or who in starting for who, at in hand_over.read_by.items())


def replaced(notes: list[HandOver]) -> set[int]:
    """Of one site's notes: those that nobody read and whose writer wrote another since. The newer one says it all."""
    newest: dict[str, int] = {}
    for each in notes:
        newest[each.written_by] = max(each.id, newest.get(each.written_by, 0))
    return {each.id for each in notes if not each.read_by and each.id < newest[each.written_by]}
