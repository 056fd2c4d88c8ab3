"""The shape of what a checklist asks: its sections and items. Knows nothing of when it is asked."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from shiftbot.definitions.names import Address, Id, Lines, Text, Words, parse_limits, word_parser, words_schema
from shiftbot.definitions.shapes.shape import Misfit, RoleWord, Shape
from shiftbot.definitions.times import LastingSpan
from shiftbot.domain.checklist import ForEach, ItemKind, Meaning, OnFail, Role

Kind = Annotated[ItemKind, word_parser(ItemKind), words_schema(ItemKind)]

Failing = Annotated[OnFail, word_parser(OnFail), words_schema(OnFail)]

Each = Annotated[ForEach, word_parser(ForEach), words_schema(ForEach)]

Means = Annotated[Meaning, word_parser(Meaning), words_schema(Meaning)]

Ends = tuple[float | None, float | None]

_ENDS = {"type": "array", "items": {"type": ["number", "null"]}, "minItems": 2, "maxItems": 2}

_BY_DEGREES = {
    "type": "object",
    "properties": {"C": _ENDS, "F": _ENDS},
    "required": ["C", "F"],
    "additionalProperties": False,
}

Limits = Annotated[
    Ends | dict[str, Ends],
    PlainValidator(parse_limits),
    WithJsonSchema({"anyOf": [_ENDS, _BY_DEGREES], "examples": [[36, 46], {"C": [2, 8], "F": [36, 46]}]}),
]

NUMERIC = (ItemKind.NUMBER, ItemKind.TEMPERATURE, ItemKind.MIN_MAX, ItemKind.COUNT)

OF_SENSORS = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)


class LookOn(StrEnum):
    """After which answers something is looked at again."""

    ALWAYS = "always"
    FAIL = "fail"


class LookAgainShape(Shape):
    """Something to look at again, some time after the answer; `on: fail` only after a failure or out of range."""

    after: LastingSpan
    on: Annotated[LookOn, word_parser(LookOn), words_schema(LookOn)] = LookOn.ALWAYS


def _after(value: object) -> object:
    """`2h` stands for `{ after: 2h }`."""
    return value if value is None or isinstance(value, dict | LookAgainShape) else {"after": value}


LookAgain = Annotated[
    LookAgainShape | None, BeforeValidator(_after, json_schema_input_type=LastingSpan | LookAgainShape | None)
]


class WhenShape(Shape):
    """Asked only when an earlier item of the checklist was answered with one of these words."""

    item: Id
    words: Annotated[
        Words, Field(alias="is", description="done, failed, n/a, out-of-range, or an option of that choice.")
    ]


class ItemShape(Shape):
    """One thing to answer."""

    id: Id
    title: Text
    kind: Kind = ItemKind.TICK
    role: RoleWord = Role.TECHNICIAN
    required: bool = True
    on_fail: Failing = OnFail.NOTHING
    for_each: Each | None = None
    from_sensor: bool = False
    options: tuple[Text, ...] = ()
    limits: Annotated[Limits | None, Field(alias="range")] = None
    unit: Annotated[Text | None, Field(examples=["tablets"])] = None
    witness: RoleWord | None = None
    help: Lines | None = None
    words: Annotated[tuple[Text, ...], Field(description="Further words a typed reply may name the item by.")] = ()
    sop: Annotated[Address | None, Field(description="Where the procedure stands.")] = None
    when: WhenShape | None = None
    look_again: LookAgain = None
    meaning: Means = Meaning.DONE
    valid_for: Annotated[
        LastingSpan | None, Field(description="A date nearer to the day of the answer is out of range.")
    ] = None
    gate: Annotated[
        Id | None, Field(description="The task of the state policy that says whose this is; else role holds.")
    ] = None

    def misfits(self) -> list[Misfit]:
        """Keys that belong to another kind of item."""
        kind = self.kind
        rules: list[tuple[bool, str, str, str]] = [
            (
                kind is ItemKind.CHOICE and len(self.options) < 2,
                "options" if self.options else "kind",
                "a choice needs at least two options",
                'write options: ["Yes", "No"]',
            ),
            (
                kind is not ItemKind.CHOICE and bool(self.options),
                "options",
                f"options belong to a choice, and this is a {kind}",
                "write kind: choice, or remove the options",
            ),
            (
                kind not in NUMERIC and self.limits is not None,
                "range",
                f"a {kind} has no range",
                "write kind: number, or remove the range",
            ),
            (
                kind not in OF_SENSORS and isinstance(self.limits, dict),
                "range",
                f"a {kind} has no degrees",
                "write one range, like [0, 10]",
            ),
            (
                self.from_sensor and (kind not in OF_SENSORS or self.for_each is not ForEach.UNIT),
                "from_sensor",
                "only a temperature or min-max line of each unit is filled from sensors",
                "write kind: temperature and for_each: unit, or remove from_sensor",
            ),
            (
                kind is not ItemKind.SIGNATURE and "meaning" in self.model_fields_set,
                "meaning",
                f"only a signature has a meaning, and this is a {kind}",
                "write kind: signature, or remove meaning",
            ),
            (
                kind is not ItemKind.DATE and self.valid_for is not None,
                "valid_for",
                f"valid_for belongs to a date, and this is a {kind}",
                "write kind: date, or remove valid_for",
            ),
            (
                self.when is not None and self.when.item == self.id,
                "when",
                "an item cannot wait for its own answer",
                "name an item that stands before it",
            ),
        ]
        return [((key,), wrong, mend) for broken, key, wrong, mend in rules if broken]


class SectionShape(Shape):
    """A titled group of items."""

    title: Text
    all_good: Annotated[bool, Field(description="Whether one word may tick all of the section's ticks.")] = False
    items: Annotated[tuple[ItemShape, ...], Field(min_length=1)]

    def misfits(self) -> list[Misfit]:
        """One word for all, where there is nothing to tick."""
        if self.all_good and all(item.kind is not ItemKind.TICK for item in self.items):
            return [(("all_good",), "nothing in this section is a tick", "remove all_good, or write kind: tick")]
        return []
