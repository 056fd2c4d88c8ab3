"""The workspace as Slack holds it: people, channels, user groups, and the stores of messages, views and files.

One lock guards all of it; whoever calls a method here holds `lock`. Knows nothing of HTTP or sockets.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from shiftbot.demo.emulator import ids
from shiftbot.demo.emulator.app_manifest import AppManifest
from shiftbot.demo.emulator.envelopes import Envelope, Log
from shiftbot.demo.emulator.feed import Feed
from shiftbot.demo.emulator.files import Files
from shiftbot.demo.emulator.messages import Messages
from shiftbot.demo.emulator.modals import Triggers, Views
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.response_urls import ResponseUrls

Json = dict[str, Any]
_COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c", "5b89d5", "2b6836")


@dataclass
class User:
    id: str
    handle: str
    name: str
    title: str = ""
    email: str = ""
    timezone: str = "America/New_York"
    color: str = "9f69e7"
    deleted: bool = False
    is_bot: bool = False
    dnd: Json = field(
        default_factory=lambda: {
            "dnd_enabled": False,
            "next_dnd_start_ts": 1,
            "next_dnd_end_ts": 1,
            "snooze_enabled": False,
        }
    )


@dataclass
class Channel:
    """`kind` is channel, group (private), im or mpim. An im's members are one person and the bot."""

    id: str
    name: str
    kind: str
    members: list[str]
    created: int
    archived: bool = False

    @property
    def is_im(self) -> bool:
        return self.kind == "im"


@dataclass
class UserGroup:
    id: str
    handle: str
    name: str
    users: list[str]


class Delivery(Protocol):
    def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        on_ack: Callable[[Envelope], None] | None = None,
        accepts_response_payload: bool = False,
    ) -> Envelope: ...


class Workspace:
    def __init__(self, name: str, now: Callable[[], float]) -> None:
        self.name = name
        self.now = now
        self.lock = threading.RLock()
        self.team_id = ids.object_id("T")
        self.app_id = ids.object_id("A")
        self.bot_id = ids.object_id("B")
        self.domain = name.lower().replace(" ", "-")
        self.verification_token = ids.mixed(24)
        self.url = ""
        self.manifest = AppManifest()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self._ims: dict[str, Channel] = {}
        self.messages = Messages()
        self.views = Views(now)
        self.triggers = Triggers()
        self.files = Files()
        self.response_urls = ResponseUrls()
        self.feed = Feed()
        self.log = Log()
        self.message_state: dict[tuple[str, str, str], dict[str, dict[str, Json]]] = {}
        self.last_read: dict[tuple[str, str], str] = {}
        self.delivery: Delivery
        self.bot = self.add_user("U0SHIFTBOT", "shiftbot", "shiftbot", is_bot=True)

    # People

    def add_user(self, user_id: str, handle: str, name: str, title: str = "", **further: Any) -> User:
        if user_id in self.users:
            raise ValueError(f"there is already a user {user_id}")
        color = _COLORS[len(self.users) % len(_COLORS)]
        email = further.pop("email", f"{handle}@{self.domain}.example.com")
        self.users[user_id] = User(user_id, handle, name, title, email, color=color, **further)
        return self.users[user_id]

    def user(self, user_id: str) -> User:
        found = self.users.get(user_id)
        if found is None:
            raise Refusal("user_not_found")
        return found

    @property
    def people(self) -> list[User]:
        return [user for user in self.users.values() if not user.is_bot]

    # Channels

    def add_channel(self, channel_id: str, name: str, members: Iterable[str], *, bot: bool, private: bool) -> Channel:
        everyone = [*members, *([self.bot.id] if bot else [])]
        unknown = [member for member in everyone if member not in self.users]
        if unknown or channel_id in self.channels:
            raise ValueError(
                f"channel {channel_id}: unknown members {unknown}" if unknown else f"there is {channel_id}"
            )
        kind = "group" if private else "channel"
        self.channels[channel_id] = Channel(channel_id, name, kind, everyone, int(self.now()))
        return self.channels[channel_id]

    def find_channel(self, reference: str) -> Channel | None:
        """By id, by name, or by #name."""
        if reference in self.channels:
            return self.channels[reference]
        name = reference.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == name and not c.is_im), None)

    def channel_for_bot(self, reference: str, *, by_name: bool = False) -> Channel:
        """A channel that the bot's token can see: public ones, and those it is in. Raises channel_not_found."""
        channel = self.find_channel(reference) if by_name else self.channels.get(reference)
        if channel is None or (channel.kind != "channel" and self.bot.id not in channel.members):
            raise Refusal("channel_not_found")
        return channel

    def im_with(self, user_id: str) -> Channel:
        """The direct messages of that person and the bot, opened if they were not."""
        if user_id not in self._ims:
            self._ims[user_id] = self._open(ids.object_id("D"), "", "im", [user_id, self.bot.id])
        return self._ims[user_id]

    def mpim_with(self, user_ids: list[str]) -> Channel:
        everyone = sorted({*user_ids, self.bot.id})
        for channel in self.channels.values():
            if channel.kind == "mpim" and sorted(channel.members) == everyone:
                return channel
        name = "mpdm-" + "--".join(self.users[user].handle for user in everyone) + "-1"
        return self._open(ids.object_id("C"), name, "mpim", everyone)

    def _open(self, channel_id: str, name: str, kind: str, members: list[str]) -> Channel:
        self.channels[channel_id] = Channel(channel_id, name, kind, members, int(self.now()))
        return self.channels[channel_id]

    def channels_of(self, user_id: str) -> list[Channel]:
        return [c for c in self.channels.values() if user_id in c.members]

    def partner(self, im: Channel) -> str:
        """The person in an im with the bot."""
        return next(member for member in im.members if member != self.bot.id)

    def bot_is_in(self, channel: Channel) -> bool:
        return self.bot.id in channel.members
