"""How people are reached, in Slack: the window, a test's button, a code from outside, and several messages in one."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.domain.alert import AlertKind
from shiftbot.services import delivery, escalation, reaching
from shiftbot.services.escalation import NewAlert
from shiftbot.slack.sender import keys_of
from shiftbot.storage import alerts
from tests.slack.workplace import CHANNEL, Workplace


class Sink(BaseHTTPRequestHandler):
    """What an outside means really sends, over HTTP; answers with the status it is told to."""

    heard: list[dict[str, str]] = []  # noqa: RUF012 - one a test, set by the fixture
    status = 200

    def do_POST(self) -> None:
        """Write it down."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).heard.append(json.loads(body))
        self.send_response(type(self).status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Nothing on the console."""


@pytest.fixture
def pager() -> Iterator[type[Sink]]:
    """A pager's service on this machine."""

    class Own(Sink):
        heard: list[dict[str, str]] = []  # noqa: RUF012 - see above

    server = HTTPServer(("127.0.0.1", 0), Own)
    Own.url = f"json://amira:secret@127.0.0.1:{server.server_address[1]}/"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Own
    server.shutdown()
    server.server_close()
    thread.join()


def with_pager(work: Workplace, pager: type[Sink]) -> None:
    """Amira has a pager beside Slack."""
    amira = replace(work.pharmacy.people["amira"], reach=(pager.url,))  # type: ignore[attr-defined]
    people = {**work.pharmacy.people, "amira": amira}
    work.pharmacy = replace(work.pharmacy, people=people, digest=f"{work.pharmacy.digest}:pager")


def says(work: Workplace, who: Person, words: str) -> str:
    """`/shift …` in the channel; what is answered, or nothing when a window opens."""
    response = who.command("/shift", words, CHANNEL).wait().response
    return str(response.get("text", "")) if response else ""


def shown(who: Person) -> str:
    """The window on top of somebody's screen."""
    return json.dumps(who.views[-1].blocks)


def about(messages: list[Message], words: str) -> Message:
    """The newest message with these words."""
    return next(each for each in reversed(messages) if words in each.text + json.dumps(each.blocks))


def test_a_code_that_came_by_another_means_is_typed_in_slack(work: Workplace, amira: Person, pager: type[Sink]) -> None:
    with_pager(work, pager)
    work.at("08:00")
    work.until(lambda: len(pager.heard) == 1)
    message = pager.heard[0]["message"]
    assert message.startswith("shiftbot test for Amira. In Slack type /shift reach ")
    assert "not the code" in says(work, amira, "reach 123456")
    assert "Thank you: you are reached by json" in says(work, amira, message[-len("reach 4821") :])
    button = about(amira.inbox, "This is a test of how shiftbot reaches you")
    amira.click(button, "reach_confirm").wait()
    work.until(lambda: all(state.verified_at for state in reach(work)))


def reach(work: Workplace) -> list[delivery.MeansState]:
    """What is known of Amira's means."""
    with work.database.snapshot() as connection:
        return reaching.reach_of(connection, work.pharmacy, work.pharmacy.people["amira"])


def test_the_window_shows_how_each_means_is_and_never_an_address(
    work: Workplace, amira: Person, morgan: Person, pager: type[Sink]
) -> None:
    with_pager(work, pager)
    says(work, amira, "reach")
    assert "never verified" in shown(amira)
    assert "*json*" in shown(amira)
    assert "secret" not in shown(amira)
    assert "Ben Ortiz" not in shown(amira)
    amira.click_view("reach_test", "reach-amira-1").wait()
    work.until(lambda: len(pager.heard) == 1)
    work.until(lambda: "test sent Mon 23 Nov" in shown(amira))
    says(work, morgan, "reach")
    assert all(name in shown(morgan) for name in ("Amira Hassan", "Ben Ortiz", "Morgan Lee", "Priya Nair"))


def test_any_button_that_is_pressed_verifies_slack(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    work.press(ben, "retail-opening", "item_done", "Lights")
    person = work.pharmacy.people["ben"]

    def verified() -> bool:
        with work.database.snapshot() as connection:
            return reaching.is_reachable(connection, work.pharmacy, person, work.now)

    work.until(verified)


def wrong(work: Workplace, count: int) -> list[int]:
    """So many things go wrong in the same instant."""
    news = [
        NewAlert("hilltop-main", AlertKind.FAILED_ITEM, f"item:{number}", f"Item *{number}* failed", "")
        for number in range(1, count + 1)
    ]
    with work.database.transaction() as connection:
        return escalation.open_alerts(connection, work.pharmacy, news, work.now)


def listing(who: Person) -> Message:
    """The list of messages that somebody got."""
    return about(who.inbox, "messages at once")


def test_several_alerts_are_one_message_with_a_button_each_and_it_is_kept_up_to_date(
    work: Workplace, amira: Person
) -> None:
    work.at("08:00")
    ids = wrong(work, 6)
    work.at("08:00")
    work.at("08:10")
    work.until(lambda: any("messages at once" in each.text for each in amira.inbox))
    message = listing(amira)
    buttons = [block["accessory"] for block in message.blocks if "accessory" in block]
    assert len(buttons) == 7, "six items, and the sensors that nobody has heard yet"
    second = message.blocks[2]["block_id"]
    amira.click(message, "alert_acknowledge", second).wait()

    def is_shown() -> bool:
        return json.dumps(listing(amira).blocks).count("Amira H. has it") == 1

    work.until(is_shown)
    with work.database.snapshot() as connection:
        states = [str(alerts.look_at(connection, number).state) for number in ids]  # type: ignore[union-attr]
    assert states.count("acknowledged") == 1


def test_a_list_is_found_again_by_the_key_of_each_of_its_messages(work: Workplace, amira: Person) -> None:
    work.at("08:00")
    ids = wrong(work, 5)
    work.at("08:00")
    work.at("08:10")
    work.until(lambda: any("messages at once" in each.text for each in amira.inbox))
    posted = listing(amira)
    keys = keys_of({"metadata": posted.metadata})
    assert {f"alert:{number}:2:amira" for number in ids} < set(keys)
    found = [work.sender.find("U0AMIRA", key, work.now) for key in keys]
    assert [receipt.ts for receipt in found if receipt] == [posted.ts] * 6


def test_a_message_whose_blocks_slack_refuses_goes_out_in_words(work: Workplace, amira: Person) -> None:
    work.at("08:00")
    wrong(work, 1)
    work.at("08:00")
    work.emulator.fail("chat.postMessage", "error", error="invalid_blocks", match=lambda call: "Item" in str(call))
    work.at("08:10")
    work.until(lambda: any("Item ∗1∗ failed" in each.text and not each.blocks for each in amira.inbox))
