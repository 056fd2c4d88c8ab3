"""Sensors speak over a real broker, Mosquitto and our own, and people are told: what a pharmacy sees of the ingest."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from shiftbot.mqtt.intake import Intake, Message
from shiftbot.mqtt.subscriber import Subscriber
from shiftbot.services import cold_chain
from shiftbot.storage import discovered, pairings, rejections, tables, temperatures
from tests.cast import FRIDGE, MORGAN, hilltop
from tests.mqtt.brokers import EITHER, Reachable, running_broker, wait_until
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

OWN = FRIDGE.sensor.topic if FRIDGE.sensor else ""
NEW = "zigbee2mqtt/new"


class Line:
    """A pharmacy whose sensors speak over a broker; our clock stands wherever the story is."""

    def __init__(self, broker: Reachable, pharmacy: PharmacyHarness) -> None:
        self.broker = broker
        self.pharmacy = pharmacy
        self.intake = Intake(pharmacy.database, lambda: pharmacy.definitions)
        self.taken = self.sent = 0
        self.is_listening = True
        self.device = Client(CallbackAPIVersion.VERSION2, client_id="device")
        self.device.connect("127.0.0.1", broker.port)
        self.device.loop_start()
        self.subscriber = self._listening()

    def _listening(self) -> Subscriber:
        made = Subscriber(
            self.broker.url,
            self._store,
            client_id="shiftbot-story",
            now=lambda: self.pharmacy.now,
            protocol=self.broker.protocol,
        )
        made.start()
        wait_until(lambda: made.is_connected, "we are connected")
        return made

    def _store(self, batch: Sequence[Message]) -> None:
        self.intake.store(batch)
        self.taken += len([each for each in batch if not each.retained])

    def says(self, *payloads: object, topic: str = OWN, retain: bool = False) -> "Line":
        """A device publishes; the engine is woken once all of it is stored, if we listen."""
        for each in payloads:
            raw = each if isinstance(each, bytes) else json.dumps(each).encode()
            self.device.publish(topic, raw, qos=1, retain=retain).wait_for_publish(60)
        self.sent += len(payloads)
        return self.heard() if self.is_listening else self

    def heard(self) -> "Line":
        """Everything that was published is stored, and the engine was woken."""
        wait_until(lambda: self.taken >= self.sent, "all is stored")
        self.pharmacy.fast_forward(minutes=0)
        return self

    def away(self) -> None:
        """We stop to listen: a restart that takes long, a broken cable."""
        self.subscriber.stop()
        self.is_listening = False

    def back(self) -> "Line":
        """We listen again, and hear what was kept for us."""
        self.subscriber, self.is_listening = self._listening(), True
        return self.heard()

    def stop(self) -> None:
        """End both ends of it."""
        self.subscriber.stop()
        self.device.disconnect()
        self.device.loop_stop()

    def values(self) -> list[float]:
        """What is stored of the fridge."""
        return [each.value for each in self.pharmacy.look(lambda c: temperatures.between(c, FRIDGE.id))]

    def reasons(self) -> dict[str, int]:
        """Why messages were refused, with counts."""
        return {each.reason: each.count for each in self.pharmacy.look(rejections.counts)}

    def excursions(self) -> list[tuple[datetime, datetime | None]]:
        """The fridge's excursions: from when to when."""
        columns = tables.excursions.c
        query = select(columns.started_at, columns.ended_at).order_by(columns.started_at)
        return self.pharmacy.look(lambda c: [(row.started_at, row.ended_at) for row in c.execute(query)])


@pytest.fixture(params=EITHER)
def line(request: pytest.FixtureRequest, tmp_path: Path, open_pharmacy: Opens) -> Iterator[Line]:
    """The vaccine fridge at 5 °C at one o'clock, over either broker."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,), quiet=True), at="13:00")
    with running_broker(request.param, tmp_path) as broker:
        line = Line(broker, pharmacy)
        try:
            line.says(5.0)
            yield line
        finally:
            line.stop()


Takes = Callable[[float, str], dict[str, object]]


@pytest.fixture
def at(line: Line) -> Takes:
    """A reading as a logger with a clock gives it."""
    return lambda degrees, clock: {"temperature": degrees, "taken_at": line.pharmacy.local(clock).isoformat()}


def test_a_door_left_open_is_recorded_from_the_first_reading_and_told(line: Line) -> None:
    for clock, degrees in (("13:05", 9.0), ("13:10", 9.4), ("13:15", 9.9), ("13:20", 10.1)):
        line.pharmacy.at(clock)
        line.says(degrees)
    assert line.excursions() == [(line.pharmacy.local("13:05"), None)]
    line.pharmacy.expect_message(to="Amira", about="Vaccine fridge")


def test_what_the_broker_retained_is_no_sign_of_life(line: Line) -> None:
    line.says({"temperature": 5.0}, retain=True)
    line.pharmacy.at("13:10")
    line.away()
    line.back()
    before = line.values()
    line.pharmacy.at("13:19").expect_silence()
    line.pharmacy.at("13:21").expect_message(to="Amira", about="Vaccine fridge")
    assert line.values() == before


def test_what_was_kept_through_an_outage_is_judged_late_and_told_once(line: Line, at: Takes) -> None:
    """The logger hands in two hours, an excursion of thirty minutes among them, and part of it twice."""
    line.away()
    line.pharmacy.at("15:00").expect_message(to="Amira", about="Vaccine fridge")
    line.pharmacy.inbox.unread.clear()
    clocks = [f"{13 + minute // 60}:{minute % 60:02}" for minute in range(5, 120, 5)]
    kept = [at(9.0 if "14:00" <= clock < "14:30" else 5.0, clock) for clock in clocks]
    line.says(*kept, *kept[5:15])
    line.back()
    assert len(line.values()) == 1 + len(kept)
    assert line.excursions()[0][0] == line.pharmacy.local("14:00")
    assert len(line.excursions()) == 1
    letters = [each for each in line.pharmacy.inbox.unread if "warm" in each.text]
    line.pharmacy.inbox.unread.clear()
    assert len({each.text for each in letters}) == len({each.to for each in letters}) == 1


def test_poison_costs_no_reading_and_is_counted_with_its_reasons(line: Line, at: Takes) -> None:
    line.pharmacy.at("13:05")
    line.says(b"\x00\xff", 5.1, b"1e308", b"[" * 60_000, 5.2, b"\xff" * 70_000, at(5.3, "23:00"), 5.4, b"")
    assert line.values() == [5.0, 5.1, 5.2, 5.4]
    assert line.reasons() == {
        "not UTF-8": 1,
        "outside what a probe can measure": 1,
        "nested too deep": 1,
        "too large": 1,
        "a time in the future": 1,
        "unavailable": 1,
    }


def test_a_sensor_nobody_configured_is_found_paired_and_judged_and_the_log_says_what_it_replaced(line: Line) -> None:
    line.pharmacy.at("13:05")
    line.says({"temperature": 5.1, "linkquality": 90}, topic=NEW)
    (found,) = line.pharmacy.look(discovered.every)[:1]
    assert (found.topic, found.value) == (NEW, 5.1)
    written, now = line.pharmacy.definitions, line.pharmacy.now
    line.pharmacy.act(lambda c: cold_chain.pair(c, written, found.id, FRIDGE.id, MORGAN, now))
    line.pharmacy.definitions = cold_chain.with_pairings(written, line.pharmacy.look(pairings.by_hand))
    line.pharmacy.at("13:10")
    line.says({"temperature": 9.5}, topic=NEW).says(30.0)
    assert line.values() == [5.0, 9.5]
    assert [start for start, _ in line.excursions()] == [line.pharmacy.local("13:10")]
    newest, *_ = line.pharmacy.look(lambda c: cold_chain.sensor_log(c, FRIDGE.id))
    words = cold_chain.in_words(line.pharmacy.definitions, FRIDGE.site, newest)
    assert words == f"sensor replaced at Mon 23 Nov 13:05 by Morgan Lee: {NEW} instead of {OWN}"


def test_readings_that_come_while_we_are_away_come_when_we_are_back(line: Line) -> None:
    """Without times of their own: not lost, not doubled, and not taken for what was retained."""
    line.away()
    line.says(5.1, 5.2, 5.3)
    line.pharmacy.at("13:10")
    line.back()
    assert sorted(line.values()) == [5.0, 5.1, 5.2, 5.3]
    line.pharmacy.fast_forward(minutes=15).expect_silence()
