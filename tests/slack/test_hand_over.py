"""Handing over the shift: the note with what is open, its card, and who has read it."""

from dataclasses import replace

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.slack import texts
from tests.slack.begun import channel, entries, form, home, said, shown
from tests.slack.workplace import CHANNEL, Workplace

NOTE = "Wholesaler comes at 14:00.\nThe vaccine fridge door sticks."


def card(work: Workplace) -> Message:
    """The newest hand-over card."""
    work.until(lambda: "hand_over_read" in channel(work))
    return [message for message in work.emulator.messages(CHANNEL) if "Hand-over" in str(message.blocks)][-1]


def handed_over(work: Workplace, who: Person, note: str = NOTE) -> Message:
    """Somebody writes a note by command."""
    assert said(who, "handover") == ""
    form(work, who)
    response = who.submit({"note": note}).wait().response or {}
    assert response["view"]["title"]["text"] == "Handed over"
    who.dismiss()
    return card(work)


def test_the_form_shows_what_is_open_and_the_note_becomes_a_card(work: Workplace, ben: Person) -> None:
    work.at("08:45")
    said(ben, "hand-over")
    view = shown(form(work, ben))
    assert "Missed and still blank" in view
    assert "Voicemail sweep: " in view
    assert "Never anything about a patient" in view
    assert ben.submit({"note": NOTE}).wait().response
    ben.dismiss()
    text = str(card(work).blocks)
    assert "> Wholesaler comes at 14:00.\\n> The vaccine fridge door sticks." in text
    assert "Missed and still blank" in text
    assert "Nobody has read it yet" in text


def test_a_colleague_reads_it_and_the_card_shows_who_and_when(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("08:00")
    note = handed_over(work, ben)
    work.at("08:10")
    amira.click(note, "hand_over_read").wait()
    work.until(lambda: "Read by Amira Hassan 08:10" in channel(work))
    assert [entry.actor for entry in entries(work, "hand-over-read")] == ["amira"]


def test_the_writer_cannot_read_it_for_the_next_shift(work: Workplace, ben: Person) -> None:
    work.at("08:00")
    note = handed_over(work, ben)
    told = len(ben.ephemerals)
    ben.click(note, "hand_over_read").wait()
    assert "You wrote this note" in work.told_privately(ben, told)
    assert entries(work, "hand-over-read") == []


def test_it_stands_on_the_home_tab_of_others_until_somebody_read_it(
    work: Workplace, ben: Person, amira: Person
) -> None:
    work.at("08:00")
    handed_over(work, ben)
    assert "Hand-over note, not read yet" in home(work, amira)
    assert "Hand-over note, not read yet" not in home(work, ben)
    amira.click_home("hand_over_read").wait()
    work.until(lambda: entries(work, "hand-over-read"))
    assert "Hand-over note, not read yet" not in home(work, amira)


def test_what_may_name_a_patient_is_refused_in_the_form(work: Workplace, ben: Person) -> None:
    work.at("08:00")
    said(ben, "handover")
    form(work, ben)
    response = ben.submit({"note": "Mrs Jones comes at 3"}).wait().response or {}
    assert "a patient's name" in response["errors"]["note"]
    ben.dismiss()
    assert len(entries(work, "privacy-refused")) == 1
    assert entries(work, "hand-over-written") == []


def test_the_shortcut_asks_which_pharmacy_when_there_are_several(work: Workplace, ben: Person) -> None:
    work.at("08:00")
    ben.shortcut("hand_over_shift").wait()
    assert "What must the next shift know?" in shown(form(work, ben))
    ben.dismiss()
    site = work.pharmacy.sites["hilltop-main"]
    second = replace(site, id="hilltop-east", name="Hilltop Pharmacy, East", channel="C0EAST", fallback="ben")
    both = {site.id: replace(site, fallback="ben"), second.id: second}
    work.pharmacy = replace(work.pharmacy, sites=both)
    ben.shortcut("hand_over_shift").wait()
    form(work, ben)
    response = ben.submit({"site": "hilltop-east"}).wait().response or {}
    assert response["response_action"] == "update"
    assert "Hilltop Pharmacy, East" in str(response["view"])
    ben.dismiss()


def test_the_button_on_the_home_tab_opens_the_same_form(work: Workplace, ben: Person) -> None:
    work.at("08:00")
    home(work, ben)
    ben.click_home("hand_over_write").wait()
    assert "What must the next shift know?" in shown(form(work, ben))
    ben.dismiss()


def test_words_after_the_command_begin_the_note(work: Workplace, ben: Person) -> None:
    work.at("08:00")
    said(ben, "handover wholesaler comes at 14:00")
    assert "wholesaler comes at 14:00" in shown(form(work, ben))
    ben.dismiss()
    assert "looks like a phone number" in said(ben, "handover call 304-555-0188")
    assert ben.views == []


def test_a_note_about_a_run_that_is_not_there_is_refused_in_words(
    work: Workplace, ben: Person, caplog: pytest.LogCaptureFixture
) -> None:
    work.at("08:00")
    said(ben, "handover")
    form(work, ben).payload["private_metadata"] = "hilltop-main|999999"
    response = ben.submit({"note": NOTE}).wait().response or {}
    assert texts.OLD_BUTTON in str(response["errors"])
    assert "Traceback" not in caplog.text
    ben.dismiss()
    assert entries(work, "hand-over-written") == []
