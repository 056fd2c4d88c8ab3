"""`shiftbot ingest` and `shiftbot tick` in one process of its own, watched from outside by what it has committed.

As a program (`python -m tests.benchmarks.taking HOME DATABASE_URL MQTT_URL SENSORS`) it says `ready` when it is
connected, and takes readings in until it is ended. Without a Slack: what it has to say waits in the outbox.
"""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select

from shiftbot.bootstrap import Part, Shiftbot
from shiftbot.domain.site import Pharmacy, Sensor, StorageUnit, TemperatureUnit
from shiftbot.settings import Settings
from shiftbot.storage.database import Database
from shiftbot.storage.tables import readings
from tests.benchmarks.processes import Started
from tests.benchmarks.publisher import TOPICS, topic
from tests.cast import FRIDGE, HILLTOP, ON_DUTY_ALL_WEEK, hilltop

NOBODY = "http://127.0.0.1:9/"
"""Where no Slack is."""

FRIDGES_A_SITE = 5

LOOK_EVERY = 0.02
"""Seconds between two looks at the database from outside."""

STANDS_STILL = 15.0
"""Seconds without a further row after which no more are waited for."""


def definitions(sensors: int = TOPICS) -> Pharmacy:
    """So many fridges, in Celsius, five a site when they are more than one has; an excursion is told at once."""
    at_once = replace(FRIDGE.storage_class, alarm_delay=timedelta(0))
    a_site = sensors if sensors <= TOPICS else FRIDGES_A_SITE
    sites = [
        replace(HILLTOP, id=f"site-{number:05}", temperature_unit=TemperatureUnit.CELSIUS, checklists=())
        for number in range(-(-sensors // a_site))
    ]
    units: list[StorageUnit] = [
        replace(
            FRIDGE,
            id=name, name=name, site=sites[number // a_site].id, storage_class=at_once, sensor=Sensor(name),
        )
        for number, name in enumerate(map(topic, range(sensors)))
    ]  # fmt: skip
    roster = tuple(replace(rule, site=site.id) for site in sites for rule in ON_DUTY_ALL_WEEK)
    chain = hilltop(units=tuple(units), roster=roster, quiet=True)
    return replace(chain, sites={site.id: site for site in sites}, digest=f"bench {sensors}")


@contextmanager
def taking(home: Path, database_url: str, mqtt_url: str, sensors: int = TOPICS) -> Iterator[Started]:
    """The process for as long as the block lasts, from when it is connected."""
    started = start(home, database_url, mqtt_url, sensors)
    try:
        yield started
    finally:
        started.stop()


def start(home: Path, database_url: str, mqtt_url: str, sensors: int = TOPICS) -> Started:
    """Start the process and wait until it is connected; the caller ends it."""
    command = [sys.executable, "-m", "tests.benchmarks.taking", str(home), database_url, mqtt_url, str(sensors)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    if process.stdout is None or process.stdout.readline() != b"ready\n":
        process.kill()
        raise RuntimeError("shiftbot did not connect to the broker")
    return Started(process)


def publish(port: int, count: int, rate: int = 0, sensors: int = TOPICS) -> None:
    """Publish in a process of its own, and wait until the broker has all of it."""
    subprocess.run(publisher(port, count, rate, sensors), check=True)


def publisher(port: int, count: int, rate: int = 0, sensors: int = TOPICS) -> list[str]:
    """The command that publishes."""
    return [sys.executable, "-m", "tests.benchmarks.publisher", *map(str, (port, count, rate, sensors))]


def stored(database: Database) -> int:
    """How many readings are committed."""
    with database.snapshot() as connection:
        counted: int = connection.execute(select(func.count()).select_from(readings)).scalar_one()
    return counted


def wait_for(database: Database, count: int) -> tuple[int, float]:
    """Wait until so many are committed, or no more come; how many there are, and when the last one was seen.

    The instant is one of `time.perf_counter`, late by up to a look.
    """
    found, seen_at = -1, time.perf_counter()
    while found < count and time.perf_counter() - seen_at < STANDS_STILL:
        now = stored(database)
        if now != found:
            found, seen_at = now, time.perf_counter()
        time.sleep(LOOK_EVERY)
    return found, seen_at


def main() -> None:
    """Take readings in until told to end."""
    logging.getLogger("shiftbot").setLevel(logging.ERROR)
    home, database_url, mqtt_url, sensors = sys.argv[1:]
    settings = Settings(
        home=Path(home),
        database_url=database_url,
        mqtt_url=mqtt_url,
        slack_bot_token=SecretStr("xoxb-nobody"),
        slack_api_url=NOBODY,
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    bot = Shiftbot(settings, parts=frozenset({Part.INGEST, Part.TICK}), pharmacy=definitions(int(sensors)))
    bot.start()
    while bot.subscriber is None or not bot.subscriber.is_connected:
        time.sleep(0.01)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ended.wait()
    bot.stop()


if __name__ == "__main__":
    main()
