"""The two ways Slack reaches the bot: a socket that is kept up, and HTTP requests that are believed when signed."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from shiftbot.demo.emulator import Person, SlackEmulator
from shiftbot.slack.connection import SocketConnection, build_app, dispatch_http
from shiftbot.storage.database import Database
from tests.slack.workplace import CHANNEL, StoryClock, Workplace, manifest


def connections_opened(work: Workplace) -> int:
    """How often the bot asked for a socket."""
    return sum(1 for call in work.emulator.calls if call.method == "apps.connections.open")


def test_dropped_sockets_come_back_by_themselves(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    work.emulator.drop_sockets()
    work.emulator.wait_until(lambda: work.emulator.connections == 0)
    work.emulator.wait_until(lambda: work.emulator.connections == 1, timeout=20)
    work.emulator.wait_until(lambda: work.connection.is_healthy)
    work.press(ben, "retail-opening", "item_done", "Lights")
    work.until(lambda: work.view("retail-opening").answered == 1)


def test_a_slack_that_asks_to_reconnect_loses_no_click(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    opened = connections_opened(work)
    work.emulator.refresh_sockets()
    work.emulator.wait_until(lambda: connections_opened(work) > opened, timeout=20)
    work.emulator.wait_until(lambda: work.emulator.connections == 1, timeout=20)
    work.press(ben, "retail-opening", "item_done", "Phones")
    work.until(lambda: work.view("retail-opening").answered == 1)


def test_a_slack_that_is_away_at_the_start_is_waited_for(work: Workplace) -> None:
    work.emulator.fail("apps.connections.open", "drop_before", times=2)
    before = work.emulator.connections
    late = SocketConnection(work.app, app_token=work.emulator.app_token, base_url=work.emulator.api_url)
    late.start()
    assert not late.is_healthy
    work.emulator.wait_until(lambda: work.emulator.connections == before + 1, timeout=20)
    work.emulator.wait_until(lambda: late.is_healthy)
    late.stop()
    assert not late.is_healthy


def test_a_connection_begins_anew_when_the_clock_was_set(work: Workplace) -> None:
    """By the old time it would be believed alive, or dead, for as long as the clock was set by."""
    ahead, opened, before = [timedelta(0)], connections_opened(work), work.emulator.connections
    other = SocketConnection(
        work.app, app_token=work.emulator.app_token, base_url=work.emulator.api_url,
        now=lambda: datetime.now(UTC) + ahead[0],
    )  # fmt: skip
    other.start()
    work.emulator.wait_until(lambda: work.emulator.connections == before + 1, timeout=20)
    ahead[0] = timedelta(hours=-1)
    work.emulator.wait_until(lambda: connections_opened(work) == opened + 2, timeout=20)
    work.emulator.wait_until(lambda: other.is_healthy, timeout=20)
    other.stop()


def test_a_connection_to_nowhere_can_be_stopped(work: Workplace) -> None:
    nowhere = SocketConnection(work.app, app_token="xapp-1", base_url="http://127.0.0.1:9/api/")
    nowhere.start()
    nowhere.stop()
    assert not nowhere.is_healthy


def test_it_is_stopped_while_the_library_lets_go_of_the_same_socket(work: Workplace) -> None:
    """Both see that there is a socket, one of them closes it, and the other finds none."""
    before = work.emulator.connections
    other = SocketConnection(work.app, app_token=work.emulator.app_token, base_url=work.emulator.api_url)
    other.start()
    work.emulator.wait_until(lambda: work.emulator.connections == before + 1, timeout=20)
    work.emulator.wait_until(lambda: other.is_healthy)
    assert other._handler is not None
    client = other._handler.client
    session = client.current_session
    assert session is not None
    letting_go = threading.Thread(target=session.disconnect)
    stopping = threading.Thread(target=other.stop)
    with session.sock_send_lock:
        letting_go.start()
        stopping.start()
        stopping.join(timeout=3)
        assert stopping.is_alive(), "it does not wait for the library's thread"
    letting_go.join(timeout=10)
    stopping.join(timeout=20)
    assert not stopping.is_alive()
    assert not other.is_healthy
    assert client.message_workers._shutdown, "the library's own threads were not ended"


def spoken_by(kind: str, body: bytes, length: int | None = None) -> bytes:
    """An HTTP answer; `length` is what it claims to be long."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length or len(body)}\r\n\r\n"
    return head.encode() + body


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, "Queue[bytes]"]]:
    """Somebody in Slack's place who always answers this: their address, and what was asked."""
    asked: Queue[bytes] = Queue()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:  # closed: the test is over
                    return
                with caller:
                    asked.put(caller.recv(65536))
                    caller.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/", asked
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"who is there?\r\n\r\n", id="no HTTP"),
        pytest.param(spoken_by("application/json", b'{"ok"', 500), id="half an answer"),
        pytest.param(spoken_by("text/html", b"<html>Sign in to the guest network</html>"), id="a page"),
        pytest.param(spoken_by("application/json", b"[]"), id="another JSON"),
        pytest.param(spoken_by("application/json", b'{"ok":true,"url":"ws://127.0.0.1:9/link"}'), id="a dead link"),
    ],
)
def test_whatever_answers_in_slacks_place_is_asked_again(work: Workplace, answer: bytes) -> None:
    with answering(answer) as (address, asked):
        connection = SocketConnection(work.app, app_token="xapp-1", base_url=address)
        connection.start()
        assert asked.get(timeout=20)
        assert asked.get(timeout=20)
        assert not connection.is_healthy
        connection.stop()


class _Front(BaseHTTPRequestHandler):
    """A web server's part in HTTP mode: hand the request to the app, hand the answer back."""

    workplace: Workplace

    def do_POST(self) -> None:
        """One signed request of Slack's."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, answer = dispatch_http(self.workplace.app, body, dict(self.headers.items()))
        self.send_response(status)
        for name, values in headers.items():
            self.send_header(name, values[0])
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_request(self, *_args: object) -> None:
        """Say nothing: the emulator keeps what was sent."""


@pytest.fixture
def over_http(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Workplace]:
    """A workplace that Slack reaches by HTTP instead."""
    path = tmp_path / "http.sqlite3"
    shutil.copy(migrated_sqlite, path)
    clock, database = StoryClock(), Database(f"sqlite:///{path}")
    with SlackEmulator(clock.seconds, rate_limits=False) as emulator:
        emulator.add_user("U0BEN", "ben", "Ben Ortiz", "Technician")
        emulator.add_channel(CHANNEL, "hilltop-main", ["U0BEN"])
        emulator.use_manifest(manifest())
        workplace = Workplace(emulator, database, clock)
        workplace.begin(database)
        front = ThreadingHTTPServer(("127.0.0.1", 0), type("Front", (_Front,), {"workplace": workplace}))
        threading.Thread(target=front.serve_forever, daemon=True).start()
        emulator.deliver_over_http(f"http://127.0.0.1:{front.server_address[1]}/slack/events")
        yield workplace
        front.shutdown()
        front.server_close()
    database.close()


def test_clicks_forms_and_replies_work_over_http_too(over_http: Workplace) -> None:
    work = over_http
    ben = work.emulator.person("U0BEN")
    work.at("07:15")
    work.press(ben, "retail-opening", "item_done", "Lights")
    work.until(lambda: work.view("retail-opening").answered == 1)
    assert "done: 2." in work.reply(ben, "retail-opening", "2 ok")
    assert "What I can do" in json.dumps(ben.command("/shift", "help", CHANNEL).wait().response)
    work.press(ben, "retail-opening", "item_enter", "Vaccine fridge")
    work.emulator.wait_until(lambda: bool(ben.views))
    assert ben.submit({"value": "about 41"}).wait().response


def signed(secret: str, body: str, timestamp: str) -> dict[str, str]:
    """The headers Slack would send."""
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "X-Slack-Signature": str(signature),
        "X-Slack-Request-Timestamp": timestamp,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_an_unsigned_request_is_not_believed_with_or_without_a_secret(work: Workplace) -> None:
    body = urlencode({"command": "/shift", "text": "help", "user_id": "U0BEN", "trigger_id": "1.2.3"})
    assert dispatch_http(work.app, body.encode(), {})[0] == 401
    unsecured = build_app(work.desk, bot_token=work.emulator.bot_token, base_url=work.emulator.api_url)
    assert dispatch_http(unsecured, body.encode(), signed("a guess", body, "1795400000"))[0] == 401
