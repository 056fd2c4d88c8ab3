"""The day's summary: every hour is in exactly one of them, and none of them names anybody."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import Condition, Item, ItemKind, Role
from shiftbot.domain.compliance import KIND_WORDS
from shiftbot.domain.recurrence import Anchor, Moment
from shiftbot.services import escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import events
from shiftbot.storage.tables import seen_events
from tests.cast import ON_DUTY_ALL_WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import fails, reads, round_of, stores

HALF_PAST_SEVEN = Moment(Anchor.CLOCK, at=time(7, 30))
TUESDAY, SATURDAY, NEXT_MONDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 30)


def _summary(pharmacy: PharmacyHarness, clock: str, on: date) -> str:
    """What Morgan reads at the end of a day; other messages are no part of these stories."""
    pharmacy.at(clock, on)
    told = pharmacy.expect_message(to="Morgan", about="Hilltop Pharmacy, Main Street* —").text
    pharmacy.inbox.unread.clear()
    return told


def test_what_happened_after_a_summary_is_in_the_next_one(open_pharmacy: Opens) -> None:
    """The fridge was warm from eleven at night: Monday's summary went out at nine."""
    pharmacy = open_pharmacy(hilltop(quiet=True, roster=ON_DUTY_ALL_WEEK), at="20:50")
    monday = pharmacy.readings_until("21:00", "vaccine-fridge", 4.5)
    assert "Temperature excursions: none" in _summary(monday, "21:00", pharmacy.on)
    pharmacy.readings_until("22:00", "vaccine-fridge", 4.5).readings_until("23:00", "vaccine-fridge", 11.0)
    pharmacy.readings_until("23:40", "vaccine-fridge", 4.5)
    pharmacy.inbox.unread.clear()
    pharmacy.on = TUESDAY
    told = _summary(pharmacy, "21:00", TUESDAY)
    assert "Vaccine fridge: " in told
    assert "back in range" in told


def test_a_day_that_is_closed_is_in_the_summary_of_the_next_open_one(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, roster=ON_DUTY_ALL_WEEK), on=SATURDAY, at="16:30")
    _summary(pharmacy.readings_until("18:00", "vaccine-fridge", 4.5), "18:00", SATURDAY)
    pharmacy.on = SATURDAY + timedelta(days=1)
    pharmacy.at("10:00").readings_until("11:00", "vaccine-fridge", 11.0)
    pharmacy.readings_until("11:40", "vaccine-fridge", 4.5)
    pharmacy.inbox.unread.clear()
    told = _summary(pharmacy, "21:00", NEXT_MONDAY)
    assert "Monday 30 November, and all since Saturday 28 November" in told
    assert "Vaccine fridge: " in told


def test_every_run_is_in_one_summary(open_pharmacy: Opens) -> None:
    """This one goes out at half past seven, before the opening checklist's deadline: it is in tomorrow's."""
    definitions = hilltop(units=())
    early = {site.id: replace(site, summary=HALF_PAST_SEVEN) for site in definitions.sites.values()}
    pharmacy = open_pharmacy(replace(definitions, sites=early))
    assert "Opening checklist" not in _summary(pharmacy, "07:30", pharmacy.on)
    pharmacy.on = TUESDAY
    assert "Opening checklist: 0 of 3 on time, 3 missed" in _summary(pharmacy, "07:30", TUESDAY)


def test_escalation_steps_are_told_by_kind_and_name_nobody(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, units=())).at("19:00")
    title = "Irregularity flagged by Ben Ortiz"
    new = NewAlert("hilltop-main", AlertKind.IRREGULARITY, "flag:1", title, "the seal is torn")
    pharmacy.act(lambda connection: escalation.open_alert(connection, pharmacy.definitions, new, pharmacy.now))
    told = _summary(pharmacy, "21:00", pharmacy.on)
    assert "most for flagged irregularities" in told
    assert not [name for name in ("Ben", "Ortiz", "Amira", "Morgan", "Priya") if name in told]


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_of_alert_has_words_for_a_manager(kind: AlertKind) -> None:
    assert " " in KIND_WORDS[kind]


def test_events_that_slack_cannot_repeat_any_more_are_forgotten(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, units=())).at("20:00")
    for event, days in (("old", 8), ("recent", 1)):
        seen_at = pharmacy.now - timedelta(days=days)
        with pharmacy.database.transaction() as connection:
            assert events.first_time(connection, event, seen_at)
    _summary(pharmacy, "21:00", pharmacy.on)
    assert pharmacy.look(lambda connection: connection.execute(select(seen_events.c.id)).scalars().all()) == ["recent"]


def test_what_was_not_asked_is_not_counted_and_a_correction_makes_nothing_late(open_pharmacy: Opens) -> None:
    """A count that hangs on another line is asked for only with it; a number read in time and set right is in time."""
    first = Item("vault", "Humidity of the vault", ItemKind.NUMBER)
    why = Item("why", "Why there is none", when=Condition("vault", ("not-applicable",)))
    count = Item("count", "Count", ItemKind.COUNT, witness=Role.PHARMACIST, when=Condition("vault", ("failed",)))
    pharmacy = open_pharmacy(hilltop(round_of(first, why, count), units=())).at("11:00")
    stores(pharmacy, "Ben", Reply("vault", Outcome.NOT_APPLICABLE, note="meter is away"), Reply("why"))
    pharmacy.at("12:10")
    stores(pharmacy, "Ben", reads("vault", 45, reason="it came back"))
    told = _summary(pharmacy, "21:00", pharmacy.on)
    assert ":white_check_mark: Round: 1 of 1 on time" in told
    assert "Controlled counts: none due" in told


def test_a_missed_line_stays_counted_when_it_is_not_asked_any_more(open_pharmacy: Opens) -> None:
    first = Item("seal", "Seal intact")
    pharmacy = open_pharmacy(
        hilltop(round_of(first, Item("new", "New seal", when=Condition("seal", ("failed",)))), units=())
    ).at("11:00")
    stores(pharmacy, "Ben", fails("seal"))
    pharmacy.at("13:00")
    stores(pharmacy, "Ben", Reply("seal", reason="it was the cover"))
    assert "Round: 1 of 2 on time, 1 missed" in _summary(pharmacy, "21:00", pharmacy.on)
