"""Invariant 12: every envelope is acknowledged within 3 s whatever the database does, and a repeat changes nothing."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from slack_bolt import BoltRequest

from shiftbot.demo.emulator import Envelope, Person
from shiftbot.slack import texts
from tests.slack.workplace import CHANNEL, Workplace


@contextmanager
def locked(work: Workplace) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    with closing(sqlite3.connect(str(work.database.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def repeated(work: Workplace, envelope: Envelope) -> int:
    """The status of the same payload, delivered once more."""
    return work.app.dispatch(BoltRequest(mode="socket_mode", body=dict(envelope.payload))).status


def answers(work: Workplace, checklist: str) -> int:
    """How many lines of a run are answered."""
    return work.view(checklist).answered


def test_with_the_database_locked_a_click_is_acknowledged_and_told_to_try_again(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    card, told = work.card("retail-opening"), len(ben.ephemerals)
    with locked(work):
        envelope = ben.click(card, "item_done", "line-1").wait()
        work.emulator.wait_until(lambda: len(ben.ephemerals) > told)
    assert envelope.took is not None
    assert envelope.took < 3
    assert ben.ephemerals[-1].text == texts.NOT_SAVED
    assert answers(work, "retail-opening") == 0


def test_with_the_database_locked_a_form_says_so_and_stays_open(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    work.press(ben, "voicemail", "item_enter")
    work.emulator.wait_until(lambda: bool(ben.views))
    with locked(work):
        envelope = ben.submit({"refill": "2", "oldest": "5m"}).wait()
    assert envelope.response is not None
    assert texts.NOT_SAVED in envelope.response["errors"].values()
    assert not ben.submit().wait().response
    assert answers(work, "voicemail") == 1


def test_with_the_database_locked_a_typed_reply_is_told_to_try_again(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    card, told = work.card("retail-opening"), len(ben.ephemerals)
    with locked(work):
        ben.say(CHANNEL, "1 ok", thread_ts=card.ts)
        work.emulator.wait_until(lambda: len(ben.ephemerals) > told)
    assert ben.ephemerals[-1].text == texts.NOT_SAVED
    assert "done: 1." in work.reply(ben, "retail-opening", "1 ok")


def test_pressing_twice_says_who_was_first_and_changes_nothing(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("07:15")
    card, told = work.card("retail-opening"), len(amira.ephemerals)
    ben.click(card, "item_done", "line-1").wait()
    work.emulator.wait_until(lambda: answers(work, "retail-opening") == 1)  # the card still shows the button
    amira.click(card, "item_done", "line-1").wait()
    assert re.search(r"^Ben Ortiz answered “.+” at 07:15", work.told_privately(amira, told))
    assert answers(work, "retail-opening") == 1


def test_two_people_at_once_store_one_answer(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("07:15")
    card, told = work.card("retail-opening"), len(amira.ephemerals) + len(ben.ephemerals)
    clicks = [who.click(card, "item_done", "line-2") for who in (ben, amira)]
    for click in clicks:
        click.wait()
    work.emulator.wait_until(lambda: len(amira.ephemerals) + len(ben.ephemerals) == told + 1)
    assert answers(work, "retail-opening") == 1


def test_a_message_delivered_again_is_answered_once(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    work.reply(ben, "retail-opening", "1 ok")
    event = next(each for each in reversed(work.emulator.envelopes) if each.type == "events_api")
    woken = work.woken
    assert repeated(work, event) == 200
    work.reply(ben, "retail-opening", "2 ok")
    assert work.woken > woken
    assert len(work.thread("retail-opening")) == 2


def test_a_click_delivered_again_does_not_hurry_an_alert_twice(work: Workplace, amira: Person) -> None:
    work.at("08:45")
    alert = next(m for m in work.emulator.messages(CHANNEL) if "Voicemail sweep missed" in json.dumps(m.blocks))
    envelope = amira.click(alert, "alert_escalate").wait()
    told = len(amira.ephemerals)
    work.until(lambda: amira.inbox)
    inbox = len(amira.inbox)
    assert repeated(work, envelope) == 200
    amira.click(amira.inbox[-1], "alert_decline").wait()
    work.emulator.wait_until(lambda: len(amira.ephemerals) > told)
    work.settle()
    assert len(amira.inbox) == inbox + 1


def test_a_form_delivered_again_is_answered_as_the_first_time(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("12:00")
    work.press(ben, "controlled-count", "count_enter", "Oxycodone")
    work.emulator.wait_until(lambda: bool(ben.views))
    ben.submit({"quantity": "120"}).wait()
    work.settle()
    work.press(amira, "controlled-count", "count_witness", "Oxycodone")
    work.emulator.wait_until(lambda: bool(amira.views))
    envelope = amira.submit({"quantity": "120"}).wait()
    again = work.app.dispatch(BoltRequest(mode="socket_mode", body=dict(envelope.payload)))
    assert json.loads(str(again.body)) == envelope.response
    amira.dismiss()


def test_somebody_nobody_named_is_told_kindly_what_to_do(work: Workplace, guest: Person) -> None:
    work.at("07:15")
    told = len(guest.ephemerals)
    work.press(guest, "retail-opening", "item_done", "Lights")
    assert "Ask Morgan Lee to add you" in work.told_privately(guest, told)
    told = len(guest.ephemerals)
    guest.say(CHANNEL, "1 ok", thread_ts=work.card("retail-opening").ts)
    assert "Ask Morgan Lee to add you" in work.told_privately(guest, told)
    assert answers(work, "retail-opening") == 0


def test_words_outside_a_cards_thread_are_left_alone(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    before = len(work.emulator.messages(CHANNEL))
    said = ben.say(CHANNEL, "3 ok")
    ben.say(CHANNEL, "1 ok", thread_ts=said.ts)
    work.reply(ben, "retail-opening", "1 ok")
    assert len(work.emulator.messages(CHANNEL)) == before + 1
    assert work.emulator.messages(CHANNEL, said.ts)[-1].user == ben.id
    assert answers(work, "retail-opening") == 1


def test_a_button_that_no_card_has_any_more_is_acknowledged_and_explained(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    card, told = work.card("retail-opening"), len(ben.ephemerals)
    block = card.blocks[2] | {"accessory": card.blocks[2]["accessory"] | {"action_id": "item_gone"}}
    work.client.chat_update(channel=card.channel, ts=card.ts, text="old", blocks=[block])
    work.press(ben, "retail-opening", "item_gone")
    assert work.told_privately(ben, told) == texts.OLD_BUTTON


def test_every_envelope_so_far_was_acknowledged_in_time(work: Workplace) -> None:
    envelopes = work.emulator.envelopes
    assert envelopes
    assert [each.describe() for each in envelopes if each.took is None or each.took > 3] == []
