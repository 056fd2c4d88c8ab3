"""A pharmacy whose shifts hand over to each other: an opening that begins one, a closing that ends one."""

from dataclasses import replace
from datetime import date, time, timedelta

from shiftbot.domain.checklist import Checklist, Item, Section, ShiftPart
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy, RosterRule
from tests.cast import CLOSING, OPENING, WEEK, hilltop
from tests.pharmacy import PharmacyHarness

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in (23, 24, 25, 26))

OPTIONAL = (Section("Front", (Item("lights", "Lights on", required=False),)),)
"""Nobody is ever reminded of it, so that a story hears only what it is about."""

STARTS = replace(OPENING, sections=OPTIONAL, shift=ShiftPart.START)
ENDS = replace(CLOSING, sections=OPTIONAL, shift=ShiftPart.END)

BEN_BY_DAY = (
    RosterRule("hilltop-main", "amira", WEEK, time(6), time(22)),
    RosterRule("hilltop-main", "ben", WEEK, time(7), time(16)),
)


def with_shifts(*more: Checklist, roster: tuple[RosterRule, ...] = BEN_BY_DAY, grace: float = 2) -> Pharmacy:
    """Hilltop with both, Ben on shift by day and Amira on duty from six to ten; an alert comes `grace` hours late."""
    definitions = hilltop(STARTS, ENDS, *more, units=(), roster=roster)
    sites = {site.id: replace(site, follow_up_grace=timedelta(hours=grace)) for site in definitions.sites.values()}
    return replace(definitions, sites=sites)


def goes_on_until(pharmacy: PharmacyHarness, clock: str, on: date) -> PharmacyHarness:
    """Let the time pass; the evenings' summaries and heads are no part of the story."""
    pharmacy.at(clock, on)
    pharmacy.inbox.unread = [each for each in pharmacy.inbox.unread if not is_evening(each.text)]
    pharmacy.on = on
    return pharmacy


def is_evening(text: str) -> bool:
    """Whether a message is the day's summary, or the head of the record."""
    return text.startswith(("*Hilltop Pharmacy, Main Street* —", "Record of Hilltop"))


def summary_of(pharmacy: PharmacyHarness, on: date) -> str:
    """What Morgan reads at nine in the evening of a day."""
    pharmacy.at("21:00", on)
    text = pharmacy.expect_message(to="Morgan", about="Hilltop Pharmacy, Main Street* —").text
    goes_on_until(pharmacy, "21:00", on)
    return text


def shown(pharmacy: PharmacyHarness, kind: CardKind, subject: int) -> int:
    """How often a card was posted or edited so far."""
    return pharmacy.inbox.cards.count((kind, str(subject)))
