"""Answers in words, for alerts and the reason why something is over. Plain text, no mark-up."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.values.dates import date_text
from shiftbot.domain.values.numbers import number_text


def value_text(line: Line, value: Mapping[str, Any] | None) -> str:
    """A value as people write it, with its unit; empty when there is none that stands in a few words."""
    said, unit = value or {}, f"°{line.unit}" if line.kind in _DEGREES else line.unit
    match line.kind, said:
        case ItemKind.TEMPERATURE, {"temperature": number}:
            return f"{number_text(number)} {unit}"
        case ItemKind.NUMBER, {"number": number}:
            return f"{number_text(number)} {unit}".strip()
        case ItemKind.MIN_MAX, {"low": low, "high": high}:
            return f"{number_text(low)} to {number_text(high)} {unit}"
        case ItemKind.CHOICE, {"choice": choice}:
            return str(choice)
        case ItemKind.DATE, {"date": day}:
            return date_text(date.fromisoformat(day))
        case ItemKind.COUNT, {"count": count}:
            return str(count)
    return ""


_DEGREES = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)


def answer_text(line: Line, answer: Answer) -> str:
    """An answer in a few words."""
    if answer.outcome is Outcome.NOT_APPLICABLE:
        return "not applicable"
    if answer.outcome is not Outcome.DONE:
        return answer.outcome.value
    return value_text(line, answer.value) or "done"
