"""The value of one line out of words, of every kind, and the words that may stand after it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.plain_text import plain_text
from shiftbot.domain.values.dates import find_date, read_date
from shiftbot.domain.values.min_max import DEGREES, NUMBER, find_pair, read_min_max
from shiftbot.domain.values.numbers import NUMBER_WORDS, read_number, read_quantity, read_temperature
from shiftbot.domain.values.voicemail import read_voicemail
from shiftbot.errors import Unreadable

TEXT_MAX = 1000
"""Characters of a text; a longer one is refused, never cut."""

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A value and what was said after it: a note, or the reason of a correction."""

    value: Value
    note: str = ""


def read_value(line: Line, words: str, today: date | None = None) -> Value | None:
    """The value that `words` give for a line; `None` for a tick. Raises Unreadable, saying what would be understood.

    `today` is the local date at the site, for a date without its year.
    """
    match line.kind:
        case ItemKind.TICK:
            return None
        case ItemKind.TEMPERATURE:
            return {"temperature": read_temperature(words, line.unit), "unit": line.unit}
        case ItemKind.NUMBER:
            return {"number": _refuse_negative(line, read_number(_without_unit(words, line.unit)))}
        case ItemKind.MIN_MAX:
            low, high = read_min_max(words, line.unit)
            return {"low": low, "high": high, "unit": line.unit}
        case ItemKind.COUNT:
            return {"count": read_quantity(words)}
        case ItemKind.CHOICE:
            return {"choice": read_choice(words, line.options)}
        case ItemKind.DATE:
            return {"date": read_date(words, today).isoformat()}
        case ItemKind.TEXT:
            return {"text": _read_text(words)}
        case ItemKind.VOICEMAIL:
            return read_voicemail(words)
        case ItemKind.SIGNATURE:
            return _read_signature(line, words)
        case ItemKind.PHOTO:
            raise Unreadable(f"“{line.title}” asks for a photo: attach it to your reply, or use its button.")


def read_choice(words: str, options: tuple[str, ...]) -> str:
    """The option that `words` name, whatever their case; the front of its name will do where only one begins so.

    Raises Unreadable with the options.
    """
    said = plain_text(words).strip().casefold()
    exact = [option for option in options if option.casefold() == said]
    begun = [option for option in options if said and option.casefold().startswith(said)]
    if len(exact or begun) == 1:
        return (exact or begun)[0]
    raise Unreadable(f"Choose one of: {', '.join(options)}.")


SIGN = ("sign", "signed", "signing", "signature", "i sign", "sign it")
"""Words that sign, whatever the signature means; the word of its own meaning does too."""


def _read_signature(line: Line, words: str) -> Value:
    said = re.sub(r"^(?:sign(?:ed)?\s+(?:as|for)\s+)", "", plain_text(words).strip().casefold())
    if said not in (*SIGN, line.meaning.value) or said == "done":
        raise Unreadable(
            f"“{line.title}” is signed as {line.meaning}: write `{line.number} sign`, or `{line.number} n/a …` and why."
        )
    return {"meaning": line.meaning.value}


def _read_text(words: str) -> str:
    text = words.strip()
    if not text:
        raise Unreadable("Say it in a few words.")
    if len(text) > TEXT_MAX:
        raise Unreadable(f"That has {len(text)} characters; {TEXT_MAX} is the most I store. Please shorten it.")
    return text


def _without_unit(words: str, unit: str) -> str:
    text = words.strip()
    return text[: -len(unit)] if unit and text.casefold().endswith(unit.casefold()) else text


def _refuse_negative(line: Line, number: float) -> float:
    # Where the range begins at nothing, less than nothing is a slip and no finding.
    if line.low == 0 and number < 0:
        raise Unreadable(f"{number:g} cannot be right. Write a number from 0.")
    return number


_BENDING = """or to and plus minus negative zero point percent hundred thousand million dozen half below under above
times through thru per maybe about approx approximately roughly ish kelvin but except
fail failed fails n/a na skip skipped undo correct because"""
NOT_A_NOTE = frozenset([*_BENDING.split(), *NUMBER_WORDS])
"""Words that change what stands before them: `18 below`, `4 hundred`, `41 or 42`. No note begins with one."""

_LOOSE = r"(?:\s*[,:]\s*|\s+[-–—]\s*|\s+|\s*(?=\())"
_STRICT = r"(?:\s*[,:]\s*|\s+[-–—]\s+|\s*(?=\())"
_NUMBER_HEAD = rf"(?:(?:minus|negative)\s+)?{NUMBER}"
_DEGREES_HEAD = re.compile(_NUMBER_HEAD + DEGREES)
_DIGITS_HEAD = re.compile(r"\d+(?:[.,]\d+)*")
BECAUSE = re.compile(r"\s*[,:;–—-]*\s*\b(?:because(?:\s+of\b)?|b/c|bc|cause|reason)\b[\s:,]*", re.IGNORECASE)


def read_with_note(line: Line, words: str, today: date | None = None, *, loose: bool = False) -> Read:
    """The value at the front of `words` and the note after it: `9.1 door left open`, `dirty, needs a wipe`.

    After a number, a temperature, a min-max or a date a note needs only a space; after a choice or a count a comma,
    brackets or `because`, unless `loose`. A text and a voicemail sweep take all the words, in a correction those
    before `because`. Raises Unreadable as `read_value` does.
    """
    try:
        return Read(_some(read_value(line, words, today)))
    except Unreadable:
        head = _head(line, words)
        if not head or len(head) == len(words):
            raise
        note = note_after(words[len(head) :], strict=line.kind in (ItemKind.CHOICE, ItemKind.COUNT) and not loose)
        if note is None or _names_an_option(line, note):
            raise
        return Read(_some(read_value(line, head, today)), note)


def _names_an_option(line: Line, note: str) -> bool:
    """`clean, dirty` is no answer."""
    return any(re.match(rf"{re.escape(option)}\b", note, re.IGNORECASE) for option in line.options)


def split_reason(line: Line, words: str) -> tuple[str, str]:
    """Words and the reason after `because`, of a line whose value takes all its words; the reason may be empty."""
    if line.kind not in (ItemKind.TEXT, ItemKind.VOICEMAIL):
        return words, ""
    parts = re.split(r"[\s,]+because\b[\s:,]*", words, flags=re.IGNORECASE)
    return (" because ".join(parts[:-1]), parts[-1]) if len(parts) > 1 else (words, "")


def _some(value: Value | None) -> Value:
    return value or {}


def _head(line: Line, words: str) -> str | None:
    """The front of `words` that is the value, as it was typed; its length is that of its plain form."""
    plain = plain_text(words).casefold()
    if len(plain) != len(words):
        return None
    found: str | None
    match line.kind:
        case ItemKind.TEMPERATURE:
            found = _found(_DEGREES_HEAD, plain)
        case ItemKind.NUMBER:
            found = _found(re.compile(rf"{_NUMBER_HEAD}(?:\s*{re.escape(line.unit.casefold())}(?!\w))?"), plain)
        case ItemKind.COUNT:
            found = _found(_DIGITS_HEAD, plain)
        case ItemKind.MIN_MAX:
            found = find_pair(plain)
        case ItemKind.DATE:
            found = find_date(plain)
        case ItemKind.CHOICE:
            found = max((option for option in line.options if plain.startswith(option.casefold())), key=len, default="")
        case _:
            return None
    return words[: len(found)] if found else None


def _found(pattern: re.Pattern[str], words: str) -> str | None:
    found = pattern.match(words)
    return found.group() if found else None


def note_after(words: str, *, strict: bool) -> str | None:
    """The note that `words`, which follow a value or a tick, are; None when they may be more of the value."""
    because = BECAUSE.match(words)
    if because and because.end() < len(words) and not words[0].isalnum():
        return words[because.end() :].strip() or None
    apart = re.match(_STRICT if strict else _LOOSE, words)
    if apart is None or not words[apart.end() :]:
        return None
    note = words[apart.end() :].strip()
    if note.startswith("(") and note.endswith(")"):
        note = note[1:-1].strip()
        return note or None
    return note if _begins_a_note(note, strict=strict or words.startswith(",")) else None


def _begins_a_note(note: str, *, strict: bool) -> bool:
    word, *others = re.split(r"[\s,:;.]+", note.casefold(), maxsplit=2)
    if strict and word in NUMBER_WORDS and others and others[0].isalpha() and others[0] not in NOT_A_NOTE:
        return True
    if word in NOT_A_NOTE or re.match(r"(?:not|no)\b\s*[-\d]", note.casefold()):
        return False
    return re.match(r"\(?(?:[^\W\d_]{2,}|[aAI]\s)", note) is not None
