"""What a unit's chart is made of, read from the database. Drawing it is for reports/charts.py.

However often a sensor speaks and however long the stretch is, a chart has at most `STEPS` steps.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.chart import ByHand, Chart, OutOfRange, Step
from shiftbot.domain.cold_chain import Gap, limits_of
from shiftbot.domain.local_time import local_text
from shiftbot.domain.site import Pharmacy, StorageUnit
from shiftbot.domain.temperature import convert
from shiftbot.errors import Refused
from shiftbot.storage import by_hand, cold_chain, temperatures
from shiftbot.storage.temperatures import Bucket

STEPS = 1_500
"""More than a picture has room for."""

SHORTEST_GAP = timedelta(minutes=10)
"""A stretch without a reading is shown as a gap from twice the sensor's interval on, and never below this."""


def longest_pause(unit: StorageUnit) -> timedelta:
    """How long after a reading the next one is not missed yet."""
    every = unit.sensor.every if unit.sensor else timedelta(0)
    return max(2 * every, SHORTEST_GAP)


def chart(
    connection: Connection, pharmacy: Pharmacy, unit_id: str, span: timedelta, now: datetime, *, words: str
) -> Chart:
    """The last `span` of a unit; `words` says so for people. Raises Refused for a unit that is not defined."""
    written = pharmacy.units.get(unit_id)
    if written is None or written.site not in pharmacy.sites:
        raise Refused("This storage unit is not defined any more.")
    site, since, until = pharmacy.sites[written.site], now - span, now + timedelta(microseconds=1)
    degrees, pause = site.temperature_unit, longest_pause(written)
    limits = limits_of(written.storage_class, degrees)
    width = max(span / STEPS, timedelta(seconds=1))
    buckets = temperatures.buckets(connection, unit_id, since, until, width, degrees)
    excursions = cold_chain.going_on_at(connection, unit_id, since) + cold_chain.begun_since(connection, unit_id, since)
    return Chart(
        title=written.name,
        subtitle=f"{words}, to {local_text(site.calendar, now)}",
        degrees=degrees,
        zone=site.calendar.timezone,
        since=since,
        until=now,
        limits=(limits.low, limits.high),
        courses=_courses(buckets, pause),
        gaps=_gaps(buckets, pause, since, now) if written.sensor else (),
        out_of_range=tuple(
            OutOfRange(each.started_at, each.back_at or each.ended_at, each.direction) for each in excursions
        ),
        by_hand=tuple(
            ByHand(each.taken_at, convert(each.value, each.temperature_unit, degrees))
            for each in by_hand.readings_between(connection, unit_id, since, until)
        ),
        resets=tuple(each.at for each in by_hand.resets_between(connection, unit_id, since, until)),
    )


def _courses(buckets: Sequence[Bucket], pause: timedelta) -> tuple[tuple[Step, ...], ...]:
    courses: list[list[Step]] = []
    for bucket in buckets:
        if not courses or bucket.first_at - courses[-1][-1].last_at > pause:
            courses.append([])
        courses[-1].append(Step(bucket.first_at, bucket.last_at, bucket.low, bucket.high))
    return tuple(map(tuple, courses))


def _gaps(buckets: Sequence[Bucket], pause: timedelta, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """Stretches without any reading, those at both ends among them."""
    ends = [since, *(bucket.last_at for bucket in buckets)]
    begins = [*(bucket.first_at for bucket in buckets), until]
    return tuple(Gap(end, begin) for end, begin in zip(ends, begins, strict=True) if begin - end > pause)
