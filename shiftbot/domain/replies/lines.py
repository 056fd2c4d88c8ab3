"""Which lines the front of a typed reply names: by number (`3`, `1-4`, `two and 5`) or by name (`fridge`). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shiftbot.domain.checklist import ItemKind, Line, Plan
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.asking import TICKS, is_blind, numbers_text
from shiftbot.domain.replies.plain_words import numbered
from shiftbot.errors import Unreadable

REF = r"(?:\d{1,3}(?:[-–—]|\.\.|\s(?:-|–|—|to|through)\s)\d{1,3}(?!\d)|\d{1,3}(?!\d))"
SEPARATOR = r"(?:\s*(?:,|&|\+|and)\s*|\s+)"
_REFS = re.compile(rf"{REF}(?:{SEPARATOR}{REF})*(?![.,/]?\d)")
VALUED = re.compile(r"(\d{1,3})(?:\s*[:=]\s*|\s+)(?=[-+.\d])(?!-\s)")
"""A line's number followed by something numeric: `2 41`, `2: 4,6`, `2 -18`."""
MORE_LINES = re.compile(
    rf"({REF}(?:(?:\s*,\s+|\s+and\s+|\s*&\s*|\s+){REF})+)(?: {verbs.ANY_DONE})?"
    rf"|({REF}(?:{SEPARATOR}{REF})*) {verbs.ANY_DONE}"
)
"""What follows a line's number is not its value but further lines: `2 3 4`, `2 3 done`."""

_SAID_FIRST = re.compile(r"(?:i(?:'ve|’ve)?|we(?:'ve|’ve)?)\s+(?:have\s+)?(?=did|done|finished|ticked|checked)")
_AFTER = "(?:" + "|".join(
    map(re.escape, [*verbs.DONE, *verbs.NOT_APPLICABLE, *verbs.FAILED_PLAINLY, *verbs.BECAUSE, *verbs.CORRECT,
                    "not done", "is", "are", "was", "sign", "signed", "reviewed", "approved", "witnessed"])
) + ")"  # fmt: skip


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
    part = numbered(_verb_last(part), _AFTER)
    found = _by_number(part, plan) if part[:1].isdecimal() else _by_name(part, plan)
    if found is None:
        raise Meaningless(part)
    return found


def _verb_last(part: str) -> str:
    """`done 4`, `ok 1-4`, `sign 12` and `n/a 5 closed` with the lines first."""
    low = part.casefold()
    said = _SAID_FIRST.match(low)
    part = part[said.end() :] if said else part
    verb, _, after = part.partition(" ")
    verb = verb.strip(":").casefold()
    after = re.sub(r"^(?:with|as|off)\s+", "", after)
    if not after:
        return part
    counted = numbered(after, "(?!)")
    if verb in (*verbs.DONE, "sign") and counted[0].isdecimal():
        return f"{counted} {verb}"
    if verb in ("n/a", "skip", "fail") and (named := re.match(rf"{REF}(?=$|[\s:,])", counted)):
        return f"{named.group()} {verb} {counted[named.end() :].strip(' :,')}".strip()
    return f"{after} {verb}" if verb in verbs.FINISHED and verb.isalpha() else part


def _by_number(part: str, plan: Plan) -> Named | None:
    lines = {line.number: line for line in plan.lines}
    valued = _value_of_one(part, lines)
    if valued is not None:
        return valued
    refs = _REFS.match(part)
    if refs is None:
        return None
    numbers = numbers_in(refs.group())
    missing = [number for number in numbers if number not in lines]
    if missing and all(map(is_blind, plan.lines)):
        raise Unreadable("There is no such line here. Count each with its button; a quantity is never typed here.")
    if missing:
        raise Unreadable(f"There is no line {max(missing)} here; they go from 1 to {len(plan.lines)}.")
    rest = re.sub(r"^(?:[\s:=,)]|\.\s)*(?:[-–—]\s+)?", "", part[refs.end() :])
    return Named(tuple(lines[number] for number in dict.fromkeys(numbers)), rest.strip(), by_number=True)


def numbers_in(refs: str) -> list[int]:
    """Every number that refs like `1-3, 5` name."""
    return [number for ref in re.findall(REF, refs) for number in _span(ref)]


def _value_of_one(part: str, lines: Mapping[int, Line]) -> Named | None:
    found = VALUED.match(part)
    line = lines.get(int(found.group(1))) if found else None
    if found is None or line is None or line.kind in TICKS:
        return None
    rest = part[found.end() :]
    more = MORE_LINES.fullmatch(rest.casefold())
    if more is None:
        return Named((line,), rest, by_number=True)
    refs = more.group(1) or more.group(2)
    numbers = numbers_in(refs)
    if not all(number in lines for number in numbers):
        # The further numbers are no lines here, so they are the value; `ok` after it adds nothing.
        return Named((line,), rest[: len(refs)], by_number=True) if not is_blind(line) else None
    if line.kind in _SO_MANY and len(numbers) == _SO_MANY[line.kind] and not is_blind(line):
        _refuse_two_readings(line, [lines[number] for number in numbers])
    return None


_SO_MANY = {ItemKind.TEMPERATURE: 1, ItemKind.NUMBER: 1, ItemKind.COUNT: 1, ItemKind.MIN_MAX: 2}
"""How many numbers a value of such a line is made of."""


def _refuse_two_readings(line: Line, others: list[Line]) -> None:
    numbers = sorted(other.number for other in others)
    value = " and ".join(map(str, numbers))
    typed = f"min {numbers[0]} max {numbers[-1]}" if len(numbers) > 1 else value
    raise Unreadable(
        f"Do you mean the lines {numbers_text([line, *others])}, or {value} for line {line.number}? "
        f"Write `{', '.join(map(str, numbers))} done`, or `{line.number} {typed}`"
    )


def _span(ref: str) -> list[int]:
    ends = [int(number) for number in re.findall(r"\d+", ref)]
    return list(range(min(ends), max(ends) + 1))


def _by_name(part: str, plan: Plan) -> Named | None:
    """The longest run of words at the front that names lines, by their words or their titles."""
    part = re.sub(r"^(?:the|our)\s+(?=\S)", "", part, flags=re.IGNORECASE)
    tokens = re.sub(r"^([^:=]{3,40})[:=](?=\S)", r"\1: ", part).split(" ")
    for length in range(min(len(tokens), 6), 0, -1):
        name = " ".join(tokens[:length]).casefold().strip(" :,.=")
        lines = called(name, plan)
        if lines:
            return Named(tuple(lines), " ".join(tokens[length:]).strip(" :="), by_number=False)
    return None


def called(name: str, plan: Plan) -> list[Line]:
    """The lines whose words or titles hold `name`, which is in lower case: their exact words go first."""
    if len(name) < 3 or name in verbs.DONE:
        return []
    exact = [line for line in plan.lines if name in (word.casefold() for word in line.words)]
    if exact:
        return exact
    whole = re.compile(rf"\b{re.escape(name)}\b")
    by_word = [line for line in plan.lines if any(holds(whole, name, word) for word in line.words)]
    if by_word or len(name) < 4:
        return by_word
    return [line for line in plan.lines if holds(whole, name, line.title)]


def holds(whole: re.Pattern[str], name: str, text: str) -> bool:
    """Whether `text` holds `name` as whole words."""
    low = text.casefold()
    return name in low and whole.search(low) is not None
