"""Messages of one workspace: what was said where, edited or deleted. Time stamps are unique and rise within a channel.

Knows nothing of who may see them, of the wire, or of Slack's limits.
"""

from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reaction:
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """A message as it stands; an edit makes a new one with the same channel and ts. `ephemeral_to`: its only reader."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    edited: bool = False
    metadata: Json | None = None
    deleted: bool = False
    bot_id: str | None = None
    subtype: str | None = None
    client_msg_id: str | None = None
    ephemeral_to: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    reactions: tuple[Reaction, ...] = ()

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.ts


class Messages:
    """The caller holds the workspace's lock."""

    def __init__(self) -> None:
        self._by_channel: dict[str, dict[str, Message]] = {}  # in order of ts, as ts only rises
        self._replies: dict[tuple[str, str], list[str]] = {}
        self._last_micros: dict[str, int] = {}

    def next_ts(self, channel: str, epoch_seconds: float) -> str:
        micros = max(int(epoch_seconds * 1_000_000), self._last_micros.get(channel, 0) + 1)
        self._last_micros[channel] = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def put(self, message: Message) -> Message:
        held = self._by_channel.setdefault(message.channel, {})
        if message.is_reply and message.ts not in held:
            self._replies.setdefault((message.channel, str(message.thread_ts)), []).append(message.ts)
        held[message.ts] = message
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        found = self._by_channel.get(channel, {}).get(ts)
        return None if found is None or found.deleted else found

    def change(self, message: Message, **changes: Any) -> Message:
        return self.put(replace(message, **changes))

    def all_in(self, channel: str) -> list[Message]:
        """Everything in the channel, ephemerals and replies included, oldest first, without what was deleted."""
        return [m for m in self._by_channel.get(channel, {}).values() if not m.deleted]

    def top_level(self, channel: str) -> list[Message]:
        return [m for m in self.all_in(channel) if m.ephemeral_to is None and (not m.is_reply or m.broadcast)]

    def thread(self, channel: str, thread_ts: str) -> list[Message]:
        """Parent first, then its replies."""
        found = (self.find(channel, ts) for ts in [thread_ts, *self._replies.get((channel, thread_ts), [])])
        return [m for m in found if m is not None and m.ephemeral_to is None]

    def ephemerals_of(self, user: str) -> list[Message]:
        found = (m for held in self._by_channel.values() for m in held.values())
        return sorted((m for m in found if m.ephemeral_to == user and not m.deleted), key=lambda m: m.ts)

    def forget_all(self) -> list[Message]:
        """Mark every message deleted and return what was there."""
        live = [m for channel in self._by_channel for m in self.all_in(channel)]
        for message in live:
            self.change(message, deleted=True)
        return live
