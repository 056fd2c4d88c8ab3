"""A hand-over note: what one shift leaves to the next, written by a person, acknowledged by whoever reads it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class HandOver:
    """One note as stored. `facts` is what was open when it was written, as it was shown to the writer.

    `attention_at` is when somebody is told that the next shift has not read it; `read_by` maps a person's id to when.
    """

    id: int
    site: str
    run: int | None
    written_by: str
    written_at: datetime
    note: str
    facts: Mapping[str, Any]
    attention_at: datetime | None
    read_by: Mapping[str, datetime]
