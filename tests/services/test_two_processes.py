"""Two processes on one database share the work: nothing is done twice, nothing is left (design.md §4)."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from shiftbot import ticker
from shiftbot.domain.local_time import instant
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, runs
from shiftbot.services.delivery import Pace
from shiftbot.storage.database import Database
from shiftbot.storage.tables import alerts, cards, missed_lines, outbox, record
from shiftbot.storage.tables import runs as run_table
from shiftbot.storage.verify import verify
from tests.cast import HILLTOP, ON_DUTY_ALL_WEEK, hilltop
from tests.fakes import FakeSender

SITES = 12
PROCESSES = 3


def chain_of_pharmacies() -> Pharmacy:
    """Twelve pharmacies that open at the same minute."""
    one = hilltop(units=())
    main = one.sites[HILLTOP.id]
    sites = [
        main,
        *(replace(main, id=f"hilltop-{number}", channel=f"C0HILL{number}") for number in range(2, SITES + 1)),
    ]
    roster = tuple(replace(rule, site=site.id) for site in sites for rule in ON_DUTY_ALL_WEEK)
    return replace(one, sites={site.id: site for site in sites}, roster=roster)


def local(clock: str) -> datetime:
    return instant(HILLTOP.calendar.timezone, date(2026, 11, 23), time.fromisoformat(clock))


def all_at_once(url: str, work: Callable[[Database], object]) -> None:
    """Let several processes do the same work at the same moment."""
    together = threading.Barrier(PROCESSES)
    failures: list[BaseException] = []

    def process() -> None:
        mine = Database(url)
        together.wait()
        try:
            work(mine)
        except BaseException as failure:  # noqa: BLE001 - a failure in a thread is told to the test
            failures.append(failure)
        finally:
            mine.close()

    threads = [threading.Thread(target=process) for _ in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.fixture
def pharmacy(database: Database) -> Pharmacy:
    """Twelve pharmacies, prepared, before anybody has come in."""
    pharmacies = chain_of_pharmacies()
    runs.plan_ahead(database, pharmacies, local("00:30"))
    ticker.tick(database, pharmacies, local("00:30"))
    return pharmacies


def tick(pharmacy: Pharmacy, now: datetime, database: Database) -> bool:
    return ticker.tick(database, pharmacy, now)


def count(database: Database, table: object, *where: object) -> int:
    with database.snapshot() as connection:
        query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
        found: int = connection.execute(query).scalar_one()
    return found


def test_tickers_that_wake_at_once_open_and_miss_each_run_once(
    database: Database, database_url: str, pharmacy: Pharmacy
) -> None:
    """A ticker that loses a race may leave a row to the next tick; after one more of each nothing is left."""
    for clock in ("07:15", "07:50", "08:10"):
        for _ in range(2):
            all_at_once(database_url, partial(tick, pharmacy, local(clock)))
    assert count(database, run_table, run_table.c.state == "missed") == SITES
    assert count(database, alerts) == SITES
    assert count(database, missed_lines) == SITES * 3
    assert count(database, cards) == SITES
    assert count(database, outbox, outbox.c.kind == "reminder") == SITES
    for kind in ("run-opened", "run-reminded", "run-missed", "alert-opened", "alert-step"):
        assert count(database, record, record.c.kind == kind) == SITES, kind
    with database.snapshot() as connection:
        assert verify(connection).findings == ()


def test_deliverers_that_wake_at_once_send_each_message_once(
    database: Database, database_url: str, pharmacy: Pharmacy
) -> None:
    for clock in ("07:15", "07:50", "08:10"):
        ticker.tick(database, pharmacy, local(clock))
    sender = FakeSender()
    now, unhurried = local("08:10"), Pace(between=timedelta(0))
    for _ in range(2):
        all_at_once(database_url, lambda mine: delivery.deliver(mine, pharmacy, sender, now, unhurried, lambda: now))
    told = [said.key for said in sender.said]
    assert sorted(told) == sorted(set(told))
    # Amira has the duty everywhere: she reads one message that lists the twelve.
    assert len([key for key in told if key.startswith("alert:")]) == 1
    with database.snapshot() as connection:
        state = select(outbox.c.state).where(outbox.c.kind == "alert", outbox.c.recipient == "amira")
        assert connection.execute(state).scalars().all() == ["sent"] * SITES
    assert len({subject for _, subject, _ in sender.shown}) == SITES
    assert not [said for said in sender.said if said.may_repeat]
