"""The pharmacy as its people define it: sites, people, storage units, controlled items, and all of them together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from shiftbot.domain.alert import Policy
from shiftbot.domain.checklist import Checklist, Role
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.recurrence import Moment

Key = TypeVar("Key")
Value = TypeVar("Value")


class TemperatureUnit(StrEnum):
    """The unit a site's limits are written in; limits are never converted by rounding (domain.md §1.1)."""

    CELSIUS = "C"
    FAHRENHEIT = "F"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody shiftbot knows. `reach` are further means after Slack, as Apprise URLs, in order."""

    id: str
    name: str
    slack: str
    roles: frozenset[Role]
    reach: tuple[str, ...] = ()
    quiet: tuple[time, time] | None = None
    """Local hours in which only what is critical is told; the end may lie on the next day."""


@dataclass(frozen=True, slots=True)
class RosterRule:
    """`person` is on duty at `site` between two local times on `weekdays` (0 = Monday).

    When `until` is not after `start`, the shift ends on the next day.
    """

    site: str
    person: str
    weekdays: frozenset[int]
    start: time
    until: time


@dataclass(frozen=True, slots=True)
class RosterCalendar:
    """An .ics file or URL that says who is on duty at `site`; `people` maps what its events say to people's ids.

    Without a mapping an event means whoever its summary or attendee names, by id, name or e-mail.
    """

    site: str
    source: str
    people: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatedShift:
    """`person` is on duty at `site` from `starts_at` to before `ends_at`, in UTC, as a calendar (`source`) says."""

    site: str
    person: str
    starts_at: datetime
    ends_at: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class DutyChange:
    """What stands against the roster of `site` from `starts_at` to before `ends_at`, as people agreed in Slack.

    `person` in the place of `instead_of`; with nobody instead, `person` comes first, before all others; with no
    `person`, `instead_of` is absent.
    """

    id: int
    site: str
    person: str | None
    instead_of: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Controlled:
    """One drug under a controlled count, named by strength and form; never with anything about a patient."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A register or a mailbox of a site, to be asked about by name."""

    id: str
    name: str


class Probe(StrEnum):
    """What a sensor's probe is in: air shows every opening of the door, a buffer (glycol, beads) what vaccine feels."""

    AIR = "air"
    BUFFERED = "buffered"


@dataclass(frozen=True, slots=True)
class Override:
    """Why limits or delays are looser than the rules for vaccine: who answers for it, the reason, the day."""

    by: str
    reason: str
    on: date


@dataclass(frozen=True, slots=True)
class StorageClass:
    """What a kind of unit must hold: limits (inclusive, in each unit as printed, never converted), delays, hysteresis.

    `low`/`high` map a temperature unit to the limit; `None` means no limit on that side. Defaults are domain.md §1.5.
    What is empty, `None` or 0 by default is off: warnings, cumulative time, changes too fast to be true, values that
    stand still, flapping, mean kinetic temperature.
    """

    id: str
    name: str
    low: Mapping[TemperatureUnit, float | None]
    high: Mapping[TemperatureUnit, float | None]
    alarm_delay: timedelta = timedelta(minutes=15)
    critical_low: Mapping[TemperatureUnit, float | None] = field(default_factory=dict)
    critical_high: Mapping[TemperatureUnit, float | None] = field(default_factory=dict)
    critical_after: timedelta = timedelta(minutes=60)
    clear_inside: Mapping[TemperatureUnit, float] = field(default_factory=dict)
    clear_after: timedelta = timedelta(minutes=10)
    warn_low: Mapping[TemperatureUnit, float | None] = field(default_factory=dict)
    warn_high: Mapping[TemperatureUnit, float | None] = field(default_factory=dict)
    warn_after: timedelta = timedelta(minutes=10)
    critical_delay: timedelta = timedelta(0)
    """How long a critical temperature must last to be critical; 0 is at once."""
    cumulative_hot: timedelta | None = None
    cumulative_cold: timedelta | None = None
    cumulative_within: timedelta = timedelta(hours=72)
    max_gap: timedelta = timedelta(minutes=30)
    """The largest gap between two readings out of range that still adds up."""
    rate: Mapping[TemperatureUnit, float] = field(default_factory=dict)
    """The fastest change in degrees a minute that a probe can make."""
    stuck_after: timedelta | None = None
    flaps: int = 0
    """So many excursions that begin within `flaps_within` are flapping: one alert, not many."""
    flaps_within: timedelta = timedelta(hours=1)
    mkt_window: timedelta | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Sensor:
    """Where a unit's readings come from: MQTT topic, format name, the interval it promises."""

    topic: str
    format: str = "plain"
    every: timedelta = timedelta(minutes=5)
    unit: TemperatureUnit = TemperatureUnit.CELSIUS
    path: str = ""
    """Where the temperature stands in the JSON, for the formats `json-path` and `home-assistant`: `data.temp` or
    `$.sensors[0].value`.
    """
    time_path: str = ""
    battery_path: str = ""
    probe: str = ""
    """Which probe of a device that has several, by the id its messages give: `01131B123456`, `100`."""
    metric: str = "temperature"
    """What it measures; another one than the temperature is kept and shown, and not judged."""
    paired_by: str = ""
    """Who paired it with its unit; nobody did when the definitions name it."""
    gateway: str = ""
    """The gateway it speaks through: when several are silent at once, it is one alert and not many."""


@dataclass(frozen=True, slots=True)
class StorageUnit:
    """A fridge or freezer of a site, with its class and sensor (a unit may have none: then people read it)."""

    id: str
    site: str
    name: str
    storage_class: StorageClass
    sensor: Sensor | None = None
    calibration_certificate: str | None = None
    calibration_due: date | None = None
    escalation: str = "standard"
    probe: Probe | None = None
    also: tuple[Sensor, ...] = ()
    """What else is measured there by sensors of their own, such as whether the door is open."""


@dataclass(frozen=True, slots=True)
class Site:
    """One pharmacy."""

    id: str
    name: str
    calendar: SiteCalendar
    temperature_unit: TemperatureUnit
    channel: str
    setting: str
    checklists: tuple[str, ...]
    fallback: str
    controlled: tuple[Controlled, ...] = ()
    summary: Moment | None = None
    """When the day's summary goes to the managers; `None` means an hour after closing."""
    registers: tuple[Place, ...] = ()
    mailboxes: tuple[Place, ...] = ()
    gates: Mapping[str, Role] = field(default_factory=dict)
    """Whose a task is by the state policy the site names (checklists/policy/)."""
    photos: bool = False
    """Whether photos are taken at all; they leave the pharmacy for Slack."""
    pin: bool = False
    """Whether a signature asks for the signer's PIN."""
    follow_up_within: timedelta = timedelta(days=1)
    """When a follow-up is due that nobody gave another time."""
    follow_up_grace: timedelta = timedelta(hours=2)
    """How long after it was due an open follow-up becomes an alert."""
    keep_readings: timedelta = timedelta(days=3 * 366)
    """How long raw readings are kept; roll-ups and the record stay for ever (domain.md §1: three years)."""
    sign_on: bool = False
    """Whether the pharmacist signs on at the start of a shift; nobody signed on at opening is then a miss."""
    relief: tuple[str, ...] = ()
    """Sites whose pharmacist on duty stands in when nobody is on duty here, in order, before the fallback."""
    area_manager: str | None = None
    """Who is over the managers of this site."""
    duty_group: str | None = None
    """A Slack user group that always holds who is on duty here."""


@dataclass(frozen=True)
class Pharmacy:
    """Everything that was defined, valid as a whole. `digest` changes when any of it does."""

    # Without slots, so that what is asked for again and again is sorted once: a chain has tens of thousands of units.
    sites: Mapping[str, Site]
    people: Mapping[str, Person]
    groups: Mapping[Role, str]
    roster: tuple[RosterRule, ...]
    policies: Mapping[str, Policy]
    checklists: Mapping[str, Checklist]
    units: Mapping[str, StorageUnit]
    digest: str
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Teams by their ids, to be told together: the people of each, in order."""
    calendars: tuple[RosterCalendar, ...] = ()
    dated_shifts: tuple[DatedShift, ...] = ()
    """What the calendars say, as last read well; laid over the definitions where they are looked up."""
    duty_changes: tuple[DutyChange, ...] = ()
    """What stands against the roster, the oldest first; laid over the definitions where they are looked up."""

    def person_by_slack(self, slack_id: str) -> Person | None:
        """Whom a Slack user id belongs to, or nobody."""
        return self._person_by_slack.get(slack_id)

    def site_by_channel(self, channel: str) -> Site | None:
        """Which site a Slack channel belongs to, or none."""
        return self._site_by_channel.get(channel)

    def units_of(self, site_id: str) -> tuple[StorageUnit, ...]:
        """The storage units of one site, in the order they were written."""
        return self._units_by_site.get(site_id, ())

    def roster_of(self, site_id: str) -> tuple[RosterRule, ...]:
        """The roster of one site, in the order it was written."""
        return self._roster_by_site.get(site_id, ())

    def people_with(self, role: Role) -> tuple[Person, ...]:
        """Everybody with a role, in the order they were written."""
        return self._people_by_role.get(role, ())

    @cached_property
    def _person_by_slack(self) -> Mapping[str, Person]:
        return {person.slack: person for person in self.people.values()}

    @cached_property
    def _site_by_channel(self) -> Mapping[str, Site]:
        return {site.channel: site for site in self.sites.values()}

    @cached_property
    def _units_by_site(self) -> Mapping[str, tuple[StorageUnit, ...]]:
        return _grouped((unit.site, unit) for unit in self.units.values())

    @cached_property
    def _roster_by_site(self) -> Mapping[str, tuple[RosterRule, ...]]:
        return _grouped((rule.site, rule) for rule in self.roster)

    def dated_shifts_of(self, site_id: str) -> tuple[DatedShift, ...]:
        """What the calendars of one site say."""
        return self._dated_by_site.get(site_id, ())

    def duty_changes_of(self, site_id: str) -> tuple[DutyChange, ...]:
        """What stands against the roster of one site, the oldest first."""
        return self._changes_by_site.get(site_id, ())

    @cached_property
    def _dated_by_site(self) -> Mapping[str, tuple[DatedShift, ...]]:
        return _grouped((shift.site, shift) for shift in self.dated_shifts)

    @cached_property
    def _changes_by_site(self) -> Mapping[str, tuple[DutyChange, ...]]:
        return _grouped((change.site, change) for change in self.duty_changes)

    @cached_property
    def _people_by_role(self) -> Mapping[Role, tuple[Person, ...]]:
        return _grouped((role, person) for person in self.people.values() for role in person.roles)


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> Mapping[Key, tuple[Value, ...]]:
    groups: dict[Key, list[Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}
