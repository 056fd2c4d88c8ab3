"""The shape of each thing a pharmacy writes: its keys, which of them are needed, and what fits within one thing.

What must fit between things (ids, references, hours against due times) is checked in `checks`. The field names are the
contract of design.md §6: keys may be added, none renamed.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from shiftbot.definitions.closed_days import check_code, worked_day
from shiftbot.definitions.mistakes import Location
from shiftbot.definitions.scalars import (
    Clock,
    Date,
    Days,
    Due,
    End,
    Hours,
    Id,
    Instant,
    Interval,
    JsonPath,
    LastingSpan,
    Lines,
    Mistaken,
    Number,
    Openings,
    Reminder,
    Span,
    Text,
    Words,
    Zone,
    parse_range,
    slack_parser,
    text_schema,
    word_parser,
    words_schema,
)
from shiftbot.domain.checklist import ForEach, ItemKind, OnFail, Role
from shiftbot.domain.site import TemperatureUnit


class Setting(StrEnum):
    """What sort of pharmacy a site is."""

    RETAIL = "retail"
    HOSPITAL = "hospital"
    LONG_TERM_CARE = "long-term-care"
    MAIL_ORDER = "mail-order"
    COMPOUNDING = "compounding"
    SPECIALTY = "specialty"
    CLINIC = "clinic"


Channel = Annotated[
    str,
    slack_parser("CG", "channel", "C0HILLTOP", "in Slack: the channel's details, at the bottom"),
    text_schema("^[CG][A-Z0-9]{2,}$", "C0HILLTOP"),
]
User = Annotated[
    str,
    slack_parser("UW", "person", "U0AMIRA", "in Slack: profile, three dots, Copy member ID"),
    text_schema("^[UW][A-Z0-9]{2,}$", "U0AMIRA"),
]
Group = Annotated[
    str,
    slack_parser("S", "user group", "S0TECHS", "in Slack: People, User groups, Copy group ID"),
    text_schema("^S[A-Z0-9]{2,}$", "S0TECHS"),
]
RoleWord = Annotated[Role, word_parser(Role), words_schema(Role)]
Degrees = Annotated[TemperatureUnit, word_parser(TemperatureUnit), words_schema(TemperatureUnit)]
Kind = Annotated[ItemKind, word_parser(ItemKind), words_schema(ItemKind)]
Failing = Annotated[OnFail, word_parser(OnFail), words_schema(OnFail)]
Each = Annotated[ForEach, word_parser(ForEach), words_schema(ForEach)]
Limits = Annotated[
    tuple[float | None, float | None], PlainValidator(parse_range), Field(examples=[[36, 46], [0, None]])
]

NUMERIC = (ItemKind.NUMBER, ItemKind.TEMPERATURE, ItemKind.MIN_MAX, ItemKind.COUNT)
OF_SENSORS = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)
LONGEST_ALARM_DELAY = timedelta(minutes=60)
"""No longer without a written reason (domain.md §1.5)."""

LONGEST_INTERVAL = timedelta(minutes=30)
"""How seldom a logger may read (CDC, California, Michigan; domain.md §1.2)."""

JSON_PATH = "json-path"
"""The built-in format whose sensors say themselves where the temperature is."""

Misfit = tuple[Location, str, str]
"""Where within the shape, what is wrong, what to write instead."""


class Misfits(ValueError):
    """Keys that are right each alone, but not together."""

    def __init__(self, misfits: list[Misfit]) -> None:
        super().__init__("; ".join(f"{wrong}; {mend}" for _, wrong, mend in misfits))
        self.misfits = misfits


class Shape(BaseModel):
    """Unknown keys are mistakes; nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def misfits(self) -> list[Misfit]:
        """What does not fit together within this shape."""
        return []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if misfits := self.misfits():
            raise Misfits(misfits)
        return self


def _mistaken(at: Location, look: Callable[[], object]) -> list[Misfit]:
    try:
        look()
    except Mistaken as error:
        return [(at, error.wrong, error.mend)]
    return []


class ClosedShape(Shape):
    """Days on which a site stays closed: public holidays by code, further dates, and holidays it works on."""

    holidays: Annotated[str | None, Field(examples=["US-NY", "US"], description="Country, or country-region.")] = None
    also: list[Date] = []
    open_anyway: Annotated[list[Text], Field(description="Holidays worked on, by name or date.")] = []

    def misfits(self) -> list[Misfit]:
        """A code nobody knows the holidays of, and holidays that are none there."""
        found = _mistaken(("holidays",), lambda: check_code(self.holidays) if self.holidays else None)
        for place, name in enumerate([] if found else self.open_anyway):
            found += _mistaken(("open_anyway", place), partial(worked_day, self.holidays, name))
        return found


class ControlledShape(Shape):
    """One drug under a controlled count, by strength and form."""

    id: Id
    name: Text


class SiteShape(Shape):
    """One pharmacy."""

    id: Id
    name: Text
    timezone: Zone
    temperature_unit: Degrees
    channel: Channel
    hours: Annotated[dict[Days, Hours], Field(description="A day that is not named is closed.")]
    closed: Annotated[ClosedShape, Field(default_factory=ClosedShape)]
    setting: Annotated[Setting, word_parser(Setting), words_schema(Setting)] = Setting.RETAIL
    checklists: list[Id] = []
    fallback: Annotated[Id, Field(description="Who is told when nobody is on duty.")]
    controlled: list[ControlledShape] = []
    summary: Annotated[Instant | None, Field(description="When the day's summary goes out.")] = None


class PersonShape(Shape):
    """Somebody shiftbot knows."""

    id: Id
    name: Text
    slack: User
    roles: Annotated[list[RoleWord], Field(min_length=1)]
    reach: Annotated[list[Text], Field(description="Further means after Slack, as Apprise URLs, in order.")] = []

    def misfits(self) -> list[Misfit]:
        """Means that are no URL."""
        mend = "write an Apprise URL, for example mailto://user:password@example.org"
        return [
            (("reach", place), f'"{url}" is no way to reach somebody', mend)
            for place, url in enumerate(self.reach)
            if "://" not in url
        ]


class RosterShape(Shape):
    """Who is on duty where and when; ending not after it starts means ending on the next day."""

    site: Id
    person: Id
    days: Days
    since: Annotated[Clock, Field(alias="from")]
    to: End


class StepShape(Shape):
    """Wait `after`, then tell."""

    tell: Words
    after: Span = timedelta(0)
    repeat: LastingSpan | None = None

    def misfits(self) -> list[Misfit]:
        """A repetition that would flood people."""
        if self.repeat is not None and self.repeat < timedelta(minutes=1):
            return [(("repeat",), "repeating more often than once a minute floods people", "write 5m or more")]
        return []


class ItemShape(Shape):
    """One thing to answer."""

    id: Id
    title: Text
    kind: Kind = ItemKind.TICK
    role: RoleWord = Role.TECHNICIAN
    required: bool = True
    on_fail: Failing = OnFail.NOTHING
    for_each: Each | None = None
    from_sensor: bool = False
    options: list[Text] = []
    limits: Annotated[Limits | None, Field(alias="range")] = None
    unit: Annotated[Text | None, Field(examples=["tablets"])] = None
    witness: RoleWord | None = None
    help: Lines | None = None
    words: Annotated[list[Text], Field(description="Further words a typed reply may name the item by.")] = []

    def misfits(self) -> list[Misfit]:
        """Keys that belong to another kind of item."""
        kind = self.kind
        rules: list[tuple[bool, str, str, str]] = [
            (
                kind is ItemKind.CHOICE and len(self.options) < 2,
                "options" if self.options else "kind",
                "a choice needs at least two options",
                'write options: ["Yes", "No"]',
            ),
            (
                kind is not ItemKind.CHOICE and bool(self.options),
                "options",
                f"options belong to a choice, and this is a {kind}",
                "write kind: choice, or remove the options",
            ),
            (
                kind not in NUMERIC and self.limits is not None,
                "range",
                f"a {kind} has no range",
                "write kind: number, or remove the range",
            ),
            (
                self.from_sensor and (kind not in OF_SENSORS or self.for_each is not ForEach.UNIT),
                "from_sensor",
                "only a temperature or min-max line of each unit is filled from sensors",
                "write kind: temperature and for_each: unit, or remove from_sensor",
            ),
        ]
        return [((key,), wrong, mend) for broken, key, wrong, mend in rules if broken]


class SectionShape(Shape):
    """A titled group of items."""

    title: Text
    items: Annotated[list[ItemShape], Field(min_length=1)]


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
    sections: Annotated[list[SectionShape], Field(min_length=1)]

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


class ByDegrees(Shape):
    """One limit in each unit, as printed; never converted."""

    celsius: Annotated[Number | None, Field(alias="C")] = None
    fahrenheit: Annotated[Number | None, Field(alias="F")] = None

    def misfits(self) -> list[Misfit]:
        """No limit at all."""
        nothing = self.celsius is None and self.fahrenheit is None
        return [((), "there is no limit here", "write for example { C: 8, F: 46 }, or remove it")] if nothing else []


class CriticalShape(Shape):
    """Limits at and beyond which it is critical at once, and after how long out of range it becomes so."""

    low: ByDegrees | None = None
    high: ByDegrees | None = None
    after: LastingSpan = timedelta(minutes=60)


class ClearShape(Shape):
    """How far inside the range, and for how long, before an excursion is over."""

    inside: ByDegrees | None = None
    after: Span = timedelta(minutes=10)


class StorageClassShape(Shape):
    """What a kind of unit must hold. Limits are inclusive: a reading equal to one is in range."""

    id: Id
    name: Text
    low: ByDegrees | None = None
    high: ByDegrees | None = None
    alarm_delay: Span = timedelta(minutes=15)
    delay_reason: Annotated[Text | None, Field(description="Needed for an alarm delay above 60m.")] = None
    critical: Annotated[CriticalShape, Field(default_factory=CriticalShape)]
    clear: Annotated[ClearShape, Field(default_factory=ClearShape)]

    def misfits(self) -> list[Misfit]:
        """Limits that leave no room, or a delay nobody gave a reason for."""
        found: list[Misfit] = []
        if self.low is None and self.high is None:
            found.append(((), "this class has no limit at all", "write low: { C: 2, F: 36 } or high: { C: 8, F: 46 }"))
        if self.low and self.high:
            pairs = ((self.low.celsius, self.high.celsius), (self.low.fahrenheit, self.high.fahrenheit))
            if any(low is not None and high is not None and low >= high for low, high in pairs):
                found.append((("low",), "the low limit is not below the high one", "exchange or mend the two"))
        if self.alarm_delay > LONGEST_ALARM_DELAY and self.delay_reason is None:
            mend = 'write 60m or less, or say why: delay_reason: "…"'
            found.append((("alarm_delay",), "an alarm delay above 60m needs a reason", mend))
        return found


class FormatShape(Shape):
    """What the messages of a kind of sensor look like; all but the built-in ones name a JSON path."""

    id: Id
    name: Text
    description: Lines | None = None
    topics: Annotated[list[Text], Field(description="What its topics look like, for people.")] = []
    path: Annotated[JsonPath | None, Field(description="The way to the temperature.")] = None
    unit: Degrees = TemperatureUnit.CELSIUS
    taken_at: Annotated[JsonPath | None, Field(description="The way to the device's time.")] = None
    battery: Annotated[JsonPath | None, Field(description="The way to the battery's percentage.")] = None


class SensorShape(Shape):
    """Where a unit's readings come from. The paths belong to the format json-path."""

    topic: Text
    format: Id = "plain"
    every: LastingSpan = timedelta(minutes=5)
    unit: Degrees = TemperatureUnit.CELSIUS
    path: JsonPath | None = None
    taken_at: JsonPath | None = None
    battery: JsonPath | None = None

    def misfits(self) -> list[Misfit]:
        """Topics nobody can publish to, intervals that keep no cold chain, paths that nobody follows."""
        found: list[Misfit] = []
        if any(sign in self.topic for sign in "+#") or self.topic.startswith(("/", "$")):
            mend = "write it without +, #, $ or a leading /"
            found.append((("topic",), f'"{self.topic}" is not the topic of one sensor', mend))
        if self.every > LONGEST_INTERVAL:
            found.append((("every",), "a logger must read at least every 30 minutes", "write 30m or less"))
        if self.format == JSON_PATH and self.path is None:
            found.append(((), "it is not said where in the JSON the temperature is", "write path: data.temp"))
        if self.format != JSON_PATH:
            keys = [key for key in ("path", "taken_at", "battery") if getattr(self, key) is not None]
            mend = f"write format: {JSON_PATH}, or remove it"
            found += [((key,), f"{key} belongs to the format {JSON_PATH}", mend) for key in keys]
        return found


class CalibrationShape(Shape):
    """The certificate of a logger, and when the next is due."""

    certificate: Text
    due: Date | None = None


class UnitShape(Shape):
    """One fridge or freezer."""

    id: Id
    site: Id
    name: Text
    storage_class: Annotated[Id, Field(alias="class")]
    sensor: SensorShape | None = None
    calibration: CalibrationShape | None = None
    escalation: Id = "standard"


class GroupsShape(Shape):
    """A Slack user group may stand for a role."""

    groups: dict[RoleWord, Group] = {}


class PharmacyFile(GroupsShape):
    """pharmacy.yaml: sites, people, who is on duty, who is told next."""

    sites: Annotated[list[SiteShape], Field(min_length=1)]
    people: Annotated[list[PersonShape], Field(min_length=1)]
    roster: list[RosterShape] = []
    escalation: dict[Id, Annotated[list[StepShape], Field(min_length=1)]] = {}
    units: list[UnitShape] = []


class SensorsFile(Shape):
    """A file in sensors/: storage units, and storage classes or message formats of the pharmacy's own."""

    units: list[UnitShape] = []
    classes: list[StorageClassShape] = []
    formats: list[FormatShape] = []
