"""`shiftbot run` as a process against real things: Slack over HTTP and WebSocket, Mosquitto, SQLite and PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from shiftbot.demo.emulator import Message, SlackEmulator
from shiftbot.storage import tables
from tests.end_to_end.premises import CHANNEL, Fridge, Premises, Round
from tests.end_to_end.running import Running
from tests.end_to_end.workplace import find, furnished, looking_into, shown, slack_settings, stored_readings
from tests.mqtt.brokers import Mosquitto, publish
from tests.postgres import PostgresServer

PLAIN, ZIGBEE, WARM = "hilltop/plain-fridge", "zigbee2mqtt/hilltop/zigbee-fridge", "hilltop/warm-fridge"


@dataclass
class Day:
    """One process at work, and everything around it."""

    emulator: SlackEmulator
    mosquitto: Mosquitto
    running: Running
    ask: Callable[[Any], Any]

    def card(self, title: str) -> Message:
        """The card of a checklist, once it stands in the channel."""
        self.wait(lambda: find(self.emulator.messages(CHANNEL), title, "of 3 answered"))
        found = find(self.emulator.messages(CHANNEL), title, "of 3 answered")
        assert found is not None
        return found

    def wait(self, claim: Callable[[], object]) -> None:
        """Until something is true, however busy the machine is."""
        self.emulator.wait_until(lambda: bool(claim()), timeout=30)

    def readings(self, unit: str) -> list[float]:
        """What is stored of a unit, oldest first."""
        found: list[float] = self.ask(lambda connection: stored_readings(connection, unit))
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database that nobody has migrated yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'shiftbot.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture(scope="module")
def day(url: str, mosquitto: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A workspace and a process at work, shared by the tests below; each has a checklist or a fridge of its own."""
    folder: Path = tmp_path_factory.mktemp("premises")
    rounds = [Round("ticked-round", 600), Round("typed-round", 600), Round("missed-round", 5, lines=("Doors locked",))]
    fridges = [
        Fridge("plain-fridge", PLAIN),
        Fridge("zigbee-fridge", ZIGBEE, "zigbee2mqtt"),
        Fridge("warm-fridge", WARM),
    ]
    Premises(folder, rounds, fridges).write()
    with furnished() as emulator, looking_into(url) as ask:
        settings = {"SHIFTBOT_HOME": str(folder), "SHIFTBOT_DATABASE_URL": url, "SHIFTBOT_MQTT_URL": mosquitto.url}
        running = Running(folder / "shiftbot.log", settings | slack_settings(emulator)).started()
        yield Day(emulator, mosquitto, running, ask)
        code = running.stop()
        assert (code, running.errors()) == (0, [])
        assert [each.response for each in emulator.rejected] == []


def test_the_card_stands_in_the_channel_and_a_click_is_stored_and_shown(day: Day) -> None:
    ben = day.emulator.person("U0BEN")
    card = day.card("Ticked round")
    ben.click(card, "item_done", "line-1").wait()
    day.wait(lambda: "Ben O." in shown(day.card("Ticked round")))
    assert day.card("Ticked round").ts == card.ts
    query = select(tables.answers.c.line, tables.answers.c.answered_by).where(tables.answers.c.via == "button")
    assert day.ask(lambda connection: connection.execute(query).all()) == [("line-1", "ben")]


def test_a_typed_reply_is_understood_in_the_thread(day: Day) -> None:
    ben = day.emulator.person("U0BEN")
    card = day.card("Typed round")
    ben.say(CHANNEL, "1-2 done", thread_ts=card.ts)
    day.wait(lambda: find(day.emulator.messages(CHANNEL, card.ts), "done: 1. Lights on", "2. Phones answered"))
    day.wait(lambda: "*2 of 3*" in shown(day.card("Typed round")))


def test_readings_arrive_in_plain_form_and_in_zigbee2mqtts(day: Day) -> None:
    publish(day.mosquitto.port, PLAIN, "4.2")
    day.wait(lambda: day.readings("plain-fridge"))
    publish(day.mosquitto.port, PLAIN, json.dumps({"temperature": 39.9, "unit": "F", "taken_at": utc_now()}))
    publish(day.mosquitto.port, ZIGBEE, json.dumps({"temperature": 5.13, "battery": 97, "linkquality": 120}))
    publish(day.mosquitto.port, ZIGBEE, "unavailable")
    day.wait(lambda: len(day.readings("plain-fridge")) == 2)
    day.wait(lambda: day.readings("zigbee-fridge"))
    assert sorted(day.readings("plain-fridge")) == [4.2, 39.9]
    assert day.readings("zigbee-fridge") == [5.13]
    rejected = select(tables.rejections.c.topic)
    day.wait(lambda: ZIGBEE in day.ask(lambda connection: connection.execute(rejected).scalars().all()))


def test_a_reading_out_of_range_is_an_excursion_and_is_told_after_its_delay(day: Day) -> None:
    publish(day.mosquitto.port, WARM, "5.0")
    publish(day.mosquitto.port, WARM, "11.5")
    day.wait(lambda: find(day.emulator.messages(CHANNEL), "Warm fridge is too warm", "11.5"))
    excursions = select(tables.excursions.c.unit, tables.excursions.c.extreme, tables.excursions.c.told_at)
    ((unit, extreme, told_at),) = day.ask(lambda connection: connection.execute(excursions).all())
    assert (unit, extreme) == ("warm-fridge", 11.5)
    assert told_at is not None
    day.wait(lambda: find(day.emulator.person("U0AMIRA").inbox, "Warm fridge is too warm"))
    assert day.emulator.person("U0PRIYA").inbox == []


def test_what_is_missed_goes_to_the_pharmacist_on_duty_who_acknowledges(day: Day) -> None:
    amira = day.emulator.person("U0AMIRA")
    day.wait(lambda: find(amira.inbox, "Missed round missed"))
    message = find(amira.inbox, "Missed round missed")
    assert message is not None
    for offered in ("alert_acknowledge", "alert_decline", "alert_escalate"):
        assert offered in shown(message)
    amira.click(message, "alert_acknowledge").wait()
    day.wait(lambda: find(amira.inbox, "Missed round missed", "Amira H. has it"))
    day.wait(lambda: find(day.emulator.messages(CHANNEL), "Missed round missed", "Amira H. has it"))
    answered = select(tables.alerts.c.state).where(tables.alerts.c.title == "Missed round missed")
    assert day.ask(lambda connection: connection.execute(answered).scalars().all()) == ["acknowledged"]


def test_every_envelope_was_acknowledged_in_time(day: Day) -> None:
    day.emulator.person("U0BEN").command("/shift", "status", CHANNEL).wait()
    late = [each.describe() for each in day.emulator.envelopes if each.took is None or each.took > 3]
    assert late == []


def utc_now() -> str:
    return datetime.now(UTC).isoformat()
