"""Reading temperatures back: a month's and a year's daily lowest, highest and mean of one site's twelve units.

Beside each stands the same out of the readings themselves where they were stored: one unit's month at one a minute.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from shiftbot.domain.site import TemperatureUnit
from shiftbot.storage import readings
from shiftbot.storage.daily import daily
from shiftbot.storage.database import Database
from shiftbot.storage.tables import hourly
from tests.benchmarks.databases import fresh, kinds
from tests.benchmarks.figures import Figure, percentile

UNITS = tuple(f"unit-{number}" for number in range(12))
NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 366 * 24
TIMES = 9


def run(_words: Sequence[str]) -> list[Figure]:
    """Measure on every database."""
    figures = []
    for kind in kinds():
        with fresh(kind) as database:
            _fill(database)
            figures += _days(database, kind)
    return figures


def _fill(database: Database) -> None:
    """A year of hours, each as sixty readings would have left it."""
    chance = random.Random(4)
    with database.transaction() as connection:
        numbers = readings.register(connection, [(unit, f"bench/{unit}") for unit in UNITS])
        rows = [
            {
                "sensor": number, "hour": START + hour * timedelta(hours=1), "unit": "F", "low": 41 - width,
                "high": 41 + width, "total": 41.0 * 60, "readings": 60,
            }
            for number in numbers.values()
            for hour in range(HOURS)
            for width in [chance.random() * 3]
        ]  # fmt: skip
        connection.execute(insert(hourly), rows)


def _days(database: Database, kind: str) -> list[Figure]:
    month = _milliseconds(lambda: _ask(database, date(2026, 3, 1), date(2026, 4, 1)))
    year = _milliseconds(lambda: _ask(database, date(2026, 1, 1), date(2027, 1, 1)))
    return [
        Figure(f"a month's daily min/max/mean of 12 units: {kind}", f"{month:.1f} ms", "≤ 20 ms", "2 ms one query"),
        Figure(f"a year's: {kind}", f"{year:.1f} ms", "≤ 100 ms", "140 ms from raw readings, one month"),
    ]


def _ask(database: Database, first: date, until: date) -> None:
    with database.snapshot() as connection:
        found = daily(connection, UNITS, NEW_YORK, first, until, TemperatureUnit.FAHRENHEIT)
    if {len(days) for days in found.values()} != {(until - first).days}:
        raise RuntimeError("a day is missing")


def _milliseconds(work: Callable[[], None]) -> float:
    spans = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        spans.append((time.perf_counter() - began) * 1000)
    return percentile(spans, 0.5)
