"""The shapes of pharmacy.yaml: sites, people, the roster, escalation policies."""

from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field

from shiftbot.definitions.closed_days import check_code, worked_day
from shiftbot.definitions.means import why_unusable
from shiftbot.definitions.names import Id, Text, Words, as_list, slack_parser, text_schema, word_parser, words_schema
from shiftbot.definitions.reach import YEAR, QuietHours, Retention
from shiftbot.definitions.shapes.sensors import UnitShape
from shiftbot.definitions.shapes.shape import Degrees, Misfit, RoleWord, Shape, mistaken_at
from shiftbot.definitions.times import Clock, Date, Days, End, Hours, Instant, LastingSpan, Span, Zone
from shiftbot.domain.alert import Only


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


class ClosedShape(Shape):
    """Days on which a site stays closed: public holidays by code, further dates, and holidays it works on."""

    holidays: Annotated[str | None, Field(examples=["US-NY", "US"], description="Country, or country-region.")] = None
    also: tuple[Date, ...] = ()
    open_anyway: Annotated[tuple[Text, ...], Field(description="Holidays worked on, by name or date.")] = ()

    def misfits(self) -> list[Misfit]:
        """A code nobody knows the holidays of, and holidays that are none there."""
        found = mistaken_at(("holidays",), lambda: check_code(self.holidays) if self.holidays else None)
        for place, name in enumerate([] if found else self.open_anyway):
            found += mistaken_at(("open_anyway", place), partial(worked_day, self.holidays, name))
        return found


class ControlledShape(Shape):
    """One drug under a controlled count, by strength and form."""

    id: Id
    name: Text


class PlaceShape(Shape):
    """A register or a mailbox, to be asked about by name."""

    id: Id
    name: Text


class Signing(StrEnum):
    """What a signature asks for: the printed name, or the signer's PIN as well."""

    NAME = "name"
    PIN = "pin"


class FollowUpsShape(Shape):
    """When a follow-up is due that nobody gave another time, and how long after that it becomes an alert."""

    within: LastingSpan = timedelta(days=1)
    escalate_after: Span = timedelta(hours=2)


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
    checklists: tuple[Id, ...] = ()
    fallback: Annotated[Id, Field(description="Who is told when nobody is on duty.")]
    controlled: tuple[ControlledShape, ...] = ()
    summary: Annotated[Instant | None, Field(description="When the day's summary goes out.")] = None
    registers: tuple[PlaceShape, ...] = ()
    mailboxes: Annotated[tuple[PlaceShape, ...], Field(description="Voicemail boxes.")] = ()
    photos: Annotated[bool, Field(description="Whether photos are taken; they leave the pharmacy for Slack.")] = False
    signing: Annotated[Signing, word_parser(Signing), words_schema(Signing)] = Signing.NAME
    policy: Annotated[Id, Field(description="The state policy that says whose a task is.")] = "us-default"
    follow_ups: Annotated[FollowUpsShape, Field(default_factory=FollowUpsShape)]
    keep: Annotated[Retention, Field(description="How long raw readings are kept.")] = 3 * YEAR
    sign_on: Annotated[bool, Field(description="Whether the pharmacist signs on at the start of a shift.")] = False
    relief: Annotated[tuple[Id, ...], Field(description="Sites whose pharmacist on duty stands in here.")] = ()
    area_manager: Annotated[Id | None, Field(description="Who is over the managers of this site.")] = None
    duty_group: Annotated[Group | None, Field(description="A user group that holds who is on duty.")] = None


class PersonShape(Shape):
    """Somebody shiftbot knows."""

    id: Id
    name: Text
    slack: User
    roles: Annotated[tuple[RoleWord, ...], Field(min_length=1)]
    reach: Annotated[tuple[Text, ...], Field(description="Further means after Slack, as Apprise URLs, in order.")] = ()
    quiet: Annotated[QuietHours | None, Field(description="Hours in which only what is critical is told.")] = None

    def misfits(self) -> list[Misfit]:
        """Means that Apprise cannot use; what is said of them never holds their secrets."""
        judged = ((place, why_unusable(url)) for place, url in enumerate(self.reach))
        return [(("reach", place), *why) for place, why in judged if why is not None]


class RosterShape(Shape):
    """Who works where and when (duty is a pharmacist's); ending not after it starts means ending on the next day."""

    site: Id
    person: Id
    days: Days
    since: Annotated[Clock, Field(alias="from")]
    to: End


class CalendarShape(Shape):
    """A calendar file or address that says who is on duty at a site; `people`: what an event says → a person's id."""

    site: Id
    ics: Text
    people: Annotated[dict[Text, Id], Field(default_factory=dict)]

    def misfits(self) -> list[Misfit]:
        """An address that is not fetched."""
        if "://" in self.ics and not self.ics.startswith(("https://", "http://", "webcal://")):
            return [(("ics",), f'"{self.ics}" is no address of a calendar', "write https://… or the name of a file")]
        return []


OnlyWord = Annotated[Only, word_parser(Only), words_schema(Only)]


class StepShape(Shape):
    """Wait `after`, then tell."""

    tell: Words
    after: Span = timedelta(0)
    repeat: LastingSpan | None = None
    only: Annotated[tuple[OnlyWord, ...], BeforeValidator(as_list), Field(description="When it is taken.")] = ()

    def misfits(self) -> list[Misfit]:
        """A repetition that would flood people."""
        if self.repeat is not None and self.repeat < timedelta(minutes=1):
            return [(("repeat",), "repeating more often than once a minute floods people", "write 5m or more")]
        return []


Steps = Annotated[tuple[StepShape, ...], Field(min_length=1)]


class GroupsShape(Shape):
    """A Slack user group may stand for a role."""

    groups: Annotated[dict[RoleWord, Group], Field(default_factory=dict)]


class TeamsShape(Shape):
    """People who are told together, by the id of their team."""

    teams: Annotated[dict[Id, tuple[Id, ...]], Field(default_factory=dict)]


class PharmacyFile(GroupsShape, TeamsShape):
    """pharmacy.yaml: sites, people, who is on duty, who is told next."""

    sites: Annotated[tuple[SiteShape, ...], Field(min_length=1)]
    people: Annotated[tuple[PersonShape, ...], Field(min_length=1)]
    roster: tuple[RosterShape | CalendarShape, ...] = ()
    escalation: Annotated[dict[Id, Steps], Field(default_factory=dict)]
    units: tuple[UnitShape, ...] = ()
