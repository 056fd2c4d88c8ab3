"""What the page shows a person, as JSON: people, channels with unread counts, messages, views.

The caller holds the workspace's lock. Knows nothing of HTTP.
"""

from typing import Any

from shiftbot.demo.emulator import wire
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.workspace import Channel, User, Workspace

Json = dict[str, Any]


def people(workspace: Workspace) -> Json:
    manifest = workspace.manifest
    return {
        "workspace": workspace.name,
        "people": [_person(workspace, user) for user in workspace.people],
        "bot": {"id": workspace.bot.id, "name": workspace.bot.name},
        "commands": [
            {"command": c["command"], "hint": c.get("usage_hint", ""), "description": c.get("description", "")}
            for c in manifest.commands
        ],
        "shortcuts": [{key: s[key] for key in ("callback_id", "name", "type")} for s in manifest.shortcuts],
    }


def _person(workspace: Workspace, user: User) -> Json:
    unread = sum(_unread(workspace, user, channel) for channel in workspace.channels_of(user.id))
    return {
        "id": user.id,
        "handle": user.handle,
        "name": user.name,
        "title": user.title,
        "color": f"#{user.color}",
        "deleted": user.deleted,
        "unread": unread,
    }


def state(workspace: Workspace, user: User) -> Json:
    workspace.im_with(user.id)
    home = workspace.views.home(user.id)
    channels = sorted(workspace.channels_of(user.id), key=lambda c: (c.is_im, c.name))
    return {
        "channels": [_channel(workspace, user, channel) for channel in channels],
        "views": [_view(workspace, view) for view in workspace.views.stack(user.id)],
        "home": None if home is None else _view(workspace, home),
        "seq": workspace.feed.seq,
        "now": workspace.now(),
    }


def _view(workspace: Workspace, view: View) -> Json:
    return {**wire.view(workspace, view), "errors": view.errors}


def _channel(workspace: Workspace, user: User, channel: Channel) -> Json:
    seen = _visible(workspace, user, channel.id)
    return {
        "id": channel.id,
        "name": workspace.bot.name if channel.is_im else channel.name,
        "kind": "im" if channel.is_im else "channel",
        "archived": channel.archived,
        "read_only": channel.is_im and workspace.manifest.messages_tab_read_only,
        "unread": _unread(workspace, user, channel),
        "latest_ts": seen[-1].ts if seen else None,
    }


def _visible(workspace: Workspace, user: User, channel_id: str) -> list[Message]:
    """Top level with the person's own ephemerals mixed in."""
    return [
        m
        for m in workspace.messages.all_in(channel_id)
        if m.ephemeral_to in (None, user.id) and (not m.is_reply or m.broadcast)
    ]


def _unread(workspace: Workspace, user: User, channel: Channel) -> int:
    read = workspace.last_read.get((user.id, channel.id), "")
    return sum(m.user != user.id and m.ts > read for m in _visible(workspace, user, channel.id))


def messages(workspace: Workspace, user: User, channel_id: str, thread_ts: str | None) -> list[Json]:
    """Marks the channel read for that person. A thread begins with its parent."""
    if thread_ts is None:
        said = _visible(workspace, user, channel_id)
        if said:
            workspace.last_read[user.id, channel_id] = said[-1].ts
    else:
        everything = workspace.messages.all_in(channel_id)
        said = [m for m in everything if m.ephemeral_to in (None, user.id) and thread_ts in (m.ts, m.thread_ts)]
    return [_message(workspace, user, m) for m in said]


def _message(workspace: Workspace, user: User, said: Message) -> Json:
    replies = [] if said.is_reply or said.ephemeral_to else _replies(workspace, user, said)
    state = workspace.message_state.get((user.id, *said.key), {})
    return {
        "channel": said.channel,
        "ts": said.ts,
        "user": said.user,
        "name": workspace.users[said.user].name,
        "is_bot": said.bot_id is not None,
        "text": said.text,
        "blocks": said.blocks,
        "attachments": said.attachments,
        "thread_ts": said.thread_ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
        "latest_reply": replies[-1].ts if replies else None,
        "edited": said.edited,
        "ephemeral": said.ephemeral_to is not None,
        "reactions": [{"name": r.name, "users": list(r.users)} for r in said.reactions],
        "files": said.files,
        "state": {"values": state},
    }


def _replies(workspace: Workspace, user: User, said: Message) -> list[Message]:
    everything = workspace.messages.all_in(said.channel)
    return [m for m in everything if m.is_reply and m.thread_ts == said.ts and m.ephemeral_to in (None, user.id)]
