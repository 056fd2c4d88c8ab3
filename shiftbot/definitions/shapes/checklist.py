"""The shape of a file in checklists/: when it opens, is due and is missed, and what it asks."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from shiftbot.definitions.names import Id, Text
from shiftbot.definitions.shapes.item import SectionShape
from shiftbot.definitions.shapes.shape import Misfit, Shape
from shiftbot.definitions.times import Days, Due, Instant, Interval, Openings, Reminder, Span


class ChecklistShape(Shape):
    """One checklist: when it opens, is due and is missed, and what it asks."""

    id: Id
    title: Text
    opens: Openings | None = None
    every: Interval | None = None
    since: Annotated[Instant | None, Field(alias="from", description="With every: the first (default open).")] = None
    until: Annotated[Instant | None, Field(description="With every: opens no later than this (default close).")] = None
    days: Days = frozenset(range(7))
    due: Due
    grace: Span = timedelta(minutes=10)
    remind: Reminder = timedelta(minutes=10)
    escalation: Id = "standard"
    sections: Annotated[tuple[SectionShape, ...], Field(min_length=1)]

    def misfits(self) -> list[Misfit]:
        """Two ways to open, or none; and what belongs to `every` only."""
        found: list[Misfit] = []
        if self.opens is None and self.every is None:
            found.append(((), "it is not said when this opens", "write opens: open - 45m, or every: 2h"))
        if self.opens is not None and self.every is not None:
            found.append((("every",), "opens and every both say when this opens", "keep one of the two"))
        for key, value in (("from", self.since), ("until", self.until)):
            if value is not None and self.every is None:
                found.append(((key,), f"{key} has a meaning only beside every", "write every: 2h, or remove it"))
        return found
