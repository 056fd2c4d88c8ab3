"""A thumb on a run's card: all good, for the sections whose checklist allows it. Taking it away takes nothing back."""

from slack_sdk import WebClient
from sqlalchemy import Connection

from shiftbot.domain.answer import Reply
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Person
from shiftbot.errors import Refused
from shiftbot.services import delivery, runs
from shiftbot.services.runs import RunView
from shiftbot.slack import looking, texts
from shiftbot.slack.blocks.parts import escape, plain
from shiftbot.slack.desk import Desk
from shiftbot.slack.replies import understood
from shiftbot.slack.replying import refusals, told
from shiftbot.slack.switchboard import Switchboard, telling
from shiftbot.slack.touch import Json, Place
from shiftbot.storage import cards, events

THUMBS = ("+1", "thumbsup")

RUN_CARDS = (CardKind.RUN, CardKind.RUN_MORE)


def register(switchboard: Switchboard) -> None:
    """Listen to reactions."""
    desk = switchboard.desk

    def reacted(body: Json, event: Json, client: WebClient) -> None:
        item = event.get("item") or {}
        # Every colour of hand means the same: `+1::skin-tone-3`.
        if str(event.get("reaction")).partition("::")[0] not in THUMBS or item.get("type") != "message":
            return
        channel, ts = str(item["channel"]), str(item["ts"])
        with telling(client, Place(str(event["user"]), channel, ts)):
            _thumb(desk, str(event["user"]), channel, ts, event, str(body.get("event_id", event.get("event_ts"))))

    switchboard.on_event("reaction_added", reacted, acknowledge_last=True)


def _thumb(desk: Desk, user: str, channel: str, ts: str, event: Json, event_id: str) -> None:
    pharmacy, now = desk.pharmacy(), desk.now()
    with desk.database.transaction() as connection:
        card = cards.find_by_message(connection, channel, ts)
        if card is None or card.kind not in RUN_CARDS:
            return
        view = runs.view_run(connection, pharmacy, int(card.subject))
        if view is None or not events.first_time(connection, f"event:{event_id}", now):
            return
        person = desk.person(user)
        text = all_good(desk, connection, view, person)
        place = Place(user, channel, _thread(connection, card.subject, channel, ts))
        delivery.queue(connection, pharmacy, [understood(view, place, str(event["event_ts"]), text)], now)
    desk.wake()


def _thread(connection: Connection, run: str, channel: str, ts: str) -> str:
    """The thread of a run's card, also for a thumb on what continues it there."""
    posted = cards.of_subject(connection, CardKind.RUN, run)
    return next((str(card.ts) for card in posted if card.channel == channel and card.ts), ts)


def all_good(desk: Desk, connection: Connection, view: RunView, person: Person) -> str:
    """Tick what a thumb may tick; what was done, in words. Raises Refused when there is nothing it may tick."""
    allowed = view.plan.all_good
    if not allowed:
        raise Refused("A thumb ticks nothing on this checklist: each line wants to be looked at by itself.")
    lines = looking.tickable(view, allowed, person)
    if not lines:
        named = texts.joined([f"“{title}”" for title in allowed])
        raise Refused(f"A thumb ticks what is open in {named}, and nothing there is open for you.")
    replies = [Reply(line.key) for line in lines]
    stored = runs.respond(connection, desk.pharmacy(), view.run.id, person, replies, texts.ALL_GOOD, desk.now())
    said = [f":white_check_mark: {each}" for each in told(stored.stored)]
    said += [f":no_entry: {escape(why)}" for why in refusals(stored.refused, person)]
    after = runs.view_run(connection, desk.pharmacy(), view.run.id) or view
    if after.blank:
        said.append(f"{len(after.blank)} more to answer one by one.")
    return f":+1: {plain(person.name)}\n" + "\n".join(said)
