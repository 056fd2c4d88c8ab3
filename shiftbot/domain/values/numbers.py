"""Numbers, temperatures and quantities out of words. Pure; knows no line."""

import re

from shiftbot.domain.plain_text import plain_text
from shiftbot.errors import Unreadable

TEMPERATURE_POSSIBLE = {"C": (-120.0, 60.0), "F": (-184.0, 140.0)}
"""A typed temperature outside this is a slip of the finger; an ultra-cold freezer goes to -90 °C (domain.md §1.1)."""

QUANTITY_MAX = 1_000_000

NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip


def read_number(words: str) -> float:
    """A number as people type it: `4,6`, `４.6`, `-18`, `minus 18`, `three`. Raises Unreadable otherwise, and for 1e9.

    `1,200` is refused: it is twelve hundred to one reader and a little more than one to another.
    """
    text = re.sub(r"^(?:minus|negative)\s+(?=[a-z\d.])", "-", plain_text(words).strip().casefold())
    if text.lstrip("-") in NUMBER_WORDS:
        text = text.replace(text.lstrip("-"), str(NUMBER_WORDS[text.lstrip("-")]))
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", text):
        raise Unreadable(f"“{text}” can be read in two ways. Write it without the comma: {text.replace(',', '')}")
    text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d{1,7}(\.\d{1,4})?|\.\d{1,4})", text):
        raise Unreadable("That is not a number I can store. Write it like 4.6")
    return float(text) + 0.0


def read_temperature(words: str, unit: str) -> float:
    """Degrees in the site's `unit` ("C" or "F"). Raises Unreadable when the other unit is named, or it cannot be."""
    text = re.sub(r"°|\bDEG(?:REES?)?\b", "", plain_text(words).strip().upper()).strip()
    # A letter at the end of a word is no unit: `abc` is no temperature at all.
    named = re.fullmatch(r"(.*?)(?<![A-Z])(C(?:ELSIUS)?|F(?:AHRENHEIT)?)", text)
    if named:
        text, said = named.group(1), named.group(2)[0]
        if said != unit:
            raise Unreadable(f"This pharmacy logs in °{unit}. Read the display in °{unit} and type that.")
    degrees = read_number(text)
    low, high = TEMPERATURE_POSSIBLE[unit]
    if not low <= degrees <= high:
        raise Unreadable(
            f"{number_text(degrees)} °{unit} cannot be right. Look at the display again and type what it shows."
        )
    return degrees


def read_quantity(words: str) -> int:
    """A whole number of units, 0 or more: `120`, `1,200`, `three`. Raises Unreadable otherwise, for `1.000` too."""
    text = plain_text(words).strip()
    grouped = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text)
    digits = text.replace(",", "") if grouped else str(NUMBER_WORDS.get(text.casefold(), text))
    if not re.fullmatch(r"\d{1,7}", digits) or int(digits) > QUANTITY_MAX:
        raise Unreadable("That is not a count. Write a whole number, for example 120")
    return int(digits)


def number_text(number: float) -> str:
    """A number with the decimals it has and no exponent: `4.65`, `1234567`, `-18`."""
    text = f"{number:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
