"""A clock that is set is noticed, by how much and once; a machine that slept, or was busy, is not taken for it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from shiftbot.clock import ClockWatch, WallClock
from shiftbot.deliverer import Deliverer
from shiftbot.services.delivery import Pace
from shiftbot.storage import tables
from shiftbot.storage.database import Database
from shiftbot.ticker import Ticker
from tests.cast import hilltop
from tests.fakes import FakeSender

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """A wall's clock that can be set, and one beside it that cannot."""

    def __init__(self) -> None:
        self.wall = NOON
        self.boot = 1000.0
        self.busy = 0.0

    def passes(self, seconds: float) -> None:
        """Time passes, for both clocks; asleep or not."""
        self.wall += timedelta(seconds=seconds)
        self.boot += seconds

    def now(self) -> datetime:
        """What the wall's clock says; whoever asks may have to wait before and after."""
        self.passes(self.busy)
        said = self.wall
        self.passes(self.busy)
        return said

    def steady(self) -> float:
        """What the other one says."""
        return self.boot


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def watch(machine: Machine) -> ClockWatch:
    return ClockWatch(machine.now, machine.steady)


@pytest.mark.parametrize("by", [HOUR, -HOUR, timedelta(seconds=3), timedelta(days=-40)])
def test_a_clock_that_is_set_is_seen_once_and_by_how_much(machine: Machine, watch: ClockWatch, by: timedelta) -> None:
    machine.passes(15)
    machine.wall += by
    machine.passes(15)
    assert watch.look() == by
    machine.passes(15)
    assert watch.look() == timedelta(0)


@pytest.mark.parametrize("seconds", [0.01, 15, 8 * 3600])
def test_time_that_passed_is_no_step_though_the_machine_slept_through_it(
    machine: Machine, watch: ClockWatch, seconds: float
) -> None:
    machine.passes(seconds)
    assert watch.look() == timedelta(0)


def test_a_slow_correction_or_a_second_of_it_is_no_step(machine: Machine, watch: ClockWatch) -> None:
    for _ in range(100):
        machine.passes(15)
        machine.wall += timedelta(milliseconds=7)
        assert watch.look() == timedelta(0)


def test_a_machine_that_is_busy_between_the_two_clocks_is_believed(machine: Machine) -> None:
    machine.busy = 30.0
    watch = ClockWatch(machine.now, machine.steady)
    for busy in (0.0, 90.0, 5.0):
        machine.busy = busy
        machine.passes(15)
        assert watch.look() == timedelta(0)


def test_the_real_clocks_agree_while_nobody_sets_them() -> None:
    watch = ClockWatch(WallClock().now)
    assert watch.look() == watch.look() == timedelta(0)


def test_the_ticker_records_a_step_before_it_decides_anything_by_the_new_time(database: Database) -> None:
    machine, ticked = Machine(), threading.Semaphore(0)

    class SetClock(WallClock):
        def now(self) -> datetime:
            """The machine's."""
            return machine.wall

    clock = SetClock()
    watch = ClockWatch(clock.now, machine.steady)
    engine = Ticker(database, hilltop, clock, lambda _: ticked.release(), watch=watch)
    engine.start()
    try:
        assert ticked.acquire(timeout=20)
        machine.wall -= HOUR
        engine.wake()
        assert ticked.acquire(timeout=20)
    finally:
        engine.stop()
    assert (engine.clock_steps.seen, engine.clock_steps.last) == (1, -HOUR)
    with database.snapshot() as connection:
        kinds = connection.execute(select(tables.record.c.kind, tables.record.c.at)).all()
    assert [(row.kind, row.at) for row in kinds if row.kind == "clock-stepped"] == [("clock-stepped", NOON - HOUR)]


def test_the_deliverer_forgets_by_which_clock_it_paced_itself(database: Database) -> None:
    """Else it would hold back what goes to a channel until the clock has caught up, for an hour."""
    machine, pace, delivered = Machine(), Pace(), threading.Semaphore(0)
    pace.hold("C0HILLTOP", NOON + timedelta(seconds=30))

    class SetClock(WallClock):
        def now(self) -> datetime:
            """The machine's."""
            return machine.wall

    watch = ClockWatch(machine.now, machine.steady)
    machine.wall -= HOUR
    engine = Deliverer(
        database, hilltop, SetClock(), FakeSender(), pace, after_delivery=delivered.release, watch=watch
    )  # fmt: skip
    engine.start()
    assert delivered.acquire(timeout=20)
    engine.stop()
    assert pace.is_ready("C0HILLTOP", machine.wall)
