"""`shiftbot run` and its sensors: encrypted, with devices of its own, with a broker or database away."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from shiftbot.demo.emulator import SlackEmulator
from tests.end_to_end.conftest import Start
from tests.end_to_end.premises import Fridge, Premises, Round
from tests.end_to_end.workplace import looking_into, slack_settings, stored_readings
from tests.mqtt.brokers import KEEPS_EVERYTHING, Mosquitto, publish, running_mosquitto, wait_until
from tests.mqtt.certificates import Authority
from tests.mqtt.subscribing import publish_many

FRIDGE = "hilltop/fridge"
LOCKED_SECONDS = 10


@pytest.fixture
def environment(tmp_path: Path, emulator: SlackEmulator) -> dict[str, str]:
    """A pharmacy with one fridge, on a SQLite file that is not there yet; it names no broker."""
    folder = Premises(tmp_path / "hilltop", [Round("calm-round", 600)], [Fridge("fridge", FRIDGE)]).write()
    url = f"sqlite:///{tmp_path / 'shiftbot.db'}"
    return {"SHIFTBOT_HOME": str(folder), "SHIFTBOT_DATABASE_URL": url} | slack_settings(emulator)


def values(environment: dict[str, str]) -> list[float]:
    """The readings of the fridge that are stored."""
    with looking_into(environment["SHIFTBOT_DATABASE_URL"]) as ask:
        return ask(lambda connection: stored_readings(connection, "fridge"))


def timed(first: int, count: int) -> list[bytes]:
    """Readings in range with the device's time, so that a redelivery is known as one."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    return [
        json.dumps(
            {"temperature": 4 + number / 1_000, "taken_at": (start + timedelta(milliseconds=number)).isoformat()}
        ).encode()
        for number in range(first, first + count)
    ]


def stands(environment: dict[str, str], expected: list[float]) -> Callable[[], bool]:
    """Whether exactly these are stored."""
    return lambda: values(environment) == expected


def test_readings_come_over_tls_and_a_broker_that_is_gone_is_said_until_it_is_back(
    tmp_path: Path, environment: dict[str, str], process: Start
) -> None:
    """The certificates are files whose text is the setting, as secrets of a container are."""
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("broker")
    own_certificate, own_key = authority.issue("shiftbot")
    lines = [f"cafile {authority.path}", f"certfile {certificate}", f"keyfile {key}", "require_certificate true"]
    encrypted = [
        "--cafile", str(authority.path), "--cert", str(own_certificate), "--key", str(own_key)
    ]  # fmt: skip
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with running_mosquitto(folder, "\n".join([*lines, KEEPS_EVERYTHING])) as broker:
        names = {
            "SHIFTBOT_MQTT_URL": f"mqtts://127.0.0.1:{broker.port}", "SHIFTBOT_MQTT_CA_FILE": str(authority.path),
            "SHIFTBOT_MQTT_CERT_FILE": str(own_certificate), "SHIFTBOT_MQTT_KEY_FILE": str(own_key),
        }  # fmt: skip
        running = process(environment | names).started()
        wait_until(lambda: '"mqtt":"connected"' in running.health()[1], "it is connected")
        assert "readings" not in json.loads(running.health()[1])
        publish(broker.port, FRIDGE, "4.1", *encrypted)
        wait_until(stands(environment, [4.1]), "the reading is stored")
        broker.stop()
        wait_until(lambda: "no MQTT broker: connection refused" in running.health()[1], "health says so")
        assert running.health()[0] == 200
        broker.start()
        publish(broker.port, FRIDGE, "4.2", *encrypted)
        wait_until(stands(environment, [4.1, 4.2]), "the next one is stored")
        assert "readings" not in json.loads(running.health()[1])
        assert running.stop() == 0
    assert running.errors() == []


def test_a_database_that_is_locked_for_ten_seconds_loses_nothing_and_doubles_nothing(
    environment: dict[str, str], mosquitto: Mosquitto, process: Start
) -> None:
    running = process(environment | {"SHIFTBOT_MQTT_URL": mosquitto.url}).started()
    wait_until(lambda: '"mqtt":"connected"' in running.health()[1], "it is connected")
    payloads = timed(0, 2_000)
    publish_many(mosquitto.port, payloads[:500], FRIDGE)
    wait_until(lambda: len(values(environment)) == 500, "the first are stored")
    other = sqlite3.connect(str(make_url(environment["SHIFTBOT_DATABASE_URL"]).database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    unlocks_at = time.monotonic() + LOCKED_SECONDS
    publisher = threading.Thread(target=publish_many, args=(mosquitto.port, payloads[500:], FRIDGE))
    publisher.start()
    wait_until(lambda: "readings cannot be stored and wait: the database" in running.health()[1], "health says so")
    time.sleep(max(0.0, unlocks_at - time.monotonic()))
    assert len(values(environment)) == 500
    other.execute("ROLLBACK")
    other.close()
    publisher.join()
    wait_until(lambda: len(values(environment)) == 2_000, "all are stored")
    assert values(environment) == [4 + number / 1_000 for number in range(2_000)]
    wait_until(lambda: "readings" not in json.loads(running.health()[1]), "all is well again")
    assert running.stop() == 0
    assert running.errors() == []


def test_a_pharmacy_without_a_broker_names_its_devices_and_opens_its_own_to_the_network(
    environment: dict[str, str], process: Start, tmp_path: Path
) -> None:
    devices = tmp_path / "devices"
    devices.write_text(f"# the fridge's logger\nlogger-1 keep-it-cold {FRIDGE}\n", encoding="utf-8")
    names = {"SHIFTBOT_MQTT_DEVICES_FILE": str(devices), "SHIFTBOT_MQTT_HOST": "0.0.0.0"}
    running = process(environment | names).started()
    wait_until(lambda: '"mqtt":"connected"' in running.health()[1], "it is connected")
    port = int(running.said().partition("publish to mqtt://127.0.0.1:")[2].split()[0])
    publish(port, "hilltop/other", "3.9", "-u", "logger-1", "-P", "keep-it-cold")
    publish(port, FRIDGE, "4.1", "-u", "logger-1", "-P", "keep-it-cold")
    wait_until(stands(environment, [4.1]), "the reading is stored")
    assert "keep-it-cold" not in running.said()
    assert running.stop() == 0
    assert running.errors() == []
