"""kill -9 at any moment, start again: nothing is lost, nothing doubled, no repeat goes out without a word about it."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import Connection, select

from shiftbot.demo.emulator import Message, SlackEmulator
from shiftbot.slack.texts import NOT_SAVED
from shiftbot.storage import tables
from tests.end_to_end import ledger
from tests.end_to_end.conftest import Start
from tests.end_to_end.premises import CHANNEL, Fridge, Premises, Round
from tests.end_to_end.running import Running
from tests.end_to_end.workplace import EVERYBODY, find, furnished, looking_into, shown, slack_settings
from tests.mqtt.brokers import Mosquitto

SITES = {"hilltop-main": "C0HILLTOP", "hilltop-north": "C0NORTH", "hilltop-south": "C0SOUTH"}

ROUNDS = [
    Round(f"{site}-{number}", due_in=5 + 8 * number + 2 * place, lines=("Doors locked", "Bins empty"), site=site)
    for place, site in enumerate(SITES)
    for number in range(2)
]

TYPED = Round("typed-round", due_in=900, lines=[f"Shelf {number} faced" for number in range(1, 21)])
"""Ben writes a reply about one of its lines just before each kill."""

FRIDGES = [Fridge("calm-fridge", "hilltop/calm"), Fridge("warm-fridge", "hilltop/warm")]

LADDER: list[dict[str, Any]] = [
    {"tell": "channel"},
    {"after": "2s", "tell": "on-duty-pharmacist"},
    {"after": "3s", "tell": ["on-duty-pharmacist", "backup-pharmacist"]},
    {"after": "4s", "tell": "manager", "repeat": "1m"},
]

WARM_FROM, WARM_UNTIL = 6.0, 14.0
"""Seconds after the first reading between which one fridge is too warm."""


@dataclass
class Sensor:
    """A device that publishes with Debian's own client, ten readings a second, each with the device's time."""

    topic: str
    port: int
    is_warm: bool
    sent: set[datetime] = field(default_factory=set)

    def run(self, until: threading.Event) -> None:
        """Publish until told to stop; every reading is acknowledged by the broker when this returns."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", self.topic, "-l"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as publisher:
            assert publisher.stdin is not None
            begun = time.monotonic()
            while not until.wait(0.1):
                self._say(publisher.stdin, time.monotonic() - begun)
            publisher.stdin.close()
        assert publisher.returncode == 0, "the broker did not take everything"

    def _say(self, line: IO[str], elapsed: float) -> None:
        warm = self.is_warm and WARM_FROM < elapsed < WARM_UNTIL
        taken_at = datetime.now(UTC)
        self.sent.add(taken_at)
        line.write(json.dumps({"temperature": 9.5 if warm else 5.0, "taken_at": taken_at.isoformat()}) + "\n")
        line.flush()


@contextmanager
def publishing(mosquitto: Mosquitto) -> Iterator[list[Sensor]]:
    """Both fridges' sensors at work while the block lasts."""
    sensors = [Sensor(fridge.topic, mosquitto.port, fridge.id == "warm-fridge") for fridge in FRIDGES]
    enough = threading.Event()
    threads = [threading.Thread(target=sensor.run, args=[enough]) for sensor in sensors]
    for thread in threads:
        thread.start()
    try:
        yield sensors
    finally:
        enough.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def workspace() -> Iterator[SlackEmulator]:
    """A workspace of this test's own, with a channel a site, that sends what nobody acknowledged again soon."""
    emulator = furnished(retry_delays=(0.2, *[1.0] * 250))
    for site, channel in list(SITES.items())[1:]:
        emulator.add_channel(channel, site, list(EVERYBODY))
    with emulator:
        yield emulator


def typed_card(emulator: SlackEmulator) -> Message | None:
    """The card in whose thread Ben writes."""
    return find(emulator.messages(CHANNEL), "Typed round", "of 20 answered")


def cards_of(emulator: SlackEmulator) -> list[Message | None]:
    """The card of every round, where it stands already."""
    return [
        find(emulator.messages(channel), f"{site} {number}".capitalize().replace("-", " "), "of 2 answered")
        for site, channel in SITES.items()
        for number in range(2)
    ]


def not_saved(emulator: SlackEmulator, thread: Message | None = None) -> int:
    """How often Ben was told, in one thread or in all, that what he wrote was not saved: it is his to write again."""
    told = [each for each in emulator.person("U0BEN").ephemerals if each.text == NOT_SAVED]
    return len([each for each in told if thread is None or each.thread_ts == thread.ts])


def unanswered(emulator: SlackEmulator) -> list[Message]:
    """The cards that still ask for something."""
    return [card for card in cards_of(emulator) if card is not None and "2 of 2 answered" not in card.text]


def answer_everything(emulator: SlackEmulator) -> None:
    """Ben answers every checklist in its thread, late, and again when he is told that it was not saved."""
    while cards := unanswered(emulator):
        told = not_saved(emulator)
        for card in cards:
            emulator.person("U0BEN").say(card.channel, "all", thread_ts=card.ts)
        wait_for_answers(emulator, told)


def wait_for_answers(emulator: SlackEmulator, told: int) -> None:
    """Until each card is answered, or Ben was told that it was not saved more often than before."""
    emulator.wait_until(lambda: not_saved(emulator) - told >= len(unanswered(emulator)), timeout=90)


def type_again(emulator: SlackEmulator, typed: Message, kills: int, answered: Callable[[], set[str]]) -> None:
    """What Ben wrote just before the kills is answered, or he was told that it was not saved: that he writes again."""
    emulator.wait_until(lambda: len(answered()) + not_saved(emulator, typed) >= kills, timeout=60)
    for number in range(1, kills + 1):
        if f"line-{number}" not in answered():
            emulator.person("U0BEN").say(CHANNEL, f"{number} ok", thread_ts=typed.ts)
    emulator.wait_until(lambda: f"*{kills} of 20*" in shown(typed_card(emulator) or typed), timeout=60)


@pytest.mark.timeout(300)
def test_killed_again_and_again_nothing_is_lost_nothing_doubled_and_no_repeat_unmarked(
    engine_name: str,
    empty_database_url: str,
    workspace: SlackEmulator,
    mosquitto: Mosquitto,
    process: Start,
    tmp_path: Path,
) -> None:
    kills, chance = {"sqlite": 16, "postgresql": 9}[engine_name], random.Random(int(os.environ.get("SEED", "4711")))
    premises = Premises(tmp_path / "hilltop", [], FRIDGES, LADDER, SITES)
    settings = {
        "SHIFTBOT_HOME": str(premises.folder), "SHIFTBOT_DATABASE_URL": empty_database_url,
        "SHIFTBOT_MQTT_URL": mosquitto.url,
    }  # fmt: skip
    running = process(settings | slack_settings(workspace))
    premises.write()
    for _ in range(3):  # while it makes its database
        running.start()
        time.sleep(chance.uniform(0.5, 1.3))
        running.kill()
    takes = seconds_to_start(running)
    running.kill()
    premises.rounds = [*(replace(each, due_in=each.due_in + round(2 * takes)) for each in ROUNDS), TYPED]
    premises.write()
    running.started()
    workspace.wait_until(lambda: '"mqtt":"connected"' in running.health()[1], timeout=30)
    workspace.wait_until(lambda: typed_card(workspace) is not None, timeout=30)
    typed, ben = typed_card(workspace), workspace.person("U0BEN")
    assert typed is not None
    with looking_into(empty_database_url) as ask, publishing(mosquitto) as sensors:
        # Slack takes a message at once and answers a little later, so that many a kill meets one whose answer is due.
        workspace.fail("chat.postMessage", "slow", times=10_000, seconds=0.25)
        for number in range(1, kills + 1):
            time.sleep(chance.uniform(0.2, 2 + min(takes, 6)))
            ben.say(CHANNEL, f"{number} ok", thread_ts=typed.ts)
            time.sleep(chance.uniform(0.0, 0.05))
            running.kill()
            running.start()
        workspace.forget_faults()
        running.kill()
        running.started()
        workspace.wait_until(lambda: '"slack":"connected"' in running.health()[1], timeout=30)
        workspace.wait_until(lambda: len(ask(ledger.missed_runs)) == len(ROUNDS), timeout=60)
        # On PostgreSQL what the dead had in hand is left to them for 45 s: they may live on another machine.
        workspace.wait_until(lambda: None not in cards_of(workspace), timeout=90)
        answer_everything(workspace)
        type_again(workspace, typed, kills, lambda: ask(lambda connection: ledger.answered_in(connection, TYPED.id)))
        workspace.wait_until(lambda: ask(unsettled) == [], timeout=120)
    workspace.wait_until(lambda: not not_arrived(empty_database_url, sensors), timeout=30)
    assert running.stop() == 0
    assert running.errors() == []
    with looking_into(empty_database_url) as ask:
        wrong = ask(lambda connection: wrongs(connection, ledger.posts_of(workspace), sensors, kills))
    assert wrong == []
    assert [each.response for each in workspace.rejected] == []
    verified = subprocess.run(
        [sys.executable, "-m", "shiftbot", "verify", "--database", empty_database_url], capture_output=True, check=False
    )
    assert verified.returncode == 0, verified.stdout


def seconds_to_start(running: Running) -> float:
    """Start it: how long that takes on this machine, by which the story's instants are chosen."""
    before = time.monotonic()
    running.started()
    return time.monotonic() - before


def unsettled(connection: Connection) -> list[str]:
    """What is still to be sent, shown or resolved; the alert of an excursion found late stands for its five minutes."""
    late = select(tables.excursions.c.id).where(tables.excursions.c.settle_at.is_not(None))
    subjects = [str(number) for number in connection.execute(late).scalars()]
    waits = select(tables.alerts.c.id).where(tables.alerts.c.kind == "excursion", tables.alerts.c.subject.in_(subjects))
    standing = {f"alert {number}" for number in connection.execute(waits).scalars()}
    return [each for each in ledger.unsettled(connection) if each not in standing]


def wrongs(connection: Connection, posts: list[ledger.Post], sensors: list[Sensor], kills: int) -> list[str]:
    """Everything that does not hold after the story."""
    return [
        *ledger.wrong_readings(connection, {each.topic: each.sent for each in sensors}),
        *ledger.wrong_runs(connection, posts, {each.id: len(each.lines) for each in ROUNDS}),
        *ledger.wrong_notices(connection, posts),
        *ledger.wrong_replies(connection, posts, TYPED.id, [f"line-{number}" for number in range(1, kills + 1)]),
    ]


def not_arrived(url: str, sensors: list[Sensor]) -> list[str]:
    """What is not yet stored of what was published."""
    published = {each.topic: each.sent for each in sensors}
    with looking_into(url) as ask:
        return ask(lambda connection: list(ledger.wrong_readings(connection, published)))
