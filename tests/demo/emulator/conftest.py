"""One workspace a test module, with the cast in #hilltop-main."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from shiftbot.demo.emulator import Person, SlackEmulator
from tests.demo.emulator.bot import Bot, web_client


def furnished(emulator: SlackEmulator) -> SlackEmulator:
    """The cast; Priya is in no channel, #back-office is without the bot."""
    emulator.add_user("U0AMIRA", "amira", "Amira Hassan", "Pharmacist")
    emulator.add_user("U0BEN", "ben", "Ben Ortiz", "Technician")
    emulator.add_user("U0MORGAN", "morgan", "Morgan Lee", "Manager")
    emulator.add_user("U0PRIYA", "priya", "Priya Shah", "Pharmacist")
    emulator.add_channel("C0HILLTOP", "hilltop-main", ["U0AMIRA", "U0BEN", "U0MORGAN"])
    emulator.add_channel("C0OFFICE", "back-office", ["U0MORGAN"], bot=False)
    emulator.add_user_group("S0TECHS", "techs", ["U0BEN"])
    return emulator


@pytest.fixture(scope="module")
def emulator() -> Iterator[SlackEmulator]:
    """Events are repeated without Slack's pauses; rate limits are off but where a test is about them."""
    with furnished(SlackEmulator(rate_limits=False, retry_delays=(0.0, 0.0, 0.0))) as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: SlackEmulator) -> WebClient:
    return web_client(emulator)


@pytest.fixture(scope="module")
def bot(emulator: SlackEmulator) -> Iterator[Bot]:
    """Connected over Socket Mode."""
    connected = Bot(emulator)
    connected.connect()
    yield connected
    connected.close()


@pytest.fixture
def ben(emulator: SlackEmulator) -> Person:
    return emulator.person("U0BEN")


@pytest.fixture
def amira(emulator: SlackEmulator) -> Person:
    return emulator.person("U0AMIRA")
