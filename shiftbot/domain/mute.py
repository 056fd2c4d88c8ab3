"""A mute: for a while what goes wrong at a site, or with one unit, is judged and recorded, and nobody is called. Pure.

What is critical goes through, and so does what a mute must never hide: what people found themselves, what does not add
up in a controlled count, and failures of our own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.domain.alert import AlertKind

LONGEST = timedelta(days=7)
"""Our own choice: what is to be quiet for longer belongs into the definitions."""

NEVER_MUTED = frozenset(
    {
        AlertKind.DISCREPANCY,
        AlertKind.IRREGULARITY,
        AlertKind.FAILED_ITEM,
        AlertKind.DELIVERY,
        AlertKind.DUTY,
        AlertKind.STUCK,
    }
)


@dataclass(frozen=True, slots=True)
class Mute:
    """One mute, of a unit or (`unit` is empty) of a whole site. It holds until `ends_at`, or somebody ended it."""

    id: int
    site: str
    unit: str
    reason: str
    author: str
    starts_at: datetime
    ends_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None

    def covers(self, site: str, kind: AlertKind, unit: str) -> bool:
        """Whether it holds an alert of this kind about this unit (empty: about none)."""
        return kind not in NEVER_MUTED and self.site == site and self.unit in ("", unit)


def mute_of(mutes: Iterable[Mute], site: str, kind: AlertKind, unit: str) -> Mute | None:
    """The mute among these, all of them on now, that holds an alert; the one that ends last, when it is several."""
    holding = (mute for mute in mutes if mute.covers(site, kind, unit))
    return max(holding, key=lambda mute: (mute.ends_at, mute.id), default=None)
