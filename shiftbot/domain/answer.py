"""What somebody said to a line of a run: outcomes, values and what they answer. Pure; values are read in `values/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shiftbot.domain.values.limits import limits_text, out_of_range
from shiftbot.domain.values.numbers import (
    QUANTITY_MAX,
    TEMPERATURE_POSSIBLE,
    read_number,
    read_quantity,
    read_temperature,
)
from shiftbot.domain.values.reading import read_choice, read_value
from shiftbot.domain.values.voicemail import VOICEMAIL_KINDS, read_age, read_voicemail, voicemail

# What an answer needs is asked for here, wherever it is read.
__all__ = [
    "QUANTITY_MAX",
    "TEMPERATURE_POSSIBLE",
    "VOICEMAIL_KINDS",
    "Answer",
    "Outcome",
    "Reply",
    "limits_text",
    "out_of_range",
    "read_age",
    "read_choice",
    "read_number",
    "read_quantity",
    "read_temperature",
    "read_value",
    "read_voicemail",
    "voicemail",
]


class Outcome(StrEnum):
    """What was said. `withdrawn` takes the answer before it back (undo): the line is blank again."""

    DONE = "done"
    NOT_APPLICABLE = "not-applicable"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, kept for ever; a later one with the next `revision` stands over it, both stay visible."""

    run: int
    line: str
    revision: int
    outcome: Outcome
    value: Mapping[str, Any] | None
    note: str
    answered_by: str
    answered_at: datetime
    late: bool
    via: str
    reason: str = ""
    """Why this answer stands over the one before it: a correction has a reason, a first answer none."""
    told_by: str | None = None
    """Who did it, when a manager (`answered_by`) wrote down what they were told by phone."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person says to one line: the outcome, the value where the kind has one, a note.

    `reason` makes it a correction of the answer that stands; `told_by` is the person who said so by phone.
    """

    line: str
    outcome: Outcome = Outcome.DONE
    value: Mapping[str, Any] | None = None
    note: str = ""
    reason: str = ""
    told_by: str | None = None
