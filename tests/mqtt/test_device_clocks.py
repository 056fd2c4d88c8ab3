"""Whose clock is slow: only who never catches up, however late what was kept is sent."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from shiftbot.mqtt.device_clocks import CLOCK_BEHIND, DeviceClocks
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.storage.database import Database
from shiftbot.storage.tables import latest
from tests.cast import hilltop
from tests.mqtt.subscribing import TOPIC

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def said(clocks: DeviceClocks, readings: list[tuple[float, float]]) -> list[int]:
    """What was said of one sensor; each reading comes at a minute, and so many minutes late."""
    told = [clocks.hear(1, NOW + (at - late) * MINUTE, NOW + at * MINUTE) for at, late in readings]
    return [each for each in told if each is not None]


def test_a_clock_that_is_slow_is_told_once_and_again_when_it_is_set_right() -> None:
    slow = [(at, 12.4) for at in range(0, 120, 5)]
    right = [(at, 0.1) for at in range(120, 240, 5)]
    assert said(DeviceClocks(), [*slow, *right]) == [12 * 60, 0]


def test_a_device_that_sends_what_it_kept_has_no_slow_clock() -> None:
    live = [(at, 0.1) for at in range(0, 30, 5)]
    kept = [(150 + number / 100, 120 - 5 * number) for number in range(24)]
    again = [(at, 0.1) for at in range(155, 300, 5)]
    assert said(DeviceClocks(), [*live, *kept, *again]) == []


def test_five_minutes_are_no_slow_clock_and_two_readings_say_nothing() -> None:
    assert said(DeviceClocks(), [(at, 5) for at in range(0, 120, 5)]) == []
    assert said(DeviceClocks(), [(0, 30), (60, 30)]) == []


def test_a_slow_clock_is_kept_with_what_the_device_says_of_itself(database: Database) -> None:
    definitions = hilltop()
    intake = Intake(database, lambda: definitions)
    for number in range(12):
        at = NOW + number * 5 * MINUTE
        payload = json.dumps({"temperature": 5, "taken_at": (at - 20 * MINUTE).isoformat()}).encode()
        intake.store([Message(TOPIC, payload, at)])
    with database.snapshot() as connection:
        facts = [json.loads(each) for each in connection.execute(select(latest.c.facts)).scalars() if each]
    assert [each[CLOCK_BEHIND] for each in facts] == [1_200]
