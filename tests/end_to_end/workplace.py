"""The Slack workspace of these tests, and looking into it: who was told what, and into the database beside it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import Connection, select

from shiftbot import slack
from shiftbot.demo.emulator import Message, SlackEmulator
from shiftbot.storage import tables
from shiftbot.storage.database import Database
from tests.end_to_end.premises import CHANNEL

Told = TypeVar("Told")

MANIFEST = Path(slack.__file__).with_name("manifest.yaml")

EVERYBODY = {
    "U0AMIRA": ("amira", "Amira Hassan", "Pharmacist"),
    "U0BEN": ("ben", "Ben Ortiz", "Technician"),
    "U0MORGAN": ("morgan", "Morgan Lee", "Manager"),
    "U0PRIYA": ("priya", "Priya Nair", "Pharmacist"),
}


def furnished(**further: Any) -> SlackEmulator:
    """A workspace with the cast and their channel, not started."""
    emulator = SlackEmulator(**further)
    for user_id, (handle, name, title) in EVERYBODY.items():
        emulator.add_user(user_id, handle, name, title)
    emulator.add_channel(CHANNEL, "hilltop-main", list(EVERYBODY))
    emulator.use_manifest(yaml.safe_load(MANIFEST.read_text(encoding="utf-8")))
    return emulator


def slack_settings(emulator: SlackEmulator) -> dict[str, str]:
    """The environment of an app in Socket Mode in this workspace."""
    return {
        "SLACK_BOT_TOKEN": emulator.bot_token, "SLACK_APP_TOKEN": emulator.app_token, "SLACK_API_URL": emulator.api_url
    }  # fmt: skip


def shown(message: Message) -> str:
    """Everything a message shows, text and blocks."""
    return message.text + json.dumps(message.blocks, ensure_ascii=False)


def key_of(message: Message) -> str | None:
    """What shiftbot calls the card or notice that a message is."""
    payload: dict[str, Any] = (message.metadata or {}).get("event_payload", {})
    return payload.get("key")


def find(messages: list[Message], *words: str) -> Message | None:
    """The newest message that shows all these words."""
    return next((each for each in reversed(messages) if all(word in shown(each) for word in words)), None)


@contextmanager
def looking_into(url: str) -> Iterator[Callable[[Callable[[Connection], Told]], Told]]:
    """Ask the database of a running process, from outside."""
    database = Database(url)

    def ask(question: Callable[[Connection], Told]) -> Told:
        with database.snapshot() as connection:
            return question(connection)

    try:
        yield ask
    finally:
        database.close()


def stored_readings(connection: Connection, unit: str) -> list[float]:
    """What is stored of a unit, oldest first."""
    query = (
        select(tables.readings.c.value)
        .join(tables.sensors, tables.sensors.c.id == tables.readings.c.sensor)
        .where(tables.sensors.c.unit == unit)
        .order_by(tables.readings.c.taken_at)
    )
    return list(connection.execute(query).scalars())


def answers(connection: Connection) -> list[tuple[str, str]]:
    """Every answer: line and who gave it."""
    query = select(tables.answers.c.line, tables.answers.c.answered_by).order_by(tables.answers.c.line)
    return [(row.line, row.answered_by) for row in connection.execute(query)]
