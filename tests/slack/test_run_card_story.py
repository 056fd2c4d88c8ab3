"""The opening checklist in the channel, over real HTTP and a real WebSocket: ticked by button and by typed reply."""

import json

from shiftbot.demo.emulator import Person
from tests.slack.workplace import CHANNEL, Workplace


def test_the_card_shows_sections_progress_due_time_and_who_may_do_what(work: Workplace) -> None:
    work.at("07:15")
    card = work.card("retail-opening")
    shown = json.dumps(card.blocks, ensure_ascii=False)
    assert card.blocks[0]["text"]["text"] == "Opening checklist"
    assert "*0 of 29*" in shown
    assert "due *08:00*" in shown
    assert "*Cold chain*" in shown
    assert "_pharmacist_" in shown
    assert len(card.blocks) <= 50


def test_a_tick_by_button_is_acknowledged_stored_and_shown_in_the_same_message(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    posted = len(work.emulator.messages(CHANNEL))
    work.press(ben, "retail-opening", "item_done", "Lights")
    work.until(lambda: "Ben O. 07:15" in json.dumps(work.card("retail-opening").blocks))
    assert work.view("retail-opening").answered == 1
    assert "*1 of 29*" in json.dumps(work.card("retail-opening").blocks)
    assert len(work.emulator.messages(CHANNEL)) == posted
    assert work.card("retail-opening").edited


def test_a_technician_is_kindly_refused_a_pharmacist_line(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    told = len(ben.ephemerals)
    work.press(ben, "retail-opening", "item_done", "Alarm off")
    assert "is for a pharmacist to do" in work.told_privately(ben, told)
    assert work.view("retail-opening").answered == 0


def test_typed_replies_tick_and_the_bot_says_what_it_understood(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    assert "done: 1. Outside looks right, two people here" in work.reply(ben, "retail-opening", "1 ok")
    answer = work.reply(ben, "retail-opening", "2-5 done")
    assert "2. Controlled cabinet intact" in answer
    assert "5. Phones, IVR, doctors' line answering" in answer
    work.until(lambda: "*5 of 29*" in json.dumps(work.card("retail-opening").blocks))


def test_a_typed_fridge_asks_which_one_and_names_them(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    answer = work.reply(ben, "retail-opening", "fridge 41")
    number = work.number("retail-opening", "Vaccine fridge")
    assert f"`{number} 41` for Vaccine fridge" in answer
    assert "41 °F" in work.reply(ben, "retail-opening", f"{number} 41")
    assert work.view("retail-opening").answered == 1


def test_undo_takes_ones_own_answer_back(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("07:15")
    work.reply(ben, "retail-opening", "1")
    assert "only they can take it back" in work.reply(amira, "retail-opening", "undo 1")
    assert "blank again" in work.reply(ben, "retail-opening", "undo 1")
    assert work.view("retail-opening").answered == 0


def test_a_reply_nobody_can_parse_is_answered_with_the_nearest_thing(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    assert "Did you mean `1-2 done`?" in work.reply(ben, "retail-opening", "1-2 doen")
    assert "How to answer in this thread" in work.reply(ben, "retail-opening", "?")
    assert work.view("retail-opening").answered == 0
