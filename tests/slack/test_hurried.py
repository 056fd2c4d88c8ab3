"""Whoever is in a hurry: types a PIN where it does not belong, opens twice, repeats a sweep, answers what is over."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.checklist import Item, Section
from shiftbot.domain.recurrence import Trigger
from shiftbot.slack import texts
from tests.slack.begun import entries, form, said, triggered, with_checklists
from tests.slack.kinds import answer, every_kind, opened
from tests.slack.workplace import Workplace


@pytest.mark.parametrize("words", ["4827", "open 4827", "pin 4827", "pin reset 4827", "follow-up 48270915"])
def test_a_bare_number_after_a_command_is_not_said_again(work: Workplace, amira: Person, words: str) -> None:
    work.at("10:00")
    assert said(amira, words) == texts.PIN_TYPED
    assert amira.views == []


def test_hand_over_may_be_two_words(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    assert said(ben, "hand over") == ""
    assert form(work, ben).title == "Hand over the shift"


def test_a_checklist_that_nobody_has_begun_is_not_opened_twice(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("10:00")
    work.pharmacy = with_checklists(work.pharmacy, triggered("Crash cart", Trigger.BY_HAND))
    assert "is open" in said(ben, "open crash cart")
    assert "open already, due at 11:00, and nobody has begun it" in said(amira, "open crash cart")
    work.settle()
    work.press(ben, "crash-cart", "item_done", "boxes")
    work.until(lambda: work.view("crash-cart").answered == 1)
    assert "*Crash cart* is open" in said(amira, "open crash cart")


def test_patient_information_is_refused_beside_the_field_that_holds_it(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work)
    work.press(ben, "kinds", "item_problem")
    form(work, ben)
    refused = ben.submit({"line": "1", "outcome": "failed", "reason": "SSN 123-45-6789"}).wait().response or {}
    assert list(refused["errors"]) == ["reason"]


def test_a_photo_whose_name_names_a_patient_is_refused(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work)
    opened(work, ben, "item_enter", "Photo")
    refused = ben.submit({"value": ["Rx 7654321 label.png"]}).wait().response or {}
    assert "a prescription or record number" in refused["errors"]["value"]
    assert answer(work, "Photo") is None
    assert len(entries(work, "privacy-refused")) == 1


def test_whoever_is_new_is_taught_once_on_a_card(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work)
    assert texts.TEACHING in work.reply(ben, "kinds", "what")
    assert texts.TEACHING not in work.reply(ben, "kinds", "what now")


def test_a_card_that_expired_asks_for_nothing_more(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    brief = triggered("Brief", Trigger.BY_HAND)
    brief = replace(brief, schedule=replace(brief.schedule, expires_after=timedelta(minutes=20)))
    work.pharmacy = with_checklists(work.pharmacy, brief)
    said(ben, "open brief")
    work.at("11:45")
    assert "You can answer until Mon 23 Nov 11:50" in json.dumps(work.card("brief").blocks)
    work.at("12:00")
    assert "cannot" not in work.reply(ben, "brief", "snooze")
    assert "It can still be done" not in work.thread("brief")[-1]
    assert "It expired Mon 23 Nov 11:50" in json.dumps(work.card("brief").blocks)


def test_what_is_answered_already_is_said_once_for_all_lines(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    items = tuple(Item(f"i{number}", f"Shelf {number} faced") for number in range(40))
    every_kind(work, sections=(Section("Shelves", items),))
    work.reply(ben, "kinds", "1-40")
    assert work.reply(ben, "kinds", "1-40") == (
        ":no_entry: 1-40: answered already. To change one that is yours: `undo 1`, then answer again."
    )


def test_done_alone_asks_only_about_lines_of_the_writers_own(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work)
    work.reply(ben, "kinds", "1-2")
    said_of = work.reply(ben, "kinds", "finished")
    assert "Till counted" not in said_of
