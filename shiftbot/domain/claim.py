"""Who has a section of a run in hand, so that two people do not do the same. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

CLAIM_HOLDS = timedelta(minutes=30)
"""How long after its holder last did something in the section a claim keeps others out of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`person` has the section since or did something in it last `at` that instant."""

    person: str
    at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it still keeps others out."""
        return now < self.at + CLAIM_HOLDS
