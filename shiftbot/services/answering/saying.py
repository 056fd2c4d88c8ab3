"""Answers in words, for alerts and the reason why something is over. Plain text, no mark-up."""

from collections.abc import Mapping
from typing import Any

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.values.saying import value_words


def value_text(line: Line, value: Mapping[str, Any] | None) -> str:
    """A value as people write it, with its unit; empty when there is none that stands in a few words."""
    if not value or line.kind not in _SHORT:
        return ""
    return f"{value_words(line, value)} {_unit(line)}".strip()


_DEGREES = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)
_SHORT = (*_DEGREES, ItemKind.NUMBER, ItemKind.CHOICE, ItemKind.DATE, ItemKind.COUNT)


def _unit(line: Line) -> str:
    if line.kind in _DEGREES:
        return f"°{line.unit}"
    return line.unit if line.kind is ItemKind.NUMBER else ""


def answer_text(line: Line, answer: Answer) -> str:
    """An answer in a few words."""
    if answer.outcome is Outcome.NOT_APPLICABLE:
        return "not applicable"
    if answer.outcome is not Outcome.DONE:
        return answer.outcome.value
    return value_text(line, answer.value) or "done"
