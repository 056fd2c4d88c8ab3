"""Each fault a test can ask for does what Slack or the network would do, and then is used up."""

import urllib.error
from http.client import RemoteDisconnected

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from shiftbot.demo.emulator import Person, SlackEmulator
from tests.demo.emulator.bot import a_button, actions, web_client


def post(client: WebClient, text: str) -> None:
    client.chat_postMessage(channel="C0HILLTOP", text=text)


def texts(emulator: SlackEmulator) -> list[str]:
    return [message.text for message in emulator.messages("C0HILLTOP")]


@pytest.mark.parametrize(
    ("kind", "detail", "status", "error"),
    [
        ("ratelimited", {"retry_after": 7}, 429, "ratelimited"),
        ("http_500", {}, 500, "internal_error"),
        ("http_503", {}, 503, "service_unavailable"),
        ("error", {"error": "is_archived"}, 200, "is_archived"),
    ],
)
def test_an_answer_of_failure_comes_instead_of_the_effect(
    emulator: SlackEmulator, client: WebClient, kind: str, detail: dict[str, object], status: int, error: str
) -> None:
    emulator.fail("chat.postMessage", kind, **detail)  # type: ignore[arg-type]
    with pytest.raises(SlackApiError) as caught:
        post(client, f"lost by {kind}")
    assert (caught.value.response.status_code, caught.value.response["error"]) == (status, error)
    if kind == "ratelimited":
        assert caught.value.response.headers["Retry-After"] == "7"
    post(client, f"after {kind}")
    assert f"lost by {kind}" not in texts(emulator)
    assert texts(emulator)[-1] == f"after {kind}"
    assert emulator.calls[-2].fault == kind


@pytest.mark.usefixtures("expected_errors")
def test_html_comes_where_json_was_expected(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.fail("chat.postMessage", "html", status=502)
    with pytest.raises(SlackApiError, match="non-JSON"):
        post(client, "lost")
    assert "lost" not in texts(emulator)


@pytest.mark.usefixtures("expected_errors")
def test_a_call_dropped_before_has_had_no_effect(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.fail("chat.postMessage", "drop_before")
    with pytest.raises((RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
        post(client, "never arrived")
    assert "never arrived" not in texts(emulator)
    assert (emulator.calls[-1].status, emulator.calls[-1].fault) == (0, "drop_before")


@pytest.mark.usefixtures("expected_errors")
def test_a_call_dropped_after_has_had_its_effect(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.fail("chat.postMessage", "drop_after")
    with pytest.raises((RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
        post(client, "arrived unheard")
    assert texts(emulator)[-1] == "arrived unheard"
    assert emulator.calls[-1].response["ok"] is True


@pytest.mark.usefixtures("expected_errors")
def test_a_client_that_retries_posts_twice_when_the_answer_is_dropped(emulator: SlackEmulator) -> None:
    """slack_sdk's default; why shiftbot posts with `retry_handlers=[]`."""
    emulator.fail("chat.postMessage", "drop_after")
    post(WebClient(emulator.bot_token, base_url=emulator.api_url), "twice")
    assert texts(emulator)[-2:] == ["twice", "twice"]


@pytest.mark.usefixtures("expected_errors")
def test_a_slow_answer_comes_after_the_effect(emulator: SlackEmulator) -> None:
    emulator.fail("chat.postMessage", "slow", seconds=1.5)
    impatient = WebClient(emulator.bot_token, base_url=emulator.api_url, retry_handlers=[], timeout=1)
    with pytest.raises(TimeoutError):
        post(impatient, "slow")
    assert texts(emulator)[-1] == "slow"


def test_faults_are_used_up_in_order_and_only_where_they_match(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.fail("chat.postMessage", "error", error="fatal_error", match=lambda a: a["text"] == "second")
    emulator.fail("*", "error", times=2, error="team_added_to_org", match=lambda a: a.get("text") == "third")
    post(client, "first")
    for text, error in (("second", "fatal_error"), ("third", "team_added_to_org"), ("third", "team_added_to_org")):
        with pytest.raises(SlackApiError, match=error):
            post(client, text)
    post(client, "second")
    post(client, "third")


def test_injected_failures_are_not_counted_as_rejected(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.fail("chat.postMessage", "error", error="invalid_blocks")
    with pytest.raises(SlackApiError):
        post(client, "x")
    assert emulator.rejected == []


def test_an_unknown_fault_is_named(emulator: SlackEmulator) -> None:
    with pytest.raises(ValueError, match="drop_before"):
        emulator.fail("chat.postMessage", "earthquake")


def test_faults_can_be_forgotten(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.fail("*", "http_500", times=99)
    emulator.forget_faults()
    post(client, "fine")


def test_opening_a_connection_and_response_urls_fail_too(emulator: SlackEmulator, ben: Person) -> None:
    emulator.fail("apps.connections.open", "http_500")
    app = WebClient(emulator.app_token, base_url=emulator.api_url, retry_handlers=[])
    with pytest.raises(SlackApiError, match="internal_error"):
        app.apps_connections_open(app_token=emulator.app_token)
    assert app.apps_connections_open(app_token=emulator.app_token)["url"].startswith("ws://127.0.0.1:")
    web_client(emulator).chat_postMessage(channel="C0HILLTOP", text="x", blocks=[actions(a_button("a"))])
    address = ben.click(emulator.messages("C0HILLTOP")[-1], "a").payload["response_url"]
    emulator.fail("response_url", "http_500")
    assert WebhookClient(address).send(text="lost").status_code == 500
    assert WebhookClient(address).send(text="heard").status_code == 200
