"""Reading values out of words: what a person types is understood exactly or refused, never stored as something else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.answer import (
    QUANTITY_MAX,
    TEMPERATURE_POSSIBLE,
    VOICEMAIL_KINDS,
    out_of_range,
    read_age,
    read_choice,
    read_number,
    read_quantity,
    read_temperature,
    read_value,
    read_voicemail,
)
from shiftbot.domain.checklist import ItemKind, Line, OnFail, Role
from shiftbot.errors import Refused, Unreadable

LINE = Line(
    key="fridge", number=1, section="Cold chain", title="Fridge", kind=ItemKind.TEMPERATURE, role=Role.TECHNICIAN,
    required=True, on_fail=OnFail.NOTHING, subject=None, from_sensor=False, options=("clean", "dirty"), low=2.0,
    high=8.0, unit="C", witness=None, help="", words=(),
)  # fmt: skip

NO_NUMBERS = [
    "", " ", " - ", "-", "+", ".", "abc", "4.6.1", "4,6,1", "4 6", "--4", "+-4", "1e9", "1E3", "0x10", "1_000", "NaN",
    "nan", "inf", "-Infinity", "∞", "½", "4.", "12345678", "4.12345", "4.6!", "4..6", "12345678901234567890",
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("4.6", 4.6), ("4,6", 4.6), ("４.6", 4.6), ("４．６", 4.6), (" -18 ", -18.0), ("−18", -18.0), ("+3", 3.0),
        (".5", 0.5), ("0,500", 0.5), ("0", 0.0), ("-0.1", -0.1), ("1234567", 1234567.0), ("٤", 4.0),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_type_it(words: str, number: float) -> None:
    assert read_number(words) == number


@pytest.mark.parametrize("words", NO_NUMBERS)
def test_what_is_no_number_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(Unreadable, match=r"Write it like 4\.6"):
        read_number(words)


@pytest.mark.parametrize("words", ["1,200", "12,000", "-1,200", "1,200,000"])
def test_a_comma_before_three_digits_is_not_guessed_at(words: str) -> None:
    """Twelve hundred to one reader, one point two to another."""
    with pytest.raises(Unreadable, match="without the comma"):
        read_number(words)


@given(st.decimals(min_value=-9999, max_value=9999, places=2))
def test_any_number_written_plainly_is_read_exactly(number: object) -> None:
    assert read_number(str(number)) == float(str(number))


@given(st.text(max_size=20))
def test_any_text_is_a_finite_number_or_refused(words: str) -> None:
    try:
        assert abs(read_number(words)) < 10**7
    except Refused:
        return


@pytest.mark.parametrize(
    ("words", "unit", "degrees"),
    [
        ("4.6", "C", 4.6), ("4,6 °C", "C", 4.6), ("4.6c", "C", 4.6), ("41", "F", 41.0), ("41 F", "F", 41.0),
        ("41°f", "F", 41.0), ("4.6℃", "C", 4.6), ("41 degrees F", "F", 41.0), ("-80", "C", -80.0),
        ("-112", "F", -112.0),
        ("36 degrees", "F", 36.0),
    ],
)  # fmt: skip
def test_a_temperature_is_read_in_the_sites_own_unit(words: str, unit: str, degrees: float) -> None:
    assert read_temperature(words, unit) == degrees


@pytest.mark.parametrize(("words", "unit"), [("36F", "C"), ("36 °F", "C"), ("4.6 C", "F"), ("4.6℃", "F")])
def test_the_other_unit_is_refused_and_never_converted(words: str, unit: str) -> None:
    with pytest.raises(Unreadable, match=f"logs in °{unit}"):
        read_temperature(words, unit)


@pytest.mark.parametrize(("words", "unit"), [("365", "C"), ("-130", "C"), ("85", "C"), ("1000000", "F"), ("-200", "F")])
def test_what_no_display_shows_is_taken_for_a_slip(words: str, unit: str) -> None:
    with pytest.raises(Unreadable, match="cannot be right"):
        read_temperature(words, unit)


@pytest.mark.parametrize("unit", ["C", "F"])
def test_the_ends_of_what_is_possible_are_possible(unit: str) -> None:
    low, high = TEMPERATURE_POSSIBLE[unit]
    assert (read_temperature(f"{low:g}", unit), read_temperature(f"{high:g}", unit)) == (low, high)


@pytest.mark.parametrize("words", [*NO_NUMBERS, "C", "°F", "F 4", "4K", "4 CC", "warm"])
def test_what_is_no_temperature_is_refused(words: str) -> None:
    with pytest.raises(Unreadable):
        read_temperature(words, "C")


@pytest.mark.parametrize(
    ("words", "quantity"),
    [("0", 0), ("120", 120), (" 007 ", 7), ("1,200", 1200), ("１２", 12), ("1,000,000", QUANTITY_MAX)],
)
def test_a_quantity_is_a_whole_number_with_or_without_thousands(words: str, quantity: int) -> None:
    assert read_quantity(words) == quantity


@pytest.mark.parametrize(
    "words", ["", "-1", "1.5", "1,5", "1.000", "120.0", "12,00", "1,00,000", "1000001", "12 tabs", "1e2", "NaN"]
)
def test_what_could_be_miscounted_is_refused(words: str) -> None:
    """`1.000` was a thousand to whoever typed it, or one: nobody's count is guessed."""
    with pytest.raises(Unreadable, match="for example 120"):
        read_quantity(words)


def test_a_choice_is_read_whatever_its_case_and_otherwise_told() -> None:
    assert read_choice(" Clean ", ("clean", "dirty")) == "clean"
    with pytest.raises(Unreadable, match="Choose one of: clean, dirty"):
        read_choice("spotless", ("clean", "dirty"))


@pytest.mark.parametrize("words", ["none", "Empty", "0", " zero ", "No messages"])
def test_an_empty_mailbox_is_all_zeros(words: str) -> None:
    assert read_voicemail(words) == {"counts": dict.fromkeys(VOICEMAIL_KINDS, 0), "oldest_minutes": 0}


@pytest.mark.parametrize(
    ("words", "counts", "minutes"),
    [
        ("2 refill, 1 clinical, oldest 40m", {"refill": 2, "clinical": 1}, 40),
        ("1 clinical oldest 2h", {"clinical": 1}, 120),
        ("3 New and 12 Other; oldest 90 minutes", {"new": 3, "other": 12}, 90),
        ("2 refills, 3 refill requests, oldest 1h", {"refill": 2, "request": 3}, 60),
        ("2refill,1transfer oldest5m", {"refill": 2, "transfer": 1}, 5),
        ("2 refill, oldest 1h 30m", {"refill": 2}, 90),
        ("2 refill and 3 new, oldest: 1 hour 5 min", {"refill": 2, "new": 3}, 65),
        ("0 refill", {}, 0),
    ],
)  # fmt: skip
def test_a_sweep_is_counted_by_kind_with_the_oldest_age(words: str, counts: dict[str, int], minutes: int) -> None:
    assert read_voicemail(words) == {"counts": dict.fromkeys(VOICEMAIL_KINDS, 0) | counts, "oldest_minutes": minutes}


@pytest.mark.parametrize(
    "words",
    [
        "",
        "2 refill",
        "three refills, oldest 5m",
        "oldest 40m",
        "1000 refill, oldest 5m",
        "1.5 refill, oldest 5m",
        "2 refill, 3 doctor calls, oldest 40m",
        "2 refill, 1000 clinical, oldest 40m",
        "2 refill, 5 refill, oldest 9m",
    ],
)
def test_a_sweep_that_is_not_clear_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(Unreadable, match="for example: 2 refill, 1 clinical, oldest 40m"):
        read_voicemail(words)


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        (ItemKind.TICK, "", None),
        (ItemKind.SIGNATURE, "Signed", {"meaning": "done"}),
        (ItemKind.MIN_MAX, "3,5 7", {"low": 3.5, "high": 7.0, "unit": "C"}),
        (ItemKind.DATE, "30 Nov 2026", {"date": "2026-11-30"}),
        (ItemKind.TEMPERATURE, "4,6", {"temperature": 4.6, "unit": "C"}),
        (ItemKind.NUMBER, "-3", {"number": -3.0}),
        (ItemKind.COUNT, "120", {"count": 120}),
        (ItemKind.CHOICE, "DIRTY", {"choice": "dirty"}),
        (ItemKind.TEXT, "  door stuck ", {"text": "door stuck"}),
        (ItemKind.VOICEMAIL, "none", read_voicemail("none")),
    ],
)  # fmt: skip
def test_each_kind_of_line_has_its_kind_of_value(kind: ItemKind, words: str, value: object) -> None:
    assert read_value(replace(LINE, kind=kind), words) == value


@pytest.mark.parametrize(
    ("value", "outside"),
    [
        ({"temperature": 2.0}, False), ({"temperature": 8.0}, False), ({"temperature": 1.9}, True),
        ({"temperature": 5.0, "low": 3.0, "high": 11.0}, False), ({"text": "9"}, False), (None, False), ({}, False),
    ],
)  # fmt: skip
def test_limits_are_inclusive(value: dict[str, object] | None, outside: bool) -> None:
    """What the sensor adds to a temperature was told as an excursion, and is asked for by a line of its own."""
    assert out_of_range(LINE, value) is outside
    assert out_of_range(replace(LINE, kind=ItemKind.NUMBER), {"number": 8.1})


def test_a_line_without_limits_is_never_outside() -> None:
    assert not out_of_range(replace(LINE, low=None, high=None), {"temperature": 60.0})
    assert out_of_range(replace(LINE, low=None), {"temperature": 8.1})
    assert not out_of_range(replace(LINE, low=None), {"temperature": -30.0})


@pytest.mark.parametrize("words", ["3 mailboxes", "9999h", "1.5h", "-5m", "", "soon"])
def test_an_age_that_is_not_clear_is_refused(words: str) -> None:
    with pytest.raises(Unreadable, match="oldest message"):
        read_age(words)


def test_a_number_may_carry_its_unit_and_is_not_below_nothing() -> None:
    claims = replace(LINE, kind=ItemKind.NUMBER, unit="claims", low=0)
    assert read_value(claims, "5 claims") == {"number": 5.0}
    with pytest.raises(Unreadable, match="from 0"):
        read_value(claims, "-3")
