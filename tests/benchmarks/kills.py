"""kill -9 of the process that takes readings in, at random moments, while it is published to: what is lost or doubled.

Every reading published has an instant of its own, so that the rows that are there are counted one by one.
"""

import random
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from shiftbot.storage.database import Database
from shiftbot.storage.tables import hourly
from tests.benchmarks.databases import address, kinds
from tests.benchmarks.figures import Figure
from tests.benchmarks.taking import publisher, start, taking, wait_for
from tests.mqtt.brokers import running_mosquitto

COUNT = 20_000
KILLS = 20
RATE = 1_000
LIVES_AT_MOST = 1.0
"""Seconds for which it may take readings in until it is killed."""

UNLIMITED = "max_queued_messages 0"


def run(_words: Sequence[str]) -> list[Figure]:
    """Kill it twenty times on every database."""
    figures = []
    for kind in kinds():
        with (
            tempfile.TemporaryDirectory() as home,
            running_mosquitto(Path(home), UNLIMITED) as broker,
            address(kind) as url,
        ):
            kills, found, counted = _kill_often(Path(home), url, broker.url, broker.port)
        what = f"{kills} kill -9 at random moments, {COUNT:,} published at {RATE:,}/s and in what waited, {kind}"
        value = f"{COUNT - found} lost, {counted - found} doubled in the roll-up"
        figures.append(Figure(what, value, "0 and 0", "Node-RED: 896 of 4,000 at one"))
    return figures


def _kill_often(home: Path, url: str, mqtt_url: str, port: int) -> tuple[int, int, int]:
    """How often it was killed, how many readings are stored, and how many the hours say there are."""
    chance = random.Random(20)
    start(home, url, mqtt_url).stop()
    database, kills = Database(url), 0
    with subprocess.Popen(publisher(port, COUNT, RATE)) as publishing:
        while kills < KILLS:
            started = start(home, url, mqtt_url)
            time.sleep(chance.random() * LIVES_AT_MOST)
            started.kill()
            kills += 1
        publishing.wait()
    with taking(home, url, mqtt_url):
        found, _ = wait_for(database, COUNT)
    with database.snapshot() as connection:
        counted: int = connection.execute(select(func.coalesce(func.sum(hourly.c.readings), 0))).scalar_one()
    database.close()
    return kills, found, int(counted)
