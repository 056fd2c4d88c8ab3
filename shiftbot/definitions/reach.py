"""The words of who is reached and for how long things are kept: teams, quiet hours, duty words, retention.

Parsers raise `Mistaken`; each type carries its JSON Schema for editors.
"""

import re
from datetime import time, timedelta
from typing import Annotated

from pydantic import PlainValidator

from shiftbot.definitions.mistakes import Mistaken, shown
from shiftbot.definitions.names import text_schema
from shiftbot.definitions.times import parse_clock, parse_end
from shiftbot.domain.recipients import TELL_WORDS, is_channel

YEAR = timedelta(days=366)
"""A year of retention; the longest, so that nothing goes a day early."""

KEPT_AT_LEAST, KEPT_AT_MOST = YEAR, 30 * YEAR


def parse_quiet(value: object) -> tuple[time, time]:
    """`22:00-07:00`: local hours of quiet, over midnight or not."""
    parts = re.split(r"\s*[-–]\s*", value.strip()) if isinstance(value, str) else []
    if len(parts) != 2:
        raise Mistaken(f"{shown(value)} are not quiet hours", 'write for example "22:00-07:00"')
    begin, end = parse_clock(parts[0]), parse_end(parts[1])
    if begin == end:
        raise Mistaken(f"the quiet hours {shown(value)} end when they start", 'write for example "22:00-07:00"')
    return begin, end


def parse_keep(value: object) -> timedelta:
    """`3y`, `1095d`: whole years or days, a year at the least."""
    match = re.fullmatch(r"(\d{1,5})\s*(y|d)", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise Mistaken(f"{shown(value)} is no time to keep readings for", "write for example 3y, or 1100d")
    kept = int(match[1]) * (YEAR if match[2] == "y" else timedelta(days=1))
    if not KEPT_AT_LEAST <= kept <= KEPT_AT_MOST:
        raise Mistaken(f"readings cannot be kept for {shown(value)}", "write from 1y to 30y; inspectors ask for 3y")
    return kept


def is_known_recipient(word: str) -> bool:
    """Whether a word of a step means somebody without being a person or team: a duty word, a channel."""
    return word in TELL_WORDS or is_channel(word)


QuietHours = Annotated[tuple[time, time], PlainValidator(parse_quiet), text_schema(None, "22:00-07:00")]

Retention = Annotated[timedelta, PlainValidator(parse_keep), text_schema(r"^\d+\s*[yd]$", "3y")]
