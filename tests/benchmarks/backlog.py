"""A broker with a narrow window of 20 messages, and a backlog that waited while shiftbot was away.

Watched from outside by what is committed, so the time to connect is in it; `WINDOW 20` is Mosquitto's default.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from shiftbot.storage.database import Database
from tests.benchmarks.databases import address, kinds
from tests.benchmarks.figures import Figure
from tests.benchmarks.taking import publish, start, taking, wait_for
from tests.mqtt.brokers import Mosquitto, running_mosquitto

COUNT = 60_000
NARROW = "max_queued_messages 0\nmax_inflight_messages 20"
WIDE = "max_queued_messages 0\nmax_inflight_messages 1000"


def run(words: Sequence[str]) -> list[Figure]:
    """Measure on every database. A number among the words is how many readings wait."""
    count = next((int(word) for word in words if word.isdigit()), COUNT)
    return [
        _figure(kind, count, what, settings)
        for kind in kinds()
        for what, settings in (("a window of 20 in the broker", NARROW), ("a window of 1,000", WIDE))
    ]


def _figure(kind: str, count: int, what: str, settings: str) -> Figure:
    with (
        tempfile.TemporaryDirectory() as home,
        running_mosquitto(Path(home), settings) as broker,
        address(kind) as url,
    ):
        found, took, connected = _drain(Path(home), url, broker, count)
    return Figure(
        f"a backlog of {count:,} at start, {what}, {kind}",
        f"{found / took:,.0f}/s, {took:.1f} s, connected after {connected:.1f} s; {count - found} lost",
        "≥ 10,000/s; starts, drains, loses none",
        "mq-bridge does not start again",
    )


def _drain(home: Path, url: str, broker: Mosquitto, count: int) -> tuple[int, float, float]:
    """How many were stored, in how many seconds after the first connection stood, and how long that took."""
    start(home, url, broker.url).stop()  # the broker knows the session from now on
    publish(broker.port, count)
    database = Database(url)
    began = time.perf_counter()
    with taking(home, url, broker.url):
        connected = time.perf_counter()
        found, ended = wait_for(database, count)
    database.close()
    return found, ended - connected, connected - began
