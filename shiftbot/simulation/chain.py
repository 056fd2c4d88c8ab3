"""The chain that is simulated when nobody names a folder: up to three sites that differ in zone, hours and ladder.

One moves its clocks with New York, one with Berlin and never closes, one by half an hour. Knows nothing of faults.
"""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from shiftbot.domain.alert import Policy, Step
from shiftbot.domain.checklist import Checklist, ForEach, Item, ItemKind, Role, Section
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.recurrence import Anchor, Moment, Schedule
from shiftbot.domain.site import (
    Person,
    Pharmacy,
    RosterRule,
    Sensor,
    Site,
    StorageClass,
    StorageUnit,
    TemperatureUnit,
)

MOST_SITES = 3

PEOPLE = (
    Person("amira", "Amira Hassan", "U0AMIRA", frozenset({Role.PHARMACIST}), ("mailto://amira@example.org",)),
    Person("priya", "Priya Nair", "U0PRIYA", frozenset({Role.PHARMACIST})),
    Person("ben", "Ben Ortiz", "U0BEN", frozenset({Role.TECHNICIAN})),
    Person("morgan", "Morgan Lee", "U0MORGAN", frozenset({Role.MANAGER}), ("sms://example.org",)),
)

POLICIES = (
    Policy(
        "standard",
        (
            Step(("channel",)),
            Step(("on-duty-pharmacist",), timedelta(minutes=10)),
            Step(("on-duty-pharmacist", "backup-pharmacist"), timedelta(minutes=10)),
            Step(("manager",), timedelta(minutes=15), timedelta(minutes=30)),
        ),
    ),
    Policy(
        "short",
        (
            Step(("channel", "on-duty-pharmacist")),
            Step(("manager",), timedelta(minutes=15), timedelta(minutes=45)),
        ),
    ),
)

FRIDGE = StorageClass(
    id="vaccine-refrigerator",
    name="Vaccine refrigerator",
    low={TemperatureUnit.CELSIUS: 2.0, TemperatureUnit.FAHRENHEIT: 36.0},
    high={TemperatureUnit.CELSIUS: 8.0, TemperatureUnit.FAHRENHEIT: 46.0},
    critical_low={TemperatureUnit.CELSIUS: 0.0, TemperatureUnit.FAHRENHEIT: 32.0},
    critical_high={TemperatureUnit.CELSIUS: 12.0, TemperatureUnit.FAHRENHEIT: 53.6},
    clear_inside={TemperatureUnit.CELSIUS: 0.3, TemperatureUnit.FAHRENHEIT: 0.5},
)

_OPENING = Checklist(
    id="opening",
    title="Opening checklist",
    schedule=Schedule((Moment(Anchor.OPEN, -timedelta(minutes=40)),), Moment(Anchor.OPEN), timedelta(minutes=10)),
    sections=(
        Section(
            "Front",
            (
                Item("lights", "Lights and computers on"),
                Item("notes", "Hand-over note read", required=False),
                Item("fridge", "Confirm the temperature", kind=ItemKind.TEMPERATURE, for_each=ForEach.UNIT),
                Item("alarm", "Alarm disarmed and cabinet intact", role=Role.PHARMACIST),
            ),
        ),
    ),
)
_CLOSING = Checklist(
    id="closing",
    title="Closing checklist",
    schedule=Schedule(
        (Moment(Anchor.CLOSE, -timedelta(minutes=30)),),
        Moment(Anchor.CLOSE, timedelta(minutes=30)),
        timedelta(minutes=10),
    ),
    sections=(Section("Close", (Item("bins", "Bins cleared"), Item("locked", "Cabinet locked"))),),
    escalation="short",
)
_NIGHT = Checklist(
    id="night",
    title="Night round",
    schedule=Schedule((Moment(Anchor.CLOCK, at=time(2, 30)),), timedelta(minutes=30), timedelta(minutes=30)),
    sections=(Section("Night", (Item("round", "Round made"), Item("doors", "Doors closed"))),),
)
_NOON = Checklist(
    id="noon",
    title="Midday checklist",
    schedule=Schedule((Moment(Anchor.CLOCK, at=time(12)),), timedelta(hours=1), timedelta(minutes=30)),
    sections=(Section("Midday", (Item("queue", "Queue looked through"),)),),
    escalation="short",
)

_RETAIL = {day: (time(8), time(20)) for day in range(5)} | {5: (time(9), time(17))}
_ALWAYS = {day: (time(0), time(0)) for day in range(7)}
_SITES = (
    ("hilltop-main", "Hilltop Pharmacy, Main Street", "America/New_York", _RETAIL, ("opening", "closing")),
    ("hilltop-north", "Hilltop Pharmacy, North Street", "Europe/Berlin", _ALWAYS, ("night", "noon")),
    ("hilltop-harbor", "Hilltop Pharmacy, Harbor Street", "Australia/Lord_Howe", _RETAIL, ("opening", "closing")),
)
_CHANNELS = ("C0HILLTOP", "C0NORTH", "C0HARBOR")
_UNITS = (TemperatureUnit.FAHRENHEIT, TemperatureUnit.CELSIUS, TemperatureUnit.CELSIUS)

_HOLIDAYS = frozenset(date(year, month, day) for year in range(2020, 2060) for month, day in ((1, 1), (7, 4), (12, 25)))


def chain(sites: int, every: timedelta) -> Pharmacy:
    """So many sites of it; every sensor promises a reading `every` so often."""
    chosen = [_site(place) for place in range(min(sites, MOST_SITES))]
    units = [
        StorageUnit(f"{site.id}-{name}", site.id, f"{name.capitalize()} fridge", FRIDGE,
                    Sensor(f"{site.id}/{name}", every=every, unit=site.temperature_unit))
        for site in chosen for name in ("vaccine", "insulin")
    ]  # fmt: skip
    checklists = (_OPENING, _CLOSING, _NIGHT, _NOON)
    return Pharmacy(
        sites={site.id: site for site in chosen},
        people={person.id: person for person in PEOPLE},
        groups={},
        roster=tuple(rule for site in chosen for rule in _roster(site.id)),
        policies={policy.name: policy for policy in POLICIES},
        checklists={checklist.id: checklist for checklist in checklists},
        units={unit.id: unit for unit in units},
        digest=f"simulated {sites} {every}",
    )


def _site(place: int) -> Site:
    site_id, name, zone, hours, checklists = _SITES[place]
    closed_on = frozenset[date]() if hours is _ALWAYS else _HOLIDAYS
    return Site(
        id=site_id,
        name=name,
        calendar=SiteCalendar(ZoneInfo(zone), hours, closed_on),
        temperature_unit=_UNITS[place],
        channel=_CHANNELS[place],
        setting="retail",
        checklists=checklists,
        fallback="morgan",
    )


def _roster(site: str) -> tuple[RosterRule, ...]:
    """By day two that overlap, at night one; on Sunday nights nobody, so that the fallback has something to do."""
    week, days = frozenset(range(7)), frozenset(range(6))
    return (
        RosterRule(site, "amira", week, time(7), time(14)),
        RosterRule(site, "priya", week, time(12), time(21)),
        RosterRule(site, "amira", days, time(21), time(7)),
        RosterRule(site, "ben", week, time(6), time(22)),
    )
