"""`shiftbot run` while something it needs is away or sick: it starts, waits, goes on, and says what it could not do."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from shiftbot.demo.emulator import Message, SlackEmulator
from shiftbot.slack.texts import MAY_REPEAT, NOT_SAVED
from tests.end_to_end import ledger
from tests.end_to_end.conftest import Start
from tests.end_to_end.premises import CHANNEL, Fridge, Premises, Round
from tests.end_to_end.running import Running
from tests.end_to_end.servers import restart
from tests.end_to_end.workplace import (
    answers,
    find,
    furnished,
    looking_into,
    shown,
    slack_settings,
    stored_readings,
)
from tests.mqtt.brokers import Mosquitto, publish, running_mosquitto
from tests.postgres import HASTE, running_postgres

FRIDGE = "hilltop/fridge"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pharmacy with one calm checklist and one fridge."""
    return Premises(tmp_path / "hilltop", [Round("calm-round", 600)], [Fridge("fridge", FRIDGE)]).write()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'shiftbot.db'}"


@pytest.fixture
def workspace() -> Iterator[SlackEmulator]:
    """A workspace of the test's own."""
    with furnished() as emulator:
        yield emulator


def settings(folder: Path, url: str, slack: SlackEmulator, mqtt: str) -> dict[str, str]:
    """The environment of one process."""
    own = {"SHIFTBOT_HOME": str(folder), "SHIFTBOT_DATABASE_URL": url, "SHIFTBOT_MQTT_URL": mqtt}
    return own | slack_settings(slack)


def eventually(claim: Callable[[], object]) -> None:
    """Wait until something is true, however busy the machine is."""
    deadline = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < deadline, "waited for a minute in vain"
        time.sleep(0.02)


def card(workspace: SlackEmulator, title: str = "Calm round") -> Message | None:
    """The card of a checklist, where it stands already."""
    return find(workspace.messages(CHANNEL), title, "of 3 answered")


def heard(running: Running, what: str) -> Callable[[], bool]:
    """Whether /healthz says that something is so."""
    return lambda: what in running.health()[1]


def values(url: str, unit: str = "fridge") -> list[float]:
    """The readings of a unit that are stored."""
    with looking_into(url) as ask:
        return ask(lambda connection: stored_readings(connection, unit))


# --- Slack


def test_slack_is_away_at_the_start_and_is_found_when_it_comes(
    folder: Path, url: str, mosquitto: Mosquitto, process: Start
) -> None:
    workspace = furnished()
    workspace.stop()  # its port is known, and nobody listens there
    running = process(settings(folder, url, workspace, mosquitto.url)).started()
    eventually(heard(running, '"mqtt":"connected"'))
    assert heard(running, '"slack":"not connected"')()
    publish(mosquitto.port, FRIDGE, "4.2")
    eventually(lambda: values(url) == [4.2])
    with workspace:
        eventually(lambda: card(workspace))
        eventually(heard(running, '"slack":"connected"'))
        posted = card(workspace)
        assert posted is not None
        workspace.person("U0BEN").click(posted, "item_done", "line-2").wait()
        eventually(lambda: "Ben O." in shown(card(workspace) or posted))
        assert running.stop() == 0
    assert running.errors() == []


def test_whatever_slack_answers_each_card_is_posted_once_and_no_repeat_is_unmarked(
    tmp_path: Path, url: str, mosquitto: Mosquitto, process: Start, workspace: SlackEmulator
) -> None:
    rounds = [Round("calm-round", 600), Round("missed-round", 3)]
    premises = Premises(tmp_path / "hilltop", rounds)

    def of(kind: str) -> Callable[[dict[str, Any]], bool]:
        return lambda call: key_in(call).startswith(kind)

    workspace.fail("chat.postMessage", "drop_after", match=of("card:"))
    workspace.fail("chat.postMessage", "http_500", match=of("card:"))
    workspace.fail("chat.postMessage", "http_503", match=of("alert:"))
    workspace.fail("chat.postMessage", "drop_after", match=of("alert:"))
    workspace.fail("chat.postMessage", "ratelimited", match=of("alert:"), retry_after=1)
    workspace.fail("chat.postMessage", "slow", times=3, seconds=0.5)
    running = process(settings(premises.write(), url, workspace, mosquitto.url)).started()
    eventually(lambda: find(workspace.person("U0AMIRA").inbox, "Missed round missed"))
    eventually(lambda: find(workspace.messages(CHANNEL), "Missed round missed"))
    with looking_into(url) as ask:
        eventually(lambda: not [each for each in ask(ledger.unsettled) if not each.startswith("alert ")])
        assert running.stop() == 0
        posts = ledger.posts_of(workspace)
        assert ask(lambda connection: list(ledger.wrong_notices(connection, posts))) == []
    keys = [post.key for post in posts]
    assert [key for key in set(keys) if key.startswith("card:") and keys.count(key) != 1] == []
    assert [post for post in posts if MAY_REPEAT in post.said] != []
    assert running.errors() == []


def key_in(call: dict[str, Any]) -> str:
    """What shiftbot calls the message it is about to post."""
    metadata = call.get("metadata") or {}
    parsed: dict[str, Any] = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str(parsed.get("event_payload", {}).get("key", ""))


# --- the broker


def test_the_broker_is_away_at_the_start_and_is_restarted_later(
    folder: Path, url: str, process: Start, emulator: SlackEmulator, tmp_path: Path
) -> None:
    own = tmp_path / "mosquitto"
    own.mkdir()
    with running_mosquitto(own) as broker:
        broker.stop()
        running = process(settings(folder, url, emulator, broker.url)).started()
        eventually(heard(running, '"slack":"connected"'))
        assert heard(running, '"mqtt":"not connected"')()
        broker.start()
        eventually(heard(running, '"mqtt":"connected"'))
        publish(broker.port, FRIDGE, "4.1")
        eventually(lambda: values(url) == [4.1])
        broker.stop()
        eventually(heard(running, '"mqtt":"not connected"'))
        broker.start()
        publish(broker.port, FRIDGE, "4.2")
        eventually(lambda: values(url) == [4.1, 4.2])
        assert running.stop() == 0
    assert running.errors() == []


def test_without_a_broker_named_each_process_brings_its_own_and_says_where(
    tmp_path: Path, process: Start, emulator: SlackEmulator
) -> None:
    """The second finds the usual port taken by the first, if by nobody else; it says so and takes another."""

    def at_work(number: int) -> Running:
        premises = Premises(tmp_path / f"hilltop-{number}", [Round("calm-round", 600)], [Fridge("fridge", FRIDGE)])
        url = f"sqlite:///{premises.folder / 'shiftbot.db'}"
        running = process(settings(premises.write(), url, emulator, "")).started()
        eventually(heard(running, '"mqtt":"connected"'))
        publish(int(running.said().partition("publish to mqtt://127.0.0.1:")[2].split()[0]), FRIDGE, f"4.{number}")
        eventually(lambda: values(url) == [4 + number / 10])
        return running

    first, second = at_work(1), at_work(2)
    assert "port 1883 is taken; if a broker of yours runs there, set SHIFTBOT_MQTT_URL=" in second.said()
    assert (first.stop(), second.stop()) == (0, 0)
    assert (first.errors(), second.errors()) == ([], [])


# --- the database


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes to the SQLite file and does not come to an end."""
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_database_is_told_to_who_clicked_and_its_readings_wait_in_the_broker(
    folder: Path, url: str, mosquitto: Mosquitto, process: Start, workspace: SlackEmulator
) -> None:
    running = process(settings(folder, url, workspace, mosquitto.url)).started()
    eventually(lambda: card(workspace))
    eventually(heard(running, '"mqtt":"connected"'))
    posted, ben = card(workspace), workspace.person("U0BEN")
    assert posted is not None
    with locked(url):
        publish(mosquitto.port, FRIDGE, '{"temperature": 4.4, "taken_at": "2026-11-20T10:00:00Z"}')
        envelope = ben.click(posted, "item_done", "line-1").wait()
        eventually(lambda: ben.ephemerals)
        # What was not stored was not acknowledged: a process that dies now leaves it with the broker.
        running.kill()
    assert envelope.took is not None
    assert envelope.took < 3
    assert ben.ephemerals[-1].text == NOT_SAVED
    assert values(url) == []
    running.started()
    eventually(lambda: values(url) == [4.4])
    eventually(heard(running, '"slack":"connected"'))
    ben.click(posted, "item_done", "line-1").wait()
    eventually(lambda: stored_answers(url) == [("line-1", "ben")])
    assert running.stop() == 0
    assert running.errors() == []


def stored_answers(url: str) -> list[tuple[str, str]]:
    """Every answer in the database."""
    with looking_into(url) as ask:
        return ask(answers)


def test_postgresql_is_restarted_under_a_running_process(
    folder: Path, mosquitto: Mosquitto, process: Start, workspace: SlackEmulator
) -> None:
    # With the settings of the other tests' servers, what was committed last would be gone after this.
    with running_postgres(()) as server, server.database() as name:
        url = server.url(name)
        running = process(settings(folder, url, workspace, mosquitto.url)).started()
        eventually(lambda: card(workspace))
        eventually(heard(running, '"mqtt":"connected"'))
        posted, ben = card(workspace), workspace.person("U0BEN")
        assert posted is not None
        publish(mosquitto.port, FRIDGE, "4.1")
        eventually(lambda: values(url) == [4.1])
        restart(server, away_for=2)
        publish(mosquitto.port, FRIDGE, "4.2")
        eventually(lambda: values(url) == [4.1, 4.2])
        ben.click(posted, "item_done", "line-1").wait()
        eventually(lambda: "Ben O." in shown(card(workspace) or posted))
        assert running.health()[0] == 200
        assert running.stop() == 0
    assert running.errors() == []


def test_while_postgresql_is_away_people_are_told_and_health_says_503(
    folder: Path, mosquitto: Mosquitto, process: Start, workspace: SlackEmulator
) -> None:
    with running_postgres(HASTE) as server:
        with server.database() as name:
            running = process(settings(folder, server.url(name), workspace, mosquitto.url)).started()
            eventually(lambda: card(workspace))
            eventually(heard(running, '"slack":"connected"'))
            assert running.health()[0] == 200
        # The database is dropped under it now, which is as away as can be.
        posted, ben = card(workspace), workspace.person("U0BEN")
        assert posted is not None
        envelope = ben.click(posted, "item_done", "line-1").wait()
        eventually(lambda: ben.ephemerals)
        assert envelope.took is not None
        assert envelope.took < 3
        assert ben.ephemerals[-1].text == NOT_SAVED
        assert running.health()[0] == 503
        assert running.stop() == 0
    assert running.errors() == []


# --- two processes


def test_a_second_process_on_the_same_sqlite_file_refuses_and_the_first_goes_on(
    folder: Path, url: str, mosquitto: Mosquitto, process: Start, workspace: SlackEmulator
) -> None:
    environment = settings(folder, url, workspace, mosquitto.url)
    first = process(environment).started()
    second = process(environment).start()
    eventually(lambda: second.has_ended)
    assert second.process is not None
    assert second.process.returncode == 2
    assert second.said().count("\n") == 1
    assert first.process is not None
    assert f"another shiftbot (process {first.process.pid} on " in second.said()
    eventually(lambda: card(workspace))
    first.kill()
    third = process(environment).started()
    assert third.stop() == 0


def test_a_process_for_each_role_shares_the_work_on_postgresql(
    folder: Path, mosquitto: Mosquitto, process: Start, workspace: SlackEmulator
) -> None:
    with running_postgres(HASTE) as server, server.database() as name:
        environment = settings(folder, server.url(name), workspace, mosquitto.url)
        roles = [process(environment, role).started() for role in ("tick", "bot", "ingest")]
        eventually(lambda: card(workspace))
        publish(mosquitto.port, FRIDGE, "4.2")
        eventually(lambda: values(server.url(name)) == [4.2])
        posted = card(workspace)
        assert posted is not None
        workspace.person("U0BEN").click(posted, "item_done", "line-1").wait()
        eventually(lambda: "Ben O." in shown(card(workspace) or posted))
        assert [role.stop() for role in roles] == [0, 0, 0]
        assert [role.errors() for role in roles] == [[], [], []]
