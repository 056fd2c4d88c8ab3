"""The guard over a site's channel: a message that looks like patient information, or holds a PIN, is never read on.

Nothing of it is stored. Who wrote it is told why and how to write it, the managers are told the class and the place,
and the record holds the class. The bot cannot delete what people post; it asks them to.
"""

import logging
from dataclasses import dataclass

from slack_sdk import WebClient

from shiftbot.domain.pin import types_a_pin
from shiftbot.domain.privacy import patient_information
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.errors import StorageUnavailable
from shiftbot.services import privacy
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import unescape
from shiftbot.slack.desk import Desk
from shiftbot.slack.links import Links
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import UNREACHED, Json, Place, tell_privately
from shiftbot.storage import events

log = logging.getLogger(__name__)

TYPED = (None, "thread_broadcast", "file_share", "me_message")
"""Message subtypes that hold a person's own words; joins, topics and the like have others."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person wrote or changed in a channel. `words` are looked at and kept nowhere."""

    user: str
    channel: str
    ts: str
    thread_ts: str | None
    edited: bool
    words: str


class Overhearing:
    """Listens to every message in the sites' channels, before anything else does."""

    def __init__(self, desk: Desk, links: Links) -> None:
        self._desk = desk
        self._links = links

    def register(self, switchboard: Switchboard) -> None:
        """To be registered before whatever reads messages: what trips the guard goes no further."""
        switchboard.on_event("message", self.refuse, acknowledge_last=True, only=self.trips)

    def trips(self, _body: Json, event: Json) -> bool:
        """Whether a message in a site's channel looks like patient information, or like somebody's PIN."""
        said = heard(event)
        if said is None or self._desk.pharmacy().site_by_channel(said.channel) is None:
            return False
        return patient_information(said.words) is not None or types_a_pin(said.words)

    def refuse(self, _body: Json, event: Json, client: WebClient) -> None:
        """Note the class, tell the writer and the managers; the same class in the same message is told once."""
        said, pharmacy = heard(event), self._desk.pharmacy()
        site = pharmacy.site_by_channel(said.channel) if said else None
        found = patient_information(said.words) if said else None
        if said is not None and found is None and types_a_pin(said.words):
            _tell(client, said, texts.PIN_SAID)
        if said is None or site is None or found is None:
            return
        what, instead = found
        in_thread = said.thread_ts is not None and not said.edited
        link = self._links.to_message(client, said.channel, said.ts)
        told = "" if in_thread else texts.private_message(what, instead, said.channel, link)
        try:
            is_new = self._note(pharmacy, site, said, what, told, texts.private_place(what, said.channel, link))
        except StorageUnavailable as error:
            log.warning("a refusal is not on the record: %s", error, extra={"action": "refusal_not_noted"})
            is_new = in_thread = True
        if is_new and in_thread:
            _tell(client, said, texts.private_reply(what, instead))
        self._desk.wake()

    def _note(self, pharmacy: Pharmacy, site: Site, said: Heard, what: str, told: str, managers: str) -> bool:
        """Store what is to be said, once for each message and class; whether it was the first time."""
        now, key = self._desk.now(), f"privacy:{said.channel}:{said.ts}:{what}"
        person = pharmacy.person_by_slack(said.user)
        sender = person.id if person else said.user
        with self._desk.database.transaction() as connection:
            if not events.first_time(connection, key, now):
                return False
            privacy.note_refusal(connection, site, sender, what, now)
            privacy.tell_of_message(connection, pharmacy, site, key, sender, told, managers, now)
        return True


def heard(event: Json) -> Heard | None:
    """A person's own words in a message event, new or changed; nothing for bots, joins, and edits of something else."""
    edited = event.get("subtype") == "message_changed"
    message: Json = (event.get("message") or {}) if edited else event
    if edited and _words(message) == _words(event.get("previous_message") or {}):
        return None  # a link was unfurled, or a reply counted
    if message.get("subtype") not in TYPED or message.get("bot_id") or not message.get("user"):
        return None
    ts, thread = str(message["ts"]), message.get("thread_ts")
    thread_ts = str(thread) if thread and str(thread) != ts else None
    return Heard(str(message["user"]), str(event["channel"]), ts, thread_ts, edited, _words(message))


def _words(message: Json) -> str:
    """What was typed, and how files are called."""
    files = message.get("files") or []
    names = [str(file.get(name) or "") for file in files for name in ("title", "name")]
    return unescape("\n".join([str(message.get("text") or ""), *names]))


def _tell(client: WebClient, said: Heard, text: str) -> None:
    try:
        tell_privately(client, Place(said.user, said.channel, said.thread_ts), text)
    except UNREACHED as error:
        log.warning("a person could not be told: %s", error, extra={"action": "not_told"})
