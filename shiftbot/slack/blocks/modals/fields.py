"""The fields that ask for the value of a line, by its kind. Every field's action id is `value`; ids are block ids."""

from collections.abc import Callable, Mapping

from shiftbot.domain.answer import VOICEMAIL_KINDS
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals.window import NO_PATIENT
from shiftbot.slack.blocks.parts import (
    Block,
    date_input,
    number_input,
    photo_input,
    radio,
    select,
    text_input,
)

RADIO_MAX = 10

NO_FACE = (
    "Never anything with a patient's name on it: no label, bag, prescription or screen. "
    "The picture stays in Slack; only its id is stored."
)

Fields = Callable[[Line, Mapping[str, str], bool], list[Block]]


def value_fields(line: Line, initial: Mapping[str, str] | None = None, *, optional: bool = False) -> list[Block]:
    """What asks for a line's value; none for what a tick answers. `initial` maps field ids to what stands in them."""
    fields = _FIELDS.get(line.kind)
    return fields(line, initial or {}, optional) if fields else []


def _degrees(line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    label = f"{texts.kind_words(line.kind)} (°{line.unit})"
    hint, first = limits_hint(line), initial.get("value", "")
    return [
        text_input("value", label, hint=hint, placeholder=_example(line), initial=first, optional=optional, most=30)
    ]


def _pair(line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    asked = (("low", "Lowest", ""), ("high", "Highest", limits_hint(line)))
    return [
        text_input(end, f"{name} (°{line.unit})", hint=hint, initial=initial.get(end, ""), optional=optional, most=30)
        for end, name, hint in asked
    ]


def _number(line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    label = texts.kind_words(line.kind) + (f" ({line.unit})" if line.unit else "")
    first = initial.get("value", "")
    return [text_input("value", label, hint=limits_hint(line), initial=first, optional=optional, most=30)]


def _choice(line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    choices = [(option, option) for option in line.options]
    ask = radio if len(choices) <= RADIO_MAX else select
    return [ask("value", "Choose one", choices, initial=initial.get("value"), optional=optional)]


def _date(line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    ahead = line.valid_for.days if line.valid_for else 0
    hint = f"It should lie at least {ahead} day{'s' if ahead != 1 else ''} ahead." if ahead else ""
    return [date_input("value", texts.kind_words(line.kind), hint=hint, initial=initial.get("value", ""),
                       optional=optional)]  # fmt: skip


def _text(line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    label, first = texts.kind_words(line.kind), initial.get("value", "")
    return [text_input("value", label, hint=NO_PATIENT, initial=first, multiline=True, optional=optional, most=300)]


def _photo(_line: Line, _initial: Mapping[str, str], optional: bool) -> list[Block]:
    return [photo_input("value", "Photo", hint=NO_FACE, optional=optional)]


def _voicemail(_line: Line, initial: Mapping[str, str], optional: bool) -> list[Block]:
    counts = [
        number_input(kind, name, optional=optional, initial=initial.get(kind, "0"))
        for kind, name in VOICEMAIL_KINDS.items()
    ]
    oldest = text_input(
        "oldest",
        "Age of the oldest message",
        placeholder="for example 40m or 2h",
        hint="Leave it empty when there are none. " + NO_PATIENT,
        initial=initial.get("oldest", ""),
        optional=True,
        most=10,
    )
    return [*counts, oldest]


_FIELDS: Mapping[ItemKind, Fields] = {
    ItemKind.TEMPERATURE: _degrees,
    ItemKind.MIN_MAX: _pair,
    ItemKind.NUMBER: _number,
    ItemKind.COUNT: _number,
    ItemKind.CHOICE: _choice,
    ItemKind.DATE: _date,
    ItemKind.TEXT: _text,
    ItemKind.PHOTO: _photo,
    ItemKind.VOICEMAIL: _voicemail,
}


def _example(line: Line) -> str:
    if line.low is None or line.high is None:
        return "for example 41.2" if line.unit == "F" else "for example 5.1"
    return f"for example {(line.low + line.high) / 2:g}"


def limits_hint(line: Line) -> str:
    """`It should be 36 to 46 °F.`; nothing where there are no limits."""
    degrees = line.kind in (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)
    unit = f" °{line.unit}" if degrees else f" {line.unit}".rstrip()
    if line.low is not None and line.high is not None:
        return f"It should be {line.low:g} to {line.high:g}{unit}."
    if line.low is not None:
        return f"It should be at least {line.low:g}{unit}."
    return f"It should be at most {line.high:g}{unit}." if line.high is not None else ""
