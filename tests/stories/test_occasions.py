"""Checklists that no clock opens: an excursion opens its response, a delivery its receipt, a person any of them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shiftbot.domain.checklist import Checklist, ForEach, Item, ItemKind, Section
from shiftbot.domain.recurrence import Schedule, Trigger
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Sensor
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import occasions, runs
from shiftbot.services.runs import RunView
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def on(trigger: Trigger) -> Schedule:
    return Schedule((), timedelta(minutes=30), timedelta(minutes=15), trigger=trigger)


RESPONSE = Checklist(
    "excursion-response",
    "Excursion response",
    on(Trigger.EXCURSION),
    (
        Section(
            "Now",
            (
                Item("label", "Label DO NOT USE"),
                Item("reading", "Read the display", kind=ItemKind.TEMPERATURE, for_each=ForEach.UNIT),
            ),
        ),
    ),
)
RECEIPT = Checklist(
    "cold-delivery-receipt",
    "Cold delivery receipt",
    on(Trigger.DELIVERY),
    (Section("Box", (Item("logger", "Logger read and box opened"),)),),
)
PACK_OUT = Checklist(
    "pack-out", "Specialty pack-out", on(Trigger.BY_HAND), (Section("Box", (Item("coolant", "Coolant in place"),)),)
)
FREEZER = replace(FRIDGE, id="freezer", name="Freezer", sensor=None)


def today(pharmacy: PharmacyHarness, checklist: str) -> list[RunView]:
    day = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", pharmacy.on))
    return [view for view in day if view.run.checklist == checklist]


def delivered(pharmacy: PharmacyHarness, key: str) -> list[int]:
    return pharmacy.act(
        lambda connection: occasions.open_on_event(
            connection, pharmacy.definitions, pharmacy.site, Trigger.DELIVERY, key, pharmacy.now, "ben"
        )
    )


@pytest.fixture
def cold(open_pharmacy: Opens) -> PharmacyHarness:
    """A fridge with a sensor, a freezer that people read, and a checklist for when one of them is out of range."""
    return open_pharmacy(hilltop(RESPONSE, units=(FRIDGE, FREEZER)), at="09:00")


def test_an_excursion_that_is_told_opens_the_response_for_its_unit_once(cold: PharmacyHarness) -> None:
    cold.readings_until("09:30", "vaccine-fridge", 9.0)
    (view,) = today(cold, "excursion-response")
    assert view.plan.title == "Excursion response: Vaccine fridge"
    assert [line.line.key for line in view.lines] == ["label", "reading:vaccine-fridge"]
    assert (view.run.state, view.run.slot) == (RunState.OPEN, "excursion:1")
    assert view.run.due_at == view.run.opens_at + timedelta(minutes=30)
    cold.readings_until("09:40", "vaccine-fridge", 9.0)
    cold.start()
    assert len(today(cold, "excursion-response")) == 1
    cold.does("Ben", "excursion-response", label=None, reading__vaccine_fridge="48")
    cold.inbox.unread.clear()


def test_a_short_excursion_that_nobody_is_told_of_opens_nothing(cold: PharmacyHarness) -> None:
    cold.readings_until("09:10", "vaccine-fridge", 9.0).readings_until("09:40", "vaccine-fridge", 5.0)
    assert today(cold, "excursion-response") == []


def test_a_temperature_that_swings_about_its_limit_asks_for_one_response_until_it_is_given(
    cold: PharmacyHarness,
) -> None:
    for end, warm in (("09:30", 9.0), ("09:50", 5.0), ("10:15", 9.0), ("10:35", 5.0), ("11:00", 9.0)):
        cold.readings_until(end, "vaccine-fridge", warm)
    assert len(cold.recorded("excursion-started")) == 3
    (view,) = today(cold, "excursion-response")
    assert view.run.state is RunState.MISSED
    cold.does("Ben", "excursion-response", label=None, reading__vaccine_fridge="48")
    cold.readings_until("11:20", "vaccine-fridge", 5.0).readings_until("11:45", "vaccine-fridge", 9.0)
    assert [each.run.slot for each in today(cold, "excursion-response")] == ["excursion:1", "excursion:4"]
    cold.inbox.unread.clear()


def test_another_unit_out_of_range_asks_for_its_own_response(open_pharmacy: Opens) -> None:
    second = replace(FRIDGE, id="insulin-fridge", name="Insulin fridge", sensor=Sensor("hilltop/insulin-fridge"))
    pharmacy = open_pharmacy(hilltop(RESPONSE, units=(FRIDGE, second)), at="09:00")
    for _ in range(5):
        pharmacy.fast_forward(minutes=5).reading("vaccine-fridge", 9.0).reading("insulin-fridge", 9.0)
    titles = {view.plan.title for view in today(pharmacy, "excursion-response")}
    assert titles == {"Excursion response: Vaccine fridge", "Excursion response: Insulin fridge"}
    pharmacy.inbox.unread.clear()


def test_a_response_that_nobody_gives_is_reminded_of_and_missed_like_any_other(cold: PharmacyHarness) -> None:
    cold.readings_until("10:10", "vaccine-fridge", 9.0)
    reminded = {each.to for each in cold.inbox.unread if "Excursion response" in each.text}
    assert reminded == {"U0BEN", "U0AMIRA"}
    assert [view.run.state for view in today(cold, "excursion-response")] == [RunState.MISSED]
    cold.inbox.unread.clear()


def test_a_delivery_opens_its_receipt_at_once_even_on_a_closed_day(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(RECEIPT, OPENING, units=()), on=date(2026, 11, 22)).at("14:00")
    (run,) = delivered(pharmacy, "C0HILLTOP.1")
    view = pharmacy.run("cold-delivery-receipt")
    assert (view.run.id, view.run.state, view.run.due_at) == (run, RunState.OPEN, pharmacy.local("14:30"))
    pharmacy.does("Ben", "cold-delivery-receipt", logger=None)
    assert delivered(pharmacy, "C0HILLTOP.1") == [], "the same request once more"
    assert len(delivered(pharmacy, "C0HILLTOP.2")) == 1
    pharmacy.does("Ben", "cold-delivery-receipt", logger=None)
    assert pharmacy.look(verify).holds
    assert [actor for actor, _ in pharmacy.recorded("run-opened")] == ["ben", "ben"]


def test_the_same_event_opens_nothing_again_on_the_next_day(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(RECEIPT, units=())).at("23:50")
    delivered(pharmacy, "late")
    pharmacy.does("Ben", "cold-delivery-receipt", logger=None)
    pharmacy.at("00:10", on=date(2026, 11, 24))
    pharmacy.inbox.unread.clear()
    assert delivered(pharmacy, "late") == []


def test_anybody_opens_a_checklist_by_hand_by_what_they_call_it(open_pharmacy: Opens) -> None:
    definitions = hilltop(OPENING, units=())
    spare = {PACK_OUT.id: PACK_OUT, RECEIPT.id: RECEIPT}
    pharmacy = open_pharmacy(replace(definitions, checklists={**definitions.checklists, **spare})).at("06:00")
    for key, words in enumerate(("pack-out", "Specialty pack-out", "specialty")):
        pharmacy.opens("Ben", words, key=str(key))
    assert len(today(pharmacy, "pack-out")) == 3
    assert pharmacy.opens("Ben", "pack out", key="0") == today(pharmacy, "pack-out")[0].run.id
    for view in today(pharmacy, "pack-out"):
        pharmacy.answers_all_of(view.run.id, "Ben")


def test_a_name_that_nothing_has_is_answered_with_the_nearest(pharmacy: PharmacyHarness) -> None:
    with pytest.raises(Refused, match=r"There is no checklist “openning”.*Did you mean Opening checklist"):
        pharmacy.opens("Ben", "openning")
    with pytest.raises(Refused, match="There is Opening checklist"):
        pharmacy.opens("Ben", "xyz")
    with pytest.raises(Refused, match="Name the checklist: Opening checklist"):
        pharmacy.opens("Ben", "  ")


def test_a_checklist_of_the_clock_is_not_opened_twice_at_once_and_by_hand_has_its_time(
    pharmacy: PharmacyHarness,
) -> None:
    pharmacy.at("07:20")
    with pytest.raises(AlreadyDone, match="open already, due at 08:00"):
        pharmacy.opens("Ben", "opening")
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.at("11:00").opens("Ben", "opening")
    view = pharmacy.run("retail-opening")
    assert (view.run.slot, view.run.due_at) == ("by-hand:once", pharmacy.local("12:00"))
    pharmacy.answers_all("Amira", "retail-opening")


def test_a_checklist_that_opens_by_itself_within_the_hour_is_not_opened_by_hand(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("06:20")
    with pytest.raises(Refused, match=r"Opening checklist opens by itself at 07:15"):
        pharmacy.opens("Ben", "opening")
    pharmacy.at("07:15").answers_all("Amira", "retail-opening")
    assert len(today(pharmacy, "retail-opening")) == 1


def test_a_checklist_that_opens_by_itself_in_more_than_an_hour_may_be_opened_before(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("06:10").opens("Ben", "opening")
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.at("07:20").answers_all("Amira", "retail-opening")


def test_what_was_missed_today_is_done_late_and_not_opened_anew(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("09:00").inbox.unread.clear()
    with pytest.raises(AlreadyDone, match="missed today, due at 08:00, and can still be done, late"):
        pharmacy.opens("Ben", "opening")
    (missed,) = today(pharmacy, "retail-opening")
    pharmacy.answers_all_of(missed.run.id, "Amira")
    pharmacy.inbox.unread.clear()
    assert pharmacy.opens("Ben", "opening") != missed.run.id
    pharmacy.answers_all("Amira", "retail-opening")


def test_what_was_missed_and_has_expired_may_be_opened_anew(open_pharmacy: Opens) -> None:
    expiring = replace(OPENING, schedule=replace(OPENING.schedule, expires_after=timedelta(minutes=30)))
    pharmacy = open_pharmacy(hilltop(expiring, units=())).at("09:00")
    pharmacy.inbox.unread.clear()
    pharmacy.opens("Ben", "opening")
    assert len(today(pharmacy, "retail-opening")) == 2
    pharmacy.answers_all("Amira", "retail-opening")
