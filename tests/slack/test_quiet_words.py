"""What people write is shown as they wrote it: its marks draw nothing, mention nobody and turn no line around."""

import json

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.slack.blocks.parts import plain, plain_lines
from tests.slack.begun import channel, form, said
from tests.slack.kinds import every_kind
from tests.slack.workplace import CHANNEL, Workplace

LOUD = "*shut* ~not~ `now` :white_check_mark: <!channel> \u202eback"

MARKS = ("*shut*", "~not~", "`now`", ":white_check_mark: &lt;", "<!channel>", "\u202e")


def loud(shown: str) -> list[str]:
    """The marks of `LOUD` that would still do something."""
    return [mark for mark in MARKS if mark in shown]


def messages_to(who: Person) -> str:
    """Everything that stands in somebody's direct messages, as text."""
    return json.dumps([[each.text, each.blocks] for each in who.inbox], ensure_ascii=False)


def test_lines_stay_apart_and_each_is_plain() -> None:
    assert plain_lines("*one*\n\n two ") == "∗one∗\n\ntwo"


@pytest.mark.parametrize("mark", ["\u202e", "\u202d", "\u2066", "\u200f"])
def test_a_mark_of_direction_turns_nothing_around(mark: str) -> None:
    assert plain(f"seal {mark}torn") == "seal torn"


def test_a_flag_is_quiet_in_the_channel_and_in_direct_messages(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("10:00")
    said(ben, "flag")
    form(work, ben)
    ben.submit({"what": LOUD}).wait()
    work.settle().at("10:11")
    assert "back" in channel(work)
    assert "back" in messages_to(amira)
    assert loud(channel(work)) == []
    assert loud(messages_to(amira)) == []


def test_a_follow_up_given_to_somebody_is_quiet(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("10:00")
    said(amira, "follow-up")
    form(work, amira)
    amira.submit({"what": LOUD, "whom": "person:ben"}).wait()
    work.settle()
    assert "asks you to follow up" in messages_to(ben)
    assert loud(messages_to(ben)) == []


def test_a_case_is_quiet(work: Workplace, amira: Person) -> None:
    work.at("08:55")
    for minutes in range(0, 90, 5):
        work.at(f"{9 + minutes // 60:02}:{minutes % 60:02}")
        work.receive("vaccine-fridge", 52.0 if minutes < 40 else 41.0)
        work.settle()
    card = next(each for each in work.emulator.messages(CHANNEL) if "case_fill" in json.dumps(each.blocks))
    amira.click(card, "case_fill").wait()
    form(work, amira)
    written = {"cause": LOUD, "action": f"{LOUD}\nlocked", "outcome": LOUD}
    assert not amira.submit(written | {"contents": LOUD, "disposition": "usable"}).wait().response
    work.until(lambda: "Signed by Amira Hassan" in channel(work))
    assert "locked" in channel(work)
    assert loud(channel(work)) == []


def test_a_reason_on_a_card_turns_no_line_around(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work)
    work.press(ben, "kinds", "item_problem")
    form(work, ben)
    ben.submit({"line": "1", "outcome": "failed", "reason": LOUD}).wait()
    work.settle()
    assert "back" in channel(work)
    assert loud(channel(work)) == []
