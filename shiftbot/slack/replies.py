"""Typed replies in the thread of a run's card: understood, stored and answered in one transaction.

They are acknowledged when they are stored. Everything that is not a person's own reply under a run's card is left
alone: messages in the channel, bots, edits, other threads.
"""

import re
from collections.abc import Sequence

from slack_sdk import WebClient
from sqlalchemy import Connection

from shiftbot.domain.answer import Answer
from shiftbot.domain.checklist import Line
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.replies import Understood, read_replies, without_direction
from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person
from shiftbot.errors import DeliveryError, Refused, Unreadable
from shiftbot.services import delivery, runs
from shiftbot.services.runs import Responded, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import escape, unescape
from shiftbot.slack.desk import Desk
from shiftbot.slack.faults import attempt
from shiftbot.slack.sender import key_of
from shiftbot.slack.switchboard import Json, Place, Switchboard, telling
from shiftbot.storage import cards, events

SPOKEN = (None, "thread_broadcast")
"""Message subtypes that a person types; edits, joins and the like have others."""

NOTHING = Responded((), (), False)


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
        words = str(event["text"])
        refuse_patient_information(words)
        text = respond_to(desk, connection, view, person, words)
        notice = Notice(
            key=f"understood:{place.channel}:{place.thread_ts}:{event['ts']}",
            lane=Lane.ROUTINE,
            site=view.run.site,
            kind=NoticeKind.UNDERSTOOD,
            recipient=str(place.channel),
            text=text,
            about={"channel": place.channel, "thread_ts": place.thread_ts},
        )
        delivery.queue(connection, pharmacy, [notice], now)
    desk.wake()


def respond_to(desk: Desk, connection: Connection, view: RunView, person: Person, words: str) -> str:
    """Store what can be stored; what was understood, refused and still needed, in words."""
    pharmacy, now = desk.pharmacy(), desk.now()
    try:
        understood = read_replies(words, view.plan, [each.line.key for each in view.lines if each.answer])
        undone = stored = NOTHING
        if understood.undo:
            undone = runs.undo(connection, pharmacy, view.run.id, person, understood.undo, now)
        if understood.replies:
            stored = runs.respond(connection, pharmacy, view.run.id, person, understood.replies, "thread", now)
    except Unreadable as why:
        return escape(str(why))
    except Refused as why:
        return f":no_entry: {escape(str(why))}"
    after = runs.view_run(connection, pharmacy, view.run.id) or view
    return understood_text(understood, undone, stored, after, person)


def understood_text(
    understood: Understood, undone: Responded, stored: Responded, after: RunView, person: Person
) -> str:
    """The bot's answer: what it took, what it took back, what it refused and why, what is still needed."""
    lines = [f":white_check_mark: {escape(said)}" for said in told(stored.stored)]
    lines += [
        f":leftwards_arrow_with_hook: {line.number}. {escape(line.title)}: blank again" for line, _ in undone.stored
    ]
    lines += [f":no_entry: {escape(why)}" for why in refusals([*undone.refused, *stored.refused], person)]
    lines += [f":question: {escape(question)}" for question in understood.asked]
    if stored.complete:
        lines.append(f"That was the last one: {after.answered} of {after.required} answered. Thank you!")
    lines += [texts.REPLY_HELP] if understood.help else []
    return "\n".join(lines)


def refusals(refused: Sequence[tuple[Line, str]], person: Person) -> list[str]:
    """Why lines were refused; those that are not for this person to do in one sentence when there are several."""
    others = [line for line, _ in refused if not may_answer(line, person.roles)]
    if len(others) < 2:
        return [why for _, why in refused]
    numbers = ", ".join(str(line.number) for line in others)
    who = texts.kind_of_person(others[0].role)
    together = f"{numbers}: for {who} to do, from their own account, so I left them open."
    return [*(why for line, why in refused if line not in others), together]


def told(stored: Sequence[tuple[Line, Answer]]) -> list[str]:
    """What was stored, in words: plain ticks together, everything else a line each."""
    ticks = [f"{line.number}. {line.title}" for line, answer in stored if texts.answer_text(line, answer) == "done"]
    others = [
        f"{line.number}. {line.title}: {texts.answer_text(line, answer)}"
        for line, answer in stored
        if texts.answer_text(line, answer) != "done"
    ]
    return [*(["done: " + "  ·  ".join(ticks)] if ticks else []), *others]
