"""Two replays of the same readings side by side: what a changed rule would have done differently. Pure.

Excursions are the same one when they are to the same side and overlap; each stands for one of the other replay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.domain.cold_chain import Excursion
from shiftbot.domain.replay import Replay, ReplayedExcursion


@dataclass(frozen=True, slots=True)
class Changed:
    """One excursion under both rules, with something that differs."""

    before: ReplayedExcursion
    after: ReplayedExcursion

    @property
    def told_later(self) -> timedelta | None:
        """How much later it is told, negative when sooner; `None` unless both tell it."""
        before, after = self.before.excursion.told_at, self.after.excursion.told_at
        return None if before is None or after is None else after - before

    @property
    def out_longer(self) -> timedelta:
        """How much more time counts as out of range."""
        return self.after.excursion.out - self.before.excursion.out


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two rules: excursions of only one of them, those that changed, how many are the same."""

    gone: tuple[ReplayedExcursion, ...]
    new: tuple[ReplayedExcursion, ...]
    changed: tuple[Changed, ...]
    same: int

    @property
    def is_none(self) -> bool:
        """Whether both rules do the same with these readings."""
        return not (self.gone or self.new or self.changed)


def compare(before: Replay, after: Replay) -> Difference:
    """What `after` does otherwise than `before`, each list in order of time."""
    left = list(after.excursions)
    gone, changed, same = [], [], 0
    for one in before.excursions:
        other = _counterpart(one, left)
        if other is None:
            gone.append(one)
            continue
        left.remove(other)
        if _facts(one.excursion) == _facts(other.excursion):
            same += 1
        else:
            changed.append(Changed(one, other))
    return Difference(tuple(gone), tuple(left), tuple(changed), same)


def _counterpart(one: ReplayedExcursion, others: Sequence[ReplayedExcursion]) -> ReplayedExcursion | None:
    return next((each for each in others if _overlap(one.excursion, each.excursion)), None)


def _overlap(one: Excursion, other: Excursion) -> bool:
    return (
        one.direction is other.direction
        and one.started_at <= (other.ended_at or other.last_at)
        and other.started_at <= (one.ended_at or one.last_at)
    )


def _facts(excursion: Excursion) -> tuple[datetime | timedelta | None, ...]:
    """What somebody would notice of an excursion."""
    told, critical = excursion.told_at, excursion.critical_at
    return excursion.started_at, excursion.ended_at, excursion.out, told, critical
