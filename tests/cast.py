"""The cast and their pharmacy, as values: Amira is on duty, Ben on shift, Morgan manages, Priya is off duty."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from shiftbot.domain.alert import Policy, Step
from shiftbot.domain.checklist import Checklist, ForEach, Item, ItemKind, OnFail, Role, Section
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.recurrence import Anchor, Every, Moment, Schedule
from shiftbot.domain.site import (
    Controlled,
    Person,
    Pharmacy,
    RosterRule,
    Sensor,
    Site,
    StorageClass,
    StorageUnit,
    TemperatureUnit,
)

AMIRA = Person("amira", "Amira Hassan", "U0AMIRA", frozenset({Role.PHARMACIST}), ())
BEN = Person("ben", "Ben Ortiz", "U0BEN", frozenset({Role.TECHNICIAN}))
MORGAN = Person("morgan", "Morgan Lee", "U0MORGAN", frozenset({Role.MANAGER}))
PRIYA = Person("priya", "Priya Nair", "U0PRIYA", frozenset({Role.PHARMACIST}))

WEEK = frozenset(range(7))

STANDARD = Policy(
    "standard",
    (
        Step(("on-duty-pharmacist",)),
        Step(("on-duty-pharmacist",), timedelta(minutes=10)),
        Step(("manager",), timedelta(minutes=15), timedelta(minutes=30)),
    ),
)

OPENING = Checklist(
    id="retail-opening",
    title="Opening checklist",
    schedule=Schedule((Moment(Anchor.OPEN, -timedelta(minutes=45)),), Moment(Anchor.OPEN), timedelta(minutes=10)),
    sections=(
        Section(
            "Front",
            (
                Item("lights", "Lights and computers on"),
                Item("phones", "Phones and fax checked"),
                Item("notes", "Hand-over note read", required=False),
            ),
        ),
        Section(
            "Cold chain",
            (
                Item(
                    "fridge-temps",
                    "Confirm the temperature",
                    kind=ItemKind.TEMPERATURE,
                    for_each=ForEach.UNIT,
                    from_sensor=True,
                    words=("fridge",),
                ),
            ),
        ),
        Section(
            "Pharmacist",
            (Item("alarm", "Alarm disarmed and cabinet intact", role=Role.PHARMACIST, on_fail=OnFail.ALERT),),
        ),
    ),
)

VOICEMAIL = Checklist(
    id="voicemail",
    title="Voicemail sweep",
    schedule=Schedule(Every(timedelta(hours=2)), timedelta(minutes=30), timedelta(minutes=15)),
    sections=(Section("Voicemail", (Item("sweep", "Sweep the mailbox", kind=ItemKind.VOICEMAIL),)),),
)

COUNT = Checklist(
    id="controlled-count",
    title="Controlled count",
    schedule=Schedule((Moment(Anchor.CLOCK, at=time(12)),), timedelta(hours=1), timedelta(minutes=30)),
    sections=(
        Section(
            "Count",
            (
                Item(
                    "count",
                    "Count and witness",
                    kind=ItemKind.COUNT,
                    for_each=ForEach.CONTROLLED,
                    witness=Role.PHARMACIST,
                ),
            ),
        ),
    ),
)

CLOSING = Checklist(
    id="retail-closing",
    title="Closing checklist",
    schedule=Schedule(
        (Moment(Anchor.CLOSE, -timedelta(minutes=45)),),
        Moment(Anchor.CLOSE, timedelta(minutes=30)),
        timedelta(minutes=15),
    ),
    sections=(Section("Close", (Item("bins", "Bins cleared"), Item("workstations", "Workstations logged off"))),),
)

VACCINE_REFRIGERATOR = StorageClass(
    id="vaccine-refrigerator",
    name="Vaccine refrigerator",
    low={TemperatureUnit.CELSIUS: 2.0, TemperatureUnit.FAHRENHEIT: 36.0},
    high={TemperatureUnit.CELSIUS: 8.0, TemperatureUnit.FAHRENHEIT: 46.0},
    critical_low={TemperatureUnit.CELSIUS: 0.0, TemperatureUnit.FAHRENHEIT: 32.0},
    critical_high={TemperatureUnit.CELSIUS: 12.0, TemperatureUnit.FAHRENHEIT: 53.6},
    clear_inside={TemperatureUnit.CELSIUS: 0.3, TemperatureUnit.FAHRENHEIT: 0.5},
)

FRIDGE = StorageUnit(
    "vaccine-fridge",
    "hilltop-main",
    "Vaccine fridge",
    VACCINE_REFRIGERATOR,
    Sensor("hilltop/vaccine-fridge", every=timedelta(minutes=5)),
)

HILLTOP = Site(
    id="hilltop-main",
    name="Hilltop Pharmacy, Main Street",
    calendar=SiteCalendar(
        ZoneInfo("America/New_York"),
        {day: (time(8), time(20)) for day in range(5)} | {5: (time(9), time(17))},
    ),
    temperature_unit=TemperatureUnit.FAHRENHEIT,
    channel="C0HILLTOP",
    setting="retail",
    checklists=("retail-opening",),
    fallback="morgan",
    controlled=(Controlled("oxycodone-5", "Oxycodone 5 mg tablet"),),
)

ON_DUTY_ALL_WEEK = (RosterRule("hilltop-main", "amira", WEEK, time(0), time(0)),)

ON_SHIFT = (
    RosterRule("hilltop-main", "amira", WEEK, time(6), time(22)),
    RosterRule("hilltop-main", "ben", WEEK, time(6), time(22)),
)


def hilltop(
    *checklists: Checklist,
    units: tuple[StorageUnit, ...] = (FRIDGE,),
    roster: tuple[RosterRule, ...] = ON_SHIFT,
    policy: Policy = STANDARD,
    people: tuple[Person, ...] = (AMIRA, BEN, MORGAN, PRIYA),
    quiet: bool = False,
) -> Pharmacy:
    """The pharmacy with these checklists (the opening one when none is given, none at all when `quiet`)."""
    chosen = checklists or (() if quiet else (OPENING,))
    site = replace(HILLTOP, checklists=tuple(checklist.id for checklist in chosen))
    return Pharmacy(
        sites={site.id: site},
        people={person.id: person for person in people},
        groups={},
        roster=roster,
        policies={"standard": policy},
        checklists={checklist.id: checklist for checklist in chosen},
        units={unit.id: unit for unit in units},
        digest="cast",
    )
