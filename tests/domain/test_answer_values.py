"""Pairs, dates, limits and notes: read exactly or refused, said again as they were read, held against their limits."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.answer import limits_text, out_of_range, read_value
from shiftbot.domain.checklist import ItemKind, Line, Meaning
from shiftbot.domain.plain_text import plain_text
from shiftbot.domain.values.dates import MONTHS, date_text, read_date
from shiftbot.domain.values.min_max import read_min_max
from shiftbot.domain.values.numbers import number_text, read_number, read_quantity
from shiftbot.domain.values.reading import TEXT_MAX, read_choice, read_with_note
from shiftbot.domain.values.saying import value_words
from shiftbot.errors import Unreadable
from tests.domain.reply_strategies import DAY, TODAY, TYPED, line, values

DATE = line(1, "Expiry", ItemKind.DATE, valid_for=timedelta(days=30))
PAIR = line(1, "Fridge", ItemKind.MIN_MAX, unit="C", low=2, high=8)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_in_each_way_a_pharmacy_writes_it(day: date) -> None:
    month = MONTHS[day.month - 1]
    written = [
        day.isoformat(), f"{day.month}/{day.day}/{day.year}", f"{day.month:02}-{day.day:02}-{day.year}",
        date_text(day), f"{month} {day.day}, {day.year}", f"{month[:3].upper()} {day.day} {day.year}",
        f"{day.day}-{month[:3]}-{day.year}", f"{day.day}{month[:3]}{day.year}", f"{day:%Y/%m/%d}",
        f"exp {day.month}/{day.day}/{day.year % 100:02}",
    ]  # fmt: skip
    assert {read_date(words) for words in written} == {day}


@given(st.integers(2000, 2099), st.integers(1, 12))
def test_a_month_of_expiry_is_its_last_day(year: int, month: int) -> None:
    first_after = date(year + month // 12, month % 12 + 1, 1)
    for words in (f"{month}/{year}", f"{month:02}/{year}", f"{MONTHS[month - 1]} {year}", f"{year}-{month:02}"):
        assert read_date(words) == first_after - timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "today", "day"),
    [
        ("Nov 30", date(2026, 11, 23), date(2026, 11, 30)),
        ("30 Nov", date(2026, 11, 30), date(2026, 11, 30)),
        ("Jan 5", date(2026, 11, 23), date(2027, 1, 5)),
        ("1/5", date(2026, 11, 23), date(2027, 1, 5)),
        ("yesterday", date(2026, 3, 1), date(2026, 2, 28)),
        ("tomorrow", date(2027, 12, 31), date(2028, 1, 1)),
    ],
)
def test_a_day_without_its_year_is_the_next_one(words: str, today: date, day: date) -> None:
    assert read_date(words, today) == day


@pytest.mark.parametrize(
    ("words", "today", "why"),
    [
        ("Nov 30", date(2026, 12, 5), "Which year"),
        ("Nov 26", date(2027, 3, 1), "a month of 2026"),
        ("11/26", date(2026, 11, 1), "a day or a month"),
        ("Feb 30", date(2026, 1, 1), "no such day"),
        ("29 Feb", date(2026, 1, 1), "no such day"),
    ],
)
def test_a_day_that_may_be_another_one_is_asked_for_with_its_year(words: str, today: date, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_date(words, today)


@pytest.mark.parametrize(
    "words",
    ["", "soon", "2026", "11", "2026-13-01", "2026-00-10", "0/5/2026", "13/2026", "00/2026", "1999-12-31", "2100-01-01",
     "11/30/26/1", "2026-11-30T10:00", "30 Nonember 2026", "11.26", "1126", "20261130", "11/3O/2026", "½/2026",
     "-1/2026", "2026-11-31", "3.4.2026", "30/30/2026", "15/11/26"],
)  # fmt: skip
def test_what_is_no_clear_date_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(Unreadable, match=r"Write it like|whole date"):
        read_date(words)


@given(st.text(max_size=25))
def test_any_text_is_a_date_of_this_century_or_refused(words: str) -> None:
    try:
        assert 2000 <= read_date(words, TODAY).year < 2100
    except Unreadable:
        return


@given(st.tuples(*[st.decimals(-100, 50, places=1).map(float)] * 2),
       st.sampled_from(["{} to {}", "min {} max {}", "min {}, max {}", "low: {} / high: {}", "{} min {} max",
                        "between {} and {}", "{}C to {} °C", "{}, {}"]))  # fmt: skip
def test_a_pair_is_read_in_each_way_it_is_written(pair: tuple[float, float], form: str) -> None:
    low, high = sorted(pair)
    assert read_min_max(form.format(low, high), "C") == (low, high)


@given(st.tuples(*[st.decimals(-100, 50, places=1).map(float)] * 2))
def test_two_bare_numbers_are_put_in_order_and_named_ones_are_not(pair: tuple[float, float]) -> None:
    low, high = sorted(pair)
    assert read_min_max(f"{high} to {low}", "C") == (low, high)
    if low < high:
        with pytest.raises(Unreadable, match="cannot be above"):
            read_min_max(f"min {high} max {low}", "C")


@pytest.mark.parametrize("words", ["", "3", "2,8", "2 4 8", "2 - ", "min 3", "min 3 min 4", "2 to warm", "2 8 F", "2..",
                                   "1e9 2", "4² 6", "-2-8", "2 -8", "2 to 999", "- 2 8", "2 8 now"])  # fmt: skip
def test_what_is_no_clear_pair_is_refused(words: str) -> None:
    with pytest.raises(Unreadable):
        read_min_max(words, "C")


@given(st.text(max_size=25))
def test_any_text_is_an_ordered_pair_or_refused(words: str) -> None:
    try:
        low, high = read_min_max(words, "F")
    except Unreadable:
        return
    assert -184 <= low <= high <= 140


@pytest.mark.parametrize(
    ("value", "outside"),
    [({"low": 2, "high": 8}, False), ({"low": 1.9, "high": 5}, True), ({"low": 3, "high": 8.1}, True),
     ({"low": -20, "high": 30}, True), ({"low": 3}, False)],
)  # fmt: skip
def test_either_end_of_a_pair_may_be_out_of_range(value: dict[str, float], outside: bool) -> None:
    assert out_of_range(PAIR, value) is outside


@pytest.mark.parametrize(
    ("day", "outside"), [("2026-12-22", True), ("2026-12-23", False), ("2026-11-01", True), ("2030-01-01", False)]
)
def test_a_date_is_out_of_range_when_it_comes_too_soon(day: str, outside: bool) -> None:
    assert out_of_range(DATE, {"date": day}, TODAY) is outside
    assert not out_of_range(DATE, {"date": day}), "on which day it was answered is not known"
    assert not out_of_range(replace(DATE, valid_for=None), {"date": day}, TODAY)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (PAIR, "2 to 8 °C"),
        (replace(PAIR, low=None), "at most 8 °C"),
        (replace(PAIR, kind=ItemKind.NUMBER, unit="psi", high=None), "at least 2 psi"),
        (replace(PAIR, kind=ItemKind.NUMBER, unit="", low=0.5, high=1.25), "0.5 to 1.25"),
        (replace(PAIR, low=None, high=None), ""),
        (DATE, "at least 30 days ahead"),
        (replace(DATE, valid_for=timedelta(days=1)), "at least 1 day ahead"),
        (replace(DATE, valid_for=timedelta(0)), "not in the past"),
        (replace(DATE, valid_for=None), ""),
    ],
)
def test_limits_are_said_with_their_unit(about: Line, words: str) -> None:
    assert limits_text(about) == words


@pytest.mark.parametrize(
    ("words", "number"), [("three", 3.0), ("Twelve", 12.0), ("minus 18", -18.0), ("negative 4,5", -4.5), ("-zero", 0.0)]
)
def test_a_number_may_be_a_word_up_to_twelve(words: str, number: float) -> None:
    assert read_number(words) == number


@pytest.mark.parametrize(
    "words", ["thirteen", "one two", "4²", "10⁵", "①", "½", "Ⅳ", "4three", "threeish", "minus", "—4"]
)
def test_a_sign_or_word_that_would_make_another_number_is_refused(words: str) -> None:
    """Compatible forms of `4²` would make 42 of it."""
    for read in (read_number, read_quantity):
        with pytest.raises(Unreadable):
            read(words)


@given(st.floats(-99999, 99999).map(lambda number: round(number, 4)))
def test_a_number_is_said_as_it_is_read(number: float) -> None:
    assert read_number(number_text(number)) == number


@pytest.mark.parametrize(
    ("said", "option"), [("y", "Yes, all of it"), ("no", "No"), ("not", "Not there"), ("NO", "No"), ("Ｎｏ", "No")]
)
def test_an_option_is_named_by_its_front_where_only_one_begins_so(said: str, option: str) -> None:
    assert read_choice(said, ("Yes, all of it", "No", "Not there")) == option


@pytest.mark.parametrize("said", ["n", "", "maybe", "yes no", "*"])
def test_the_front_of_two_options_is_asked_about(said: str) -> None:
    with pytest.raises(Unreadable, match="Choose one of"):
        read_choice(said, ("Yes, all of it", "No", "Not there"))


@pytest.mark.parametrize("said", ["done", "", "ok", "yes", "approved", "sign off", "4711", "sign 4711"])
def test_only_words_that_sign_sign(said: str) -> None:
    signature = line(1, "Log", ItemKind.SIGNATURE, meaning=Meaning.REVIEWED)
    with pytest.raises(Unreadable, match="signed as reviewed"):
        read_value(signature, said)
    assert read_value(signature, "reviewed") == {"meaning": "reviewed"}


def test_a_text_is_stored_whole_or_not_at_all() -> None:
    text = line(1, "Note", ItemKind.TEXT)
    assert read_value(text, "x" * TEXT_MAX) == {"text": "x" * TEXT_MAX}
    for words in ("x" * (TEXT_MAX + 1), " ", "\n"):
        with pytest.raises(Unreadable):
            read_value(text, words)


def test_a_photo_is_never_words() -> None:
    with pytest.raises(Unreadable, match="attach it"):
        read_value(line(1, "Shelf", ItemKind.PHOTO), "done")


@given(st.sampled_from(DAY.lines), st.text(max_size=30))
def test_any_text_is_a_value_that_can_be_stored_or_refused(about: Line, words: str) -> None:
    try:
        value = read_value(about, words, TODAY)
    except Unreadable:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value


@given(st.sampled_from([each for each in TYPED if each.kind not in (ItemKind.TICK, ItemKind.SIGNATURE,
                                                                    ItemKind.VOICEMAIL)]), st.data())  # fmt: skip
def test_a_value_reads_back_as_it_is_said(about: Line, data: st.DataObject) -> None:
    value = data.draw(values(about))
    assert read_value(about, value_words(about, value or {})) == value


@pytest.mark.parametrize(
    "after", ["door open", ", door open", "(door open)", "because door open", ": door open", " - door open"]
)
def test_a_note_stands_after_a_value(after: str) -> None:
    read = read_with_note(DAY.line("line-2"), f"41 {after}" if after[0].isalpha() or after[0] == "(" else f"41{after}")
    assert (read.value["temperature"], read.note) == (41.0, "door open")


@pytest.mark.parametrize(
    "after", ["or 42", "to 43", "hundred", "point 5", "below", "not 14", "²", "x", "3 times", "C", "fail", "one"]
)
def test_what_may_change_the_value_is_no_note(after: str) -> None:
    with pytest.raises(Unreadable):
        read_with_note(DAY.line("line-2"), f"41 {after}")


@given(st.text(max_size=40))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain_text(plain_text(text)) == plain_text(text)
