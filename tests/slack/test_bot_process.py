"""`shiftbot bot` beside a `shiftbot tick` (Procfile): replies and Home tabs do not wait for the other process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shiftbot import definitions, ticker
from shiftbot.bootstrap import Part, Shiftbot
from shiftbot.clock import FastClock
from shiftbot.demo.emulator import Message, SlackEmulator
from shiftbot.services import runs
from shiftbot.settings import load
from tests.slack.workplace import CHANNEL, HILLTOP, manifest

OPENING = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)


@dataclass
class Bot:
    """A bot process and its workspace; the other process's ticks are done here."""

    emulator: SlackEmulator
    process: Shiftbot

    def card(self) -> Message:
        """The card of the opening checklist, once it stands in the channel."""
        self.emulator.wait_until(lambda: bool(self._cards()), timeout=20)
        return self._cards()[0]

    def _cards(self) -> list[Message]:
        return [message for message in self.emulator.messages(CHANNEL) if "Opening checklist" in message.text]


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    """At work on Monday morning; the opening checklist has just opened."""
    with SlackEmulator(rate_limits=False) as emulator:
        emulator.add_user("U0BEN", "ben", "Ben Ortiz", "Technician")
        emulator.add_channel(CHANNEL, "hilltop-main", ["U0BEN"])
        emulator.use_manifest(manifest())
        settings = load(
            {
                "SHIFTBOT_DATABASE_URL": f"sqlite:///{tmp_path / 'shiftbot.db'}", "SLACK_API_URL": emulator.api_url,
                "SLACK_BOT_TOKEN": emulator.bot_token, "SLACK_APP_TOKEN": emulator.app_token,
            }
        )  # fmt: skip
        clock, pharmacy = FastClock(OPENING, 1.0), definitions.load(HILLTOP)
        process = Shiftbot(settings, parts=frozenset({Part.BOT}), clock=clock, pharmacy=pharmacy)
        runs.plan_ahead(process.database, pharmacy, OPENING)
        ticker.tick(process.database, pharmacy, OPENING)
        process.start()
        emulator.wait_until(lambda: emulator.connections == 1, timeout=20)
        yield Bot(emulator, process)
        process.stop()


def test_a_bot_process_answers_replies_and_keeps_home_tabs_fresh_by_itself(bot: Bot) -> None:
    ben = bot.emulator.person("U0BEN")
    card = bot.card()
    ben.open_home()
    bot.emulator.wait_until(lambda: ben.home is not None and "23 for you" in json.dumps(ben.home.blocks))
    ben.say(CHANNEL, "1 ok", thread_ts=card.ts)
    bot.emulator.wait_until(lambda: len(bot.emulator.messages(CHANNEL, card.ts)) == 2, timeout=20)
    assert "done: 1." in bot.emulator.messages(CHANNEL, card.ts)[-1].text
    bot.emulator.wait_until(lambda: ben.home is not None and "22 for you" in json.dumps(ben.home.blocks), timeout=20)
