"""Socket Mode at the level of the wire: tickets, hello, redelivery, and lines that go bad."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from shiftbot.demo.emulator import Person, SlackEmulator
from tests.demo.emulator.bot import a_button, actions
from tests.demo.emulator.conftest import furnished

Json = dict[str, Any]


def _always(_request: SocketModeRequest) -> bool:
    return True


def _never(_request: SocketModeRequest) -> bool:
    return False


class Listener:
    """slack_sdk's own client, which acknowledges what `answers` says yes to."""

    def __init__(self, emulator: SlackEmulator) -> None:
        self.requests: list[SocketModeRequest] = []
        self.answers: Callable[[SocketModeRequest], bool] = _always
        self._client = SocketModeClient(
            emulator.app_token,
            web_client=WebClient(emulator.app_token, base_url=emulator.api_url),
            ping_interval=1,
        )
        self._client.socket_mode_request_listeners.append(self._take)
        self._client.connect()

    def _take(self, client: Any, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if self.answers(request):
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def running(emulator: SlackEmulator) -> Iterator[Listener]:
    opened = Listener(emulator)
    emulator.wait_until(lambda: emulator.connections == 1)
    yield opened
    opened.close()


@pytest.fixture
def listener(running: Listener, emulator: SlackEmulator) -> Listener:
    """Connected, answering everything."""
    running.answers = _always
    emulator.wait_until(lambda: emulator.connections == 1, timeout=20)
    return running


def socket_url(emulator: SlackEmulator) -> str:
    client = WebClient(emulator.app_token, base_url=emulator.api_url)
    return str(client.apps_connections_open(app_token=emulator.app_token)["url"])


def wait_for_the_server(emulator: SlackEmulator) -> None:
    """Until it has done what it was asked to before."""
    done = threading.Event()
    emulator._server.call(done.set)
    assert done.wait(5)


@pytest.fixture
def alone() -> Iterator[SlackEmulator]:
    """A workspace to which nobody is connected yet."""
    with furnished(SlackEmulator()) as emulator:
        yield emulator


def test_a_ticket_opens_one_connection_which_begins_with_hello(emulator: SlackEmulator) -> None:
    unused = socket_url(emulator)
    url = socket_url(emulator)
    with connect(url, proxy=None) as socket:
        hello = json.loads(socket.recv(timeout=5))
        assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", emulator.app_id)
        with pytest.raises(InvalidStatus):
            connect(url, proxy=None)
    with connect(unused, proxy=None) as socket:
        assert json.loads(socket.recv(timeout=5))["type"] == "hello"
    with pytest.raises(InvalidStatus):
        connect(url.replace("ticket=", "ticket=not-"), proxy=None)


def test_a_ping_is_answered_with_its_own_words(emulator: SlackEmulator) -> None:
    with connect(socket_url(emulator), proxy=None) as socket:
        assert socket.ping("sdk-ping-pong:1").wait(5)


def test_each_envelope_goes_to_one_connection_only(alone: SlackEmulator) -> None:
    emulator, ben = alone, alone.person("U0BEN")
    with connect(socket_url(emulator), proxy=None) as one, connect(socket_url(emulator), proxy=None) as other:
        one.recv(timeout=5)
        other.recv(timeout=5)
        said = [ben.say("hilltop-main", f"to one of two {n}").ts for n in range(4)]
        heard = [json.loads(socket.recv(timeout=5)) for socket in (one, other) for _ in range(2)]
        for socket, envelopes in ((one, heard[:2]), (other, heard[2:])):
            for envelope in envelopes:
                socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
        emulator.wait_until(lambda: all(e.is_settled for e in emulator.envelopes))
    assert sorted(e["payload"]["event"]["ts"] for e in heard) == said


def test_an_unacknowledged_event_comes_three_times_more() -> None:
    impatient = SlackEmulator(retry_delays=(0.0, 0.0, 0.0), ack_seconds=0.2)
    impatient.add_user("U0BEN", "ben", "Ben Ortiz")
    impatient.add_channel("C0HILLTOP", "hilltop-main", ["U0BEN"])
    with impatient:
        listener = Listener(impatient)
        listener.answers = _never
        impatient.wait_until(lambda: impatient.connections == 1)
        impatient.person("U0BEN").say("hilltop-main", "nobody answers")
        impatient.wait_until(lambda: impatient.envelopes[0].is_settled, timeout=20)
        seen = [(r.retry_attempt, r.retry_reason) for r in listener.requests]
        assert seen == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
        assert len({r.payload["event_id"] for r in listener.requests}) == 1
        assert impatient.envelopes[0].attempts == 4
        listener.requests.clear()
        listener.answers = lambda request: request.retry_attempt == 1
        impatient.person("U0BEN").say("hilltop-main", "answered the second time")
        impatient.envelopes[-1].wait(10)
        assert [r.retry_attempt for r in listener.requests] == [0, 1]
        listener.close()


def test_an_ack_that_comes_too_late_is_noted_and_has_no_effect() -> None:
    impatient = SlackEmulator(ack_seconds=0.2)
    ben = impatient.add_user("U0BEN", "ben", "Ben Ortiz")
    with impatient, connect(socket_url(impatient), proxy=None) as socket:
        socket.recv(timeout=5)
        envelope = ben.command("/shift", "status")
        frame = json.loads(socket.recv(timeout=5))
        with pytest.raises(TimeoutError, match="did not answer"):
            envelope.wait()
        socket.send(json.dumps({"envelope_id": frame["envelope_id"], "payload": {"text": "too late"}}))
        impatient.wait_until(lambda: envelope.acked_at is not None)
        assert (envelope.response, ben.ephemerals) == (None, [])


def test_nobody_connected_is_said_at_once() -> None:
    lonely = SlackEmulator()
    ben = lonely.add_user("U0BEN", "ben", "Ben Ortiz")
    with lonely, pytest.raises(TimeoutError, match="no connection"):
        ben.command("/shift", "status").wait()


@pytest.mark.parametrize("close_frame", [True, False])
def test_a_dropped_socket_is_opened_again_and_works(
    emulator: SlackEmulator,
    listener: Listener,
    ben: Person,
    close_frame: bool,
    expected_errors: list[logging.LogRecord],
) -> None:
    opened = _connections_opened(emulator)
    emulator.drop_sockets(close_frame=close_frame)
    emulator.wait_until(lambda: _connections_opened(emulator) > opened and emulator.connections == 1, timeout=30)
    said = ben.say("hilltop-main", "back again")
    emulator.wait_until(lambda: any(r.payload["event"]["ts"] == said.ts for r in listener.requests), timeout=30)


def test_a_refreshed_socket_is_replaced_and_the_old_one_closed(
    emulator: SlackEmulator, listener: Listener, ben: Person, expected_errors: list[logging.LogRecord]
) -> None:
    with connect(socket_url(emulator), proxy=None) as socket:
        socket.recv(timeout=5)
        opened = _connections_opened(emulator)
        emulator.refresh_sockets()
        told = json.loads(socket.recv(timeout=5))
        assert (told["type"], told["reason"]) == ("disconnect", "refresh_requested")
        with pytest.raises(Exception, match="1000"):
            socket.recv(timeout=5)
    emulator.wait_until(lambda: _connections_opened(emulator) > opened and emulator.connections == 1, timeout=30)
    said = ben.say("hilltop-main", "over the new line")
    emulator.wait_until(lambda: any(r.payload["event"]["ts"] == said.ts for r in listener.requests), timeout=30)


def test_a_deaf_socket_answers_no_ping_until_it_hears_again(alone: SlackEmulator) -> None:
    with connect(socket_url(alone), proxy=None) as socket:
        socket.recv(timeout=5)
        alone.deafen(1.0)
        wait_for_the_server(alone)
        pong = socket.ping("anyone?")
        assert not pong.wait(0.5)
        assert pong.wait(5)


def test_what_is_sent_to_a_deaf_socket_comes_again() -> None:
    deafened = SlackEmulator(retry_delays=(0.0, 0.0, 0.0), ack_seconds=0.5)
    ben = deafened.add_user("U0BEN", "ben", "Ben Ortiz")
    deafened.add_channel("C0HILLTOP", "hilltop-main", ["U0BEN"])
    with deafened, connect(socket_url(deafened), proxy=None) as socket:
        socket.recv(timeout=5)
        deafened.deafen(0.6)
        wait_for_the_server(deafened)
        ben.say("hilltop-main", "anyone?")
        frame = json.loads(socket.recv(timeout=10))
        assert frame["retry_attempt"] > 0
        assert frame["payload"]["event"]["text"] == "anyone?"
        socket.send(json.dumps({"envelope_id": frame["envelope_id"]}))
        deafened.envelopes[-1].wait()


def test_a_revoked_token_disables_the_link() -> None:
    with SlackEmulator() as emulator, connect(socket_url(emulator), proxy=None) as socket:
        socket.recv(timeout=5)
        emulator.revoke_token()
        assert json.loads(socket.recv(timeout=5))["reason"] == "link_disabled"
        with pytest.raises(Exception, match="token_revoked"):
            socket_url(emulator)


def test_an_eleventh_connection_is_told_to_go() -> None:
    crowded = SlackEmulator()
    with crowded:
        sockets = [connect(socket_url(crowded), proxy=None) for _ in range(11)]
        said = [[json.loads(s.recv(timeout=5))["type"] for s in sockets], json.loads(sockets[-1].recv(timeout=5))]
        assert said[0] == ["hello"] * 11
        assert said[1]["reason"] == "too_many_websockets"
        for socket in sockets:
            socket.close()


def test_a_click_whose_line_drops_before_the_ack_is_lost_and_not_repeated() -> None:
    quick = SlackEmulator(ack_seconds=0.3)
    person = quick.add_user("U0BEN", "ben", "Ben Ortiz")
    quick.add_channel("C0HILLTOP", "hilltop-main", ["U0BEN"])
    with quick:
        client = WebClient(quick.bot_token, base_url=quick.api_url)
        ts = client.chat_postMessage(channel="C0HILLTOP", text="x", blocks=[actions(a_button("a"))])["ts"]
        with connect(socket_url(quick), proxy=None) as socket:
            socket.recv(timeout=5)
            envelope = person.click(("C0HILLTOP", ts), "a")
            json.loads(socket.recv(timeout=5))
            quick.drop_sockets(close_frame=False)
            with pytest.raises(TimeoutError, match="did not answer"):
                envelope.wait()
        assert envelope.attempts == 1


def _connections_opened(emulator: SlackEmulator) -> int:
    return sum(call.method == "apps.connections.open" and call.ok for call in emulator.calls)
