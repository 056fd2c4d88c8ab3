"""The shape of when a checklist is asked: what opens it, on which days, until when it may be answered."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from shiftbot.definitions.dates import DaysOfMonth, DaysOfYear, SingleDates
from shiftbot.definitions.names import word_parser, words_schema
from shiftbot.definitions.shapes.shape import Misfit, Shape
from shiftbot.definitions.times import Days, Due, Instant, Interval, LastingSpan, Lead, Openings, Reminder, Span
from shiftbot.domain.checklist import ShiftPart
from shiftbot.domain.recurrence import Trigger, WhenClosed

WAYS_TO_OPEN = ("opens", "every", "trigger")

WAYS_TO_DATE = ("days", "monthly", "quarterly", "yearly", "on")

_NOT_BESIDE_TRIGGER = ("from", "until", *WAYS_TO_DATE, "when_closed", "shows")


class ScheduleShape(Shape):
    """When the runs of a checklist open, on which days, and when they are due, missed and closed to answers."""

    opens: Openings | None = None
    every: Interval | None = None
    since: Annotated[Instant | None, Field(alias="from", description="With every: the first (default open).")] = None
    until: Annotated[Instant | None, Field(description="With every: opens no later than this (default close).")] = None
    trigger: Annotated[
        Annotated[Trigger, word_parser(Trigger), words_schema(Trigger)] | None,
        Field(description="Opened by this instead of by the clock; due is then a span after opening."),
    ] = None
    days: Days = frozenset(range(7))
    monthly: Annotated[DaysOfMonth | None, Field(description="31 is the last day of shorter months.")] = None
    quarterly: Annotated[DaysOfMonth | None, Field(description="In January, April, July and October.")] = None
    yearly: DaysOfYear | None = None
    on: Annotated[SingleDates | None, Field(description="Single dates, for the one time.")] = None
    when_closed: Annotated[
        Annotated[WhenClosed, word_parser(WhenClosed), words_schema(WhenClosed)],
        Field(description="A date on which the site is closed: left out, or moved to the open day before or after it."),
    ] = WhenClosed.SKIP
    shows: Annotated[Lead | None, Field(description="How long before it opens its card is shown.")] = None
    due: Due
    grace: Span = timedelta(minutes=10)
    remind: Reminder = timedelta(minutes=10)
    expires: Annotated[LastingSpan | None, Field(description="How long after missed it may be done late.")] = None
    shift: Annotated[
        Annotated[ShiftPart, word_parser(ShiftPart), words_schema(ShiftPart)] | None,
        Field(description="start: shows what the shift before left open. end: asks for the hand-over note."),
    ] = None

    def misfits(self) -> list[Misfit]:
        """Two ways to open or two kinds of date, or none; and what belongs to one way to open only."""
        named = {name for name in self.model_fields_set if getattr(self, name) is not None}
        written = {type(self).model_fields[name].alias or name for name in named}
        return [*self._openings(written), *self._dates(written), *self._beside_trigger(written)]

    def _openings(self, written: set[str]) -> list[Misfit]:
        found: list[Misfit] = []
        ways = [key for key in WAYS_TO_OPEN if key in written]
        if not ways:
            found.append(((), "it is not said when this opens", "write opens: open - 45m, or every: 2h"))
        if len(ways) > 1:
            found.append(((ways[1],), f"{ways[0]} and {ways[1]} both say when this opens", "keep one of the two"))
        lone = [key for key in ("from", "until") if key in written and not {"every", "trigger"} & written]
        mend = "write every: 2h, or remove it"
        return found + [((key,), f"{key} has a meaning only beside every", mend) for key in lone]

    def _dates(self, written: set[str]) -> list[Misfit]:
        ways = [key for key in WAYS_TO_DATE if key in written]
        if len(ways) > 1:
            wrong = f"{ways[0]} and {ways[1]} both say on which days"
            return [((ways[1],), wrong, "keep one of the two, or write two checklists")]
        if not ways and self.when_closed is not WhenClosed.SKIP and "trigger" not in written:
            wrong = "a checklist of every day has nowhere to move: the day beside has its own"
            return [(("when_closed",), wrong, "write days: or monthly: beside it, or remove it")]
        return []

    def _beside_trigger(self, written: set[str]) -> list[Misfit]:
        if self.trigger is None:
            return []
        mend = "remove it, or write opens: in place of trigger:"
        beside = [key for key in _NOT_BESIDE_TRIGGER if key in written]
        found: list[Misfit] = [
            ((key,), f"{key} has no meaning beside trigger: it opens whenever that happens", mend) for key in beside
        ]
        if not isinstance(self.due, timedelta):
            wrong = "what a trigger opens is due some time after it, not at a moment of the day"
            found.append((("due",), wrong, "write a span after opening like 30m"))
        return found
