"""A follow-up: an open loop, handed from shift to shift until somebody closes it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shiftbot.domain.checklist import Role


class FollowUpState(StrEnum):
    """`open`: somebody has to do something. `closed`: it was done, and how is written down."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up as stored. `source` names where it came from, once for ever.

    `owner` is a person's id, or nobody in particular: then it is for whoever has `role`. `run` and `line` are set when
    an answer led to it. `alert` is the alert it became when it was not closed in time.
    """

    id: int
    site: str
    source: str
    title: str
    detail: str
    run: int | None
    line: str | None
    role: Role
    owner: str | None
    state: FollowUpState
    opened_by: str
    opened_at: datetime
    due_at: datetime
    attention_at: datetime | None
    alert: int | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    closing: str = ""

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open past its time."""
        return self.state is FollowUpState.OPEN and now > self.due_at
