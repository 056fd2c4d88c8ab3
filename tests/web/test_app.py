"""The HTTP edge by itself: what it says of our health, what it passes on to Slack's listeners, what it refuses."""

import socket
from collections.abc import Mapping
from urllib.request import urlopen

import pytest
from starlette.testclient import TestClient

from shiftbot.errors import SettingsError
from shiftbot.web.app import BODY_MAX, build_web
from shiftbot.web.server import WebServer


class Listener:
    """Stands for Bolt: keeps what it is given."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Mapping[str, str]]] = []

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Answer like an app that accepts everything."""
        self.heard.append((body, headers))
        return 200, {"content-type": "application/json"}, b'{"ok": true}'


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def client(listener: Listener) -> TestClient:
    return TestClient(build_web(lambda: {"ok": True, "database": "answers"}, listener))


@pytest.mark.parametrize(("ok", "status"), [(True, 200), (False, 503)])
def test_health_is_200_or_503_and_says_why(ok: bool, status: int) -> None:
    answer = TestClient(build_web(lambda: {"ok": ok, "database": "did not answer"})).get("/healthz")
    assert (answer.status_code, answer.json()) == (status, {"ok": ok, "database": "did not answer"})


def test_a_request_of_slacks_is_passed_on_as_it_came_and_answered_as_told(
    client: TestClient, listener: Listener
) -> None:
    answer = client.post("/slack/events", content=b"payload=%7B%7D", headers={"X-Slack-Signature": "v0=1"})
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (
        200,
        {"ok": True},
        "application/json",
    )
    ((body, headers),) = listener.heard
    assert (body, headers["x-slack-signature"]) == (b"payload=%7B%7D", "v0=1")


def test_a_body_that_no_slack_sends_is_refused_unread(client: TestClient, listener: Listener) -> None:
    assert client.post("/slack/events", content=b"x" * BODY_MAX).status_code == 200
    assert client.post("/slack/events", content=b"x" * (BODY_MAX + 1)).status_code == 413
    assert len(listener.heard) == 1


def test_in_socket_mode_there_is_nothing_to_post_to() -> None:
    client = TestClient(build_web(lambda: {"ok": True}))
    assert client.post("/slack/events", content=b"x").status_code == 404


def test_the_server_serves_on_a_port_of_its_own_until_it_is_stopped() -> None:
    server = WebServer(build_web(lambda: {"ok": True}), host="127.0.0.1", port=0)
    server.start()
    with urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    port = server.port
    server.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_that_is_taken_is_one_plain_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} cannot be used: .*; set PORT to a free one"):
            WebServer(build_web(lambda: {"ok": True}), host="127.0.0.1", port=port)
