"""Time out of range that comes together over days, however short each stretch of it was (domain.md §1.3)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shiftbot.domain.cold_chain.reading import Direction

KEPT = 100
"""Stretches remembered; of more the oldest two become one that ends with the second and is as long as both."""


class Stretch(NamedTuple):
    """Time out of range on one side, as measured."""

    since: datetime
    until: datetime
    direction: Direction


def add(past: Sequence[Stretch], new: Stretch, within: timedelta) -> tuple[Stretch, ...]:
    """The stretches that can still count after one more has ended, oldest first."""
    if new.until <= new.since:
        return tuple(past)
    kept = [each for each in past if each.until > new.until - within]
    kept.append(new)
    while len(kept) > KEPT:
        second = next((index for index in range(1, len(kept)) if kept[index].direction is kept[0].direction), 1)
        length = kept[0].until - kept[0].since + (kept[second].until - kept[second].since)
        kept[second] = kept[second]._replace(since=kept[second].until - length)
        del kept[0]
    return tuple(kept)


def cut(past: Iterable[Stretch], at: datetime) -> tuple[Stretch, ...]:
    """What of these stretches lies before `at`: what comes after it is judged again."""
    return tuple(each._replace(until=min(each.until, at)) for each in past if each.since < at)


def exposed(past: Iterable[Stretch], direction: Direction, at: datetime, within: timedelta) -> timedelta:
    """How long it was out of range on one side in the time `within` before `at`."""
    spans = (
        min(each.until, at) - max(each.since, at - within)
        for each in past
        if each.direction is direction and each.since < at and each.until > at - within
    )
    return sum(spans, timedelta(0))


def adds_up_at(
    past: Sequence[Stretch], direction: Direction, since: datetime, limit: timedelta, within: timedelta
) -> datetime:
    """When a stretch that lasts from `since` on makes `limit` together with the earlier ones, none older than `within`.

    While it lasts an older stretch may slide out of the window as fast as this one grows.
    """
    mine = [each for each in past if each.direction is direction and each.until > since - within]
    at, total = since, exposed(mine, direction, since, within)
    for edge, slides_out in _edges(mine, since, within):
        if total >= limit:
            return at
        if not slides_out:
            if total + (edge - at) >= limit:
                break
            total += edge - at
        at = edge
    return at + max(limit - total, timedelta(0))


def _edges(mine: Sequence[Stretch], since: datetime, within: timedelta) -> Iterable[tuple[datetime, bool]]:
    """Instants at which the window's far end enters or leaves a stretch; whether it was within one up to then."""
    for each in mine:
        if each.since + within > since:
            yield each.since + within, False
        yield each.until + within, True
