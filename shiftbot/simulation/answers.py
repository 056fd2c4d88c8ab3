"""A proper answer to every kind of line, as somebody with nothing to report gives it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from shiftbot.domain.answer import read_voicemail
from shiftbot.domain.checklist import ItemKind, Line

COUNTED = 120
"""Of every drug, by everybody and in the book."""


def good_value(line: Line, on: date) -> Mapping[str, Any] | None:
    """A value well inside the line's limits; None for a tick."""
    middle = _middle(line)
    match line.kind:
        case ItemKind.CHOICE:
            return {"choice": line.options[0]}
        case ItemKind.NUMBER:
            return {"number": middle}
        case ItemKind.TEMPERATURE:
            return {"temperature": middle, "unit": line.unit}
        case ItemKind.MIN_MAX:
            return {"low": middle - 0.5, "high": middle + 0.5, "unit": line.unit}
        case ItemKind.COUNT:
            return {"count": COUNTED}
        case ItemKind.VOICEMAIL:
            return read_voicemail("2 refill, 1 clinical, oldest 40m")
        case ItemKind.DATE:
            return {"date": (on + (line.valid_for or timedelta(0)) + timedelta(days=100)).isoformat()}
        case ItemKind.TEXT:
            return {"text": "all as it should be"}
        case ItemKind.PHOTO:
            return {"file": "F0PHOTO1"}
        case ItemKind.SIGNATURE | ItemKind.TICK:
            return None


def _middle(line: Line) -> float:
    if line.low is not None and line.high is not None:
        return round((line.low + line.high) / 2, 1)
    if line.low is not None:
        return line.low + 1
    return line.high - 1 if line.high is not None else 5.0
