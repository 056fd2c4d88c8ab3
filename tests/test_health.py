"""What is said of ourselves, and to whoever watches: the engine is alive and nobody waits to be told."""

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shiftbot.bootstrap import Part, Shiftbot
from shiftbot.clock import FastClock
from shiftbot.domain.notice import Lane, Notice, NoticeKind, NoticeState
from shiftbot.errors import SettingsError
from shiftbot.services import delivery
from shiftbot.settings import Settings
from shiftbot.storage import outbox, processes
from shiftbot.storage.processes import Process
from tests.cast import hilltop

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


@pytest.fixture
def heard() -> Iterator[tuple[str, threading.Semaphore]]:
    """Somebody who watches: the address to ping, and one permit for each ping."""
    pings = threading.Semaphore(0)

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()
            pings.release()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Watcher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", pings
    server.shutdown()
    server.server_close()


@pytest.fixture
def process(database_url: str, tmp_path: Path, heard: tuple[str, threading.Semaphore]) -> Iterator[Shiftbot]:
    """A process of ticks at noon, put together and not started."""
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "database_url": database_url,
            "slack_bot_token": "xoxb-1",
            "slack_app_token": "xapp-1",
            "heartbeat_url": heard[0],
        }
    )
    clock = FastClock(NOON, 1.0)
    clock.pause()
    made = Shiftbot(settings, parts=frozenset({Part.TICK}), clock=clock, pharmacy=hilltop(quiet=True, units=()))
    yield made
    made._heartbeat.stop(wait=True)
    made._opened.close()


def wait_for_morgan(process: Shiftbot, since: timedelta, lane: Lane) -> Notice:
    """Morgan waits to be told something."""
    notice = Notice("alert:1:1:morgan", lane, "hilltop-main", NoticeKind.ALERT, "morgan", "missed")
    with process.database.transaction() as connection:
        delivery.queue(connection, process.pharmacy, [notice], process.clock.now() - since)
    return notice


@pytest.mark.parametrize(
    ("minutes", "lane", "well"),
    [(3, Lane.ESCALATION, False), (1, Lane.ESCALATION, True), (10, Lane.ROUTINE, True), (20, Lane.ROUTINE, False)],
)
def test_all_is_well_unless_an_escalation_waits_for_two_minutes_or_anything_for_a_quarter_of_an_hour(
    process: Shiftbot, minutes: int, lane: Lane, well: bool
) -> None:
    wait_for_morgan(process, timedelta(minutes=minutes), lane)
    health = process.health()
    assert health["ok"] is well
    assert ("an escalation waits" in health.get("trouble", "")) is (not well and lane is Lane.ESCALATION)


def test_no_heartbeat_goes_out_while_an_escalation_waits(
    process: Shiftbot, heard: tuple[str, threading.Semaphore]
) -> None:
    _, pings = heard
    notice = wait_for_morgan(process, timedelta(minutes=3), Lane.ESCALATION)
    process._ticked(True)
    with process.database.transaction() as connection:
        parcel = outbox.load(connection, notice.key)
        assert parcel is not None
        outbox.settle(connection, parcel.id, NoticeState.SENT, sent_at=process.clock.now())
    process._ticked(True)
    assert pings.acquire(timeout=20)
    process._heartbeat.stop(wait=True)
    assert not pings.acquire(blocking=False)


def test_a_second_one_on_a_sqlite_file_names_the_first(tmp_path: Path, migrated_sqlite: Path) -> None:
    """Who started it, since when, and as what: so that whoever is at the machine knows which one to stop."""
    path = tmp_path / "shiftbot.db"
    shutil.copy(migrated_sqlite, path)
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "database_url": f"sqlite:///{path}",
            "slack_bot_token": "xoxb-1",
            "slack_app_token": "xapp-1",
        }
    )
    clock = FastClock(NOON, 1.0)
    clock.pause()
    first = Shiftbot(settings, parts=frozenset({Part.WEB}), clock=clock, pharmacy=hilltop(quiet=True, units=()))
    named = rf"another shiftbot \(process {os.getpid()} on .+, since 2026-11-23 17:00:00 UTC, as web\) works on"
    try:
        with pytest.raises(SettingsError, match=named):
            Shiftbot(settings, parts=frozenset({Part.INGEST}), clock=clock, pharmacy=hilltop())
    finally:
        first.stop()
    Shiftbot(settings, parts=frozenset({Part.WEB}), clock=clock, pharmacy=hilltop(quiet=True, units=())).stop()


def test_a_web_process_says_how_the_ticks_of_the_others_are(database_url: str, tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path, "database_url": database_url, "port": 0})
    clock = FastClock(NOON, 1.0)
    clock.pause()
    web = Shiftbot(settings, parts=frozenset({Part.WEB}), clock=clock, pharmacy=hilltop(quiet=True, units=()))

    def save(ended_at: datetime) -> None:
        state = {"tick": {"ended_at": ended_at.isoformat()}}
        with web.database.transaction() as connection:
            processes.save(connection, Process(7, "tick", "north", 4711, NOON, NOON, state))

    assert "no process ticks" in web.health()["trouble"]
    save(NOON - timedelta(seconds=9))
    assert web.health()["ok"]
    save(NOON - timedelta(seconds=99))
    assert "no tick has ended for 99 s" in web.health()["trouble"]
    web.stop()
