"""What people type that is asked about or refused: what is asked, in what words, and what is stored meanwhile.

Tables as in `test_replies_understood`; what is asked or refused is given by how it begins, or a part of it.
"""

from dataclasses import replace

import pytest

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Plan
from shiftbot.domain.replies import Understood, attach, lone_photo, read_replies
from shiftbot.errors import Unreadable
from tests.domain.reply_strategies import ANSWERED, DAY, FRIDGE, TODAY, line, rows, shown

ASKED = r"""
2 because door was open        | asks: 2. Vaccine fridge: temperature is not answer
9 117                          | asks: 9. Oxycodone 5 mg: count it with its button,
9 because 117                  | asks: 9. Oxycodone 5 mg: count it with its button,
9 n/a 117 on shelf             | asks: 9. Oxycodone 5 mg: please give the reason wi
~correct 9 117 miscounted      | asks: 9. Oxycodone 5 mg: count it with its button,
16 ok                          | asks: 16. Delivery there: choose one, for example
12 done                        | asks: 12. Log: write `12 sign` to put your name to
12                             | asks: 12. Log: write `12 sign` to put your name to
sign                           | asks: 12. Log: write `12 sign` to put your name to
12 sign 4711                   | asks: 12. Log: write `12 sign` to put your name to
all good                       | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
cold chain all good            | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
all good cold chain            | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
all good in the cold chain     | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
front all good                 | asks: `all good` is not enough for Front (1, 5, 6,
front done                     | asks: `all good` is not enough for Front (1, 5, 6,
cold chain done                | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
all good but doors             | 4 · asks: 2, 3, 8 need more than a tick, for example `
ok 1-4                         | 1 · 4 · asks: 2. Vaccine fridge: temperature: I need the t
three                          | asks: 3. Vaccine fridge: lowest and highest: I nee
1 to 5                         | 1 · 4 · 5 · asks: 2. Vaccine fridge: temperature: I need the t
done                           | asks: Which line? Write for example `1 done`. Open
ok                             | asks: Which line? Write for example `1 done`. Open
~done                          | asks: Everything is answered already.
14                             | asks: 14. Shelf: attach the photo to a reply that
14 done                        | asks: 14. Shelf: attach the photo to a reply that
shelf done                     | asks: 14. Shelf: attach the photo to a reply that
mine                           | asks: Which section do you take? Write for example
snooze 2h                      | asks: I can put the reminders off by 10 minutes: w
~correct 2 41                  | asks: A correction needs its reason, for example `
~correct 12 sign               | asks: 12. Log: correct it with its button.
correct 2 41 misread           | asks: 2. Vaccine fridge: temperature is not answer
7 no                           | asks: 7. Seal intact stays open. If it failed writ
7 not done                     | asks: 7. Seal intact stays open. If it failed writ
mine xyz                       | asks: Which section do you take? Write for example
done; 4 ok                     | 4 · asks: Which line? Write for example `1 done`. Open
5 n/a                          | asks: Say in a few words why, for example `5 n/a c
👍                              | asks: Which line? Write for example `1 done`. Open
3. done                        | asks: 3. Vaccine fridge: lowest and highest: I nee
1..4                           | 1 · 4 · asks: 2. Vaccine fridge: temperature: I need the t
2 3 4                          | 4 · asks: 2. Vaccine fridge: temperature: I need the t
12,5 sign                      | 12=sign · asks: 5. Cash drawer counted: write `5 done`.
everything                     | 1 · 4 · 5 · 7 · 18 · asks: 2, 3, 6, 8, 10, 11, 13, 17 need more than a
everything but lights          | 4 · 5 · 7 · 18 · asks: 2, 3, 6, 8, 10, 11, 13, 17 need more than a
all ok                         | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
everything is fine             | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
cold chain ok                  | 4 · 18 · asks: 2, 3, 8 need more than a tick, for example `
all good front                 | asks: `all good` is not enough for Front (1, 5, 6,
controlled all good            | asks: `all good` is not enough for Controlled (9).
undo                           | asks: Which line shall I take back? Write for exam
18-17 ok                       | 18 · asks: 17. Messages: I need more than a tick, for e
:+1::skin-tone-4:              | asks: Which line? Write for example `1 done`. Open
4 was not done                 | asks: 4. Loggers on stays open. If it failed write
seal n/a                       | asks: Say in a few words why, for example `7 n/a c
~correct                       | asks: What shall I correct? Write for example `cor
~correct 14 blurred            | asks: 14. Shelf: correct it with its button.
~correct 4-5 done looked again | asks: Which one? Write `correct 4 …` for Loggers o
~correct 17 none               | asks: A correction needs its reason, for example `
~2 because                     | asks: Say why, for example `2 because the door was
~7 because torn                | asks: 7. Seal intact: if it failed write `7 fail …
~9 because torn                | asks: 9. Oxycodone 5 mg: count it with its button,
because the door was open      | asks: The reason of which line? Write for example
"""

REFUSED = r"""
3 min 43 max 38                              | Did you mean
3 38,43                                      | “38,43” can be read in two ways. I need the lowest
3 38                                         | I need the lowest and the highest, for example 38
3 4 5                                        | Do you mean the lines 3, 4 and 5, or 4 and 5 for
3 -25-18                                     | I cannot tell a dash from a minus there. Write it
3 36C 40C                                    | This pharmacy logs in °F. Read the display in °F
2 41 fridge 3 42                             | That looks like answers to several lines. Write
2 41 freezer -18                             | That looks like answers to several lines. Write
2 41 43                                      | That is not a number I can store. Write it like
2 36C                                        | This pharmacy logs in °F. Read the display in °F
2 36 C door open                             | This pharmacy logs in °F. Read the display in °F
2 1e9                                        | That is not a number I can store. Write it like
2 1 e9                                       | That is not a number I can store. Write it like
2 4²                                         | That is not a number I can store. Write it like
2 ½                                          | That is not a number I can store. Write it like
2 -                                          | That is not a number I can store. Write it like
8 18 below                                   | That is not a number I can store. Write it like
2 41 or 42                                   | That is not a number I can store. Write it like
2 41 to 43                                   | That is not a number I can store. Write it like
11 -3                                        | -3 cannot be right. Write a number from
6 12 tabs                                    | That is not a count. Write a whole number, for
13 Nov 25                                    | That can be a day or a month of 2025. Write it like
13 11/26                                     | 11/26 can be a day or a month. Write it like 30 Nov
13 03.04.2026                                | That date can be read in more than one way. Write
13 2026-02-30                                | There is no such day. Write it like 2026-11-30,
13 2026-11-30 two boxes                      | That is not a date I can store. Write it like
15 dirty needs wipe                          | Choose one of: clean, dirty, out of
15 spotless                                  | Choose one of: clean, dirty, out of
12 approved                                  | “Log” is signed as reviewed: write `12 sign`, or
~correct 7                                   | Write `correct 7 done …`, `correct 7 fail …` or
~2 was 41 not 14                             | That is not a number I can store. Write it like
failed 3 times                               | The nearest I know is
5 done but torn                              | The nearest I know is
5 done by Ben                                | The nearest I know is
one box is missing                           | The nearest I know is
ten boxes came late                          | The nearest I know is
4 9.1 door left open                         | The nearest I know is
~correct 7 torn                              | Write `correct 7 done …`, `correct 7 fail …` or
i have a question                            | The nearest I know is
take a break                                 | The nearest I know is
remind Ben to call                           | The nearest I know is
undo 4; 5 ok                                 | Send undo in a message of its own. Nothing of this
5 x                                          | The nearest I know is
5 k                                          | The nearest I know is
nothing works                                | The nearest I know is
hello                                        | Did you mean
what should I do                             | The nearest I know is
is 5 done?                                   | The nearest I know is
5?                                           | The nearest I know is
5 done?                                      | The nearest I know is
thanks                                       | The nearest I know is
where is the log                             | The nearest I know is
log                                          | The nearest I know is
log?                                         | The nearest I know is
3 40 38 43                                   | I need the lowest and the highest, for example 38
3 38 -43                                     | I cannot tell a dash from a minus there. Write it
2 41.2.3                                     | That is not a number I can store. Write it like
2 - 41                                       | There is no line 41 here; they go from 1 to
2 – 41                                       | There is no line 41 here; they go from 1 to
2 5 celsius                                  | This pharmacy logs in °F. Read the display in °F
freezer 18 below zero                        | That is not a number I can store. Write it like
2 41, 41                                     | That is not a number I can store. Write it like
2 41 2 42                                    | That is not a number I can store. Write it like
2 41; 2 42                                   | That gives line 2 two different answers. Nothing of
4 and 15 clean                               | Some of those lines are ticked
2 3 done                                     | Do you mean the lines 2 and 3, or 3 for line 2?
2 3, 4 done                                  | That can be read in two ways. Write each answer on
6 7 done                                     | Do you mean the lines 6 and 7, or 7 for line 6?
8 -18 36F                                    | This pharmacy logs in °C. Read the display in °C
2 38 43                                      | That is not a number I can store. Write it like
11 1,200                                     | “1,200” can be read in two ways. Write it without
11 minus 1                                   | -1 cannot be right. Write a number from
6 1.5                                        | That is not a count. Write a whole number, for
6 -1                                         | That is not a count. Write a whole number, for
13 13/13/2026                                | That date can be read in more than one way. Write
13 26/11/30                                  | That date can be read in more than one way. Write
13 1/1/1985                                  | The year 1985 cannot be right. Write it like
13 soon                                      | That is not a date I can store. Write it like
15 clean, dirty                              | Choose one of: clean, dirty, out of
16 nope                                      | Choose one of: yes,
17 2 refill                                  | Write the counts by kind (new, refill, request,
17 4 messages (2 refill, 1 clinical), oldest 40 min | Write the counts by kind (new, refill, request,
12 witnessed                                 | “Log” is signed as reviewed: write `12 sign`, or
undo fridge and seal                         | The nearest I know is
~correct 4                                   | Write `correct 4 done …`, `correct 4 fail …` or
~correct 2 36C misread                       | This pharmacy logs in °F. Read the display in °F
"""


@pytest.mark.parametrize(("said", "asked"), rows(ASKED))
def test_what_is_still_needed_is_asked_with_an_example(said: str, asked: str) -> None:
    answered = ANSWERED if said.startswith("~") else ()
    assert shown(read_replies(said.removeprefix("~"), DAY, answered, today=TODAY)).startswith(asked)


@pytest.mark.parametrize(("said", "why"), rows(REFUSED))
def test_what_cannot_be_stored_is_refused_with_what_could(said: str, why: str) -> None:
    answered = ANSWERED if said.startswith("~") else ()
    with pytest.raises(Unreadable) as refused:
        read_replies(said.removeprefix("~"), DAY, answered, today=TODAY)
    assert why in str(refused.value)


WITH_PIN = replace(DAY, pin=True)


@pytest.mark.parametrize(
    "said", ["12 sign", "12 signed", "12 done", "12", "12 reviewed", "sign 12", "sign", "log sign"]
)
def test_where_a_pin_is_asked_nothing_that_is_typed_signs(said: str) -> None:
    understood = read_replies(said, WITH_PIN)
    assert not understood.acts
    assert "sign it with its button, which asks for your PIN" in understood.asked[0]


@pytest.mark.parametrize("said", ["all", "all done", "everything", "12 done", "12 ok", "10-14 done", "log done"])
def test_a_word_that_ticks_signs_nothing(said: str) -> None:
    understood = read_replies(said, DAY)
    assert "line-12" not in [reply.line for reply in understood.replies]
    assert any("write `12 sign`" in asked for asked in understood.asked)


def test_a_date_without_its_year_is_asked_for_it_where_today_is_not_known() -> None:
    with pytest.raises(Unreadable, match="write the whole date"):
        read_replies("13 Nov 30", DAY)


def test_a_line_that_is_not_asked_is_passed_over_by_all_and_by_done() -> None:
    others = ("line-1", "line-4", "line-5", "line-18")
    assert [reply.line for reply in read_replies("done", DAY, others[1:], not_asked=("line-1",)).replies] == ["line-7"]
    assert not read_replies("all done", DAY, others, not_asked=("line-7",)).replies


@pytest.mark.parametrize(("said", "left"), [("done", True), ("finished", True), ("ok", False), ("👍", False)])
def test_a_lone_word_ticks_the_last_line_only_when_it_says_so(said: str, left: bool) -> None:
    understood = read_replies(said, DAY, [key for key in ANSWERED if key != "line-7"])
    assert understood.acts is left
    assert left or "7. Seal intact" in understood.asked[0]


def test_a_pack_that_allows_it_nowhere_is_never_all_good() -> None:
    understood = read_replies("all good", replace(DAY, all_good=()))
    assert not understood.acts
    assert "not enough for Front" in understood.asked[0]
    assert "Cold chain (2, 3, 4, 8 and 18)" in understood.asked[0]


LONG = Plan("long", "v1", "Long", "standard", (line(1, "Fridge", ItemKind.TEMPERATURE, "fridge", **FRIDGE),
            *(line(number, f"Step {number}") for number in range(2, 61))))  # fmt: skip


@pytest.mark.parametrize("said", ["1 41 ok", "1 41, 5 ok"])
def test_a_temperature_that_is_a_lines_number_too_is_asked_about(said: str) -> None:
    with pytest.raises(Unreadable, match=r"Do you mean|two ways"):
        read_replies(said, LONG)


def test_a_temperature_alone_is_a_temperature_even_when_a_line_has_its_number() -> None:
    assert read_replies("1 41", LONG).replies == (Reply("line-1", value={"temperature": 41.0, "unit": "F"}),)


@pytest.mark.parametrize("said", ["14", "14 done", "shelf done", "#14"])
def test_a_file_answers_the_photo_line_that_its_words_name(said: str) -> None:
    understood = attach(read_replies(said, DAY), "F0SHELF", DAY)
    assert understood == Understood((Reply("line-14", value={"file": "F0SHELF"}),))


def test_a_file_beside_other_replies_leaves_them_as_they_are() -> None:
    understood = attach(read_replies("14; 5 done; 2", DAY), "F0SHELF", DAY)
    assert [reply.line for reply in understood.replies] == ["line-5", "line-14"]
    assert [asked[:2] for asked in understood.asked] == ["2."]


def test_a_file_whose_words_name_no_photo_is_asked_about() -> None:
    understood = attach(read_replies("5 done", DAY), "F0SHELF", DAY)
    assert [reply.line for reply in understood.replies] == ["line-5"]
    assert "Which line is the photo for?" in understood.asked[0]
    assert "for example `14`" in understood.asked[0]


def test_a_file_without_words_is_for_the_one_photo_line_that_is_left() -> None:
    assert lone_photo("F0SHELF", DAY).replies == (Reply("line-14", value={"file": "F0SHELF"}),)
    assert not lone_photo("F0SHELF", DAY, ["line-14"]).acts
    assert not lone_photo("F0SHELF", DAY, not_asked=["line-14"]).acts
    assert "no line asks for one" in lone_photo("F0SHELF", LONG).asked[0]


ONE = Plan("one", "v1", "One", "standard", (line(1, "Fridge", ItemKind.MIN_MAX, "fridge", **FRIDGE),))


@pytest.mark.parametrize("said", ["38 43", "38 to 43", "min 38 max 43", "1 38 43", "fridge 38-43"])
def test_a_checklist_of_one_line_needs_no_number_in_front(said: str) -> None:
    assert read_replies(said, ONE).replies == (Reply("line-1", value={"low": 38.0, "high": 43.0, "unit": "F"}),)


def test_understood_adds_up() -> None:
    both = read_replies("5 ok\nmine front\nsnooze\n?", DAY)
    assert both == Understood((Reply("line-5"),), claim="Front", snooze=True, help=True)


@pytest.mark.parametrize(
    ("said", "ticks"),
    [
        ("all", "1 · 4 · 5 · 7 · 18"),
        ("everything done, thanks", "1 · 4 · 5 · 7 · 18"),
        ("all but 5", "1 · 4 · 7 · 18"),
        ("all done but 5 and 7", "1 · 4 · 18"),
        ("all but seal and drawer", "1 · 4 · 18"),
        ("all but 5 and the seal", "1 · 4 · 18"),
        ("all except lights done", "4 · 5 · 7 · 18"),
        ("everything except for 4-7", "1 · 18"),
        ("all apart from the fridge", "1 · 4 · 5 · 7 · 18"),
        ("all but five", "1 · 4 · 7 · 18"),
    ],
)
def test_all_but_ticks_what_is_not_left_out_and_asks_for_the_rest(said: str, ticks: str) -> None:
    understood = read_replies(said, DAY)
    assert shown(understood).startswith(f"{ticks} · asks: ")
    assert "line-12" not in [reply.line for reply in understood.replies]


@pytest.mark.parametrize("said", ["all but lunch", "all but 5 lunch", "all but 5 and lunch", "all but", "all lunch"])
def test_what_is_left_out_must_be_lines(said: str) -> None:
    with pytest.raises(Unreadable):
        read_replies(said, DAY)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("vaccine fridge ok", "Which one? Write `2 done` for Vaccine fridge: temperature, `3 done` for"),
        ("vaccine fridge because torn", "Which one? Write `2 because …`"),
        ("vaccine fridge n/a", "Which one? Write `2 n/a …`"),
        ("14 torn", "14. Shelf: attach the photo"),
        ("undo vaccine fridge", "Which one? Write `undo 2`"),
    ],
)
def test_a_name_of_several_lines_is_asked_about(said: str, asked: str) -> None:
    understood = read_replies(said, DAY, ANSWERED)
    assert not understood.undo
    assert understood.asked[0].startswith(asked)
