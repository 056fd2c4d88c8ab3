"""Published out of range → alert row committed, seen from outside, with 5,000 sensors at 1,000 readings a second.

Every 251st reading is warm, each one of another unit: four excursions a second begin beside the rest.
"""

import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from shiftbot.storage.database import Database
from shiftbot.storage.tables import alerts, readings
from tests.benchmarks.databases import address, kinds
from tests.benchmarks.figures import Figure, spread
from tests.benchmarks.taking import LOOK_EVERY, publisher, taking
from tests.mqtt.brokers import Mosquitto, running_mosquitto

SENSORS = 5_000
RATE = 1_000
WARM_EVERY = 251
"""No divisor of the sensors, so that it is another unit each time."""

COUNT = 40_000
SETTLES = 5.0
"""Seconds after the start in which five thousand units are begun to be watched; nothing is published yet."""

WARM_FROM = 9.0
ENDS_WITHIN = 60.0
WIDE = "max_queued_messages 0"


def run(_words: Sequence[str]) -> list[Figure]:
    """Measure on every database."""
    figures = []
    for kind in kinds():
        with (
            tempfile.TemporaryDirectory() as home,
            running_mosquitto(Path(home), WIDE) as broker,
            address(kind) as url,
            taking(Path(home), url, broker.url, SENSORS) as started,
        ):
            time.sleep(SETTLES)
            waits = _waits(url, broker)
            memory = started.resident_mb
        what = f"published out of range → alert row committed, {RATE:,} readings/s over {SENSORS:,} sensors, {kind}"
        value = f"{spread(waits)}, {len(waits)} excursions, {memory:.0f} MB"
        figures.append(Figure(what, value, "p99 ≤ 1 s"))
    return figures


def _waits(url: str, broker: Mosquitto) -> list[float]:
    """Milliseconds from the instant in the payload until the alert is seen."""
    database = Database(url)
    seen: dict[int, datetime] = {}
    expected = len(range(0, COUNT, WARM_EVERY))
    with subprocess.Popen([*publisher(broker.port, COUNT, RATE, SENSORS), str(WARM_EVERY)]) as publishing:
        deadline = time.monotonic() + COUNT / RATE + ENDS_WITHIN
        while len(seen) < expected and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            if found := _new(database, max(seen, default=0)):
                now = datetime.now(UTC)
                seen |= dict.fromkeys(found, now)
        publishing.wait()
    published = sorted(_published(database))
    database.close()
    if len(seen) != expected or len(published) != expected:
        raise RuntimeError(f"{len(seen)} alerts of {expected} excursions, {len(published)} warm readings")
    return [(at - since).total_seconds() * 1000 for at, since in zip(sorted(seen.values()), published, strict=True)]


def _new(database: Database, last: int) -> list[int]:
    with database.snapshot() as connection:
        return list(connection.execute(select(alerts.c.id).where(alerts.c.id > last)).scalars())


def _published(database: Database) -> list[datetime]:
    """When the warm readings were published, which their payload says."""
    first = select(func.min(readings.c.taken_at)).where(readings.c.value >= WARM_FROM).group_by(readings.c.sensor)
    with database.snapshot() as connection:
        return list(connection.execute(first).scalars())
