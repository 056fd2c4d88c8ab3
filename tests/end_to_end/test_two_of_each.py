"""Two tickers, two bots, two ingesters on one PostgreSQL: nothing twice, nothing lost, also when one of each dies."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from shiftbot.definitions import load
from shiftbot.demo.emulator import Message, SlackEmulator
from shiftbot.domain.alert import AlertKind
from shiftbot.services import escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import processes, tables
from shiftbot.storage.database import Database
from tests.end_to_end import ledger
from tests.end_to_end.conftest import Start
from tests.end_to_end.premises import CHANNEL, SITE, Fridge, Premises, Round
from tests.end_to_end.workplace import find, furnished, looking_into, slack_settings
from tests.mqtt.brokers import Mosquitto, wait_until
from tests.mqtt.subscribing import publish_many
from tests.postgres import PostgresServer

TYPED = Round("typed-round", due_in=900, lines=[f"Shelf {number} faced" for number in range(1, 13)])

FRIDGES = [Fridge("first-fridge", "hilltop/first"), Fridge("second-fridge", "hilltop/second")]

READINGS = 600
"""Of each fridge, in two halves: before one of each process is killed, and while that is done."""

ALERTS = 12

ROLES = ("tick", "bot", "ingest")


@pytest.fixture
def workspace() -> Iterator[SlackEmulator]:
    """A workspace that takes messages as fast as they come, and repeats soon what nobody acknowledged."""
    with furnished(retry_delays=(0.2, *[1.0] * 20), rate_limits=False) as emulator:
        yield emulator


@pytest.fixture
def url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    with postgres.database(migrated_postgres) as name:
        yield postgres.url(name)


def readings_from(start: datetime) -> tuple[list[bytes], set[datetime]]:
    """Payloads a fridge's device dates itself, and their instants."""
    instants = [start + timedelta(milliseconds=number) for number in range(READINGS // 2)]
    return [json.dumps({"temperature": 5.0, "taken_at": at.isoformat()}).encode() for at in instants], set(instants)


def publish_half(mosquitto: Mosquitto, published: dict[str, set[datetime]]) -> None:
    """Half of what each fridge has to say, at once."""
    for fridge in FRIDGES:
        payloads, instants = readings_from(
            datetime.now(UTC) - timedelta(minutes=5 - len(published[fridge.topic]) // 300)
        )
        publish_many(mosquitto.port, payloads, fridge.topic)
        published[fridge.topic] |= instants


@pytest.mark.timeout(240)
def test_two_of_each_share_the_work_and_one_of_each_may_die(
    url: str, workspace: SlackEmulator, mosquitto: Mosquitto, process: Start, tmp_path: Path
) -> None:
    home = Premises(tmp_path / "hilltop", [TYPED], FRIDGES).write()
    settings = {"SHIFTBOT_HOME": str(home), "SHIFTBOT_DATABASE_URL": url, "SHIFTBOT_MQTT_URL": mosquitto.url}
    settings |= slack_settings(workspace)
    pairs = {role: [process(settings, role, f"{role}-{which}") for which in "ab"] for role in ROLES}
    everyone = [each.start() for pair in pairs.values() for each in pair]
    wait_until(lambda: all("is running;" in each.said() for each in everyone), "all six run")
    published: dict[str, set[datetime]] = {fridge.topic: set() for fridge in FRIDGES}
    wait_until(lambda: workspace.connections == 2 and card(workspace) is not None, "both bots hear, the card stands")
    thread, first_half, second_half = card(workspace), range(1, 7), range(7, 13)
    assert thread is not None
    open_alerts(url, home)
    publish_half(mosquitto, published)
    ben_answers(workspace, thread, first_half)
    with looking_into(url) as ask:
        wait_until(lambda: ask(steps_taken) >= 1, "escalating has begun")
        readings = threading.Thread(target=publish_half, args=(mosquitto, published))
        readings.start()
        ben_answers(workspace, thread, second_half)
        for role in ROLES:
            pairs[role][0].kill()
        readings.join()
        wait_until(lambda: ask(steps_taken) == 2 * ALERTS, "every alert has told channel and pharmacist")
        wait_until(lambda: ask(unsettled) == [], "everything is sent and shown")
        wait_until(lambda: ask(lambda c: list(ledger.wrong_readings(c, published))) == [], "all readings are stored")
        wait_until(lambda: len(ask(processes.at_work)) == len(ROLES), "the dead are struck from those at work")
        assert ask(lambda connection: wrongs(connection, ledger.posts_of(workspace))) == []
    assert [each.stop() for pair in pairs.values() for each in pair[1:]] == [0, 0, 0]
    assert [line for each in everyone for line in each.errors()] == []


def card(emulator: SlackEmulator) -> Message | None:
    """The card in whose thread Ben writes."""
    return find(emulator.messages(CHANNEL), "Typed round", " answered")


def open_alerts(url: str, home: Path) -> None:
    """Something goes wrong in many places at once; each alert tells the channel, and a second later Amira."""
    database, pharmacy, now = Database(url), load(home), datetime.now(UTC)
    what = [
        NewAlert(SITE, AlertKind.IRREGULARITY, f"gate:{number}", f"Gate {number} was open", "")
        for number in range(ALERTS)
    ]
    with database.transaction() as connection:
        escalation.open_alerts(connection, pharmacy, what, now)
    database.close()


def ben_answers(workspace: SlackEmulator, thread: Message, numbers: range) -> None:
    """Ben answers lines in words, all at once; each goes to one of the bots."""
    for number in numbers:
        workspace.person("U0BEN").say(CHANNEL, f"{number} ok", thread_ts=thread.ts)


def steps_taken(connection: Connection) -> int:
    """How many steps the alerts have taken, by the record."""
    taken = select(func.count()).select_from(tables.record).where(tables.record.c.kind == "alert-step")
    return int(connection.execute(taken).scalar_one())


def unsettled(connection: Connection) -> list[str]:
    """What is still to be sent or shown; alerts stay open, since nobody answers them."""
    return [each for each in ledger.unsettled(connection) if not each.startswith("alert ")]


def wrongs(connection: Connection, posts: list[ledger.Post]) -> list[str]:
    """Everything that does not hold after the story."""
    return [
        *ledger.wrong_runs(connection, posts, {}),
        *wrong_steps(connection),
        *(f"{key} was posted {times} times" for key, times in unmarked(posts).items() if times > 1),
        *ledger.wrong_replies(connection, posts, TYPED.id, [f"line-{number}" for number in range(1, 13)]),
    ]


def wrong_steps(connection: Connection) -> Iterator[str]:
    """Each step of each alert was taken once, and whoever it told has it; several may have come as one message."""
    entries = connection.execute(select(tables.record).where(tables.record.c.kind == "alert-step")).all()
    steps = [(entry.subject, json.loads(entry.body)) for entry in entries]
    for (alert, telling), times in Counter((alert, body["telling"]) for alert, body in steps).items():
        if times != 1:
            yield f"telling {telling} of {alert} was done {times} times"
    states = {row.key: row.state for row in connection.execute(select(tables.outbox))}
    for alert, body in steps:
        for recipient in body["told"]:
            key = f"{alert}:{body['telling']}:{recipient}"
            if states.get(key) != "sent":
                yield f"{key} is {states.get(key)}"


def unmarked(posts: list[ledger.Post]) -> Counter[str]:
    """How often each key was posted without a word that it may be a repeat."""
    return Counter(post.key for post in posts if not post.admits_repeat)
