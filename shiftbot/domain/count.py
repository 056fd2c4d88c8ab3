"""A controlled count: blind, witnessed, then held against the book quantity. Pure.

Invariant 7: nothing here gives a quantity away before both blind counts are in. Invariant 8: nobody witnesses
themselves.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shiftbot.domain.checklist import Line
from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person
from shiftbot.errors import Refused


class CountState(StrEnum):
    """`counted`: the first blind count is in. `witnessed`: the second is. `closed`: held against the book quantity."""

    COUNTED = "counted"
    WITNESSED = "witnessed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Count:
    """One count as stored; quantities are whole units (tablets, millilitres as the register keeps them)."""

    run: int
    line: str
    controlled: str
    state: CountState
    counted_by: str
    counted: int
    counted_at: datetime
    witnessed_by: str | None
    witnessed: int | None
    witnessed_at: datetime | None
    book: int | None
    book_by: str | None
    book_at: datetime | None

    @property
    def variance(self) -> int | None:
        """What the witness counted less the book quantity; None until closed."""
        return None if self.witnessed is None or self.book is None else self.witnessed - self.book

    @property
    def agrees(self) -> bool:
        """Whether both counts and the book quantity are one number."""
        return self.counted == self.witnessed == self.book


def refuse_unless_witness(count: Count, line: Line, person: Person) -> None:
    """Raise Refused when `person` may not witness this count."""
    if person.id == count.counted_by:
        raise Refused("You counted this yourself, and nobody witnesses themselves. Ask a colleague to witness it.")
    if line.witness is not None and line.witness not in person.roles:
        raise Refused(f"A {line.witness} witnesses this count, from their own account.")


def refuse_unless_counter(line: Line, person: Person) -> None:
    """Raise Refused when `person` may not make the first count."""
    if not may_answer(line, person.roles):
        raise Refused(f"“{line.title}” is for a {line.role} to count.")
