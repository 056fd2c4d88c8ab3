"""Replies whatever is typed: understood as said, said as understood, refused in words, and never anything else."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.answer import Answer, Outcome, Reply
from shiftbot.domain.checklist import ItemKind
from shiftbot.domain.replies import Understood, read_replies
from shiftbot.errors import Unreadable
from shiftbot.slack.texts import answer_text
from tests.domain.reply_strategies import ANSWERED, DAY, MESSAGES, NOTES, TODAY, TYPED, WORDS, replies, typed

KEYS = frozenset(ANSWERED)
ANSWERED_SOME = st.sets(st.sampled_from(ANSWERED), max_size=12)


def reading(text: str, answered: Iterable[str] = (), not_asked: Iterable[str] = ()) -> Understood | str:
    """What a text is understood as, or the words that say why not."""
    try:
        return read_replies(text, DAY, frozenset(answered), not_asked=frozenset(not_asked), today=TODAY)
    except Unreadable as why:
        return str(why)


def bot_words(reply: Reply) -> str:
    """A reply as the bot says it in the thread, with its line's number."""
    of = DAY.line(reply.line)
    at = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    said = Answer(1, reply.line, 1, reply.outcome, reply.value, reply.note, "ben", at, late=False, via="thread")
    return f"{of.number} {answer_text(of, said)}"


@given(MESSAGES, ANSWERED_SOME)
def test_any_text_is_understood_within_the_plan_or_refused_in_words(text: str, answered: set[str]) -> None:
    read = reading(text, answered)
    assert read not in ("", Understood())
    if isinstance(read, Understood):
        assert {reply.line for reply in read.replies} <= KEYS
        assert {*read.undo, *read.photos, *(key for key, _ in read.because)} <= KEYS
        assert read.claim in {"", *(line.section for line in DAY.lines)}


@given(MESSAGES)
def test_what_the_bot_says_it_understood_reads_as_the_same(text: str) -> None:
    read = reading(text)
    for reply in read.replies if isinstance(read, Understood) else ():
        again = reading(bot_words(reply))
        assert isinstance(again, Understood), (bot_words(reply), again)
        assert again.replies == (reply,), bot_words(reply)


@given(replies())
def test_a_reply_typed_plainly_is_read_as_it_is(reply: Reply) -> None:
    assert reading(typed(reply)) == Understood((reply,))


@given(st.permutations(TYPED).flatmap(lambda lines: st.tuples(*(replies((line,)) for line in lines[:4]))))
def test_replies_on_lines_of_their_own_are_read_together_in_their_order(said: tuple[Reply, ...]) -> None:
    assert reading("\n".join(map(typed, said))) == Understood(said)


@given(replies(), NOTES)
def test_a_correction_is_the_same_answer_with_its_reason(reply: Reply, reason: str) -> None:
    if DAY.line(reply.line).kind is ItemKind.SIGNATURE and reply.outcome is Outcome.DONE:
        return
    note = reason if reply.outcome is not Outcome.DONE else ""
    corrected = Reply(reply.line, reply.outcome, reply.value, note, reason)
    assert reading(typed(corrected), ANSWERED) == Understood((corrected,))


@given(replies())
def test_a_correction_without_a_reason_is_asked_for_it_and_stores_nothing(reply: Reply) -> None:
    if reply.note or not reply.value or DAY.line(reply.line).kind is ItemKind.SIGNATURE:
        return
    read = reading(f"correct {typed(reply)}", ANSWERED)
    assert isinstance(read, Understood)
    assert not read.acts
    assert "A correction needs its reason" in read.asked[0]


@given(replies())
def test_undo_names_the_line_that_the_reply_named(reply: Reply) -> None:
    number = typed(reply).split(" ")[0]
    assert reading(f"undo {number}") == Understood(undo=(reply.line,))


ABOUT_COUNTS = "9 oxycodone 117 seven n/a fail because correct was is done ok , : ; count = sign 9, (117) missing two"
BLIND_WORDS = st.sampled_from(ABOUT_COUNTS.split())


@given(st.lists(BLIND_WORDS, max_size=8).map(" ".join), st.booleans())
def test_no_reply_to_a_blind_count_carries_a_quantity(text: str, answered: bool) -> None:
    """Invariant 7: neither stored nor said again."""
    read = reading(text, ANSWERED if answered else ())
    if not isinstance(read, Understood):
        return
    assert "117" not in "".join(read.asked)
    for reply in read.replies:
        if reply.line == "line-9":
            assert reply.value is None
            assert not re.search(r"\d|seven|two", reply.note + reply.reason)
    assert "line-9" not in dict(read.because)


@given(st.sampled_from(["all", "all done", "everything ok", "done", "all good", "cold chain done", "sign", "ok"]),
       ANSWERED_SOME, ANSWERED_SOME)  # fmt: skip
def test_a_word_for_all_ticks_only_blank_lines_that_are_asked(
    text: str, answered: set[str], not_asked: set[str]
) -> None:
    read = reading(text, answered, not_asked)
    assert isinstance(read, Understood)
    for reply in read.replies:
        assert reply == Reply(reply.line)
        assert reply.line not in answered | not_asked
        assert DAY.line(reply.line).kind is ItemKind.TICK
    if "good" in text or "chain" in text or "ok" in text:
        assert {DAY.line(reply.line).section for reply in read.replies} <= {"Cold chain"}


@given(ANSWERED_SOME)
def test_done_alone_never_ticks_more_than_the_one_line_that_is_left(answered: set[str]) -> None:
    read = reading("done", answered)
    assert isinstance(read, Understood)
    left = [line.key for line in DAY.lines if line.kind is ItemKind.TICK and line.key not in answered]
    assert [reply.line for reply in read.replies] == (left if len(left) == 1 else [])


@given(st.lists(st.one_of(WORDS, st.just("zyxomma"), st.just("skp"), st.just("frige")), max_size=8).map(" ".join))
def test_a_word_that_nobody_knows_is_said_again_in_no_question(text: str) -> None:
    """The bot's answer is stored and posted, and nobody knows what such a word is: it may be a patient's name."""
    for answered in ((), ANSWERED):
        read = reading(text, answered)
        assert "zyxomma" not in (" ".join(read.asked) if isinstance(read, Understood) else read)


@pytest.mark.parametrize("pin", ["4711", "47 11", "my pin is 4711", "4-7-1-1"])
def test_a_pin_that_is_typed_is_neither_kept_nor_said_again(pin: str) -> None:
    read = reading(f"12 sign {pin}")
    assert isinstance(read, Understood)
    assert not read.acts
    assert "47" not in str(read)


@pytest.mark.parametrize(
    "text",
    [
        "4 " * 5000,
        "x" * 100_000,
        "\n".join(f"{number} ok" for number in range(1, 301)),
        ";" * 400,
        "all but " + "4, " * 3000,
        "\u200f" * 9000,
        "🙂" * 9000,
    ],
)
def test_a_paste_that_nobody_has_read_is_refused_as_too_long(text: str) -> None:
    assert "too long" in str(reading(text))


@pytest.mark.parametrize(
    "text",
    ["\x00", "4\x00ok", "\ud800", "(" * 500, ")" * 500, "-" * 500, ", " * 500, ": : :", "1-" * 200, "and and", "🙂🙃",
     "\u200f\u200f", "٩٩٩٩", "①", "4²", "Ⅳ", "½", "∞", "4\u0301", "..1", "all but", "undo undo", "correct correct",
     "mine mine", "sign sign", "because because", "4 because", "line", "#", "no.", "\\n", "<@U0BEN> 4", "4 <@U0BEN>"],
)  # fmt: skip
def test_odd_characters_are_refused_in_words_or_asked_about(text: str) -> None:
    for answered in ((), ANSWERED):
        read = reading(text, answered)
        assert read not in ("", Understood())
        assert not isinstance(read, Understood) or not read.acts


@pytest.mark.parametrize("words", list(permutations(["4", "5", "done"])))
def test_a_short_list_is_ticked_in_whatever_order_its_words_come(words: tuple[str, str, str]) -> None:
    read = reading(" ".join(words))
    if words[1] == "done":
        assert isinstance(read, str)
        return
    assert isinstance(read, Understood)
    assert {reply.line for reply in read.replies} == {"line-4", "line-5"}
