"""A Mosquitto of the test's own, and subscribers that are stopped at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mqtt.brokers import Mosquitto, running_mosquitto
from tests.mqtt.subscribing import Subscribers


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that keeps everything."""
    with running_mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture
def subscribe() -> Iterator[Subscribers]:
    """Starts subscribers; all are stopped at the end."""
    subscribers = Subscribers()
    yield subscribers
    subscribers.stop()
