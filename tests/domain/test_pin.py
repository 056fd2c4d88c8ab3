"""Which PIN may be chosen."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.pin import read_pin, refuse_weak, types_a_pin
from shiftbot.errors import Refused


@pytest.mark.parametrize("pin", ["2580", "71946", "8008135", "90210", "19460203", "1357"])
def test_a_pin_without_a_pattern_may_be_chosen(pin: str) -> None:
    refuse_weak(pin)


@given(st.text(max_size=12))
def test_whatever_is_chosen_has_four_to_eight_plain_digits(words: str) -> None:
    pin = read_pin(words)
    with suppress(Refused):
        refuse_weak(pin)
        assert pin.isascii()
        assert pin.isdecimal()
        assert 4 <= len(pin) <= 8
        assert len(set(pin)) > 1


@given(st.integers(0, 9), st.integers(4, 8), st.sampled_from([1, -1]))
def test_digits_in_a_row_are_refused_up_and_down(first: int, length: int, step: int) -> None:
    digits = [first + step * index for index in range(length)]
    if all(0 <= digit <= 9 for digit in digits):
        with pytest.raises(Refused, match="among the first"):
            refuse_weak("".join(map(str, digits)))


@pytest.mark.parametrize(
    "words",
    [
        "14 sign 4827", "sign 4827", "pin 4827", "PIN: 4827", "my pin is 4827091", "sign 14 4827",
        "14 signed with pin 48270915", "4827 is my PIN", "3 done, 14 sign 4827", "signature 4827", "１４ sign ４８２７",
    ],
)  # fmt: skip
def test_a_pin_in_a_message_is_noticed(words: str) -> None:
    assert types_a_pin(words)


@pytest.mark.parametrize(
    "words",
    [
        "14 sign", "sign 14", "12 sign, 14 done", "sign 2026-11-23", "pinned 4827 posters", "2 41.2", "6 1200",
        "the neon sign is dark", "sign by 11/23/2026",
    ],
)  # fmt: skip
def test_what_is_no_pin_is_left_alone(words: str) -> None:
    assert not types_a_pin(words)
