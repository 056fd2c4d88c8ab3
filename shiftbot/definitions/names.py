"""The small words of a definition that are not about time: ids, Slack ids, words of a fixed set, text, ranges, paths.

Parsers raise `Mistaken`; each type carries its JSON Schema for editors.
"""

import re
from enum import StrEnum
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from shiftbot.definitions.mistakes import Mistaken, one_of, shown

_PATH = re.compile(r"(?:\$(?=[.\[])|(?=[A-Za-z_]))(?:(?:^|\.)[A-Za-z_][\w-]*|\[\d{1,4}\]|\['[^']*'\])+")

_ADDRESS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?(?:[/?#][^\s<>|\"]*)?")

_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def parse_id(value: object) -> str:
    """A short lasting name: lower-case letters, digits, hyphens."""
    if isinstance(value, str) and _ID.fullmatch(value) and len(value) <= 60:
        return value
    made = made_id(str(value)) if isinstance(value, str | int | float) else ""
    wrong = f"{shown(value)} cannot be an id (lower-case letters, digits and hyphens)"
    raise Mistaken(wrong, f"write {made or 'a short name like hilltop-main'}")


def made_id(text: str) -> str:
    """The id that was most likely meant; an id stays itself."""
    return text if _ID.fullmatch(text) else re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60]


def slack_parser(kinds: str, what: str, example: str, where: str) -> PlainValidator:
    """Accepts a Slack id whose first letter is one of `kinds`; says where in Slack to find it."""

    def parse(value: object) -> str:
        if isinstance(value, str) and re.fullmatch(rf"[{kinds}][A-Z0-9]{{2,}}", value):
            return value
        raise Mistaken(f"{shown(value)} is not the Slack id of a {what}", f"write it like {example} ({where})")

    return PlainValidator(parse)


def word_parser(words: type[StrEnum]) -> PlainValidator:
    """Accepts one word of an enumeration; another is answered with the nearest."""

    def parse(value: object) -> StrEnum:
        if isinstance(value, str) and value in list(words):
            return words(value)
        raise Mistaken(f"{shown(value)} is not known here", one_of(value, [str(word) for word in words]))

    return PlainValidator(parse)


def words_schema(words: type[StrEnum]) -> WithJsonSchema:
    """The JSON Schema of one word of an enumeration."""
    return WithJsonSchema({"type": "string", "enum": [str(word) for word in words]})


def parse_text(value: object) -> str:
    """One line for people: 150 letters fit where Slack is tightest."""
    text = parse_lines(value)
    if len(text) > 150 or "\n" in text:
        raise Mistaken("the text is longer than one line of 150 letters", "make it shorter")
    return text


def parse_lines(value: object) -> str:
    """Text that may run over several lines."""
    if isinstance(value, bool | int | float):
        raise Mistaken(f"{shown(value)} is not text", f'write it in quotes: "{value}"')
    if not isinstance(value, str) or not value.strip():
        raise Mistaken(f"there is {shown(value)} where text should be", "write a few words")
    if len(value) > 1000:
        raise Mistaken("the text is longer than 1,000 letters", "make it shorter")
    return value.strip()


def parse_path(value: object) -> str:
    """The way to a value in a JSON message: `data.temp` or `$.sensors[0].value`."""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return value
    raise Mistaken(f"{shown(value)} is not a way into JSON", "write it like data.temp or $.sensors[0].value")


def parse_address(value: object) -> str:
    """An https address, as one copies it from a browser."""
    if isinstance(value, str) and _ADDRESS.fullmatch(value) and len(value) <= 1000:
        return value
    plain = isinstance(value, str) and value.startswith("http://")
    mend = f'write "https{str(value)[4:]}"' if plain else 'write it like "https://example.org/procedures/fridge"'
    raise Mistaken(f"{shown(value)} is no https address", mend)


def parse_range(value: object) -> tuple[float | None, float | None]:
    """`[36, 46]`, both ends included; an end may be `null` for open."""
    ends = value if isinstance(value, list) else []
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool) and isfinite(end)]
    if len(ends) != 2 or not numbers or len(numbers) + ends.count(None) != 2:
        raise Mistaken(f"{shown(value)} is not a range", "write the lowest and the highest value, like [36, 46]")
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        raise Mistaken("the range ends before it starts", f"write [{numbers[1]}, {numbers[0]}]")
    return ends[0], ends[1]


def parse_limits(value: object) -> object:
    """A range; or `{ C: [2, 8], F: [36, 46] }`, which gives each unit its own as printed."""
    if not isinstance(value, dict):
        return parse_range(value)
    if set(value) != {"C", "F"}:
        raise Mistaken("a range by degrees needs both units", "write { C: [2, 8], F: [36, 46] }, or one range alone")
    return {unit: parse_range(value[unit]) for unit in ("C", "F")}


def as_list(value: object) -> object:
    """A single word stands for a list of one."""
    return [value] if isinstance(value, str) else value


def text_schema(pattern: str | None, *examples: str) -> WithJsonSchema:
    """The JSON Schema of text of a certain form, with examples for editors."""
    schema: dict[str, Any] = {"type": "string", "examples": list(examples)}
    return WithJsonSchema(schema | ({"pattern": pattern} if pattern else {}))


Id = Annotated[str, PlainValidator(parse_id), text_schema(r"^[a-z0-9]+([-_][a-z0-9]+)*$", "hilltop-main")]

Text = Annotated[str, PlainValidator(parse_text), WithJsonSchema({"type": "string", "maxLength": 150})]

Lines = Annotated[str, PlainValidator(parse_lines), WithJsonSchema({"type": "string"})]

Address = Annotated[
    str, PlainValidator(parse_address), text_schema("^https://", "https://example.org/procedures/fridge")
]

Words = Annotated[
    list[Text],
    BeforeValidator(as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]

JsonPath = Annotated[str, PlainValidator(parse_path), text_schema(None, "data.temp", "$.sensors[0].value")]

Number = Annotated[float, Field(allow_inf_nan=False)]
