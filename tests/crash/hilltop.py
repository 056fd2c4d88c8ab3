"""The pharmacy of the kill tests: one checklist, one fridge, a ladder of two steps, and one pharmacist after the other.

Amira is on duty until two, Priya from then on; Priya's second means is a web hook. Nothing here costs a boundary that
the story does not need.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from shiftbot.domain.alert import Policy, Step
from shiftbot.domain.checklist import Checklist, Item, Section
from shiftbot.domain.local_time import instant
from shiftbot.domain.recurrence import Anchor, Moment, Schedule
from shiftbot.domain.site import Pharmacy, RosterRule, Sensor, StorageUnit
from tests.cast import AMIRA, BEN, HILLTOP, MORGAN, PRIYA, VACCINE_REFRIGERATOR, WEEK, hilltop

MONDAY = date(2026, 11, 23)

CHANNEL = HILLTOP.channel

TOPIC = "hilltop/vaccine-fridge"

LADDER = Policy(
    "standard",
    (
        Step(("channel", "on-duty-pharmacist")),
        Step(("manager",), timedelta(minutes=20), timedelta(minutes=45)),
    ),
)

LINES = ("Lights and computers on", "Phones and fax checked")

OPENING = Checklist(
    id="retail-opening",
    title="Opening checklist",
    schedule=Schedule(
        (Moment(Anchor.OPEN, -timedelta(minutes=45)),), Moment(Anchor.OPEN), timedelta(minutes=10), remind_before=None
    ),
    sections=(Section("Front", tuple(Item(f"line-{number}", title) for number, title in enumerate(LINES, start=1))),),
)

FRIDGE = StorageUnit(
    "vaccine-fridge",
    "hilltop-main",
    "Vaccine fridge",
    replace(VACCINE_REFRIGERATOR, alarm_delay=timedelta(minutes=5), clear_after=timedelta(minutes=5)),
    # It is silent only after days: the story tells of readings, not of their absence.
    Sensor(TOPIC, every=timedelta(hours=12)),
)

DUTY = (
    RosterRule("hilltop-main", "amira", WEEK, time(6), time(14)),
    RosterRule("hilltop-main", "priya", WEEK, time(14), time(22)),
)


def pharmacy(web_hook: str) -> Pharmacy:
    """The definitions. `web_hook` is the Apprise URL that reaches Priya when Slack does not."""
    people = (AMIRA, BEN, MORGAN, replace(PRIYA, reach=(web_hook,)))
    return hilltop(OPENING, units=(FRIDGE,), roster=DUTY, policy=LADDER, people=people)


def at(clock: str) -> datetime:
    """An instant of the story's Monday by the wall clock of the site."""
    return instant(HILLTOP.calendar.timezone, MONDAY, time.fromisoformat(clock))
