"""A Mosquitto of the test's own, and subscribers that are stopped at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mqtt.brokers import EITHER, Mosquitto, Reachable, running_broker, running_mosquitto
from tests.mqtt.subscribing import Subscribers


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that keeps everything."""
    with running_mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture(params=EITHER)
def either_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reachable]:
    """A Mosquitto, and the embedded broker: the test runs on both."""
    with running_broker(request.param, tmp_path) as broker:
        yield broker


@pytest.fixture
def subscribe() -> Iterator[Subscribers]:
    """Starts subscribers; all are stopped at the end."""
    subscribers = Subscribers()
    yield subscribers
    subscribers.stop()
