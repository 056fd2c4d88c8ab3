"""The preview of what does not come every day: this week's, the next date, what is left out, what an event opens."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shiftbot.definitions import preview
from shiftbot.domain.checklist import Checklist, ForEach, Item, Role, Section
from shiftbot.domain.dates import LAST, DateRule, DayIn, DayOfMonth, MonthDay, NthWorkingDay
from shiftbot.domain.recurrence import Anchor, Moment, Schedule, Trigger, WhenClosed
from shiftbot.domain.site import Pharmacy, Place
from tests.cast import hilltop

MONDAY = date(2026, 11, 23)
HALF_HOUR = timedelta(minutes=30)
SECTIONS = (Section("Shelves", (Item("outdates", "Outdates pulled"),)),)


def outdates(schedule: Schedule, sections: tuple[Section, ...] = SECTIONS) -> Checklist:
    return Checklist("outdates", "Outdates", schedule, sections)


def dated(rule: DateRule | None, when_closed: WhenClosed = WhenClosed.SKIP, days: tuple[int, ...] = (6,)) -> Checklist:
    opens = (Moment(Anchor.OPEN),)
    schedule = Schedule(opens, HALF_HOUR, HALF_HOUR, frozenset(days), when_closed=when_closed, dates=rule)
    return outdates(schedule)


def monthly(day: DayOfMonth) -> DateRule:
    return DateRule((DayIn(day),), keeps_month=True)


def lines(pharmacy: Pharmacy, start: date = MONDAY, days: int = 7) -> list[str]:
    """Those about outdates, and the headings after the days."""
    text = preview(pharmacy, start, days).splitlines()
    return [line.strip() for line in text if "Outdates" in line or line.startswith(("  Beyond", "  Opened"))]


@pytest.mark.parametrize(
    ("checklist", "expected"),
    [
        (
            dated(monthly(MonthDay(24))),
            ["08:00 Outdates: due 08:30, missed 09:00; asks technicians 1"],
        ),
        (
            dated(monthly(MonthDay(22)), WhenClosed.AFTER),
            ["08:00 Outdates (moved from Sun 2026-11-22, a closed day): due 08:30, missed 09:00; asks technicians 1"],
        ),
        (
            dated(monthly(NthWorkingDay(LAST))),
            ["Beyond these days:", "Outdates (monthly: last working day): next on Mon 2026-11-30"],
        ),
        (
            dated(monthly(MonthDay(29))),
            [
                "Beyond these days:",
                "Outdates (monthly: 29): next on Tue 2026-12-29; left out on Sun 2026-11-29, when the site is closed "
                "(when_closed: before or after moves it)",
            ],
        ),
        (
            dated(DateRule((DayIn(MonthDay(1), (3,)),))),
            ["Beyond these days:", "Outdates (yearly: 03-01): next on Mon 2027-03-01"],
        ),
        (
            dated(DateRule(on=(date(2025, 11, 24),))),
            ["Beyond these days:", "Outdates (on: 2025-11-24): past is Mon 2025-11-24; not again"],
        ),
        (
            dated(DateRule(on=(date(2026, 11, 20), date(2026, 11, 24)))),
            [
                "08:00 Outdates: due 08:30, missed 09:00; asks technicians 1",
                "Beyond these days:",
                "Outdates (on: 2026-11-20, 2026-11-24): past is Fri 2026-11-20",
            ],
        ),
    ],
)
def test_a_preview_says_when_what_is_not_daily_comes(checklist: Checklist, expected: list[str]) -> None:
    assert lines(hilltop(checklist)) == expected


def test_a_preview_says_what_never_comes() -> None:
    said = "Outdates (days: sun): never, for the site is closed then (when_closed: before or after moves it)"
    assert lines(hilltop(dated(None))) == ["Beyond these days:", said]


def test_a_preview_shows_what_an_event_opens() -> None:
    words = {
        Trigger.EXCURSION: "when an excursion is found",
        Trigger.DELIVERY: "when a delivery comes (/shift delivery)",
        Trigger.BY_HAND: "by /shift open outdates",
    }
    for trigger, word in words.items():
        pharmacy = hilltop(outdates(Schedule((), HALF_HOUR, HALF_HOUR, trigger=trigger)))
        assert lines(pharmacy) == [
            "Opened by what happens:",
            f"Outdates: opens {word}, due 30m later; asks technicians 1",
        ]


def test_a_card_that_is_shown_before_it_opens_is_told() -> None:
    early = dated(None, days=(0,))
    early = replace(early, schedule=replace(early.schedule, shows_before=timedelta(hours=2)))
    assert lines(hilltop(early)) == ["08:00 Outdates: shown 06:00, due 08:30, missed 09:00; asks technicians 1"]


def test_a_checklist_that_may_be_opened_by_hand_is_shown_where_no_site_names_it() -> None:
    by_hand = outdates(Schedule((), HALF_HOUR, HALF_HOUR, trigger=Trigger.BY_HAND))
    pharmacy = hilltop()
    pharmacy = replace(pharmacy, checklists={**pharmacy.checklists, "outdates": by_hand})
    assert lines(pharmacy)[1].startswith("Outdates: opens by /shift open outdates")


def test_lines_are_counted_for_registers_and_mailboxes_and_for_whom_the_policy_names() -> None:
    items = (
        Item("till", "Till counted", for_each=ForEach.REGISTER),
        Item("mail", "Mailbox swept", for_each=ForEach.MAILBOX),
        Item("codes", "Alarm codes reviewed", gate="alarm-codes"),
    )
    pharmacy = hilltop(outdates(Schedule((Moment(Anchor.OPEN),), HALF_HOUR, HALF_HOUR), (Section("S", items),)))
    (site,) = pharmacy.sites.values()
    tills, boxes = (Place("a", "A"), Place("b", "B")), (Place("c", "C"),)
    site = replace(site, registers=tills, mailboxes=boxes, gates={"alarm-codes": Role.PHARMACIST})
    (line, *_) = lines(replace(pharmacy, sites={site.id: site}), days=1)
    assert line.endswith("asks technicians 3, pharmacist 1")
