"""Sends notices and shows cards in Slack, one attempt each; what a failure means is said by the error it raises.

No call is repeated here: slack_sdk's own retries would post a message twice when only the answer was lost.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from shiftbot.domain.notice import CardKind, NoticeKind
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown, StorageUnavailable
from shiftbot.services import duty
from shiftbot.services.delivery import BROKEN, Receipt
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import Block, plain_lines
from shiftbot.slack.desk import Desk
from shiftbot.slack.faults import attempt, code
from shiftbot.slack.links import Links
from shiftbot.slack.outside import AppriseSender, is_outside
from shiftbot.slack.picturing import Picture, picture_of
from shiftbot.slack.written import Written
from shiftbot.storage import cards
from shiftbot.storage.cards import Card
from shiftbot.storage.outbox import Parcel

log = logging.getLogger(__name__)

EVENT_TYPE = "shiftbot_notice"

LOOKED_THROUGH = 5
"""Pages of 200 messages that are looked through for one that may have been posted."""

CLOCKS_DIFFER_BY = timedelta(minutes=10)
"""Slack dates its messages by its own clock."""

GONE = ("message_not_found", "edit_window_closed", "cant_update_message")
"""The message cannot be edited any more: its card is posted anew."""

BLOCKS_REFUSED = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
"""Slack takes no offence at the text of such a message."""

MARKUP = (NoticeKind.UNDERSTOOD, NoticeKind.SUMMARY, NoticeKind.HEAD, NoticeKind.PRIVACY)
"""Notices whose text has Slack's mark-up already, with what people wrote escaped."""


@contextmanager
def _nothing_sent_yet() -> Iterator[None]:
    """Before the message itself goes out, what fails without a clear no can be tried again without a repeat."""
    try:
        yield
    except (StorageUnavailable, DeliveryUnknown) as error:
        raise DeliveryPostponed(str(error), wait=timedelta(0)) from error


class SlackSender:
    """The sender of design.md §4: `send`, `show`, `find`, each raising DeliveryPostponed, -Unknown or -Failed."""

    def __init__(self, desk: Desk, client: WebClient, outside: AppriseSender | None = None) -> None:
        self._desk = desk
        self._client = client
        self._outside = outside or AppriseSender()
        self._written = Written(desk, partial(Links().to, client))
        self._rooms: OrderedDict[str, str] = OrderedDict()

    # --- notices

    def send(self, parcel: Parcel) -> Receipt:
        """Send a notice to its target, a Slack id or an Apprise URL."""
        if is_outside(parcel.target):
            return self._outside.send(parcel.target, _outside_text(parcel))
        with _nothing_sent_yet():
            blocks = self._written.blocks(parcel)
            thread_ts = self._thread(parcel)
        text = parcel.notice.text if parcel.notice.kind in MARKUP else plain_lines(parcel.notice.text)
        if parcel.may_repeat:
            text = f"{text}\n_{texts.MAY_REPEAT}_"
        return self._post(parcel.target, text, blocks, _keys(parcel), thread_ts)

    def _thread(self, parcel: Parcel) -> str | None:
        """The thread a notice belongs in: that of the reply it answers, or of the run it reminds of."""
        about = parcel.notice.about
        if about.get("thread_ts"):
            return str(about["thread_ts"])
        if parcel.notice.kind is not NoticeKind.REMINDER or "run" not in about:
            return None
        return self._card_ts(str(about["run"]), parcel.target)

    def _card_ts(self, run: str, channel: str) -> str | None:
        with self._desk.database.snapshot() as connection:
            posted = cards.of_subject(connection, CardKind.RUN, run)
        return next((card.ts for card in posted if card.channel == channel), None)

    def _post(
        self,
        target: str,
        text: str,
        blocks: Sequence[Block] | None,
        keys: Sequence[str],
        thread_ts: str | None = None,
    ) -> Receipt:
        payload: dict[str, Any] = {"key": keys[0]} | ({"keys": list(keys)} if len(keys) > 1 else {})
        arguments: dict[str, Any] = {
            "channel": self._room(target),
            "text": text,
            "blocks": list(blocks) if blocks else None,
            "thread_ts": thread_ts,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": payload},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            posted = attempt(lambda: self._joining(target, lambda: self._client.chat_postMessage(**arguments)))
        except DeliveryFailed as error:
            if not blocks or _said(error) not in BLOCKS_REFUSED:
                raise
            # A clear no: nothing was posted. What it says is complete without its buttons, and is not lost for them.
            log.warning("Slack refused the blocks of a message: %s", error, extra={"action": "blocks_refused"})
            arguments["blocks"] = None
            posted = attempt(lambda: self._joining(target, lambda: self._client.chat_postMessage(**arguments)))
        return Receipt(str(posted["channel"]), str(posted["ts"]))

    def _joining(self, target: str, post: Callable[[], Any]) -> Any:
        """Post; when the bot is not in a public channel yet, join it and post once more: the first was a clear no."""
        try:
            return post()
        except SlackApiError as error:
            if code(error) != "not_in_channel":
                raise
            self._client.conversations_join(channel=target)
            return post()

    def _room(self, target: str) -> str:
        """A channel as it is; for a person the direct conversation, opened once."""
        if not target.startswith(("U", "W")):
            return target
        if target not in self._rooms:
            with _nothing_sent_yet():
                opened = attempt(lambda: self._client.conversations_open(users=target))
            channel: Mapping[str, Any] = opened["channel"]
            self._rooms[target] = str(channel["id"])
            if len(self._rooms) > 10_000:
                self._rooms.popitem(last=False)
        return self._rooms[target]

    # --- cards

    def show(self, card: Card) -> Receipt | None:
        """Post or edit a card with its subject's present state; None when its message is gone."""
        if card.kind is CardKind.DUTY_GROUP:
            return self._set_group(card)
        with _nothing_sent_yet():
            seen = self._picture(card)
            thread_ts = self._thread_of_card(card) if card.ts is None else None
        if card.channel is None or card.ts is None:
            posted = self._post(_place(card.target), seen.text, seen.blocks, [card.key], thread_ts)
            return replace(posted, further=seen.further)
        channel, ts = card.channel, card.ts
        try:
            attempt(lambda: self._client.chat_update(channel=channel, ts=ts, text=seen.text, blocks=seen.blocks))
        except DeliveryFailed as error:
            if _said(error) in GONE:
                return None
            raise
        return Receipt(channel, ts, seen.further)

    def _set_group(self, card: Card) -> Receipt:
        """Set a user group to who is on duty; what it was set to last stands in the place of the ts."""
        pharmacy = self._desk.pharmacy()
        present = duty.on_duty(pharmacy, card.subject, self._desk.now()) if card.subject in pharmacy.sites else ()
        users = [person.slack for person in present]
        if users and ",".join(users) != card.ts:
            attempt(lambda: self._client.usergroups_users_update(usergroup=card.target, users=users))
        # Slack keeps no group empty: while nobody is on duty it holds who was last.
        return Receipt(card.target, ",".join(users) or card.ts or "-")

    def _picture(self, card: Card) -> Picture:
        with self._desk.database.snapshot() as connection:
            return picture_of(connection, self._desk.pharmacy(), card, self._desk.now())

    def _thread_of_card(self, card: Card) -> str | None:
        """A card that continues another stands in its thread, and waits until that is posted."""
        if card.kind is not CardKind.RUN_MORE:
            return None
        thread_ts = self._card_ts(card.subject, _place(card.target))
        if thread_ts is None:
            raise DeliveryPostponed("the card that this one continues is not posted yet", wait=timedelta(0))
        return thread_ts

    # --- looking for what may have been posted

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """The message that carries `key` in its metadata, in the conversation or in the thread it belongs in.

        Nothing by an outside means: nobody can look there.
        """
        if is_outside(target):
            return None
        channel = self._room(_place(target))
        oldest = f"{(since - CLOCKS_DIFFER_BY).timestamp():.6f}"
        thread_ts = self._thread_of_key(key, target)
        cursor: str | None = None
        for _ in range(LOOKED_THROUGH):
            page = attempt(partial(self._page, channel, thread_ts, oldest, cursor))
            for message in page.get("messages") or []:
                if key in keys_of(message):
                    return Receipt(channel, str(message["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None
        return None

    def _page(self, channel: str, thread_ts: str | None, oldest: str, cursor: str | None) -> Any:
        arguments: dict[str, Any] = {"oldest": oldest, "limit": 200, "cursor": cursor, "include_all_metadata": True}
        if thread_ts is None:
            return self._client.conversations_history(channel=channel, **arguments)
        return self._client.conversations_replies(channel=channel, ts=thread_ts, **arguments)

    def _thread_of_key(self, key: str, target: str) -> str | None:
        """Replies are in no channel's history; the key tells the thread: `understood:C:thread:ts`, `run:1:reminder`."""
        kind, *rest = key.split(":")
        if kind == "card" and ":" in target:
            with self._desk.database.snapshot() as connection:
                card = cards.look_at(connection, int(rest[0]))
            return self._card_ts(card.subject, _place(target)) if card else None
        if kind == "understood" and len(rest) == 3:
            return rest[1]
        return self._card_ts(rest[0], target) if kind == "run" and rest[-1:] == ["reminder"] else None


def _place(target: str) -> str:
    """The channel of a card's target; what follows a colon tells several cards in one place apart."""
    return target.partition(":")[0]


def _outside_text(parcel: Parcel) -> str:
    # What was sent by an outside means cannot be looked up, so a second try says so in either lane.
    repeat = parcel.may_repeat or parcel.state in BROKEN
    return f"{parcel.notice.text}\n{texts.MAY_REPEAT}" if repeat else parcel.notice.text


def _keys(parcel: Parcel) -> list[str]:
    """What a message is found by: the key of its parcel, and of each that went out with it."""
    together = parcel.notice.about.get("together") if parcel.notice.kind is NoticeKind.TOGETHER else None
    return [str(each["key"]) for each in together] if together else [parcel.notice.key]


def _said(error: DeliveryFailed) -> str:
    """Slack's own code for a refusal; empty when it was another's."""
    return code(error.__cause__) if isinstance(error.__cause__, SlackApiError) else ""


def keys_of(message: Mapping[str, Any]) -> list[str]:
    """What a message of ours carries as its metadata: the key of its card, or of each notice it holds."""
    metadata: Mapping[str, Any] = message.get("metadata") or {}
    payload: Mapping[str, Any] = metadata.get("event_payload") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return []
    return list(payload.get("keys") or [payload.get("key")])


def key_of(message: Mapping[str, Any]) -> str | None:
    """The first of those; nothing when the message is not ours."""
    return next(iter(keys_of(message)), None)
