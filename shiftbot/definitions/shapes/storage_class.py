"""The shape of a storage class: limits in each unit as printed, a delay for each tier, and how loose vaccine may be."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from shiftbot.definitions.names import Id, Number, Text
from shiftbot.definitions.shapes.shape import Misfit, Shape
from shiftbot.definitions.times import Date, LastingSpan, Span

LONGEST_ALARM_DELAY = timedelta(minutes=60)
"""No longer without a written reason (domain.md §1.5)."""

VACCINE_RANGES = {
    "vaccine-refrigerator": {"C": (2.0, 8.0), "F": (36.0, 46.0)},
    "vaccine-freezer": {"C": (-50.0, -15.0), "F": (-58.0, 5.0)},
    "ultra-cold": {"C": (-90.0, -60.0), "F": (-130.0, -76.0)},
}
"""What vaccine may be kept at, as CDC prints it (domain.md §1.1): wider only with an `override`."""

NEEDS_OVERRIDE = "or say who answers for it and why: override: { by: morgan, reason: …, on: 2026-11-23 }"


class ByDegrees(Shape):
    """One limit in each unit, as printed; never converted."""

    celsius: Annotated[Number | None, Field(alias="C")] = None
    fahrenheit: Annotated[Number | None, Field(alias="F")] = None

    def misfits(self) -> list[Misfit]:
        """No limit at all."""
        nothing = self.celsius is None and self.fahrenheit is None
        return [((), "there is no limit here", "write for example { C: 8, F: 46 }, or remove it")] if nothing else []


class CriticalShape(Shape):
    """Limits at and beyond which it is critical, and after how long out of range it becomes so."""

    low: ByDegrees | None = None
    high: ByDegrees | None = None
    delay: Annotated[Span, Field(description="How long a critical temperature must last; at once by default.")] = (
        timedelta(0)
    )
    after: LastingSpan = timedelta(minutes=60)


class ClearShape(Shape):
    """How far inside the range, and for how long, before an excursion is over."""

    inside: ByDegrees | None = None
    after: Span = timedelta(minutes=10)


class WarnShape(Shape):
    """Near a limit for so long: said in the channel only."""

    low: ByDegrees | None = None
    high: ByDegrees | None = None
    after: Span = timedelta(minutes=10)


class CumulativeShape(Shape):
    """Time out of range that is told though each stretch of it was short."""

    hot: LastingSpan | None = None
    cold: LastingSpan | None = None
    within: LastingSpan = timedelta(hours=72)


class FlappingShape(Shape):
    """So many excursions within a time are one alert, not many; `times: 0` is never."""

    times: Annotated[int, Field(ge=0, le=100)] = 4
    within: LastingSpan = timedelta(hours=1)


class OverrideShape(Shape):
    """Why limits or delays are looser than the rules: it goes on the record."""

    by: Id
    reason: Text
    on: Date


class StorageClassShape(Shape):
    """What a kind of unit must hold. Limits are inclusive: a reading equal to one is in range."""

    id: Id
    name: Text
    low: ByDegrees | None = None
    high: ByDegrees | None = None
    alarm_delay: Span = timedelta(minutes=15)
    delay_reason: Annotated[Text | None, Field(description="Needed for an alarm delay above 60m.")] = None
    warn: Annotated[WarnShape, Field(default_factory=WarnShape)]
    critical: Annotated[CriticalShape, Field(default_factory=CriticalShape)]
    clear: Annotated[ClearShape, Field(default_factory=ClearShape)]
    cumulative: Annotated[CumulativeShape, Field(default_factory=CumulativeShape)]
    max_gap: Annotated[
        LastingSpan, Field(description="The largest gap between two readings out of range that still adds up.")
    ] = timedelta(minutes=30)
    rate: Annotated[
        ByDegrees, Field(description="The fastest change in degrees a minute; a faster one is in doubt.")
    ] = ByDegrees.model_validate({"C": 20, "F": 36})
    stuck_after: Annotated[
        LastingSpan | None, Field(description="The same to the last digit for so long: the sensor stands still.")
    ] = None
    flapping: Annotated[FlappingShape, Field(default_factory=FlappingShape)]
    mkt: Annotated[
        LastingSpan | None, Field(description="The window of the mean kinetic temperature: 24h cold, 30d room.")
    ] = None
    override: Annotated[
        OverrideShape | None, Field(description="Needed where vaccine may get warmer, colder or later noticed.")
    ] = None

    def misfits(self) -> list[Misfit]:
        """Limits that leave no room, a delay nobody gave a reason for, vaccine that nobody answers for."""
        found: list[Misfit] = []
        if self.low is None and self.high is None:
            found.append(((), "this class has no limit at all", "write low: { C: 2, F: 36 } or high: { C: 8, F: 46 }"))
        if self.low and self.high:
            pairs = ((self.low.celsius, self.high.celsius), (self.low.fahrenheit, self.high.fahrenheit))
            if any(low is not None and high is not None and low >= high for low, high in pairs):
                found.append((("low",), "the low limit is not below the high one", "exchange or mend the two"))
        if self.alarm_delay > LONGEST_ALARM_DELAY and self.delay_reason is None and self.override is None:
            mend = 'write 60m or less, or say why: delay_reason: "…"'
            found.append((("alarm_delay",), "an alarm delay above 60m needs a reason", mend))
        kind = self._vaccine_kind()
        if kind is not None and self.override is None:
            found += [*self._loosened_limits(kind), *self._loosened_delays()]
        return found

    def _vaccine_kind(self) -> str | None:
        """Whose range this class must keep: a class of another id is for vaccine, too, when it calls itself so."""
        called = f"{self.id} {self.name}".lower()
        if self.id in VACCINE_RANGES or "vaccin" not in called:
            return self.id if self.id in VACCINE_RANGES else None
        if "ultra" in called:
            return "ultra-cold"
        return "vaccine-freezer" if "freez" in called else "vaccine-refrigerator"

    def _loosened_limits(self, kind: str) -> Iterator[Misfit]:
        for letter, (lowest, highest) in VACCINE_RANGES[kind].items():
            low, high = (_of(limit, letter) for limit in (self.low, self.high))
            if self.low is not None and low is not None and low < lowest:
                wrong = f"{low:g} °{letter} is colder than vaccine may be"
                yield ("low", letter), wrong, f"write {lowest:g} or more, {NEEDS_OVERRIDE}"
            if self.high is not None and high is not None and high > highest:
                wrong = f"{high:g} °{letter} is warmer than vaccine may be"
                yield ("high", letter), wrong, f"write {highest:g} or less, {NEEDS_OVERRIDE}"
        for place, (name, limit) in enumerate((("low", self.low), ("high", self.high))):
            if limit is None:
                celsius, fahrenheit = (VACCINE_RANGES[kind][letter][place] for letter in "CF")
                mend = f"write {name}: {{ C: {celsius:g}, F: {fahrenheit:g} }}"
                yield (), f"vaccine needs a {name} limit", mend

    def _loosened_delays(self) -> Iterator[Misfit]:
        delays = (
            (("alarm_delay",), self.alarm_delay if self.delay_reason else timedelta(0)),
            (("critical", "delay"), self.critical.delay),
            (("critical", "after"), self.critical.after),
        )
        for at, delay in delays:
            if delay > LONGEST_ALARM_DELAY:
                yield at, "vaccine waits for no longer than 60m", f"write 60m or less, {NEEDS_OVERRIDE}"


def _of(limit: ByDegrees | None, letter: str) -> float | None:
    if limit is None:
        return None
    return limit.celsius if letter == "C" else limit.fahrenheit
