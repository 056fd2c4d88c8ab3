"""Events as the Events API wraps and words them, and which of them the app is subscribed to.

Knows nothing of how they travel.
"""

import re
from typing import Any

from shiftbot.demo.emulator import ids, wire
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.workspace import Channel, Workspace

Json = dict[str, Any]
_TOKEN = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def send(workspace: Workspace, event: Json, channel_type: str | None = None) -> None:
    """Wrap and hand over, if the app asked for this event."""
    if workspace.manifest.wants(event["type"], channel_type):
        workspace.delivery.deliver("events_api", _wrapped(workspace, event))


def _wrapped(workspace: Workspace, event: Json) -> Json:
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": ids.object_id("Ev"),
        "event_time": int(float(event["event_ts"])),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{ids.mixed(40)}",
    }


def event_ts(workspace: Workspace) -> str:
    return f"{workspace.now():.6f}"


def message_posted(workspace: Workspace, channel: Channel, message: Message) -> None:
    if not workspace.bot_is_in(channel) or message.ephemeral_to:
        return
    event = {
        **wire.message(workspace, message),
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel.kind,
    }
    event.pop("metadata", None)
    if message.is_reply:
        parent = workspace.messages.find(channel.id, str(message.thread_ts))
        event["parent_user_id"] = parent.user if parent else None
    if message.bot_id is None and not event.get("blocks"):
        event["blocks"] = [_as_composed(message.text)]
    send(workspace, event, channel.kind)
    if f"<@{workspace.bot.id}" in message.text and not channel.is_im and message.user != workspace.bot.id:
        mention = {k: v for k, v in event.items() if k != "channel_type"}
        send(workspace, {**mention, "type": "app_mention"})


def _as_composed(text: str) -> Json:
    parts: list[Json] = []
    for index, piece in enumerate(_TOKEN.split(text)):
        if index % 2:
            parts.append({"type": "user", "user_id": piece})
        elif piece:
            parts.append({"type": "text", "text": wire.unescaped(piece)})
    section = {"type": "rich_text_section", "elements": parts}
    return {"type": "rich_text", "block_id": ids.mixed(5), "elements": [section]}


def message_changed(workspace: Workspace, channel: Channel, before: Message, after: Message) -> None:
    if workspace.bot_is_in(channel):
        event = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "message": wire.message(workspace, after),
            "previous_message": wire.message(workspace, before),
        }
        _send_about(workspace, channel, event)


def message_deleted(workspace: Workspace, channel: Channel, before: Message) -> None:
    if workspace.bot_is_in(channel):
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": before.ts,
            "previous_message": wire.message(workspace, before),
        }
        _send_about(workspace, channel, event)


def _send_about(workspace: Workspace, channel: Channel, event: Json) -> None:
    ts = event_ts(workspace)
    send(
        workspace,
        {**event, "channel": channel.id, "ts": ts, "event_ts": ts, "channel_type": channel.kind},
        channel.kind,
    )


def home_opened(workspace: Workspace, user: str) -> None:
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": workspace.im_with(user).id,
        "tab": "home",
        "event_ts": event_ts(workspace),
    }
    home = workspace.views.home(user)
    if home is not None:
        event["view"] = wire.view(workspace, home)
    send(workspace, event)


def reaction_added(workspace: Workspace, user: str, name: str, message: Message) -> None:
    event = {
        "type": "reaction_added",
        "user": user,
        "reaction": name,
        "item_user": message.user,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "event_ts": event_ts(workspace),
    }
    if workspace.bot_is_in(workspace.channels[message.channel]):
        send(workspace, event)


def member_joined(workspace: Workspace, user: str, channel: Channel) -> None:
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G",
        "team": workspace.team_id,
        "event_ts": event_ts(workspace),
    }
    send(workspace, event)
