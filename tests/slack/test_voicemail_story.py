"""The voicemail sweep: counts by kind and the oldest age, never a name."""

import json

from shiftbot.demo.emulator import Person
from tests.slack.workplace import Workplace


def open_form(work: Workplace, ben: Person) -> None:
    """Ten o'clock's sweep, its form open before Ben."""
    work.at("10:00")
    work.press(ben, "voicemail", "item_enter")
    work.emulator.wait_until(lambda: bool(ben.views))


def test_the_form_takes_counts_by_kind_and_the_oldest_age(work: Workplace, ben: Person) -> None:
    open_form(work, ben)
    assert not ben.submit({"refill": "2", "clinical": "1", "oldest": "1h"}).wait().response
    work.until(lambda: "3 messages (2 refill, 1 clinical), oldest 1 h" in json.dumps(work.card("voicemail").blocks))
    assert "complete" in json.dumps(work.card("voicemail").blocks)


def test_messages_without_an_age_are_asked_for_it(work: Workplace, ben: Person) -> None:
    open_form(work, ben)
    response = ben.submit({"refill": "2"}).wait().response
    assert response is not None
    assert "How old" in response["errors"]["oldest"]
    assert not ben.submit({"refill": "0"}).wait().response
    work.until(lambda: "no messages" in json.dumps(work.card("voicemail").blocks))


def test_a_sweep_is_answered_in_words_without_a_number(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    answer = work.reply(ben, "voicemail", "2 refill, 1 new, oldest 40m")
    assert "3 messages (1 new, 2 refill), oldest 40 min" in answer
    assert "last one" in answer


def test_what_looks_like_a_patient_is_refused_privately_and_stored_nowhere(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    told = len(ben.ephemerals)
    ben.say("hilltop-main", "1 n/a Mrs Smith 555-123-4567 will call", thread_ts=work.card("voicemail").ts)
    assert "nothing was stored" in work.told_privately(ben, told)
    assert "Smith" not in json.dumps([call.arguments for call in work.emulator.calls], default=str)
    assert work.thread("voicemail") == []
