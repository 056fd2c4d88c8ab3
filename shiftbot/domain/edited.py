"""A date's runs when the times of a checklist are edited: what stands is not asked a second time. Pure."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shiftbot.domain.recurrence import Occurrence


@dataclass(frozen=True, slots=True)
class Planned:
    """A run by the clock as it was prepared. `stands`: somebody could see it, so that it is not forgotten."""

    local_on: date
    slot: str
    opens_at: datetime
    stands: bool


def not_yet_asked(occurring: Sequence[Occurrence], planned: Iterable[Planned]) -> list[Occurrence]:
    """Of a checklist's occurrences by the edited schedule: those that no standing run of the same date already is.

    A run whose slot the schedule no longer has is the new occurrence that opens nearest to it, each for one; what the
    edit left as it was has its own run.
    """
    before = list(planned)
    gone = _without(before, {(each.local_date, each.slot) for each in occurring})
    had = {(each.local_on, each.slot) for each in before}
    fresh = [each for each in occurring if (each.local_date, each.slot) not in had]
    is_asked = {id(new) for new, old in _nearest(fresh, gone) if old.stands}
    return [each for each in occurring if id(each) not in is_asked]


def _without(planned: Iterable[Planned], kept: Container[tuple[date, str]]) -> list[Planned]:
    return [each for each in planned if (each.local_on, each.slot) not in kept]


def _nearest(fresh: Iterable[Occurrence], gone: Sequence[Planned]) -> list[tuple[Occurrence, Planned]]:
    """Pairs of one date, the nearest first, each of either side at most once."""
    pairs = [(new, old) for new in fresh for old in gone if new.local_date == old.local_on]
    pairs.sort(key=lambda pair: (abs(pair[0].opens_at - pair[1].opens_at), pair[0].opens_at))
    found: list[tuple[Occurrence, Planned]] = []
    for new, old in pairs:
        if not any(new is other or old is taken for other, taken in found):
            found.append((new, old))
    return found
