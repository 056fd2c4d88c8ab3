"""The demo's day, played once by the autopilot on the real stack, and a stage of its own for whoever wants to act."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path

import pytest
from sqlalchemy import select

from shiftbot.demo.controls import Controls
from shiftbot.demo.emulator import Message, Person
from shiftbot.demo.serve import build
from shiftbot.demo.stage import Stage, Wishes
from shiftbot.demo.story import read_scene, tell
from shiftbot.demo.words import Chapter
from shiftbot.storage.tables import record
from tests.conftest import ErrorLog

EVERY_TEN_MINUTES = [time(hour, minute) for hour in range(7, 22) for minute in range(0, 60, 10)]
PLAYED = [at for at in EVERY_TEN_MINUTES if time(7, 20) <= at <= time(21, 10)]


@dataclass
class PlayedDay:
    """A day that was played, and what the story said at each ten minutes of it."""

    stage: Stage
    errors: list[logging.LogRecord]
    chapters: dict[str, Chapter] = field(default_factory=dict)

    def clock(self, message: Message) -> str:
        """When a message was posted, by the site's clock."""
        at = datetime.fromtimestamp(float(message.ts), self.stage.site.calendar.timezone)
        return f"{at:%H:%M}"

    def person(self, name: str) -> Person:
        """Somebody at their Slack client, by first name."""
        return self.stage.emulator.person(f"U0{name.upper()}")

    def channel(self) -> list[Message]:
        """What stands in the site's channel, threads aside."""
        return self.stage.emulator.messages("hilltop-main")

    def cards(self, title: str) -> list[Message]:
        """The cards in the channel whose fallback begins with `title`."""
        return [message for message in self.channel() if message.text.startswith(f"{title}:")]

    def thread(self, card: Message) -> list[Message]:
        """The replies to a card."""
        return self.stage.emulator.messages("hilltop-main", thread_ts=card.ts)

    def recorded(self, kind: str) -> list[tuple[str, str, str]]:
        """The record's entries of one kind: local time, actor, subject."""
        with self.stage.shiftbot.database.snapshot() as connection:
            query = select(record.c.at, record.c.actor, record.c.subject).where(record.c.kind == kind)
            rows = connection.execute(query.order_by(record.c.seq)).all()
        zone = self.stage.site.calendar.timezone
        return [(f"{at.astimezone(zone):%H:%M}", actor, subject) for at, actor, subject in rows]


def _chapter_now(stage: Stage) -> Chapter:
    doors = [device.unit.name for device in stage.fridges.devices if device.air.door_open]
    with stage.shiftbot.database.snapshot() as connection:
        return tell(read_scene(connection, stage.pharmacy, stage.site, stage.clock.now(), doors))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedDay]:
    """From 07:12 to 21:10 under autopilot: Bolt, the emulator over HTTP and WebSocket, the broker, SQLite."""
    kept = ErrorLog()
    logging.getLogger().addHandler(kept)
    stage = build(Wishes(tmp_path_factory.mktemp("demo"), autopilot=True))
    stage.start(stagehand=False)
    played = PlayedDay(stage, kept.records)
    try:
        for at in PLAYED:
            stage.pass_until(stage.local(at))
            played.chapters[f"{at:%H:%M}"] = _chapter_now(stage)
        yield played
    finally:
        stage.stop()
        logging.getLogger().removeHandler(kept)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage at 07:20 whose clock stands still; time passes only in `pass_until`."""
    built = build(Wishes(tmp_path))
    built.start(stagehand=False)
    built.pass_until(built.local(time(7, 20)))
    yield built
    built.stop()


@pytest.fixture
def controls(stage: Stage) -> Controls:
    """The control panel's other side."""
    return Controls(stage)
