"""The shape of what a checklist asks: its sections and items. Knows nothing of when it is asked."""

from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from shiftbot.definitions.names import Id, Lines, Text, parse_range, word_parser, words_schema
from shiftbot.definitions.shapes.shape import Misfit, RoleWord, Shape
from shiftbot.domain.checklist import ForEach, ItemKind, OnFail, Role

Kind = Annotated[ItemKind, word_parser(ItemKind), words_schema(ItemKind)]

Failing = Annotated[OnFail, word_parser(OnFail), words_schema(OnFail)]

Each = Annotated[ForEach, word_parser(ForEach), words_schema(ForEach)]

Limits = Annotated[
    tuple[float | None, float | None],
    PlainValidator(parse_range),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": ["number", "null"]},
            "minItems": 2,
            "maxItems": 2,
            "examples": [[36, 46], [0, None]],
        }
    ),
]

NUMERIC = (ItemKind.NUMBER, ItemKind.TEMPERATURE, ItemKind.MIN_MAX, ItemKind.COUNT)

OF_SENSORS = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)


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
                self.from_sensor and (kind not in OF_SENSORS or self.for_each is not ForEach.UNIT),
                "from_sensor",
                "only a temperature or min-max line of each unit is filled from sensors",
                "write kind: temperature and for_each: unit, or remove from_sensor",
            ),
        ]
        return [((key,), wrong, mend) for broken, key, wrong, mend in rules if broken]


class SectionShape(Shape):
    """A titled group of items."""

    title: Text
    items: Annotated[tuple[ItemShape, ...], Field(min_length=1)]
