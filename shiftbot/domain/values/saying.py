"""A value in words: as one would type it again, so that it reads back as the same value. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.values.dates import date_text
from shiftbot.domain.values.numbers import number_text


def value_words(line: Line, value: Mapping[str, Any]) -> str:
    """The value of a number, temperature, min-max, count, choice or date as typed words: `41`, `38 to 43`."""
    match line.kind:
        case ItemKind.TEMPERATURE:
            return number_text(float(value["temperature"]))
        case ItemKind.NUMBER:
            return number_text(float(value["number"]))
        case ItemKind.MIN_MAX:
            return f"{number_text(float(value['low']))} to {number_text(float(value['high']))}"
        case ItemKind.DATE:
            return date_text(date.fromisoformat(str(value["date"])))
        case _:
            return str(value.get("count", value.get("choice", value.get("text", ""))))
