"""Typed replies in the thread of a run's card: understood, stored and answered in one transaction.

They are acknowledged when they are stored. Everything that is not a person's own reply under a run's card is left
alone: messages in the channel, bots, edits, other threads.
"""

import re

from slack_sdk import WebClient

from shiftbot.domain.checklist import ItemKind
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.pin import bare_pin
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.replies import without_direction
from shiftbot.errors import DeliveryError, Refused
from shiftbot.services import delivery, runs
from shiftbot.services.runs import RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import unescape
from shiftbot.slack.desk import Desk
from shiftbot.slack.faults import attempt
from shiftbot.slack.replying import respond_to
from shiftbot.slack.sender import key_of
from shiftbot.slack.switchboard import Switchboard, telling
from shiftbot.slack.touch import Json, Place
from shiftbot.storage import cards, events

SPOKEN = (None, "thread_broadcast", "file_share")
"""Message subtypes that a person types; edits, joins and the like have others."""


def register(switchboard: Switchboard) -> None:
    """Listen to messages."""
    desk = switchboard.desk

    def said(body: Json, event: Json, client: WebClient) -> None:
        if not is_reply(event):
            return
        place = Place(str(event["user"]), str(event["channel"]), str(event["thread_ts"]))
        desk.whereabouts.seen(place.user, place.channel)
        with telling(client, place):
            run_id = run_of_thread(desk, client, place)
            if run_id is not None:
                answer(
                    desk,
                    place,
                    run_id,
                    {**event, "text": words_of(body, event)},
                    str(body.get("event_id", event["ts"])),
                )

    switchboard.on_event("message", said, acknowledge_last=True)


def is_reply(event: Json) -> bool:
    """Whether a message event is a person's own words in a thread."""
    spoken = event.get("subtype") in SPOKEN and not event.get("bot_id") and event.get("user")
    return bool(spoken and event.get("thread_ts") and event["thread_ts"] != event.get("ts"))


def words_of(body: Json, event: Json) -> str:
    """What a person typed, without the mention of the bot before it and without marks of writing direction."""
    text = without_direction(str(event.get("text") or ""))
    for bot in body.get("authorizations") or []:
        text = re.sub(rf"^\s*<@{re.escape(str(bot.get('user_id')))}(?:\|[^>]*)?>[\s,:]*", "", text)
    return unescape(text)


def photo_of(event: Json) -> str | None:
    """The Slack id of the first picture that came with a message. Raises Refused for a file that is none."""
    files = [file for file in event.get("files") or [] if file.get("id")]
    if not files:
        return None
    pictures = [file for file in files if str(file.get("mimetype") or "image/").startswith("image/")]
    if not pictures:
        raise Refused(
            "That file is no picture, so nothing was stored. Attach a photo with the line's number beside it."
        )
    return str(pictures[0]["id"])


def _asks_for_photos(view: RunView) -> bool:
    return any(line.kind is ItemKind.PHOTO for line in view.plan.lines)


def run_of_thread(desk: Desk, client: WebClient, place: Place) -> int | None:
    """The run under whose card a thread stands, if it is one. Raises Refused when that cannot be found out now."""
    channel, ts = str(place.channel), str(place.thread_ts)
    with desk.database.snapshot() as connection:
        card = cards.find_by_message(connection, channel, ts)
        doubtful = [] if card else cards.in_doubt(connection, channel)
    if doubtful:
        # A process that died between posting a card and noting where it stands must not make its thread deaf.
        key = _key_of_first(client, channel, ts)
        card = next((each for each in doubtful if each.key == key), None)
    return int(card.subject) if card is not None and card.kind is CardKind.RUN else None


def _key_of_first(client: WebClient, channel: str, ts: str) -> str | None:
    try:
        page = attempt(lambda: client.conversations_replies(channel=channel, ts=ts, limit=1, include_all_metadata=True))
    except DeliveryError as error:
        raise Refused("Slack did not answer me just now, so nothing was saved. Please say it again.") from error
    messages = page.get("messages") or [{}]
    return key_of(messages[0])


def answer(desk: Desk, place: Place, run_id: int, event: Json, event_id: str) -> None:
    """Store what a reply says and queue the bot's answer to it. Raises Refused for what only its writer should hear."""
    pharmacy, now = desk.pharmacy(), desk.now()
    with desk.database.transaction() as connection:
        view = runs.view_run(connection, pharmacy, run_id)
        if view is None or not events.first_time(connection, f"event:{event_id}", now):
            return
        person = desk.person(place.user)
        words, file = str(event["text"]), photo_of(event) if _asks_for_photos(view) else None
        refuse_patient_information(words)
        _refuse_pin(view, words)
        if not words.strip() and file is None:
            return
        text = respond_to(desk, connection, view, person, words, file)
        notice = understood(view, place, str(event["ts"]), text)
        delivery.queue(connection, pharmacy, [notice], now)
    desk.wake()


def _refuse_pin(view: RunView, words: str) -> None:
    """Raise Refused for bare digits where PINs sign; a checklist of one line may be answered with a bare quantity."""
    is_bare, number = bare_pin(words)
    if not (is_bare and view.plan.pin and len(view.plan.lines) > 1):
        return
    signed = [line.number for line in view.plan.lines if line.kind is ItemKind.SIGNATURE]
    if signed and (number is None or number in signed):
        raise Refused(texts.PIN_SAID)


def understood(view: RunView, place: Place, ts: str, text: str) -> Notice:
    """The bot's answer in a thread to what was said or done there at `ts`."""
    return Notice(
        key=f"understood:{place.channel}:{place.thread_ts}:{ts}",
        lane=Lane.ROUTINE,
        site=view.run.site,
        kind=NoticeKind.UNDERSTOOD,
        recipient=str(place.channel),
        text=text,
        about={"channel": place.channel, "thread_ts": place.thread_ts},
    )
