"""Work on a storage unit (defrost, cleaning, move): a window with an author, a reason and an end. Pure.

Judging goes on under it and everything is recorded; what is not critical waits for the end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(hours=24)
"""Our own choice: what takes longer than a day is no maintenance, and vaccine is not kept there meanwhile."""


class Kind(StrEnum):
    """What is done."""

    DEFROST = "defrost"
    CLEANING = "cleaning"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Window:
    """One window. It holds until `ends_at`, or until somebody ended it before that."""

    id: int
    site: str
    unit: str
    kind: Kind
    reason: str
    author: str
    starts_at: datetime
    ends_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """When it really ended, or will."""
        return min(self.ends_at, self.ended_at or self.ends_at)

    def holds_at(self, instant: datetime) -> bool:
        """Whether it is on at an instant; its end is outside."""
        return self.starts_at <= instant < self.until

    def covers(self, since: datetime, until: datetime) -> bool:
        """Whether a whole span lies in it."""
        return self.starts_at <= since and until <= self.until
