"""Starting and stopping, waiting, and what the demo mounts."""

import urllib.error
import urllib.request

import pytest
from slack_sdk import WebClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shiftbot.demo.emulator import SlackEmulator
from tests.demo.emulator.bot import web_client
from tests.demo.emulator.conftest import furnished


def test_two_workspaces_run_side_by_side() -> None:
    with furnished(SlackEmulator()) as one, furnished(SlackEmulator()) as other:
        assert one.url != other.url
        assert web_client(one).auth_test()["team_id"] != web_client(other).auth_test()["team_id"]
        assert one.bot_token != other.bot_token


@pytest.mark.usefixtures("expected_errors")
def test_a_stopped_emulator_answers_nobody() -> None:
    emulator = furnished(SlackEmulator())
    emulator.start()
    web_client(emulator).auth_test()
    emulator.stop()
    with pytest.raises(urllib.error.URLError):
        web_client(emulator).auth_test()
    with pytest.raises(TimeoutError, match="not running"):
        emulator.person("U0BEN").command("/shift").wait()


def test_it_may_start_again_where_it_was_with_all_that_was_said() -> None:
    emulator = furnished(SlackEmulator())
    emulator.start()
    url = emulator.url
    web_client(emulator).chat_postMessage(channel="C0HILLTOP", text="before the outage")
    emulator.stop()
    with emulator:
        assert emulator.url == url
        web_client(emulator).chat_postMessage(channel="C0HILLTOP", text="after it")
    assert [m.text for m in emulator.messages("C0HILLTOP")] == ["before the outage", "after it"]


@pytest.mark.usefixtures("expected_errors")
def test_it_stops_although_a_page_listens_and_a_call_is_slow() -> None:
    emulator = furnished(SlackEmulator())
    emulator.start()
    emulator.fail("auth.test", "slow", seconds=60)
    slow = WebClient(emulator.bot_token, base_url=emulator.api_url, retry_handlers=[], timeout=1)
    with pytest.raises(TimeoutError):
        slow.auth_test()
    with urllib.request.urlopen(emulator.url + "/page/events?user=U0BEN", timeout=30) as stream:
        assert stream.readline() == b": hello\n"
        emulator.stop()
        assert stream.read() == b"\n"


def test_a_chosen_port_is_kept() -> None:
    with SlackEmulator() as first:
        port = int(first.url.rpartition(":")[2])
    with SlackEmulator(port=port) as second:
        assert second.url == first.url


def test_another_app_can_be_mounted() -> None:
    async def controls(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"controls at {scope['path']}")(scope, receive, send)

    emulator = SlackEmulator()
    emulator.mount("/demo", controls)
    with emulator, urllib.request.urlopen(emulator.url + "/demo/state", timeout=10) as response:
        assert response.read() == b"controls at /demo/state"


def test_waiting_in_vain_shows_what_there_was() -> None:
    with furnished(SlackEmulator()) as emulator:
        web_client(emulator).chat_postMessage(channel="C0HILLTOP", text="the only message")
        with pytest.raises(TimeoutError, match="the only message"):
            emulator.wait_until(lambda: False, timeout=0.02)


def test_furnishing_twice_or_with_strangers_is_a_mistake() -> None:
    emulator = furnished(SlackEmulator())
    with emulator:
        with pytest.raises(ValueError, match="already a user U0BEN"):
            emulator.add_user("U0BEN", "ben", "Ben Ortiz")
        with pytest.raises(ValueError, match="U0NOBODY"):
            emulator.add_channel("C0X", "x", ["U0NOBODY"])
        with pytest.raises(LookupError, match="no channel"):
            emulator.messages("nowhere")
