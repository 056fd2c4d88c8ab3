"""What a tick costs a chain of pharmacies: all opening in one second, none due, all missed in one second.

The clock is an argument of the tick, so the day is played at once; only the work is measured.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import func, select

from shiftbot import ticker
from shiftbot.domain.local_time import instant
from shiftbot.domain.site import Pharmacy
from shiftbot.services import patterns, runs, summary
from shiftbot.storage.database import Database
from shiftbot.storage.tables import alerts, cards, outbox
from shiftbot.storage.tables import runs as run_rows
from tests.benchmarks.databases import fresh, kinds
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.many_sites import chain_of
from tests.cast import HILLTOP
from tests.pharmacy import MONDAY

SITES = 1_000
MANY_SITES = 10_000

IDLE_TICKS = 50


def run(words: Sequence[str]) -> list[Figure]:
    """Measure with 1,000 sites on every database; `--many`: with 10,000."""
    sites = MANY_SITES if "--many" in words else SITES
    figures = []
    for kind in kinds():
        with fresh(kind) as database:
            figures += _day(database, chain_of(sites), f"{sites:,} sites, {kind}")
    return figures


def _day(database: Database, pharmacy: Pharmacy, where: str) -> list[Figure]:
    night = _local("00:30")
    prepared = _seconds(lambda: _plan_and_tick(database, pharmacy, night))
    idle = _idle(database, pharmacy, night)
    hourly = _seconds(lambda: _catch_up(database, pharmacy, _local("07:14")))
    opened = _seconds(lambda: _tick(database, pharmacy, _local("07:15")))
    _expect(database, len(pharmacy.sites), "open")
    _tick(database, pharmacy, _local("07:50"))  # the reminder
    _catch_up(database, pharmacy, _local("08:09"))
    missed = _seconds(lambda: _tick(database, pharmacy, _local("08:10")))
    _expect(database, len(pharmacy.sites), "missed")
    per_site = 1000 / len(pharmacy.sites)
    many = len(pharmacy.sites) == MANY_SITES
    return [
        Figure(f"start, all runs prepared: {where}", f"{prepared:.2f} s ({prepared * per_site:.2f} ms a site)"),
        Figure(f"what every site does once an hour, all of it at once: {where}", f"{hourly:.2f} s"),
        Figure(f"tick with nothing due: {where}", f"{idle * 1000:.1f} ms", "≤ 20 ms" if many else ""),
        Figure(
            f"all due in one second, open and card queued: {where}",
            f"{opened:.2f} s ({opened * per_site:.2f} ms a site)",
            "≤ 20 s" if many else "",
        ),
        Figure(
            f"all missed in one second, alerts opened and people told: {where}",
            f"{missed:.2f} s ({missed * per_site:.2f} ms a site)",
        ),
    ]


def _local(clock: str) -> datetime:
    return instant(HILLTOP.calendar.timezone, MONDAY, datetime.strptime(clock, "%H:%M").replace(tzinfo=UTC).time())


def _plan_and_tick(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    runs.plan_ahead(database, pharmacy, now)
    summary.plan_ahead(database, pharmacy, now)
    patterns.plan_ahead(database, pharmacy, now)
    _tick(database, pharmacy, now)


def _tick(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    if not ticker.tick(database, pharmacy, now):
        raise RuntimeError("a step of the tick failed")


def _catch_up(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """What a chain's sites do in turns all through the hour (digests, sensors), and a leap of the clock piles up."""
    while (due := ticker.next_attention(database)) is not None and due <= now:
        _tick(database, pharmacy, now)


def _idle(database: Database, pharmacy: Pharmacy, now: datetime) -> float:
    """The median tick with nothing due, the question for the next due instant included."""

    def tick_and_ask(at: datetime) -> None:
        _tick(database, pharmacy, at)
        ticker.next_attention(database)

    instants = [now + timedelta(seconds=number) for number in range(IDLE_TICKS)]
    return percentile([_seconds(partial(tick_and_ask, at)) for at in instants], 0.5)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _expect(database: Database, sites: int, state: str) -> None:
    """Nothing was left out: what a quick figure would otherwise hide."""
    with database.snapshot() as connection:
        counted = connection.execute(select(func.count()).where(run_rows.c.state == state)).scalar_one()
        carded = connection.execute(select(func.count()).select_from(cards)).scalar_one()
        opened = connection.execute(select(func.count()).select_from(alerts)).scalar_one()
        told = connection.execute(select(func.count()).where(outbox.c.kind == "alert")).scalar_one()
    wrong = counted != sites or carded != sites or (state == "missed" and (opened != sites or told != sites))
    if wrong:
        raise RuntimeError(
            f"{counted} runs are {state}, {carded} cards, {opened} alerts, {told} notices; {sites} sites"
        )
