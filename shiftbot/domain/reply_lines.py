"""Which lines the front of a typed reply names: by number (`3`, `1-4`, `2 and 5`) or by name (`fridge`). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shiftbot.domain.checklist import Line, Plan
from shiftbot.domain.reply_asking import TICKS, is_blind
from shiftbot.errors import Unreadable

DONE = ("done", "ok", "okay", "yes", "y", "did", "tick", "ticked", "check", "checked", "good", "✓", "✅", "👍")
ANY_DONE = "(?:" + "|".join(map(re.escape, DONE)) + ")"
_REF = r"(?:\d{1,3}(?:[-–—]|\.\.|\s(?:-|–|—|to|through)\s)\d{1,3}(?!\d)|\d{1,3}(?!\d))"
_SEPARATOR = r"(?:\s*(?:,|&|\+|and)\s*|\s+)"
_REFS = re.compile(rf"{_REF}(?:{_SEPARATOR}{_REF})*(?![.,]?\d)")
_VALUED = re.compile(r"(\d{1,3})(?:\s*[:=]\s*|\s+)(?=[-+.\d])(?!-\s)")
"""A line's number followed by something numeric: `2 41`, `2: 4,6`, `2 -18`."""
_MORE_LINES = re.compile(
    rf"{_REF}(?:(?:\s*,\s+|\s+and\s+|\s*&\s*|\s+){_REF})+(?: {ANY_DONE})?|{_REF}(?:{_SEPARATOR}{_REF})* {ANY_DONE}"
)
"""What follows a line's number is not its value but further lines: `2 3 4`, `2 3 done`."""


@dataclass(frozen=True, slots=True)
class Named:
    """The lines that the front of a text names, the rest of the text, and whether it named them by number."""

    lines: tuple[Line, ...]
    rest: str
    by_number: bool


class Meaningless(Unreadable):
    """`str()` is the part that means nothing."""


def name_lines(part: str, plan: Plan) -> Named:
    """The lines that `part` begins with. Raises Meaningless when it names none, Unreadable for an unknown number."""
    verb, _, after = part.partition(" ")
    if verb.casefold() in DONE and after[:1].isdigit():
        part = f"{after} {verb}"
    named = _by_number(part, plan) if part[0].isdigit() else _by_name(part, plan)
    if named is None:
        raise Meaningless(part)
    return named


def _by_number(part: str, plan: Plan) -> Named | None:
    numbered = {line.number: line for line in plan.lines}
    valued = _value_of_one(part, numbered)
    if valued is not None:
        return valued
    refs = _REFS.match(part)
    if refs is None:
        return None
    numbers = [number for ref in re.findall(_REF, refs.group()) for number in _span(ref)]
    missing = [number for number in numbers if number not in numbered]
    if missing and all(map(is_blind, plan.lines)):
        raise Unreadable("There is no such line here. Count each with its button; a quantity is never typed here.")
    if missing:
        raise Unreadable(f"There is no line {missing[0]} here; they go from 1 to {len(plan.lines)}.")
    rest = re.sub(r"^[\s:=,)]*(?:[-–—]\s+)?", "", part[refs.end() :])
    return Named(tuple(numbered[number] for number in dict.fromkeys(numbers)), rest.strip(), by_number=True)


def _value_of_one(part: str, numbered: Mapping[int, Line]) -> Named | None:
    found = _VALUED.match(part)
    line = numbered.get(int(found.group(1))) if found else None
    if found is None or line is None or line.kind in TICKS:
        return None
    rest = part[found.end() :]
    return None if _MORE_LINES.fullmatch(rest.casefold()) else Named((line,), rest, by_number=True)


def _span(ref: str) -> list[int]:
    ends = [int(number) for number in re.findall(r"\d+", ref)]
    return list(range(min(ends), max(ends) + 1))


def _by_name(part: str, plan: Plan) -> Named | None:
    """The longest run of words at the front that names lines, by their words or their titles."""
    tokens = part.split(" ")
    for length in range(min(len(tokens), 6), 0, -1):
        name = " ".join(tokens[:length]).casefold().strip(" :,.=")
        lines = _called(name, plan)
        if lines:
            return Named(tuple(lines), " ".join(tokens[length:]).strip(" :="), by_number=False)
    return None


def _called(name: str, plan: Plan) -> list[Line]:
    if len(name) < 3 or name in DONE:
        return []
    exact = [line for line in plan.lines if name in (word.casefold() for word in line.words)]
    if exact:
        return exact
    whole = re.compile(rf"\b{re.escape(name)}\b")
    by_word = [line for line in plan.lines if any(whole.search(word.casefold()) for word in line.words)]
    if by_word or len(name) < 4:
        return by_word
    return [line for line in plan.lines if whole.search(line.title.casefold())]
