"""HTTP mode: Slack's requests come in signed over HTTP, and nothing that Slack did not sign is believed."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from shiftbot.demo.emulator import Message, Person, SlackEmulator
from tests.end_to_end.premises import CHANNEL, Premises, Round
from tests.end_to_end.running import Running
from tests.end_to_end.workplace import answers, find, furnished, looking_into, shown
from tests.mqtt.brokers import Mosquitto


@dataclass
class Office:
    """A process in HTTP mode and the workspace that posts to it."""

    emulator: SlackEmulator
    running: Running
    ask: Callable[[Any], Any]

    @property
    def address(self) -> str:
        """Where Slack sends its requests."""
        return f"http://127.0.0.1:{self.running.port}/slack/events"

    @property
    def ben(self) -> Person:
        """The technician."""
        return self.emulator.person("U0BEN")

    def card(self, title: str) -> Message:
        """The card of a checklist, once it stands in the channel."""
        self.wait(lambda: find(self.emulator.messages(CHANNEL), title, "of 3 answered"))
        found = find(self.emulator.messages(CHANNEL), title, "of 3 answered")
        assert found is not None
        return found

    def wait(self, claim: Callable[[], object]) -> None:
        """Until something is true, however busy the machine is."""
        self.emulator.wait_until(lambda: bool(claim()), timeout=30)

    def stored(self) -> int:
        """How many answers are stored."""
        return len(self.ask(answers))

    def post(self, body: bytes, secret: str, at: float | None = None, signature: str = "") -> int:
        """Post a request signed with a secret, or with a signature as given; the status of the answer."""
        stamp = str(int(at or time.time()))
        digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or f"v0={digest}"}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return status_of(Request(self.address, body, form | signed))


def status_of(request: Request) -> int:
    """The status that a request is answered with."""
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code


@pytest.fixture(scope="module")
def office(mosquitto: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One process in HTTP mode for all of these tests; each has a checklist of its own."""
    folder: Path = tmp_path_factory.mktemp("premises")
    url = f"sqlite:///{folder / 'shiftbot.db'}"
    Premises(folder, [Round("clicked-round", 600), Round("typed-round", 600), Round("forged-round", 600)]).write()
    with furnished() as emulator, looking_into(url) as ask:
        environment = {
            "SHIFTBOT_HOME": str(folder), "SHIFTBOT_DATABASE_URL": url, "SHIFTBOT_MQTT_URL": mosquitto.url,
            "SLACK_BOT_TOKEN": emulator.bot_token, "SLACK_SIGNING_SECRET": emulator.signing_secret,
            "SLACK_API_URL": emulator.api_url,
        }  # fmt: skip
        running = Running(folder / "shiftbot.log", environment).started()
        office = Office(emulator, running, ask)
        emulator.deliver_over_http(office.address)
        yield office
        assert (running.stop(), running.errors()) == (0, [])
        assert [each.response for each in emulator.rejected] == []


def click(office: Office, card: Message) -> bytes:
    """The body of a click on the first line of a card, as Slack would post it."""
    action = {"type": "button", "action_id": "item_done", "block_id": "line-1", "action_ts": str(time.time())}
    value = next(block["accessory"]["value"] for block in card.blocks if block.get("block_id") == "line-1")
    payload = {
        "type": "block_actions", "team": {"id": office.emulator.team_id}, "user": {"id": "U0BEN"},
        "api_app_id": office.emulator.app_id, "channel": {"id": CHANNEL}, "trigger_id": "1.2.3",
        "container": {"type": "message", "channel_id": CHANNEL, "message_ts": card.ts},
        "actions": [action | {"value": value}],
    }  # fmt: skip
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_click_is_acknowledged_stored_and_shown(office: Office) -> None:
    card = office.card("Clicked round")
    envelope = office.ben.click(card, "item_done", "line-1").wait()
    assert envelope.took is not None
    assert envelope.took < 3
    office.wait(lambda: "Ben O." in shown(office.card("Clicked round")))


def test_a_typed_reply_and_a_command_are_answered(office: Office) -> None:
    card = office.card("Typed round")
    office.ben.say(CHANNEL, "2 ok", thread_ts=card.ts)
    office.wait(lambda: find(office.emulator.messages(CHANNEL, card.ts), "done: 2. Phones answered"))
    response = office.ben.command("/shift", "status", CHANNEL).wait().response
    assert "Typed round" in str(response)


def test_a_form_is_answered_in_its_acknowledgement(office: Office) -> None:
    office.ben.command("/shift", "flag", CHANNEL).wait()
    office.wait(lambda: office.ben.views)
    refused = office.ben.submit({"what": "Pt. Johnson got the wrong bag"}).wait().response
    assert "a patient's name" in str(refused)
    office.ben.dismiss()


def test_what_slack_did_not_sign_is_refused_and_changes_nothing(office: Office) -> None:
    body, right = click(office, office.card("Forged round")), office.emulator.signing_secret
    before = office.stored()
    assert office.post(body, "somebody else's secret") == 401
    assert office.post(body, right, at=time.time() - 3600) == 401
    assert office.post(body, right, signature="v0=" + "0" * 64) == 401
    assert status_of(Request(office.address, body)) == 401
    assert office.stored() == before
    assert office.post(body, right) == 200
    office.wait(lambda: office.stored() == before + 1)


def test_what_is_no_request_of_slacks_is_refused(office: Office) -> None:
    assert status_of(Request(office.address)) == 405
    assert status_of(Request(office.address, b"x" * 1_000_001)) == 413
    assert status_of(Request(office.address.replace("/slack/events", "/slack/other"), b"x")) == 404
    assert office.post(b"\xff\xfe not a form", office.emulator.signing_secret) == 401


def test_health_says_what_is_connected(office: Office) -> None:
    status, body = office.running.health()
    assert status == 200
    said = json.loads(body)
    assert (said["ok"], said["database"], said["mqtt"]) == (True, "answers", "connected")
    assert "slack" not in said
