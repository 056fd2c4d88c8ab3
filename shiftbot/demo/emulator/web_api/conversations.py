"""conversations.*: opening, looking up, reading back."""

from typing import Any

from shiftbot.demo.emulator import events, wire
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method, next_cursor, page
from shiftbot.demo.emulator.workspace import Channel, Workspace

Json = dict[str, Any]
MOST_USERS = 8
TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def open_(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    if arguments.get("channel"):
        channel = workspace.channel_for_bot(arguments.text("channel"))
        if channel.kind not in ("im", "mpim"):
            raise Refusal("method_not_supported_for_channel_type")
        return _opened(workspace, channel, arguments, was_open=True)
    users = arguments.several("users")
    if not users:
        raise Refusal("users_list_not_supplied")
    if len(users) > MOST_USERS:
        raise Refusal("too_many_users")
    for user_id in users:
        if workspace.user(user_id).deleted:
            raise Refusal("user_disabled")
    before = len(workspace.channels)
    channel = workspace.im_with(users[0]) if len(users) == 1 else workspace.mpim_with(users)
    return _opened(workspace, channel, arguments, was_open=len(workspace.channels) == before)


def _opened(workspace: Workspace, channel: Channel, arguments: Arguments, *, was_open: bool) -> Json:
    shown = wire.channel(workspace, channel) if arguments.flag("return_im") else {"id": channel.id}
    return {"no_op": was_open, "already_open": was_open, "channel": shown}


def info(desk: Desk, arguments: Arguments) -> Json:
    channel = desk.workspace.channel_for_bot(arguments.text("channel"))
    shown = wire.channel(desk.workspace, channel)
    if arguments.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def list_(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    kinds = _kinds(arguments)
    seen = [
        c
        for c in workspace.channels.values()
        if c.kind in kinds
        and (c.kind == "channel" or workspace.bot_is_in(c))
        and not (arguments.flag("exclude_archived") and c.archived)
    ]
    shown, cursor = page(seen, arguments, 100)
    return {"channels": [_listed(workspace, c) for c in shown], **next_cursor(cursor)}


def _kinds(arguments: Arguments) -> set[str]:
    types = arguments.several("types") or ["public_channel"]
    if not set(types) <= set(TYPES):
        raise Refusal("invalid_types")
    return {TYPES[name] for name in types}


def _listed(workspace: Workspace, channel: Channel) -> Json:
    count = {} if channel.is_im else {"num_members": len(channel.members)}
    return wire.channel(workspace, channel) | count


def of_user(desk: Desk, arguments: Arguments) -> Json:
    """users.conversations"""
    workspace = desk.workspace
    user = workspace.user(arguments.text("user") or workspace.bot.id)
    kinds = _kinds(arguments)
    seen = [
        c
        for c in workspace.channels_of(user.id)
        if c.kind in kinds and not (arguments.flag("exclude_archived") and c.archived)
    ]
    if user.id != workspace.bot.id:
        seen = [c for c in seen if c.kind == "channel" or workspace.bot_is_in(c)]
    shown, cursor = page(seen, arguments, 100)
    return {"channels": [wire.channel(workspace, c) for c in shown], **next_cursor(cursor)}


def members(desk: Desk, arguments: Arguments) -> Json:
    channel = desk.workspace.channel_for_bot(arguments.text("channel"))
    shown, cursor = page(channel.members, arguments, 100)
    return {"members": shown, **next_cursor(cursor)}


def join(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    channel = workspace.channel_for_bot(arguments.text("channel"))
    if channel.kind != "channel":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    already = workspace.bot_is_in(channel)
    if not already:
        channel.members.append(workspace.bot.id)
        events.member_joined(workspace, workspace.bot.id, channel)
    extra = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": wire.channel(workspace, channel), **(extra if already else {})}


def history(desk: Desk, arguments: Arguments) -> Json:
    """Newest first, replies only where they were broadcast."""
    channel = _readable(desk, arguments)
    said = list(reversed(_within(desk.workspace.messages.top_level(channel.id), arguments)))
    return _read_back(desk, arguments, said)


def replies(desk: Desk, arguments: Arguments) -> Json:
    """Parent first, then replies in order."""
    channel = _readable(desk, arguments)
    thread = desk.workspace.messages.thread(channel.id, arguments.text("ts"))
    if not thread:
        raise Refusal("thread_not_found")
    first = [m for m in thread if m.ts == arguments.text("ts")]
    return _read_back(desk, arguments, first + _within([m for m in thread if m not in first], arguments))


def _readable(desk: Desk, arguments: Arguments) -> Channel:
    channel = desk.workspace.channel_for_bot(arguments.text("channel"))
    if not desk.workspace.bot_is_in(channel):
        raise Refusal("not_in_channel")
    return channel


def _within(said: list[Message], arguments: Arguments) -> list[Message]:
    oldest, latest = _instant(arguments, "oldest", "0"), _instant(arguments, "latest", "inf")
    inclusive = arguments.flag("inclusive")
    return [m for m in said if oldest < float(m.ts) < latest or (inclusive and float(m.ts) in (oldest, latest))]


def _instant(arguments: Arguments, name: str, default: str) -> float:
    try:
        return float(arguments.text(name) or default)
    except ValueError:
        raise Refusal(f"invalid_ts_{name}") from None


def _read_back(desk: Desk, arguments: Arguments, said: list[Message]) -> Json:
    shown, cursor = page(said, arguments, 100, 999, "invalid_arguments")
    metadata = arguments.flag("include_all_metadata")
    found: Json = {
        "messages": [wire.message(desk.workspace, m, metadata=metadata) for m in shown],
        "has_more": bool(cursor),
        "pin_count": 0,
    }
    return found | (next_cursor(cursor) if cursor else {})


METHODS = {
    "conversations.open": Method(open_),
    "conversations.info": Method(info, ("channel",)),
    "conversations.list": Method(list_),
    "conversations.members": Method(members, ("channel",)),
    "conversations.join": Method(join, ("channel",)),
    "conversations.history": Method(history, ("channel",)),
    "conversations.replies": Method(replies, ("channel", "ts")),
    "users.conversations": Method(of_user),
}
