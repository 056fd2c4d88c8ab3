"""Lowest and highest since the last reset: confirmed by name at the start of each workday; missed stays blank."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import Checklist, ForEach, Item, ItemKind, Section, ShiftPart
from shiftbot.domain.run import RunState
from shiftbot.services import runs
from shiftbot.services.cold_chain.looking import Prefill, prefill
from shiftbot.storage import by_hand
from shiftbot.storage.by_hand import Reset
from tests.cast import FRIDGE, OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

TUESDAY = date(2026, 11, 24)
PAIR = Item("min-max", "Min and max since reset", kind=ItemKind.MIN_MAX, for_each=ForEach.UNIT, from_sensor=True)
NOW = Item("temp", "Temperature now", kind=ItemKind.TEMPERATURE, for_each=ForEach.UNIT, from_sensor=True)


def asking(*items: Item, shift: ShiftPart | None = ShiftPart.START) -> Checklist:
    return replace(OPENING, sections=(Section("Cold chain", items),), shift=shift)


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """An opening checklist that asks for the pair; readings every ten minutes tell no story of their own."""
    return open_pharmacy(hilltop(asking(NOW, PAIR), units=(FRIDGE,)), at="00:30")


def confirms(pharmacy: PharmacyHarness, name: str, line: str) -> None:
    """`name` presses Confirm: what the sensor says is what they say."""
    view = pharmacy.run("retail-opening")
    seen = says(pharmacy, asked=True)
    value = {"low": seen.low, "high": seen.high, "unit": "F", "from_sensor": True}
    if line.startswith("temp"):
        value["temperature"] = seen.current
    stored = pharmacy.act(
        lambda connection: runs.respond(
            connection, pharmacy.definitions, view.run.id, pharmacy.person(name), [Reply(line, value=value)], "story",
            pharmacy.now,
        )
    )  # fmt: skip
    assert stored.stored


def says(pharmacy: PharmacyHarness, *, asked: bool = False) -> Prefill:
    at = pharmacy.run("retail-opening").run.opens_at if asked else None
    found = pharmacy.look(
        lambda connection: prefill(connection, pharmacy.definitions, FRIDGE.id, pharmacy.now, asked_at=at)
    )
    assert found is not None
    return found


def resets(pharmacy: PharmacyHarness) -> list[Reset]:
    since, until = pharmacy.local("00:00"), pharmacy.now + timedelta(days=9)
    return pharmacy.look(lambda connection: by_hand.resets_between(connection, FRIDGE.id, since, until))


def reads(pharmacy: PharmacyHarness, celsius: float) -> None:
    pharmacy.reading(FRIDGE.id, celsius)


def ends(pharmacy: PharmacyHarness) -> None:
    """What else was said on the way is told by other stories."""
    pharmacy.inbox.unread.clear()


def test_who_confirms_the_pair_at_the_start_of_the_day_sets_it_back_by_name(fridge: PharmacyHarness) -> None:
    reads(fridge.at("07:00"), 3.0)
    reads(fridge.at("07:20"), 7.0)
    confirms(fridge.at("07:21"), "Ben", "min-max:vaccine-fridge")
    (reset,) = resets(fridge)
    assert (reset.person, reset.at) == ("ben", fridge.local("07:21"))
    assert reset.low == pytest.approx(37.4)
    assert reset.high == pytest.approx(44.6)
    reads(fridge.at("07:40"), 5.0)
    assert says(fridge).low == pytest.approx(41.0)
    assert says(fridge).since == fridge.local("07:21")
    ends(fridge)


def test_its_own_card_goes_on_showing_what_was_confirmed(fridge: PharmacyHarness) -> None:
    """The card opened before the reset: a second line of it is not cut short by the first."""
    reads(fridge.at("07:00"), 3.0)
    reads(fridge.at("07:20"), 7.0)
    confirms(fridge, "Ben", "min-max:vaccine-fridge")
    assert says(fridge, asked=True).low == pytest.approx(37.4)
    ends(fridge)


def test_the_temperature_alone_sets_nothing_back_where_the_pair_is_asked_too(fridge: PharmacyHarness) -> None:
    reads(fridge.at("07:20"), 5.0)
    confirms(fridge, "Ben", "temp:vaccine-fridge")
    assert resets(fridge) == []
    ends(fridge)


def test_the_temperature_with_its_pair_does_where_no_other_line_asks(open_pharmacy: Opens) -> None:
    fridge = open_pharmacy(hilltop(asking(NOW), units=(FRIDGE,)))
    reads(fridge.at("07:20"), 5.0)
    confirms(fridge, "Ben", "temp:vaccine-fridge")
    assert [each.person for each in resets(fridge)] == ["ben"]
    ends(fridge)


def test_later_in_the_day_nothing_is_set_back(open_pharmacy: Opens) -> None:
    fridge = open_pharmacy(hilltop(asking(PAIR, shift=None), units=(FRIDGE,)))
    reads(fridge.at("07:20"), 5.0)
    confirms(fridge, "Ben", "min-max:vaccine-fridge")
    assert resets(fridge) == []
    ends(fridge)


def test_a_missed_day_stays_blank_and_the_next_sees_lowest_and_highest_of_both(fridge: PharmacyHarness) -> None:
    reads(fridge.at("07:20"), 5.0)
    confirms(fridge, "Ben", "min-max:vaccine-fridge")
    reads(fridge.at("15:00"), 7.5)
    fridge.at("07:20", TUESDAY)
    fridge.at("09:00", TUESDAY)
    assert fridge.run("retail-opening").run.state is RunState.MISSED
    assert [each.person for each in resets(fridge)] == ["ben"]
    reads(fridge, 5.0)
    assert says(fridge).high == pytest.approx(45.5)
    assert says(fridge).since == fridge.local("07:20")
    ends(fridge)


def test_an_answer_taken_back_has_set_nothing_back(fridge: PharmacyHarness) -> None:
    reads(fridge.at("07:00"), 3.0)
    reads(fridge.at("07:20"), 5.0)
    confirms(fridge, "Ben", "min-max:vaccine-fridge")
    run, ben = fridge.run("retail-opening").run.id, fridge.person("Ben")
    fridge.fast_forward(minutes=1).act(
        lambda connection: runs.undo(connection, fridge.definitions, run, ben, ["min-max:vaccine-fridge"], fridge.now)
    )
    assert resets(fridge) == []
    assert says(fridge).low == pytest.approx(37.4)
    confirms(fridge.fast_forward(minutes=1), "Ben", "min-max:vaccine-fridge")
    assert [each.at for each in resets(fridge)] == [fridge.now]
    ends(fridge)
