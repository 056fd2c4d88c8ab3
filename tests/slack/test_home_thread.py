"""Home tabs are kept fresh by a thread of their own: no message waits for one, and one that fails stops no other."""

import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from shiftbot.clock import WallClock
from shiftbot.deliverer import Deliverer
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.services import delivery
from shiftbot.slack.desk import Desk
from shiftbot.slack.home import HomeTabs
from shiftbot.slack.links import Links
from shiftbot.slack.switchboard import Switchboard
from shiftbot.storage.database import Database
from tests.cast import hilltop
from tests.fakes import FakeClock, FakeSender

PHARMACY = hilltop(quiet=True, units=())

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


class HoldingClient(WebClient):
    """Slack takes a tab and does not answer before it is told to; a tab in `broken` breaks our own code."""

    def __init__(self) -> None:
        super().__init__("xoxb-none")
        self.published: Queue[str] = Queue()
        self.go_on = Event()
        self.broken: set[str] = set()

    def views_publish(self, *, user_id: str, **_view: Any) -> Any:
        """One tab."""
        self.published.put(user_id)
        self.go_on.wait(timeout=20)
        if user_id in self.broken:
            raise KeyError(user_id)


@pytest.fixture
def desk(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Desk]:
    """A quiet pharmacy."""
    path = tmp_path / "shiftbot.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    yield Desk(database, lambda: PHARMACY, FakeClock(NOW), lambda: None)
    database.close()


def opened(desk: Desk, *users: str) -> tuple[HomeTabs, HoldingClient]:
    """Home tabs that people opened, each of which has changed since."""
    homes, client = HomeTabs(desk, Links(), every_seconds=0.0, look_again_seconds=0.01), HoldingClient()
    homes.register(Switchboard(App(client=client, signing_secret="none", token_verification_enabled=False), desk))
    client.go_on.set()
    for user in users:
        homes.publish(user, again=True)
        assert client.published.get() == user
    client.go_on.clear()
    assert isinstance(desk.now, FakeClock)
    desk.now.forward(hours=14)  # Amira is off duty then
    return homes, client


def test_an_escalation_does_not_wait_for_home_tabs(desk: Desk) -> None:
    homes, client = opened(desk, "U0BEN", "U0MORGAN")
    sender, arrived = FakeSender(), Event()
    sender.before_each = arrived.set
    deliverer = Deliverer(desk.database, desk.pharmacy, WallClock(), sender, after_delivery=homes.changed)
    homes.start()
    deliverer.start()
    assert client.published.get(timeout=20) == "U0BEN"
    with desk.database.transaction() as connection:
        notice = Notice("e", Lane.ESCALATION, "hilltop-main", NoticeKind.ALERT, "amira", "The fridge is warm")
        delivery.queue(connection, PHARMACY, [notice], WallClock().now())
    deliverer.wake()
    assert arrived.wait(timeout=10)
    assert client.published.empty()
    client.go_on.set()
    assert client.published.get(timeout=20) == "U0MORGAN"
    deliverer.stop()
    homes.stop()


def test_a_tab_that_cannot_be_made_stops_no_other(desk: Desk, expected_errors: list[logging.LogRecord]) -> None:
    homes, client = opened(desk, "U0BEN", "U0MORGAN")
    client.broken.add("U0BEN")
    client.go_on.set()
    assert homes.refresh() == 1
    assert [record.getMessage() for record in expected_errors] == ["a Home tab could not be made"]


def test_a_tab_follows_what_another_process_changed(desk: Desk) -> None:
    """Nobody says `changed` here: who ticks and delivers may be a process of its own."""
    homes, client = opened(desk, "U0BEN")
    client.go_on.set()
    homes.start()
    assert client.published.get(timeout=20) == "U0BEN"
    homes.stop()
