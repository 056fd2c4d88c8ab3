"""A run's thread beyond plain ticks: whoever is new is taught, photos, thumbs, reasons, claims, corrections, snooze."""

import json

import pytest

from shiftbot.demo.emulator import Person
from tests.slack.kinds import EVERY_KIND, answer, every_kind, line
from tests.slack.workplace import CHANNEL, Workplace


@pytest.fixture
def kinds(work: Workplace) -> Workplace:
    """Every kind of item, open since 10:00."""
    work.at("10:00")
    every_kind(work)
    return work


def thumb(work: Workplace, who: Person, name: str = "+1") -> str:
    """React to the card; the bot's answer in its thread."""
    before = len(work.thread("kinds"))
    who.react(work.card("kinds"), name)
    work.until(lambda: len(work.thread("kinds")) > before)
    return work.thread("kinds")[-1]


def test_whoever_is_new_is_taught_once_by_the_bots_answer(kinds: Workplace, ben: Person, amira: Person) -> None:
    first = kinds.reply(ben, "kinds", "1")
    assert "done: 1. Lights on" in first
    assert "New here?" in first
    assert "New here?" not in kinds.reply(ben, "kinds", "2")
    assert "New here?" in kinds.reply(amira, "kinds", "4")


def test_a_photo_in_the_thread_answers_the_line_it_names(kinds: Workplace, ben: Person) -> None:
    number = line(kinds, "Photo").line.number
    before = len(kinds.thread("kinds"))
    ben.share(CHANNEL, "shelf.jpg", f"{number}", kinds.card("kinds").ts)
    kinds.until(lambda: len(kinds.thread("kinds")) > before)
    said = answer(kinds, "Photo")
    assert said is not None
    assert said.value is not None
    assert said.value["file"].startswith("F")


def test_a_photo_without_words_answers_the_only_photo_line(kinds: Workplace, ben: Person) -> None:
    ben.share(CHANNEL, "shelf.png", "", kinds.card("kinds").ts)
    kinds.until(lambda: answer(kinds, "Photo"))


def test_a_file_that_is_no_picture_is_refused(kinds: Workplace, ben: Person) -> None:
    told = len(ben.ephemerals)
    ben.share(CHANNEL, "list.pdf", "12", kinds.card("kinds").ts)
    assert "no picture" in kinds.told_privately(ben, told)
    assert answer(kinds, "Photo") is None


def test_a_thumb_on_the_card_is_all_good_where_that_is_allowed(kinds: Workplace, ben: Person) -> None:
    said = thumb(kinds, ben, "+1::skin-tone-3")
    assert "done: 1. Lights on  ·  2. Phones answered  ·  3. Drive-through open" in said
    assert kinds.view("kinds").answered == 3


def test_a_thumb_says_why_it_ticks_nothing(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work, sections=EVERY_KIND[1:])
    told = len(ben.ephemerals)
    ben.react(work.card("kinds"), "+1")
    assert "A thumb ticks nothing on this checklist" in work.told_privately(ben, told)
    assert work.view("kinds").answered == 0


def test_another_reaction_and_one_elsewhere_do_nothing(kinds: Workplace, ben: Person) -> None:
    told, woken = len(ben.ephemerals), kinds.woken
    ben.react(kinds.card("kinds"), "eyes")
    ben.react(ben.say(CHANNEL, "good morning"), "+1")
    kinds.reply(ben, "kinds", "1")
    assert len(ben.ephemerals) == told
    assert kinds.view("kinds").answered == 1
    assert kinds.woken > woken


def test_a_typed_value_out_of_range_is_stored_and_its_reason_asked(kinds: Workplace, ben: Person) -> None:
    number = line(kinds, "Fridge display").line.number
    said = kinds.reply(ben, "kinds", f"{number} 50")
    assert "50 °F" in said
    assert f"`{number} because" in said
    assert "noted" in kinds.reply(ben, "kinds", f"{number} because the door stood open, closed it")
    found = answer(kinds, "Fridge display")
    assert found is not None
    assert found.note == "the door stood open, closed it"


def test_a_section_is_claimed_in_words(kinds: Workplace, ben: Person) -> None:
    assert "“Front” is yours" in kinds.reply(ben, "kinds", "claim front")
    kinds.until(lambda: "*Ben O.* has it" in json.dumps(kinds.card("kinds").blocks))


def test_notes_never_mark_up_the_card_nor_mention_anybody(kinds: Workplace, ben: Person) -> None:
    note = "*all* `ok` <!channel> <@U0AMIRA> ~x~ :white_check_mark: _y_ @channel"
    said = kinds.reply(ben, "kinds", f"3 fail {note}")
    kinds.until(lambda: answer(kinds, "Drive-through"))
    kinds.settle()
    shown = json.dumps(kinds.card("kinds").blocks, ensure_ascii=False) + said
    for live in ("*all*", "`ok`", "<!channel>", "<@U0AMIRA>", "~x~", ":x: 3. all :white_check_mark:", "_y_"):
        assert live not in shown
    assert "&lt;!channel&gt;" in shown
