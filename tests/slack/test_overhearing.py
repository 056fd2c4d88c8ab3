"""The guard over the channel: nothing is kept of a message about a patient, and the right people hear of it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt import BoltRequest

from shiftbot.demo.emulator import Person
from shiftbot.storage import record
from tests.slack.workplace import CHANNEL, Workplace

PHONE = "Please ring 304-555-0188 about the vaccine"


def refusals(work: Workplace) -> list[tuple[str, str, str]]:
    """What the record says of refused words: who, where, which class."""
    with work.database.snapshot() as connection:
        entries = list(record.entries_of(connection, "hilltop-main"))
    noted = [entry for entry in entries if entry.kind == "privacy-refused"]
    return [(entry.actor, entry.subject, json.loads(entry.body)["class"]) for entry in noted]


def inbox(who: Person, since: int = 0) -> list[str]:
    """What the bot wrote to somebody directly."""
    return [message.text for message in who.inbox][since:]


def kept(work: Workplace) -> str:
    """Everything the database and the bot's own messages hold, as text."""
    with work.database.snapshot() as connection:
        rows = [
            str(row)
            for table in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
            .scalars()
            .all()
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')
        ]
    sent = [json.dumps(call.arguments) for call in work.emulator.calls if call.method.startswith("chat.")]
    return "\n".join([*rows, *sent])


def happened(work: Workplace, event: dict[str, Any], event_id: str) -> None:
    """Slack delivers a message event."""
    body = {"type": "event_callback", "event_id": event_id, "event": {"type": "message", "channel": CHANNEL, **event}}
    answer = work.app.dispatch(BoltRequest(mode="socket_mode", body=body))
    assert answer.status == 200


def test_a_message_about_a_patient_is_told_to_its_writer_and_only_its_class_and_place_to_the_manager(
    work: Workplace, ben: Person, morgan: Person, amira: Person
) -> None:
    work.at("07:15")
    told, managed, others = len(ben.inbox), len(morgan.inbox), len(amira.inbox)
    said = ben.say(CHANNEL, PHONE)
    work.until(lambda: len(ben.inbox) > told and len(morgan.inbox) > managed)
    assert "looks like it holds a phone number" in inbox(ben)[-1]
    assert "write “the prescriber's line” instead" in inbox(ben)[-1]
    assert "Please delete your message: I cannot do that for you." in inbox(ben)[-1]
    place = f"p{said.ts.replace('.', '')}|A message> in <#{CHANNEL}>"
    assert place in inbox(morgan)[-1]
    assert "a phone number" in inbox(morgan)[-1]
    assert "Ben" not in inbox(morgan)[-1]
    assert len(amira.inbox) == others
    assert refusals(work) == [("ben", CHANNEL, "a phone number")]
    assert "304-555-0188" not in kept(work)


@pytest.mark.parametrize("text", ["The NDC 0093-7146-98 is short, order 1234567890 is late", "Amira comes at 14:00"])
def test_what_pharmacies_write_to_each_other_is_left_alone(work: Workplace, ben: Person, text: str) -> None:
    work.at("07:15")
    told = len(ben.inbox)
    ben.say(CHANNEL, text)
    work.reply(ben, "retail-opening", "1 ok")
    assert len(ben.inbox) == told
    assert refusals(work) == []


def test_a_reply_in_a_checklists_thread_is_refused_there_and_stores_nothing_else_of_it(
    work: Workplace, ben: Person, morgan: Person
) -> None:
    work.at("07:15")
    seen, told = len(ben.ephemerals), len(ben.inbox)
    ben.say(CHANNEL, "1 ok, 2 fail Mrs Jones was here", thread_ts=work.card("retail-opening").ts)
    assert "That looks like a patient's name, so nothing was stored." in work.told_privately(ben, seen)
    work.until(lambda: any("a patient's name" in text for text in inbox(morgan)))
    assert work.view("retail-opening").answered == 0
    assert work.thread("retail-opening") == []
    assert len(ben.inbox) == told
    assert refusals(work) == [("ben", CHANNEL, "a patient's name")]


def test_an_edit_is_looked_at_and_the_same_class_is_told_once_a_message(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    told = len(ben.inbox)
    said = ben.say(CHANNEL, "Please ring the clinic")
    ben.edit(said, PHONE)
    work.until(lambda: len(ben.inbox) == told + 1)
    ben.edit(said, "Ring 304-555-0199, please")
    ben.edit(said, "Ring them about Mrs Jones")
    work.until(lambda: len(ben.inbox) == told + 2)
    assert [what for _, _, what in refusals(work)] == ["a phone number", "a patient's name"]


def test_a_repeated_delivery_tells_nobody_twice(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    told = len(ben.inbox)
    said = ben.say(CHANNEL, PHONE)
    work.until(lambda: len(ben.inbox) == told + 1)
    happened(work, {"user": ben.id, "ts": said.ts, "text": PHONE}, "Ev0AGAIN")
    work.settle()
    assert len(ben.inbox) == told + 1
    assert len(refusals(work)) == 1


def test_a_file_is_known_by_its_name_and_what_bots_say_is_left_alone(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    told = len(ben.inbox)
    happened(work, {"user": ben.id, "ts": "1763898150.000100", "bot_id": "B0OTHER", "text": PHONE}, "Ev0BOT")
    shared = {"user": ben.id, "ts": "1763898150.000200", "subtype": "file_share", "files": [{"name": "Mrs Jones.pdf"}]}
    happened(work, shared, "Ev0FILE")
    work.until(lambda: len(ben.inbox) == told + 1)
    assert "a patient's name" in inbox(ben)[-1]


def test_a_strangers_message_is_told_to_the_stranger(work: Workplace, guest: Person) -> None:
    work.at("07:15")
    told = len(guest.inbox)
    guest.say(CHANNEL, PHONE)
    work.until(lambda: len(guest.inbox) == told + 1)
    assert refusals(work) == [("U0GUEST", CHANNEL, "a phone number")]


def test_what_a_form_refuses_leaves_its_class_on_the_record(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    ben.command("/shift", "flag", CHANNEL).wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    response = ben.submit({"what": "Patient Jones left a bag"}).wait().response or {}
    assert "a patient's name" in response["errors"]["what"]
    assert ben.submit({"what": "Patient Jones left a bag"}).wait().response
    ben.dismiss()
    assert refusals(work) == [("ben", CHANNEL, "a patient's name")]


def test_a_note_to_a_line_that_is_refused_leaves_its_class_on_the_record(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    work.press(ben, "retail-opening", "item_problem")
    work.emulator.wait_until(lambda: bool(ben.views))
    filled = {"line": "1", "outcome": "failed", "reason": "Mrs Jones was here"}
    response = ben.submit(filled).wait().response or {}
    assert "a patient's name" in str(response["errors"])
    ben.dismiss()
    assert refusals(work) == [("ben", CHANNEL, "a patient's name")]
    assert work.view("retail-opening").answered == 0


def test_a_forms_refusal_is_noted_at_the_pharmacy_the_form_is_about(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    main = work.pharmacy.sites["hilltop-main"]
    east = replace(main, id="hilltop-east", channel="C0EAST")
    work.pharmacy = replace(work.pharmacy, sites={east.id: east, main.id: main})
    ben.command("/shift", "handover", CHANNEL).wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    assert ben.submit({"note": "Mrs Jones comes at 3"}).wait().response
    ben.dismiss()
    assert refusals(work) == [("ben", CHANNEL, "a patient's name")]
