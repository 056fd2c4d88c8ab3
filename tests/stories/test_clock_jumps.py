"""The wall's clock is set while the engine runs: what was done is not done again, what waits waits no longer for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.notice import Lane, Notice, NoticeKind, NoticeState
from shiftbot.services import auditing, delivery
from shiftbot.storage import outbox, tables
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import Letter, PharmacyHarness
from tests.stories.conftest import Opens

HOUR = timedelta(hours=1)
STEPS = [-HOUR, HOUR]


def set_clock(pharmacy: PharmacyHarness, by: timedelta) -> PharmacyHarness:
    """Somebody sets the clock; the ticker notices it before its next tick, as `ClockSteps` does."""
    pharmacy.now += by
    auditing.note_step(pharmacy.database, pharmacy.definitions, by, pharmacy.now)
    return pharmacy.fast_forward(seconds=0)


def taken(pharmacy: PharmacyHarness) -> list[Letter]:
    """Everything that was said until now."""
    letters, pharmacy.inbox.unread = pharmacy.inbox.unread, []
    return letters


def count(pharmacy: PharmacyHarness, table: object) -> int:
    """How many rows a table has."""
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return int(pharmacy.look(lambda connection: connection.execute(query).scalar_one()))


def said(letters: Sequence[Letter], since: datetime) -> list[tuple[str, str, timedelta]]:
    """Who was told what, and how long after an instant."""
    return [(each.to, each.text, each.at - since) for each in letters]


def test_a_clock_set_back_in_the_middle_of_a_ladder_neither_repeats_nor_delays_a_step(open_pharmacy: Opens) -> None:
    """The same people are told the same after the same time as if nobody had touched the clock."""
    pharmacy = open_pharmacy().at("08:15")
    assert len(taken(pharmacy)) > 0
    set_clock(pharmacy, -HOUR)
    begun = pharmacy.now
    told = said(taken(pharmacy.fast_forward(minutes=54)), begun)
    assert [(to, after) for to, _, after in told] == [
        ("U0AMIRA", timedelta(minutes=5)), ("U0MORGAN", timedelta(minutes=20)), ("U0MORGAN", timedelta(minutes=50))
    ]  # fmt: skip
    assert all("Opening checklist missed" in text for _, text, _ in told)


@pytest.mark.parametrize("at", ["07:05", "07:16", "08:11"])
@pytest.mark.parametrize("by", STEPS, ids=["back", "ahead"])
def test_an_hour_back_or_ahead_opens_and_misses_a_run_once(open_pharmacy: Opens, at: str, by: timedelta) -> None:
    pharmacy = open_pharmacy().at(at)
    set_clock(pharmacy, by).at("10:00")
    letters = taken(pharmacy)
    missed = [each for each in letters if each.kind is NoticeKind.ALERT and each.to == "U0MORGAN"]
    assert missed, "nobody heard of it"
    assert len({(each.to, each.text, each.at) for each in letters}) == len(letters)
    of_today = select(func.count()).select_from(tables.runs).where(tables.runs.c.local_on == pharmacy.on)
    assert pharmacy.look(lambda connection: connection.execute(of_today).scalar_one()) == 1
    assert count(pharmacy, tables.alerts) == 1
    assert len(pharmacy.recorded("run-opened")) == len(pharmacy.recorded("run-missed")) == 1
    assert pharmacy.look(verify).findings == ()


@pytest.mark.parametrize("by", STEPS, ids=["back", "ahead"])
def test_reminders_come_once_each_whatever_the_clock_does(open_pharmacy: Opens, by: timedelta) -> None:
    pharmacy = open_pharmacy().at("07:51")
    first = taken(pharmacy)
    set_clock(pharmacy, by).at("09:30")
    reminders = [each for each in [*first, *taken(pharmacy)] if each.kind is NoticeKind.REMINDER]
    assert len({(each.to, each.about["stage"]) for each in reminders}) == len(reminders)


def test_an_acknowledgement_ends_after_half_an_hour_though_the_clock_was_set_back(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy().at("08:12")
    taken(pharmacy)
    pharmacy.acknowledges("Amira")
    set_clock(pharmacy.fast_forward(minutes=10), -HOUR)
    pharmacy.fast_forward(minutes=19)
    assert taken(pharmacy) == []
    pharmacy.fast_forward(minutes=1).expect_message(to="Amira", about="The acknowledgement ran out")


def test_a_message_that_waits_for_its_next_try_waits_no_hour_longer(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, units=()), at="12:00")
    notice = Notice("alert:9:1:morgan", Lane.ESCALATION, "hilltop-main", NoticeKind.ALERT, "morgan", "Something waits")
    with pharmacy.database.transaction() as connection:
        delivery.queue(connection, pharmacy.definitions, [notice], pharmacy.now)
        parcel = outbox.load(connection, notice.key)
        assert parcel is not None
        outbox.settle(connection, parcel.id, NoticeState.PENDING, attention_at=pharmacy.now + timedelta(minutes=2))
    set_clock(pharmacy, -HOUR)
    pharmacy.fast_forward(minutes=2).expect_message(to="Morgan", about="Something waits")


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """A vaccine fridge at 5 °C, read every five minutes, each reading dated by the moment it came."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,), quiet=True), at="12:00")
    pharmacy.reading("vaccine-fridge", 5.0).readings_until("13:00", "vaccine-fridge", 5.0)
    # No two readings ever come at the same instant; with the clock set by an hour they would here.
    return pharmacy.fast_forward(seconds=67).expect_silence()


@pytest.mark.parametrize("by", STEPS, ids=["back", "ahead"])
def test_a_sensor_that_dies_just_then_is_silent_after_its_time(fridge: PharmacyHarness, by: timedelta) -> None:
    set_clock(fridge, by).fast_forward(minutes=5).expect_silence()
    fridge.fast_forward(minutes=40)
    assert any("Vaccine fridge" in each.text for each in taken(fridge))
    (alert,) = fridge.alerts()
    assert alert.kind is AlertKind.SILENT


@pytest.mark.parametrize("by", STEPS, ids=["back", "ahead"])
def test_sensors_that_go_on_are_not_silent_because_the_clock_was_set(fridge: PharmacyHarness, by: timedelta) -> None:
    set_clock(fridge, by)
    for _ in range(12):
        fridge.fast_forward(minutes=5).reading("vaccine-fridge", 5.0)
    fridge.expect_silence()


def test_a_door_left_open_while_the_clock_is_set_ahead_is_told_in_time(fridge: PharmacyHarness) -> None:
    fridge.fast_forward(minutes=5).reading("vaccine-fridge", 9.5)
    set_clock(fridge, HOUR)
    for _ in range(4):
        fridge.fast_forward(minutes=5).reading("vaccine-fridge", 9.5)
    assert any("Vaccine fridge" in each.text and each.to == "U0AMIRA" for each in taken(fridge))


@pytest.mark.parametrize("by", STEPS, ids=["back", "ahead"])
def test_the_record_says_once_that_the_clock_was_set_and_by_how_much(open_pharmacy: Opens, by: timedelta) -> None:
    """Two processes of one machine both notice it; the second finds it noted."""
    pharmacy = open_pharmacy(hilltop(quiet=True, units=()), at="12:00")
    set_clock(pharmacy, by)
    again = auditing.note_step(pharmacy.database, pharmacy.definitions, by, pharmacy.now + timedelta(seconds=3))
    assert not again
    ((actor, body),) = pharmacy.recorded("clock-stepped")
    assert (actor, body["seconds"]) == ("shiftbot", by.total_seconds())


def test_a_clock_set_back_while_nobody_ran_is_noticed_at_the_next_start(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy().at("08:15")
    taken(pharmacy)
    pharmacy.now -= HOUR
    steps = auditing.ClockSteps(pharmacy.database, lambda: pharmacy.now, lambda: timedelta(0))
    steps.note(pharmacy.definitions)
    steps.note(pharmacy.definitions)
    assert steps.seen == 1
    assert timedelta(minutes=50) < -steps.last <= HOUR
    pharmacy.fast_forward(minutes=10).expect_message(to="Amira", about="Opening checklist missed")
