"""What the sender makes of all that Slack can do to a message: later, perhaps sent, or never; and what it finds."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind, NoticeState
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown
from shiftbot.services.delivery import Receipt
from shiftbot.slack.client import slack_client
from shiftbot.slack.outside import AppriseSender
from shiftbot.slack.sender import SlackSender
from shiftbot.storage import cards
from shiftbot.storage.outbox import Parcel
from tests.slack.workplace import CHANNEL, Workplace

CLEAR_NOS = (
    "channel_not_found",
    "is_archived",
    "user_not_found",
    "account_inactive",
    "token_revoked",
    "invalid_auth",
    "cannot_dm_bot",
    "invalid_blocks",
    "msg_blocks_too_long",
    "restricted_action",
)


@pytest.fixture
def sender(work: Workplace) -> Iterator[SlackSender]:
    """A sender that gives up after a second, and knows no conversation yet."""
    client = slack_client(work.emulator.bot_token, work.emulator.api_url, timeout_seconds=1)
    yield SlackSender(work.desk, client)
    work.emulator.forget_faults()


def parcel(work: Workplace, target: str = CHANNEL, **changed: object) -> Parcel:
    """A summary on its way."""
    notice = Notice("summary:1", Lane.ROUTINE, "hilltop-main", NoticeKind.SUMMARY, target, "All is well.")
    fresh = Parcel(1, notice, 0, target, NoticeState.PENDING, 0, work.now, False, None, None, None)
    return replace(fresh, **changed)  # type: ignore[arg-type]


def posted(work: Workplace) -> int:
    """How many messages the bot has in the channel."""
    return len([message for message in work.emulator.messages(CHANNEL) if message.text.startswith("All is well.")])


@pytest.mark.parametrize(
    "error",
    CLEAR_NOS,
)
def test_a_clear_no_is_a_failure_for_good(work: Workplace, sender: SlackSender, error: str) -> None:
    work.emulator.fail("chat.postMessage", "error", error=error)
    with pytest.raises(DeliveryFailed, match=error):
        sender.send(parcel(work))


def test_rate_limits_postpone_by_what_slack_asks_for(work: Workplace, sender: SlackSender) -> None:
    work.emulator.fail("chat.postMessage", "ratelimited", retry_after=7)
    with pytest.raises(DeliveryPostponed) as why:
        sender.send(parcel(work))
    assert why.value.wait == timedelta(seconds=7)


def test_the_other_spelling_of_a_rate_limit_is_one_too(work: Workplace, sender: SlackSender) -> None:
    work.emulator.fail("chat.postMessage", "error", error="rate_limited")
    with pytest.raises(DeliveryPostponed) as why:
        sender.send(parcel(work))
    assert why.value.wait == timedelta(seconds=30)


@pytest.mark.parametrize("kind", ["http_500", "http_503", "html", "drop_before", "drop_after"])
def test_no_clear_answer_leaves_it_unknown_and_nothing_is_sent_twice(
    work: Workplace, sender: SlackSender, kind: str
) -> None:
    before = posted(work)
    work.emulator.fail("chat.postMessage", kind)
    with pytest.raises(DeliveryUnknown):
        sender.send(parcel(work))
    assert posted(work) - before <= 1


def test_a_time_out_leaves_it_unknown_and_it_is_found_again(work: Workplace, sender: SlackSender) -> None:
    work.emulator.fail("chat.postMessage", "slow", seconds=2)
    late = parcel(work)
    late = replace(late, notice=replace(late.notice, key="summary:slow"))
    with pytest.raises(DeliveryUnknown):
        sender.send(late)
    found = sender.find(CHANNEL, "summary:slow", work.now)
    assert found is not None
    assert found.ts == work.emulator.messages(CHANNEL)[-1].ts


def test_a_refused_connection_was_never_sent(work: Workplace) -> None:
    nobody = SlackSender(work.desk, slack_client("xoxb-none", "http://127.0.0.1:9/api/"))
    with pytest.raises(DeliveryPostponed) as why:
        nobody.send(parcel(work))
    assert why.value.wait == timedelta(0)


def test_a_conversation_that_cannot_be_opened_for_now_is_tried_later(work: Workplace, sender: SlackSender) -> None:
    work.emulator.fail("conversations.open", "http_500")
    with pytest.raises(DeliveryPostponed):
        sender.send(parcel(work, "U0AMIRA"))


def test_a_person_is_told_by_direct_message(work: Workplace, sender: SlackSender, amira: Person) -> None:
    receipt = sender.send(parcel(work, "U0AMIRA"))
    assert amira.inbox[-1].text == "All is well."
    assert receipt.ts == amira.inbox[-1].ts
    assert sender.find("U0AMIRA", "summary:1", work.now) == receipt


def test_what_may_be_a_repeat_says_so(work: Workplace, sender: SlackSender, amira: Person) -> None:
    sender.send(parcel(work, "U0AMIRA", may_repeat=True))
    assert "(This may be a repeat.)" in amira.inbox[-1].text


def test_a_public_channel_the_bot_is_not_in_is_joined(work: Workplace, sender: SlackSender) -> None:
    work.emulator.add_channel("C0OFFICE", "office", ["U0MORGAN"], bot=False)
    sender.send(parcel(work, "C0OFFICE"))
    assert work.emulator.messages("C0OFFICE")[-1].text == "All is well."


def test_a_reminder_reaches_whoever_is_at_work_with_the_way_to_the_card(
    work: Workplace, amira: Person, priya: Person
) -> None:
    work.at("07:15")
    heard = len(priya.inbox)
    work.at("07:50")
    reminder = next(message for message in amira.inbox if "is due at 08:00" in message.text)
    shown = json.dumps(reminder.blocks)
    assert "Still open: 1. " in shown
    assert work.card("retail-opening").ts.replace(".", "") in shown
    told = len(amira.ephemerals)
    amira.click(reminder, "run_snooze").wait()
    assert "I will remind you again at" in work.told_privately(amira, told)
    assert len(priya.inbox) == heard


def test_a_reminder_for_nobody_known_goes_into_the_thread_of_its_card(work: Workplace, sender: SlackSender) -> None:
    work.at("07:15")
    run = work.view("retail-opening").run.id
    key = f"run:{run}:due:reminder"
    notice = Notice(key, Lane.ROUTINE, "hilltop-main", NoticeKind.REMINDER, CHANNEL, "Still open.", about={"run": run})
    receipt = sender.send(parcel(work, notice=notice))
    assert receipt.ts in [message.ts for message in work.emulator.messages(CHANNEL, work.card("retail-opening").ts)]
    assert sender.find(CHANNEL, key, work.now) == receipt
    assert sender.find(CHANNEL, "run:999:due:reminder", work.now) is None


def test_a_card_whose_message_is_gone_is_posted_anew(work: Workplace, sender: SlackSender) -> None:
    work.at("07:15")
    with work.database.snapshot() as connection:
        card = cards.of_subject(connection, CardKind.RUN, str(work.view("retail-opening").run.id))[0]
    work.client.chat_delete(channel=CHANNEL, ts=str(card.ts))
    assert sender.show(card) is None
    fresh = sender.show(replace(card, channel=None, ts=None))
    assert fresh is not None
    assert fresh.ts != card.ts


# Apprise loads all of its plugins at once, and one of them asks for a module that Python 3.13 drops.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_an_outside_means_has_its_own_errors(work: Workplace, sender: SlackSender) -> None:
    with pytest.raises(DeliveryFailed, match="not a means"):
        sender.send(parcel(work, "pigeon://coop"))
    with pytest.raises(DeliveryPostponed, match="json"):
        AppriseSender().send("json://127.0.0.1:9/", "The fridge is warm")


class WritingDown(AppriseSender):
    """Takes everything and writes it down."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def send(self, url: str, text: str) -> Receipt:
        """Write it down."""
        self.texts.append(text)
        return Receipt()


def test_an_address_outside_slack_is_never_shown_to_slack(work: Workplace, sender: SlackSender) -> None:
    calls = len(work.emulator.calls)
    assert sender.find("mailto://user:secret@mail.example.org", "summary:1", work.now) is None
    assert [call.method for call in work.emulator.calls[calls:]] == []


@pytest.mark.parametrize("state", [NoticeState.UNKNOWN, NoticeState.SENDING])
def test_what_may_have_been_sent_outside_slack_says_so_when_it_is_sent_again(
    work: Workplace, state: NoticeState
) -> None:
    outside = WritingDown()
    sender = SlackSender(work.desk, work.client, outside)
    sender.send(parcel(work, "json://127.0.0.1:9/"))
    sender.send(parcel(work, "json://127.0.0.1:9/", state=state))
    assert outside.texts == ["All is well.", "All is well.\n(This may be a repeat.)"]
