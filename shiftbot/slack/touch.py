"""One thing that somebody did in Slack: a click, a form, a command, a shortcut; and answering them privately.

Knows nothing of how it reached us, nor of which work is done for it.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Connection

from shiftbot.domain.site import Person
from shiftbot.errors import Refused
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import escape
from shiftbot.slack.desk import Desk
from shiftbot.storage import events

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

UNREACHED = (SlackApiError, URLError, OSError, HTTPException)
"""What slack_sdk raises when Slack says no, does not answer, or is cut off in the middle of its answer."""


@dataclass(frozen=True)
class Place:
    """Where somebody did something, so that they can be answered there; no channel on the Home tab."""

    user: str
    channel: str | None = None
    thread_ts: str | None = None


@dataclass(frozen=True)
class Touch:
    """One thing that somebody did: a click, a form, a command, a shortcut. `key` is the same when Slack repeats it."""

    desk: Desk
    client: WebClient
    body: Json
    place: Place
    key: str

    @property
    def person(self) -> Person:
        """Who did it. Raises Refused for an unknown account."""
        return self.desk.person(self.place.user)

    def refuse_stranger(self) -> None:
        """Raise Refused for an account that nobody defined, before anything is opened or said."""
        self.desk.person(self.place.user)

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.desk.now()

    @property
    def value(self) -> str:
        """What the pressed button carries."""
        return str(self.body["actions"][0].get("value", ""))

    @property
    def about(self) -> str:
        """What the submitted form carries."""
        return str(self.body["view"].get("private_metadata", ""))

    def tell(self, text: str) -> None:
        """Say something to this person only."""
        tell_privately(self.client, self.place, text)

    def first_time(self, connection: Connection) -> bool:
        """Whether this was not handled before; counts as handled when the transaction commits."""
        return events.first_time(connection, self.key, self.now)

    def first_attempt(self, connection: Connection) -> bool:
        """Whether this very submission was not seen before: a form that was refused is sent again under its old key."""
        return events.first_time(connection, f"{self.key}:{self.body.get('trigger_id', '')}", self.now)

    def entered(self, block_id: str) -> str:
        """What somebody typed or chose in a field of the submitted form; empty when nothing."""
        field = self._field(block_id)
        chosen = field.get("selected_option")
        typed = (field.get(name) for name in ("selected_date", "selected_time", "value"))
        return str(chosen["value"] if chosen else next((words for words in typed if words), ""))

    def files(self, block_id: str) -> list[str]:
        """The Slack ids of what somebody put into a file field."""
        return [str(file["id"]) for file in self._field(block_id).get("files") or []]

    def file_names(self, block_id: str) -> str:
        """How those files are called, a name a line."""
        files = self._field(block_id).get("files") or []
        return "\n".join(str(file.get(name) or "") for file in files for name in ("title", "name"))

    def _field(self, block_id: str) -> Json:
        fields: Json = self.body["view"]["state"]["values"].get(block_id, {})
        return next(iter(fields.values()), {})

    def open(self, view: Json) -> None:
        """Open a form for the person; from within a form it takes that form's place.

        Raises Refused when the 3 seconds of their click are over.
        """
        within = self.body.get("view") or {}
        try:
            if within.get("type") == "modal":
                self.client.views_update(view_id=str(within["id"]), view=dict(view))
            else:
                self.client.views_open(trigger_id=str(self.body["trigger_id"]), view=dict(view))
        except SlackApiError as error:
            log.warning("a form did not open: %s", error.response.get("error"), extra={"action": "view_not_opened"})
            raise Refused(texts.TOO_SLOW) from error


def number_in(carried: str) -> int:
    """The id that a button or form carries. Raises Refused for one that no card of ours holds."""
    if not re.fullmatch(r"[0-9]{1,18}", carried):
        raise Refused(texts.OLD_BUTTON)
    return int(carried)


def update(view: Json) -> Json:
    """The acknowledgement of a form that lets another take its place."""
    return {"response_action": "update", "view": view}


class FieldRefused(Refused):
    """What was entered in one field of a form cannot be stored."""

    def __init__(self, block_id: str, why: str) -> None:
        super().__init__(why)
        self.block_id = block_id


def place_of(body: Json) -> Place:
    """Where a click, command or shortcut was made."""
    user = body.get("user") or {}
    channel = body.get("channel") or {}
    container = body.get("container") or {}
    return Place(
        user=str(body.get("user_id") or user.get("id")),
        channel=body.get("channel_id") or channel.get("id") or container.get("channel_id"),
        thread_ts=container.get("thread_ts"),
    )


def tell_privately(client: WebClient, place: Place, text: str) -> None:
    """Say something to one person only: beside what they did, or by direct message where that is not possible."""
    words = escape(text)
    if place.channel:
        try:
            client.chat_postEphemeral(channel=place.channel, user=place.user, text=words, thread_ts=place.thread_ts)
        except SlackApiError as error:
            log.info("not told in the channel: %s", error.response.get("error"), extra={"action": "told_by_message"})
        else:
            return
    client.chat_postMessage(channel=place.user, text=words)
