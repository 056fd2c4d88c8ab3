"""PINs from Slack: set by their owner, changed with the old one, reset by a manager, and never kept in the open."""

import json
import logging
from dataclasses import replace

import pytest
from slack_bolt import BoltRequest

from shiftbot.demo.emulator import Person
from shiftbot.domain.checklist import ItemKind
from shiftbot.services import signing
from tests.slack.begun import entries, form, home, said, shown
from tests.slack.kinds import every_kind
from tests.slack.workplace import CHANNEL, Workplace


def chosen(work: Workplace, who: Person, pin: str, again: str | None = None, **further: str) -> dict[str, str]:
    """Somebody fills the form in; the errors it shows, none when it was taken."""
    assert said(who, "pin") == ""
    form(work, who)
    response = who.submit({"pin": pin, "again": pin if again is None else again, **further}).wait().response or {}
    if who.views:
        who.dismiss()
    return dict(response.get("errors") or {})


def test_a_pin_is_set_when_it_is_typed_twice_alike(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    assert chosen(work, amira, "4827", "4828") == {"again": "The two are not the same. Type both once more."}
    assert "first that anybody would try" in str(chosen(work, amira, "1234"))
    assert chosen(work, amira, "4827") == {}
    assert [entry.subject for entry in entries(work, "pin-set")] == ["pin:amira"]


def test_a_pin_is_nowhere_in_the_open(work: Workplace, amira: Person, caplog: pytest.LogCaptureFixture) -> None:
    work.at("10:00")
    caplog.set_level(logging.DEBUG)
    calls = len(work.emulator.calls)
    assert chosen(work, amira, "48270915") == {}
    assert "48270915" not in caplog.text
    assert "48270915" not in json.dumps([call.arguments for call in work.emulator.calls[calls:]])
    answers = [envelope.response for envelope in work.emulator.envelopes if envelope.response]
    assert "48270915" not in json.dumps(answers)
    assert "48270915" not in "".join(entry.body for entry in entries(work, "pin-set"))


def test_changing_it_takes_the_old_one(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    assert chosen(work, amira, "4827") == {}
    assert "That is not your PIN" in chosen(work, amira, "9051", old="1111")["old"]
    assert chosen(work, amira, "9051", old="4827") == {}
    with work.database.snapshot() as connection:
        assert signing.has_pin(connection, work.pharmacy.people["amira"])


def test_a_locked_pin_opens_no_form_until_a_manager_resets_it(
    work: Workplace, amira: Person, morgan: Person, ben: Person
) -> None:
    work.at("10:00")
    assert chosen(work, amira, "4827") == {}
    for _ in range(5):
        chosen(work, amira, "9051", old="1111")
    assert "locked after five misses" in said(amira, "pin")
    assert "A manager resets a PIN" in said(ben, "pin reset @amira")
    assert said(morgan, "pin reset @amira") == "Amira Hassan's PIN is reset. They set another with `/shift pin`."
    assert chosen(work, amira, "7093") == {}


@pytest.mark.parametrize("words", ["@ben", "ben", "Ben Ortiz", "ortiz"])
def test_a_reset_names_its_person_by_mention_or_name(work: Workplace, morgan: Person, ben: Person, words: str) -> None:
    work.at("10:00")
    assert chosen(work, ben, "4827") == {}
    assert "Ben Ortiz's PIN is reset" in said(morgan, f"pin reset {words}")


def test_a_reset_of_nobody_says_how_to_name_somebody(work: Workplace, morgan: Person) -> None:
    work.at("10:00")
    assert "Say whose PIN to reset" in said(morgan, "pin reset")
    assert "Say whose PIN to reset" in said(morgan, "pin reset zoe")
    assert "Nobody resets their own PIN" in said(morgan, "pin reset @morgan")


def test_the_home_tab_asks_for_a_pin_where_signatures_need_one(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    assert "you have none yet" not in home(work, amira)
    site = replace(work.pharmacy.sites["hilltop-main"], pin=True)
    work.pharmacy = replace(work.pharmacy, sites={site.id: site})
    assert "you have none yet" in home(work, amira)
    amira.click_home("pin_set").wait()
    assert "The same once more" in shown(form(work, amira))
    assert amira.submit({"pin": "4827", "again": "4827"}).wait().response
    amira.dismiss()
    assert "you have none yet" not in home(work, amira)


def test_a_change_delivered_again_is_no_miss(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    assert chosen(work, amira, "4827") == {}
    said(amira, "pin")
    form(work, amira)
    envelope = amira.submit({"pin": "9051", "again": "9051", "old": "4827"}).wait()
    amira.dismiss()
    work.app.dispatch(BoltRequest(mode="socket_mode", body=dict(envelope.payload)))
    assert entries(work, "pin-missed") == []
    assert len(entries(work, "pin-set")) == 2


@pytest.mark.parametrize("words", ["14 sign 4827", "sign 4827", "pin 4827"])
@pytest.mark.parametrize("in_thread", [True, False])
def test_a_pin_in_a_message_is_answered_privately_and_kept_nowhere(
    work: Workplace, amira: Person, caplog: pytest.LogCaptureFixture, words: str, in_thread: bool
) -> None:
    work.at("07:15")
    caplog.set_level(logging.DEBUG)
    card, told = work.card("retail-opening"), len(amira.ephemerals)
    calls, before = len(work.emulator.calls), len(work.thread("retail-opening"))
    amira.say(CHANNEL, words, thread_ts=card.ts if in_thread else None)
    answer = work.told_privately(amira, told)
    assert "Please delete your message" in answer
    assert "/shift pin" in answer
    work.settle()
    assert "4827" not in answer + json.dumps([call.arguments for call in work.emulator.calls[calls:]])
    assert len(work.thread("retail-opening")) == before
    with work.database.snapshot() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        kept = [str(connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()) for table in tables]
    assert "sign 4827" not in "".join(kept)
    assert "pin 4827" not in "".join(kept)


def test_bare_digits_where_pins_sign_are_answered_privately(work: Workplace, amira: Person) -> None:
    every_kind(work, pin=True)
    view = work.view("kinds")
    signed = next(line.number for line in view.plan.lines if line.kind is ItemKind.SIGNATURE)
    for words in ("4827", f"{signed} 4827"):
        told = len(amira.ephemerals)
        amira.say(CHANNEL, words, thread_ts=work.card("kinds").ts)
        assert "Never type your PIN" in work.told_privately(amira, told)
