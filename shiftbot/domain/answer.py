"""What somebody said to a line of a run: outcomes, values, and reading a value out of words. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

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
    reason: str = ""
    """Why this answer stands over the one before it: a correction has a reason, a first answer none."""
    told_by: str | None = None
    """Who did it, when a manager (`answered_by`) wrote down what they were told by phone."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person says to one line: the outcome, the value where the kind has one, a note.

    `reason` makes it a correction of the answer that stands; `told_by` is the person who said so by phone.
    """

    line: str
    outcome: Outcome = Outcome.DONE
    value: Mapping[str, Any] | None = None
    note: str = ""
    reason: str = ""
    told_by: str | None = None


def read_value(line: Line, words: str) -> Mapping[str, Any] | None:
    """The value that `words` give for a line; `None` for a tick. Raises Unreadable, saying what would be understood."""
    match line.kind:
        case ItemKind.TICK | ItemKind.SIGNATURE | ItemKind.PHOTO:
            return None
        case ItemKind.TEMPERATURE:
            return {"temperature": read_temperature(words, line.unit), "unit": line.unit}
        case ItemKind.NUMBER:
            return {"number": _refuse_negative(line, read_number(_without_unit(words, line.unit)))}
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


def _without_unit(words: str, unit: str) -> str:
    text = words.strip()
    return text[: -len(unit)] if unit and text.casefold().endswith(unit.casefold()) else text


def _refuse_negative(line: Line, number: float) -> float:
    # Where the range begins at nothing, less than nothing is a slip and no finding.
    if line.low == 0 and number < 0:
        raise Unreadable(f"{number:g} cannot be right. Write a number from 0.")
    return number


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


_VOICEMAIL_WORDS = {
    "new": r"new(?: prescriptions?| rx)?",
    "request": r"(?:refill )?requests?",
    "refill": r"refills?(?: auth(?:orisation|orization)?s?)?",
    "clinical": r"clinical(?: questions?)?",
    "transfer": r"transfers?",
    "other": r"others?",
}

AGE_MINUTES_MAX = 14 * 24 * 60
"""An oldest message above two weeks is a slip of the finger."""


def read_voicemail(words: str) -> Mapping[str, Any]:
    """Counts by kind and the oldest age: `none`, or `2 refill, 1 clinical, oldest 40m`.

    Raises Unreadable unless every word is understood: what is left out would be lost without anybody noticing.
    """
    text = words.strip().casefold()
    if text in ("none", "empty", "0", "zero", "no messages"):
        return voicemail({}, 0)
    counted, _, oldest = text.partition("oldest")
    counts: dict[str, int] = {}
    for part in re.split(r"[,;]|\band\b|(?<=[a-z])\s+(?=\d)", counted):
        if part.strip():
            kind, count = _read_kind(part.strip())
            counts[kind] = count if kind not in counts else _refuse_voicemail()
    if not counts or (any(counts.values()) and not oldest):
        _refuse_voicemail()
    return voicemail(counts, read_age(oldest) if oldest else 0)


def _read_kind(part: str) -> tuple[str, int]:
    for kind, pattern in _VOICEMAIL_WORDS.items():
        found = re.fullmatch(rf"(\d{{1,3}})\s*{pattern}\.?", part)
        if found:
            return kind, int(found.group(1))
    return _refuse_voicemail()


def _refuse_voicemail() -> NoReturn:
    kinds = ", ".join(VOICEMAIL_KINDS)
    raise Unreadable(
        f"Write the counts by kind ({kinds}) and the oldest age, for example: 2 refill, 1 clinical, oldest 40m"
    )


def read_age(words: str) -> int:
    """An age in minutes: `40m`, `40`, `2h`, `1h 30m`, `2 hours`. Raises Unreadable, above two weeks too."""
    hours, minutes = r"(\d{1,3})\s*h(?:(?:ou)?rs?)?", r"(\d{1,5})\s*(?:m(?:in(?:ute)?s?)?)?"
    found = re.fullmatch(rf"(?:{hours})?\s*(?:{minutes})?\.?", words.strip(" :\t").casefold())
    if found is None or not any(found.groups()):
        raise Unreadable("How old is the oldest message? Write for example 40m, 2h or 1h 30m")
    age = int(found.group(1) or 0) * 60 + int(found.group(2) or 0)
    if age > AGE_MINUTES_MAX:
        raise Unreadable("That is more than two weeks. How old is the oldest message? Write for example 40m or 2h")
    return age


def voicemail(counts: Mapping[str, int], oldest_minutes: int) -> Mapping[str, Any]:
    """The value of a voicemail line: every kind's count, and the oldest message's age in minutes (0 when none)."""
    return {"counts": {kind: counts.get(kind, 0) for kind in VOICEMAIL_KINDS}, "oldest_minutes": oldest_minutes}
