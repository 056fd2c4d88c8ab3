"""Sections of a card: taken in hand, taken over, given back; and all good where the checklist allows it."""

import json

import pytest

from shiftbot.demo.emulator import Person
from tests.slack.kinds import answer, every_kind
from tests.slack.workplace import Workplace


@pytest.fixture
def kinds(work: Workplace) -> Workplace:
    """Every kind of item, open since 10:00."""
    work.at("10:00")
    every_kind(work)
    return work


def card(work: Workplace) -> str:
    """What the card shows."""
    return json.dumps(work.card("kinds").blocks, ensure_ascii=False)


def claim(work: Workplace, who: Person, section: int) -> None:
    """Press the section's button."""
    who.click(work.card("kinds"), "section_claim", f"section-{section}").wait()


def test_a_claimed_section_says_who_has_it_and_keeps_others_out(kinds: Workplace, ben: Person, amira: Person) -> None:
    claim(kinds, ben, 1)
    kinds.until(lambda: "*Ben O.* has it since 10:00" in card(kinds))
    told = len(amira.ephemerals)
    kinds.press(amira, "kinds", "item_done", "Lights on")
    assert "Ben Ortiz has “Front” in hand" in kinds.told_privately(amira, told)
    assert answer(kinds, "Lights on") is None


def test_a_section_is_taken_over_after_a_question(kinds: Workplace, ben: Person, amira: Person) -> None:
    claim(kinds, ben, 1)
    kinds.until(lambda: "*Ben O.* has it" in card(kinds))
    assert "Taking it over is noted." in card(kinds)
    claim(kinds, amira, 1)
    kinds.until(lambda: "*Amira H.* has it" in card(kinds))


def test_whoever_has_a_section_gives_it_back_with_the_same_button(kinds: Workplace, ben: Person) -> None:
    claim(kinds, ben, 1)
    kinds.until(lambda: "*Ben O.* has it" in card(kinds))
    told = len(ben.ephemerals)
    claim(kinds, ben, 1)
    assert "“Front” is free again" in kinds.told_privately(ben, told)
    kinds.until(lambda: "has it" not in card(kinds))


def test_all_good_stands_only_where_the_checklist_allows_it_and_names_how_many(kinds: Workplace) -> None:
    assert card(kinds).count('"section_all_good"') == 1
    assert "This ticks the 4 open lines of “Front” that are yours to tick." in card(kinds)


def test_all_good_ticks_what_is_for_this_person_and_leaves_the_rest(kinds: Workplace, ben: Person) -> None:
    ben.click(kinds.card("kinds"), "section_all_good", "section-1").wait()
    kinds.until(lambda: kinds.view("kinds").answered == 3)
    said = answer(kinds, "Lights on")
    assert said is not None
    assert said.via == "all-good"
    assert answer(kinds, "Till counted") is None
