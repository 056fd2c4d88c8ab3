"""Payloads of clicks, commands, shortcuts, submissions and option look-ups, complete as Slack sends them.

The caller holds the workspace's lock and has made sure that the person can see what is being used.
"""

import time
from typing import Any

from shiftbot.demo.emulator import acks, wire
from shiftbot.demo.emulator.app_manifest import AppManifest
from shiftbot.demo.emulator.envelopes import Envelope
from shiftbot.demo.emulator.fields import Placed, holds_a_value, state_of, typed_value
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.workspace import Channel, User, Workspace

Json = dict[str, Any]


def click_in_message(workspace: Workspace, user: User, message: Message, placed: Placed, entered: Any) -> Envelope:
    channel = workspace.channels[message.channel]
    state = workspace.message_state.setdefault((user.id, *message.key), {})
    action = _action(placed, entered, state)
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    secret = workspace.response_urls.make(user.id, channel.id, message.ts, message.thread_ts)
    payload = _from(workspace, user, "block_actions") | {
        "container": container,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        # Slack keeps no ephemeral message, so it sends none along.
        **({} if message.ephemeral_to else {"message": wire.message(workspace, message)}),
        "state": {"values": state_of(message.blocks, state)},
        "response_url": _response_address(workspace, "actions", secret),
        "actions": [action],
    }
    return _send(workspace, payload)


def click_in_view(workspace: Workspace, user: User, view: View, placed: Placed, entered: Any) -> Envelope:
    action = _action(placed, entered, view.entered)
    payload = _from(workspace, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "view": wire.view(workspace, view),
        "actions": [action],
    }
    return _send(workspace, payload)


def submission(workspace: Workspace, user: User, view: View) -> Envelope:
    payload = _from(workspace, user, "view_submission") | {
        "view": wire.view(workspace, view),
        "response_urls": [],
    }
    return workspace.delivery.deliver(
        "interactive", payload, on_ack=acks.of_submission(workspace, view), accepts_response_payload=True
    )


def closing(workspace: Workspace, user: User, view: View, *, cleared: bool) -> Envelope:
    payload = _from(workspace, user, "view_closed") | {"view": wire.view(workspace, view), "is_cleared": cleared}
    payload.pop("trigger_id")
    return _send(workspace, payload)


def slash_command(workspace: Workspace, user: User, channel: Channel, command: str, text: str) -> Envelope:
    declared = workspace.manifest.command(command)
    secret = workspace.response_urls.make(user.id, channel.id)
    payload = {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": _with_mentions(workspace, text) if declared.get("should_escape") else text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": _response_address(workspace, "commands", secret),
        "trigger_id": workspace.triggers.make(user.id),
    }
    return workspace.delivery.deliver(
        "slash_commands",
        payload,
        on_ack=acks.of_command(workspace, user.id, channel),
        accepts_response_payload=True,
    )


def _with_mentions(workspace: Workspace, text: str) -> str:
    """`@ben` as `<@U0BEN|ben>`, when the manifest says should_escape."""
    for user in workspace.users.values():
        text = text.replace(f"@{user.handle}", f"<@{user.id}|{user.handle}>")
    return text


def shortcut(workspace: Workspace, user: User, callback_id: str) -> Envelope:
    workspace.manifest.require_shortcut(callback_id, "global")
    payload = _from(workspace, user, "shortcut") | {"callback_id": callback_id, "action_ts": _action_ts()}
    payload.pop("api_app_id")
    return _send(workspace, payload)


def message_shortcut(workspace: Workspace, user: User, callback_id: str, message: Message) -> Envelope:
    manifest: AppManifest = workspace.manifest
    manifest.require_shortcut(callback_id, "message")
    channel = workspace.channels[message.channel]
    secret = workspace.response_urls.make(user.id, channel.id, message.ts, message.thread_ts)
    payload = _from(workspace, user, "message_action") | {
        "callback_id": callback_id,
        "action_ts": _action_ts(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "message": wire.message(workspace, message),
        "response_url": _response_address(workspace, "app", secret),
    }
    payload.pop("api_app_id")
    return _send(workspace, payload)


def option_look_up(workspace: Workspace, user: User, placed: Placed, typed: str, where: Json) -> Envelope:
    """`where` is the part that names the container: message and channel, or view."""
    payload = _from(workspace, user, "block_suggestion") | {
        "action_id": placed.action_id,
        "block_id": placed.block_id,
        "value": typed,
        **where,
    }
    payload.pop("trigger_id")
    return workspace.delivery.deliver("interactive", payload, accepts_response_payload=True)


def where_of(workspace: Workspace, shown: Message | View) -> Json:
    if isinstance(shown, View):
        return {"container": {"type": "view", "view_id": shown.id}, "view": wire.view(workspace, shown)}
    channel = workspace.channels[shown.channel]
    return {
        "container": {"type": "message", "message_ts": shown.ts, "channel_id": channel.id, "is_ephemeral": False},
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "message": wire.message(workspace, shown),
    }


def _from(workspace: Workspace, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": workspace.team_id},
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "trigger_id": workspace.triggers.make(user.id),
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _send(workspace: Workspace, payload: Json) -> Envelope:
    return workspace.delivery.deliver("interactive", payload)


def _action(placed: Placed, entered: Any, state: dict[str, dict[str, Json]]) -> Json:
    """One entry of `actions`; what was chosen is kept in `state`, as Slack's client keeps it."""
    element = placed.element
    action: Json = {"action_id": placed.action_id, "block_id": placed.block_id, "type": placed.type}
    if holds_a_value(element):
        typed = typed_value(placed, entered)
        state.setdefault(placed.block_id, {})[placed.action_id] = typed
        action |= typed
    elif placed.type == "overflow":
        chosen = next((o for o in element["options"] if entered in (o["value"], o["text"]["text"])), None)
        if chosen is None:
            raise LookupError(f"{placed.action_id} offers no option {entered!r}")
        action["selected_option"] = chosen
    else:
        action |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    for key in ("placeholder", "confirm"):
        if key in element:
            action[key] = element[key]
    return action | {"action_ts": _action_ts()}


def _action_ts() -> str:
    return f"{time.time():.6f}"


def _channel_name(channel: Channel) -> str:
    return "directmessage" if channel.is_im else channel.name


def _response_address(workspace: Workspace, kind: str, secret: str) -> str:
    return f"{workspace.url}/{kind}/{workspace.team_id}/{secret}"
