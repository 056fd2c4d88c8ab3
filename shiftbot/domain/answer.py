"""What somebody said to a line of a run: outcomes, values, and reading a value out of words. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.errors import Unreadable

TEMPERATURE_POSSIBLE = {"C": (-120.0, 60.0), "F": (-184.0, 140.0)}
"""A typed temperature outside this is a slip of the finger; an ultra-cold freezer goes to -90 °C (domain.md §1.1)."""

QUANTITY_MAX = 1_000_000

VOICEMAIL_KINDS = {
    "new": "New prescriptions",
    "refill": "Refill authorisations",
    "request": "Refill requests",
    "clinical": "Clinical questions",
    "transfer": "Transfers",
    "other": "Other",
}
"""Voicemail is counted by kind, never by name (domain.md §4.2)."""


class Outcome(StrEnum):
    """What was said. `withdrawn` takes the answer before it back (undo): the line is blank again."""

    DONE = "done"
    NOT_APPLICABLE = "not-applicable"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, kept for ever; a later one with the next `revision` stands over it, both stay visible."""

    run: int
    line: str
    revision: int
    outcome: Outcome
    value: Mapping[str, Any] | None
    note: str
    answered_by: str
    answered_at: datetime
    late: bool
    via: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person says to one line: the outcome, the value where the kind has one, a note."""

    line: str
    outcome: Outcome = Outcome.DONE
    value: Mapping[str, Any] | None = None
    note: str = ""


def read_value(line: Line, words: str) -> Mapping[str, Any] | None:
    """The value that `words` give for a line; `None` for a tick. Raises Unreadable, saying what would be understood."""
    match line.kind:
        case ItemKind.TICK | ItemKind.SIGNATURE | ItemKind.PHOTO:
            return None
        case ItemKind.TEMPERATURE:
            return {"temperature": read_temperature(words, line.unit), "unit": line.unit}
        case ItemKind.NUMBER:
            return {"number": read_number(words)}
        case ItemKind.COUNT:
            return {"count": read_quantity(words)}
        case ItemKind.CHOICE:
            return {"choice": read_choice(words, line.options)}
        case ItemKind.TEXT:
            return {"text": words.strip()}
        case ItemKind.VOICEMAIL:
            return read_voicemail(words)
        case _:
            raise Unreadable(f"“{line.title}” is answered with its button.")


def read_number(words: str) -> float:
    """A number as people type it: `4,6`, `４.6`, `-18`. Raises Unreadable for anything else, and for 1e9.

    `1,200` is refused: it is twelve hundred to one reader and a little more than one to another.
    """
    text = _typed(words)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", text):
        raise Unreadable(
            f"“{words.strip()}” can be read in two ways. Write it without the comma: {text.replace(',', '')}"
        )
    text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d{1,7}(\.\d{1,4})?|\.\d{1,4})", text):
        raise Unreadable("That is not a number I can store. Write it like 4.6")
    return float(text)


def _typed(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().replace("−", "-")


def read_temperature(words: str, unit: str) -> float:
    """Degrees in the site's `unit` ("C" or "F"). Raises Unreadable when the other unit is named, or it cannot be."""
    text = unicodedata.normalize("NFKC", words).strip().upper().replace("°", "").replace("DEGREES", "")
    named = re.fullmatch(r"(.*?)\s*([CF])", text)
    if named:
        text, said = named.group(1), named.group(2)
        if said != unit:
            raise Unreadable(f"This pharmacy logs in °{unit}. Read the display in °{unit} and type that.")
    degrees = read_number(text)
    low, high = TEMPERATURE_POSSIBLE[unit]
    if not low <= degrees <= high:
        raise Unreadable(f"{degrees:g} °{unit} cannot be right. Look at the display again and type what it shows.")
    return degrees


def read_quantity(words: str) -> int:
    """A whole number of units, 0 or more: `120`, `1,200`. Raises Unreadable for anything else, `1.000` included."""
    text = _typed(words)
    grouped = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text)
    digits = text.replace(",", "") if grouped else text
    if not re.fullmatch(r"\d{1,7}", digits) or int(digits) > QUANTITY_MAX:
        raise Unreadable("That is not a count. Write a whole number, for example 120")
    return int(digits)


def read_choice(words: str, options: tuple[str, ...]) -> str:
    """The option that `words` name, whatever their case. Raises Unreadable with the options."""
    for option in options:
        if option.casefold() == words.strip().casefold():
            return option
    raise Unreadable(f"Choose one of: {', '.join(options)}.")


def out_of_range(line: Line, value: Mapping[str, Any] | None) -> bool:
    """Whether a number or temperature lies outside the line's limits, which are inclusive."""
    number = (value or {}).get("temperature", (value or {}).get("number"))
    if number is None:
        return False
    return (line.low is not None and number < line.low) or (line.high is not None and number > line.high)


def read_voicemail(words: str) -> Mapping[str, Any]:
    """Counts by kind and the oldest age: `none`, or `2 refill, 1 clinical, oldest 40m`. Raises Unreadable."""
    text = words.strip().casefold()
    if text in ("none", "empty", "0", "zero", "no messages"):
        return voicemail({}, 0)
    found = re.findall(r"(?<!\d)(?<!\d[.,])(\d{1,3})\s*(refill requests?|" + "|".join(VOICEMAIL_KINDS) + ")", text)
    counts = {"request" if "request" in kind else kind: int(count) for count, kind in found}
    oldest = re.search(r"oldest\s*(\d{1,4})\s*(m|h)", text)
    if not counts or (any(counts.values()) and not oldest):
        raise Unreadable("Write the counts by kind and the oldest age, for example: 2 refill, 1 clinical, oldest 40m")
    minutes = int(oldest.group(1)) * (60 if oldest.group(2) == "h" else 1) if oldest else 0
    return voicemail(counts, minutes)


def voicemail(counts: Mapping[str, int], oldest_minutes: int) -> Mapping[str, Any]:
    """The value of a voicemail line: every kind's count, and the oldest message's age in minutes (0 when none)."""
    return {"counts": {kind: counts.get(kind, 0) for kind in VOICEMAIL_KINDS}, "oldest_minutes": oldest_minutes}
