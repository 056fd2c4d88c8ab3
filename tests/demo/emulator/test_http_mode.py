"""HTTP delivery to a Bolt app that checks signatures, behind a small web server."""

import http.server
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from slack_bolt import BoltRequest
from slack_sdk import WebClient

from shiftbot.demo.emulator import Person, SlackEmulator
from shiftbot.demo.emulator.http_mode import sign
from tests.demo.emulator.bot import Bot, a_button, a_modal, acking, actions, an_input
from tests.demo.emulator.conftest import furnished

Json = dict[str, Any]


class Endpoint(http.server.ThreadingHTTPServer):
    """Dispatches to `bot`; answers 500 as often as `failures` says."""

    bot: Bot
    failures = 0
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.headers_seen: list[dict[str, str | Sequence[str]]] = []
        self.statuses: list[int] = []


class Requests(http.server.BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers: dict[str, str | Sequence[str]] = {name.lower(): value for name, value in self.headers.items()}
        self.server.headers_seen.append(headers)
        if self.server.failures:
            self.server.failures -= 1
            self._answer(500, "")
            return
        response = self.server.bot.app.dispatch(BoltRequest(body=body, headers=headers))
        self._answer(response.status, response.body)

    def _answer(self, status: int, body: str) -> None:
        self.server.statuses.append(status)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
        """Say nothing."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[SlackEmulator]:
    with furnished(SlackEmulator(rate_limits=False, retry_delays=(0.0, 0.0, 0.0))) as running:
        yield running


@pytest.fixture(scope="module")
def endpoint(emulator: SlackEmulator) -> Iterator[Endpoint]:
    with Endpoint() as server:
        server.bot = Bot(emulator)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        emulator.deliver_over_http(f"http://127.0.0.1:{server.server_port}/slack/events")
        yield server
        server.shutdown()
        thread.join()


def test_an_event_is_signed_so_that_bolt_takes_it(emulator: SlackEmulator, endpoint: Endpoint, ben: Person) -> None:
    ben.say("hilltop-main", "over HTTP")
    envelope = emulator.envelopes[-1].wait()
    assert endpoint.bot.events[-1]["event"]["text"] == "over HTTP"
    assert endpoint.statuses[-1] == 200
    assert "x-slack-retry-num" not in endpoint.headers_seen[-1]
    assert envelope.attempts == 1


def test_another_secret_is_turned_away(emulator: SlackEmulator, endpoint: Endpoint) -> None:
    body = '{"type":"event_callback","event":{"type":"message"}}'
    stamp = str(endpoint.headers_seen[-1]["x-slack-request-timestamp"])
    headers: dict[str, str | Sequence[str]] = {
        "content-type": "application/json",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": sign("another secret", stamp, body.encode()),
    }
    assert endpoint.bot.app.dispatch(BoltRequest(body=body, headers=headers)).status == 401
    headers["x-slack-signature"] = sign(emulator.signing_secret, stamp, body.encode())
    assert endpoint.bot.app.dispatch(BoltRequest(body=body, headers=headers)).status == 200


def test_a_failed_delivery_comes_again_with_its_number_and_reason(
    emulator: SlackEmulator, endpoint: Endpoint, ben: Person
) -> None:
    endpoint.failures = 2
    ben.say("hilltop-main", "at the third attempt")
    emulator.envelopes[-1].wait(10)
    retries = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h in endpoint.headers_seen[-3:]]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert emulator.envelopes[-1].attempts == 3


def test_a_command_is_a_form_and_its_answer_is_the_reply(
    emulator: SlackEmulator, endpoint: Endpoint, ben: Person
) -> None:
    endpoint.bot.reply = acking(text="All closed")
    ben.command("/shift", "open", "hilltop-main").wait()
    assert ben.ephemerals[-1].text == "All closed"
    assert endpoint.headers_seen[-1]["content-type"] == "application/x-www-form-urlencoded"


def test_a_modal_is_opened_and_submitted_over_http(emulator: SlackEmulator, endpoint: Endpoint, ben: Person) -> None:
    def open_form(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=a_modal(an_input("note", {"type": "plain_text_input"})))

    endpoint.bot.client.chat_postMessage(channel="C0HILLTOP", text="x", blocks=[actions(a_button("a"))])
    endpoint.bot.reply = open_form
    ben.click(emulator.messages("C0HILLTOP")[-1], "a").wait()
    emulator.wait_until(lambda: len(ben.views) == 1)
    endpoint.bot.reply = acking(response_action="errors", errors={"note": "Longer"})
    assert ben.submit({"note": "x"}).wait().response == {"response_action": "errors", "errors": {"note": "Longer"}}
    endpoint.bot.reply = acking()
    ben.submit({"note": "xyz"}).wait()
    assert ben.views == []


def test_an_app_that_is_not_there_is_a_failed_connection() -> None:
    with furnished(SlackEmulator(retry_delays=())) as alone:
        alone.deliver_over_http("http://127.0.0.1:9/slack/events")
        with pytest.raises(TimeoutError, match="connection_failed"):
            alone.person("U0BEN").command("/shift").wait()
