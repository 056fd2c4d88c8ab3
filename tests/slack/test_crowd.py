"""Invariant 12 in a crowd: however many wait for a database that does not answer, the next one is acknowledged."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from sqlalchemy import Connection

from shiftbot.errors import StorageUnavailable
from shiftbot.slack import texts
from shiftbot.slack.connection import build_app
from shiftbot.slack.desk import Desk
from shiftbot.storage.database import Database
from tests.cast import hilltop
from tests.end_to_end.workplace import furnished

CROWD = 60

BEN: dict[str, Any] = {"user": {"id": "U0BEN"}, "team": {"id": "T0HILLTOP"}}


class HangingDatabase(Database):
    """Answers nobody before it is told to, and then that it is away."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.go_on = Event()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """What never begins."""
        if self.go_on.wait(timeout=30):
            raise StorageUnavailable("away")
        with super().transaction() as connection:
            yield connection

    snapshot = transaction


@pytest.fixture
def database(tmp_path: Path) -> Iterator[HangingDatabase]:
    """A database that hangs until the end of the test."""
    hanging = HangingDatabase(f"sqlite:///{tmp_path / 'shiftbot.sqlite3'}")
    yield hanging
    hanging.go_on.set()
    hanging.close()


@pytest.fixture
def app(database: HangingDatabase) -> Iterator[App]:
    """An app all of whose work waits for it."""
    with furnished(rate_limits=False) as emulator:
        desk = Desk(database, hilltop, lambda: datetime(2026, 11, 23, 12, 20, tzinfo=UTC), lambda: None)
        yield build_app(desk, bot_token=emulator.bot_token, base_url=emulator.api_url)


def click(number: int) -> dict[str, Any]:
    """A press of `Done`."""
    action = {"action_id": "item_done", "value": "1|lights", "action_ts": f"{number}.0", "type": "button"}
    return BEN | {"type": "block_actions", "trigger_id": f"t{number}", "actions": [action | {"block_id": "line-1"}]}


def form(number: int) -> dict[str, Any]:
    """A value, submitted."""
    field = {"type": "input", "block_id": "value"}
    view = {"id": f"V{number}", "type": "modal", "callback_id": "answer_enter", "blocks": [field]}
    return BEN | {"type": "view_submission", "view": view | {"private_metadata": "1|x", "state": {"values": {}}}}


def reply(number: int) -> dict[str, Any]:
    """Words in a thread."""
    said = {"type": "message", "user": "U0BEN", "channel": "C0HILLTOP", "text": "1 ok", "ts": f"{number}.0"}
    return {"type": "event_callback", "event_id": f"Ev{number}", "event": said | {"thread_ts": "1.5"}}


def home(number: int) -> dict[str, Any]:
    """A Home tab, opened."""
    opened = {"type": "app_home_opened", "user": "U0BEN", "channel": "D0BEN", "tab": "home"}
    return {"type": "event_callback", "event_id": f"Ev{number}", "event": opened}


def answered(app: App, made: Callable[[int], dict[str, Any]]) -> list[BoltResponse]:
    """What a crowd that does the same at once is answered; Bolt itself gives up after Slack's 3 seconds."""
    with ThreadPoolExecutor(CROWD) as crowd:
        return list(
            crowd.map(lambda n: app.dispatch(BoltRequest(body=made(n), mode="socket_mode")), range(1, CROWD + 1))
        )


@pytest.mark.parametrize("before", [reply, home, click])
def test_every_click_of_a_crowd_is_acknowledged_behind_work_that_waits(
    app: App, before: Callable[[int], dict[str, Any]]
) -> None:
    answered(app, before)
    assert {response.status for response in answered(app, click)} == {200}


def test_every_form_of_a_crowd_is_answered_in_time_and_those_nobody_began_with_were_surely_not_saved(
    app: App, database: HangingDatabase
) -> None:
    responses = answered(app, form)
    database.go_on.set()
    assert {response.status for response in responses} == {200}
    said = [json.loads(str(response.body))["errors"]["value"] for response in responses]
    assert set(said) == {texts.NOT_SURE, texts.NOT_SAVED}
    assert said.count(texts.NOT_SURE) <= 20
