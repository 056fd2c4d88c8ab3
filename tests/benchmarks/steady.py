"""Memory under load: 5,000 sensors, 1,000 readings a second, looked at again and again. `--minutes=10` for longer."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.databases import address
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import Started
from tests.benchmarks.taking import publisher, taking
from tests.mqtt.brokers import running_mosquitto

SENSORS = 5_000
RATE = 1_000
MINUTES = 1.0
LOOKS_EVERY = 5.0
"""Seconds between two looks."""

WARM_UP = 0.25
"""The share of the time after which memory is to stay where it is."""


def run(words: Sequence[str]) -> list[Figure]:
    """Take readings in for a minute, or as many as `--minutes=` says."""
    minutes = _minutes(words)
    with (
        tempfile.TemporaryDirectory() as home,
        running_mosquitto(Path(home), "max_queued_messages 0") as broker,
        address("SQLite") as url,
        taking(Path(home), url, broker.url, SENSORS) as started,
    ):
        seconds = minutes * 60
        with subprocess.Popen(publisher(broker.port, int(seconds * RATE), RATE, SENSORS)) as publishing:
            looks = list(_looks(started, seconds))
            publishing.wait()
        cpu = started.cpu_seconds / seconds
    steady = looks[int(len(looks) * WARM_UP) :]
    middle = len(steady) // 2
    grown = sum(steady[middle:]) / len(steady[middle:]) - sum(steady[:middle]) / len(steady[:middle])
    return [
        Figure(
            f"resident under {RATE:,} readings/s of {SENSORS:,} sensors for {minutes:g} minutes",
            f"{max(looks):.0f} MB at most, {grown:+.1f} MB from the first to the second half, {cpu:.2f} of a core",
            "≤ 120 MB, flat over 10 minutes",
        )
    ]


def _minutes(words: Sequence[str]) -> float:
    return next((float(word.partition("=")[2]) for word in words if word.startswith("--minutes=")), MINUTES)


def _looks(started: Started, seconds: float) -> Iterator[float]:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(LOOKS_EVERY)
        started.expect_alive()
        yield started.resident_mb
