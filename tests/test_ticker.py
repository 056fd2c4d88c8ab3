"""The ticker: one bad row stops nobody, nothing ends the ticks, and whoever watches hears of trouble."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from shiftbot import ticker
from shiftbot.clock import FastClock, WallClock
from shiftbot.domain.alert import AlertKind
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.services import coverage, escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import tables
from shiftbot.storage.database import Database
from shiftbot.ticker import Ticker
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness

Errors = list[logging.LogRecord]
PATIENCE = 20.0


def flag(pharmacy: PharmacyHarness, title: str) -> None:
    """Something goes wrong."""
    new = NewAlert("hilltop-main", AlertKind.IRREGULARITY, f"flag:{title}", title, "")
    with pharmacy.database.transaction() as connection:
        escalation.open_alert(connection, pharmacy.definitions, new, pharmacy.now)


def spoil_alert(pharmacy: PharmacyHarness, title: str, **columns: str) -> None:
    """What a newer version, or a damaged page, left in a row."""
    with pharmacy.database.transaction() as connection:
        connection.execute(update(tables.alerts).where(tables.alerts.c.title == title).values(**columns))


def told(pharmacy: PharmacyHarness, title: str) -> int:
    """How often somebody was told of an alert."""
    query = select(tables.alerts.c.told).where(tables.alerts.c.title == title)
    return int(pharmacy.look(lambda connection: connection.execute(query).scalar_one()))


@pytest.mark.parametrize(
    "spoilt", [{"kind": "of-a-newer-version"}, {"policy": "{"}, {"policy": '{"name": "none", "steps": []}'}]
)
def test_an_alert_that_cannot_be_worked_on_stops_no_other_and_is_put_back(
    database: Database, spoilt: dict[str, str], expected_errors: Errors
) -> None:
    pharmacy = PharmacyHarness(database, hilltop(quiet=True, units=()), at="09:00")
    flag(pharmacy, "bad")
    flag(pharmacy, "good")
    spoil_alert(pharmacy, "bad", **spoilt)
    assert not ticker.tick(database, pharmacy.definitions, pharmacy.now)
    assert (told(pharmacy, "bad"), told(pharmacy, "good")) == (0, 1)
    following = ticker.next_attention(database)
    assert following is not None
    assert following > pharmacy.now
    assert ticker.tick(database, pharmacy.definitions, pharmacy.now)
    assert not ticker.tick(database, pharmacy.definitions, pharmacy.now + timedelta(minutes=1))
    assert expected_errors


def test_all_regular_work_that_is_planned_has_the_step_that_does_it(database: Database) -> None:
    """Else it would be done by the thorough tick of the hour only."""
    pharmacy = PharmacyHarness(database, hilltop(), at="09:00")
    ticker.tick(database, pharmacy.definitions, pharmacy.now)
    coverage.plan_ahead(database, pharmacy.definitions, pharmacy.now)
    planned = set(pharmacy.look(lambda connection: connection.execute(select(tables.schedules.c.kind)).scalars().all()))
    assert {"prepare", "coverage", "readings", "sensors"} <= planned
    assert planned <= set(ticker.SCHEDULED.values())
    assert {*ticker.SCHEDULED, *ticker.LOOKS_AT} <= {name for name, _ in ticker.STEPS}


def test_a_tick_between_two_thorough_ones_does_the_work_that_is_due_and_no_other(database: Database) -> None:
    pharmacy = PharmacyHarness(database, hilltop(), at="09:00")
    ticker.tick(database, pharmacy.definitions, pharmacy.now)
    with database.transaction() as connection:
        due = update(tables.schedules).where(tables.schedules.c.kind == "sensors")
        connection.execute(due.values(attention_at=pharmacy.now))
    taken: list[str] = []
    ticker.take_steps(database, pharmacy.definitions, pharmacy.now, lambda name, _: taken.append(name))
    assert {*ticker.SCHEDULED} & {*taken} == {"look at the sensors"}


def test_a_run_that_cannot_be_marked_missed_makes_the_tick_not_good_and_is_put_back(
    database: Database, expected_errors: Errors
) -> None:
    pharmacy = PharmacyHarness(database, hilltop(units=()), at="07:20")
    with database.transaction() as connection:
        connection.execute(update(tables.plans).values(body="{}"))
    pharmacy.now = pharmacy.local("09:00")
    assert not ticker.tick(database, pharmacy.definitions, pharmacy.now)
    following = ticker.next_attention(database)
    assert following is not None
    assert following > pharmacy.now
    with database.snapshot() as connection:
        states = connection.execute(select(tables.runs.c.state)).scalars().all()
    assert RunState.MISSED not in states
    assert expected_errors


class Counting:
    """Counts the ticks, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.good: list[bool] = []
        self._happened = threading.Condition()

    def __call__(self, good: bool) -> None:
        """A tick ended."""
        with self._happened:
            self.good.append(good)
            self._happened.notify_all()

    def wait_for(self, number: int) -> bool:
        """Whether so many ticks have ended, within a patience that only a dead ticker uses up."""
        with self._happened:
            return self._happened.wait_for(lambda: len(self.good) >= number, timeout=PATIENCE)


def test_whatever_breaks_a_tick_the_next_one_comes(database: Database, expected_errors: Errors) -> None:
    ticks, pharmacy = Counting(), hilltop(quiet=True, units=())
    broken = [RuntimeError("the definitions cannot be had"), OverflowError("date value out of range")]

    def definitions() -> Pharmacy:
        if broken:
            raise broken.pop()
        return pharmacy

    engine = Ticker(database, definitions, WallClock(), ticks)
    engine.start()
    try:
        assert ticks.wait_for(1)
        engine.wake()
        assert ticks.wait_for(2)
    finally:
        engine.stop()
    assert broken == []
    assert len(expected_errors) == 2


def test_what_hears_of_a_tick_cannot_end_the_ticks(database: Database, expected_errors: Errors) -> None:
    ticks = Counting()

    def after(good: bool) -> None:
        ticks(good)
        raise RuntimeError("can't start new thread")

    engine = Ticker(database, lambda: hilltop(quiet=True, units=()), WallClock(), after)
    engine.start()
    try:
        assert ticks.wait_for(2)
    finally:
        engine.stop()
    assert expected_errors


def test_the_next_tick_comes_though_the_wall_clock_was_set_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """APScheduler would sleep for as long as the clock went back after it was told when to wake up."""
    set_back_by = iter([timedelta(0), timedelta(days=1)])  # when the ticker is made, and at the end of its first tick
    monkeypatch.setattr(ticker, "_wall", lambda: datetime.now(UTC) + next(set_back_by, timedelta(0)))
    ticks = Counting()
    engine = Ticker(database, lambda: hilltop(quiet=True, units=()), WallClock(), ticks, longest_sleep=0.2)
    engine.start()
    try:
        assert ticks.wait_for(3)
    finally:
        engine.stop()


def test_trouble_lasts_until_what_was_put_back_is_tried_again(database: Database, expected_errors: Errors) -> None:
    pharmacy = PharmacyHarness(database, hilltop(quiet=True, units=()), at="09:00")
    flag(pharmacy, "bad")
    spoil_alert(pharmacy, "bad", kind="of-a-newer-version")
    ticks = Counting()
    engine = Ticker(database, lambda: pharmacy.definitions, FastClock(pharmacy.now, 1.0), ticks)
    assert engine.trouble() == ""
    engine.start()
    try:
        assert ticks.wait_for(1)
        engine.wake()
        assert ticks.wait_for(2)
    finally:
        engine.stop()
    assert ticks.good[:2] == [False, False]
    assert "could not be worked on" in engine.trouble()
    assert expected_errors
