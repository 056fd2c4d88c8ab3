"""Answers with what chats put around them: bullets, quotes, emphasis, mentions, numbered lists; and why one is open."""

import pytest

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Plan
from shiftbot.domain.replies import Understood, read_replies
from shiftbot.errors import Unreadable
from tests.domain.test_replies import PLAN, line

OPEN = (
    "4. Cash drawer counted stays open. If it failed write `4 fail …` and why; if it does not apply, `4 n/a …` and why."
)


@pytest.mark.parametrize(
    "text",
    [
        "1. done 4. done", "1) done 4) done", "1 done 4 done", "• 1 done\n• 4 done", "• 1 done • 4 done",
        "- 1 done\n- 4 ok", "*1* done\n*4* done", "1 *done*, 4 _done_", "> 1 done\n> 4 done", "&gt; 1 done, 4 done",
        "1 done, 4 done @amira", "1, 4 done <@U0AMIRA>", "1 and 4 done <@U0AMIRA|amira> @ben",
    ],
)  # fmt: skip
def test_trimmings_hide_no_tick(text: str) -> None:
    assert read_replies(text, PLAN) == Understood((Reply("line-1"), Reply("line-4")))


@pytest.mark.parametrize("text", ["- 2 41", "• 2 41", "> 2 41", "*2* 41", "2 41.0 @amira", "- 2 *41*"])
def test_trimmings_hide_no_value(text: str) -> None:
    assert read_replies(text, PLAN).replies == (Reply("line-2", value={"temperature": 41.0, "unit": "F"}),)


@pytest.mark.parametrize("text", ["4 <@U0BEN>", "1 and 4 @ben", "2 41 @ben"])
def test_a_mention_that_may_ask_somebody_to_do_it_is_no_answer(text: str) -> None:
    with pytest.raises(Unreadable):
        read_replies(text, PLAN)


def test_a_mention_within_a_reason_stays_in_it() -> None:
    assert read_replies("• 4 fail seal torn, told @amira", PLAN).replies[0].note == "seal torn, told @amira"


def test_a_hyphen_is_never_taken_from_a_temperature_below_zero() -> None:
    freezer = Plan("f", "v1", "F", "standard", (line(1, "Freezer", ItemKind.TEMPERATURE, unit="C", low=-50, high=-15),))
    for text in ("- 18", "- 18 C", "- 18.5"):
        try:
            replies = read_replies(text, freezer).replies
        except Unreadable:
            continue
        assert all((reply.value or {})["temperature"] < 0 for reply in replies), text


@pytest.mark.parametrize(
    "text",
    [
        "4 not done bc bulb broke", "4 not done because no bulbs", "4 not yet, busy", "4 is not done, no bulbs",
        "4 not done yet - waiting", "cash drawer not done, key is missing",
    ],
)  # fmt: skip
def test_why_a_line_is_not_done_stores_nothing_and_asks_what_it_is(text: str) -> None:
    assert read_replies(text, PLAN) == Understood(asked=(OPEN,))


@pytest.mark.parametrize(
    "text", ["1 done, 4 not done bc bulb broke", "1 done, 4 not done, bulb broke, ordered", "4 not done, 1 done"]
)
def test_a_line_that_is_not_done_hides_none_beside_it(text: str) -> None:
    assert read_replies(text, PLAN) == Understood((Reply("line-1"),), asked=(OPEN,))


def test_no_other_answer_is_swallowed_by_why_one_is_open() -> None:
    assert len(read_replies("4 not done, fridge 41", PLAN).asked) == 2
    with pytest.raises(Unreadable, match="a line of its own"):
        read_replies("4 not done bc busy and 1 done", PLAN)
