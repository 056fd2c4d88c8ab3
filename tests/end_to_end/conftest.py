"""Real servers, one each a module: the Slack workspace, Mosquitto. Databases and processes belong to each test."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from shiftbot.demo.emulator import SlackEmulator
from tests.end_to_end.running import Running
from tests.end_to_end.workplace import furnished
from tests.mqtt.brokers import Mosquitto, running_mosquitto

Start = Callable[..., Running]


@pytest.fixture(scope="module")
def emulator() -> Iterator[SlackEmulator]:
    """The workspace, with Slack's own limits."""
    with furnished() as running:
        yield running


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """Debian's Mosquitto, keeping what it is given."""
    with running_mosquitto(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Start]:
    """Makes processes of shiftbot, not started; they end with the test."""
    made: list[Running] = []

    def make(environment: Mapping[str, str], command: str = "run", name: str = "shiftbot") -> Running:
        made.append(Running(tmp_path / f"{name}-{len(made)}.log", environment, command))
        return made[-1]

    yield make
    for each in made:
        each.kill()
