"""A small Bolt app for the emulator's tests: it listens to everything, keeps what came, and does as a test tells it."""

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from shiftbot.demo.emulator import SlackEmulator

Json = dict[str, Any]
Reply = Callable[[Ack, Json, WebClient], object]
ANYTHING = re.compile(".*")


def web_client(emulator: SlackEmulator) -> WebClient:
    """Without retries, so that a fault shows itself."""
    return WebClient(emulator.bot_token, base_url=emulator.api_url, retry_handlers=[], timeout=10)


def acking(**payload: Any) -> Reply:
    """A reply that only acknowledges, with this payload."""

    def reply(ack: Ack, body: Json, client: WebClient) -> None:
        ack(**payload)

    return reply


def saying_nothing(ack: Ack, body: Json, client: WebClient) -> None:
    """A listener that forgets to acknowledge."""


class Bot:
    """`reply` is what the listener of every action, view, command, shortcut and look-up does; events are only kept."""

    def __init__(self, emulator: SlackEmulator) -> None:
        self.client = web_client(emulator)
        self.app = App(client=self.client, signing_secret=emulator.signing_secret)
        self.events: list[Json] = []
        self.bodies: list[Json] = []
        self.reply: Reply = acking()
        self._app_client = WebClient(emulator.app_token, base_url=emulator.api_url)
        self._emulator = emulator
        self._handler: SocketModeHandler | None = None
        self._listen()

    def _listen(self) -> None:
        self.app.event(ANYTHING)(self._keep_event)
        for kind in ("action", "view", "view_closed", "command", "shortcut", "options"):
            getattr(self.app, kind)(ANYTHING)(self._answer)

    def _keep_event(self, body: Json) -> None:
        self.events.append(body)

    def _answer(self, ack: Ack, body: Json, client: WebClient) -> None:
        self.bodies.append(body)
        self.reply(ack, body, client)

    def connect(self) -> None:
        self._handler = SocketModeHandler(
            self.app, self._emulator.app_token, web_client=self._app_client, ping_interval=3
        )
        self._handler.connect()  # type: ignore[no-untyped-call]  # slack_bolt leaves it unannotated
        self._emulator.wait_until(lambda: self._emulator.connections == 1)

    def close(self) -> None:
        if self._handler is not None:
            self._handler.close()  # type: ignore[no-untyped-call]  # likewise

    def events_of(self, kind: str) -> list[Json]:
        return [body["event"] for body in list(self.events) if body["event"]["type"] == kind]


def a_modal(*blocks: Json, **further: Any) -> Json:
    """A modal of these blocks, `callback_id` "form", with a Save button."""
    modal: Json = {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": "Voicemail"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": list(blocks),
    }
    return modal | further


def an_input(block_id: str, element: Json, **further: Any) -> Json:
    label = {"type": "plain_text", "text": block_id.capitalize()}
    return {
        "type": "input",
        "block_id": block_id,
        "label": label,
        "element": {"action_id": "value", **element},
        **further,
    }


def a_button(action_id: str, value: str = "1") -> Json:
    return {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": action_id},
    }


def actions(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def options(*values: str) -> list[Json]:
    return [{"text": {"type": "plain_text", "text": value.capitalize()}, "value": value} for value in values]
