"""The controlled count: blind, witnessed from the witness's own account, then held against the book (invariant 7)."""

import json

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.checklist import ItemKind
from shiftbot.errors import Refused
from shiftbot.services import counts
from tests.cast import AMIRA
from tests.slack.kinds import every_kind
from tests.slack.workplace import Workplace

DRUG = "Oxycodone"


def count(work: Workplace, who: Person, action_id: str, quantity: str) -> dict[str, object] | None:
    """Press the button, fill the form in and send it; what the form was answered."""
    while who.views:
        who.dismiss()
    work.press(who, "controlled-count", action_id, DRUG)
    work.emulator.wait_until(lambda: bool(who.views))
    response = who.submit({"quantity": quantity}).wait().response
    work.settle()
    return response


def sent(work: Workplace, since: int) -> str:
    """Everything the bot sent to Slack since, acknowledgements included."""
    calls = [call.arguments for call in work.emulator.calls[since:]]
    acks = [envelope.response for envelope in work.emulator.envelopes]
    return json.dumps([calls, acks], ensure_ascii=False, default=str)


def test_no_payload_shows_the_first_count_or_the_book_before_both_counts_are_in(
    work: Workplace, ben: Person, amira: Person
) -> None:
    work.at("12:00")
    since = len(work.emulator.calls)
    count(work, ben, "count_enter", "11873")
    work.until(lambda: "counted by Ben O." in json.dumps(work.card("controlled-count").blocks))
    work.press(amira, "controlled-count", "count_witness", DRUG)
    work.emulator.wait_until(lambda: bool(amira.views))
    assert "11873" not in sent(work, since)
    shown = amira.submit({"quantity": "11873"}).wait().response
    assert shown is not None
    assert "agree" in json.dumps(shown)
    assert amira.views[-1].title == "Book quantity"
    closed = amira.submit({"quantity": "11873"}).wait().response
    assert "It agrees" in json.dumps(closed)
    work.until(lambda: "counted twice, agrees with the book" in json.dumps(work.card("controlled-count").blocks))


def test_the_card_never_shows_a_quantity_to_whoever_counts_next(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("12:00")
    count(work, ben, "count_enter", "11873")
    count(work, amira, "count_witness", "11872")
    amira.submit({"quantity": "11873"}).wait()
    work.until(lambda: "the two counts differ" in json.dumps(work.card("controlled-count").blocks))
    in_channel = [json.dumps([message.text, message.blocks]) for message in work.emulator.messages("C0HILLTOP")]
    assert not any("11873" in text or "11872" in text for text in in_channel)
    assert any("Case" in text and "Discrepancy" in text for text in in_channel)


def test_the_counter_does_not_witness_and_a_technician_neither(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("12:00")
    count(work, amira, "count_enter", "500")
    work.until(lambda: "counted by Amira H." in json.dumps(work.card("controlled-count").blocks))
    told = len(amira.ephemerals)
    work.press(amira, "controlled-count", "count_witness", DRUG)
    assert "nobody witnesses themselves" in work.told_privately(amira, told)
    told = len(ben.ephemerals)
    work.press(ben, "controlled-count", "count_witness", DRUG)
    assert "A pharmacist witnesses this count" in work.told_privately(ben, told)


def test_a_typed_number_is_no_count(work: Workplace, ben: Person) -> None:
    work.at("12:00")
    assert "with its button" in work.reply(ben, "controlled-count", "1 120")
    assert work.view("controlled-count").answered == 0


def test_a_quantity_that_cannot_be_read_is_refused_beside_its_field(work: Workplace, ben: Person) -> None:
    work.at("12:00")
    response = count(work, ben, "count_enter", "about 100")
    assert response is not None
    assert "is not a count" in json.dumps(response, ensure_ascii=False)
    assert ben.submit({"quantity": "100"}).wait().response in (None, {})


def test_a_count_that_needs_no_witness_takes_no_blind_count(work: Workplace) -> None:
    work.at("10:00")
    every_kind(work)
    view = work.view("kinds")
    line = next(line for line in view.plan.lines if line.kind is ItemKind.COUNT and line.witness is None)
    with pytest.raises(Refused, match="Enter"), work.database.transaction() as connection:
        counts.enter(connection, work.pharmacy, view.run.id, line.key, AMIRA, 12, work.now)
