"""Saying, editing and deleting: the store, the page's feed and the app's events in step.

The caller holds the workspace's lock. Knows nothing of who is allowed to; that was decided before.
"""

from typing import Any

from shiftbot.demo.emulator import events
from shiftbot.demo.emulator.messages import Message, Reaction
from shiftbot.demo.emulator.workspace import Channel, Workspace

Json = dict[str, Any]


def thread_of(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    """The ts of the parent, also when a reply's own ts was given."""
    if not thread_ts:
        return None
    found = workspace.messages.find(channel.id, thread_ts)
    return found.thread_ts if found is not None and found.thread_ts else thread_ts


def post(workspace: Workspace, channel: Channel, user: str, text: str, **further: Any) -> Message:
    """`further` are fields of Message. An ephemeral message is told to its reader alone and makes no event."""
    further["thread_ts"] = thread_of(workspace, channel, further.get("thread_ts"))
    ts = workspace.messages.next_ts(channel.id, workspace.now())
    message = workspace.messages.put(Message(channel.id, ts, user, text, **further))
    if message.ephemeral_to:
        _tell(workspace, "ephemeral", channel, message, readers=[message.ephemeral_to])
    else:
        _tell(workspace, "message", channel, message)
        events.message_posted(workspace, channel, message)
    return message


def post_as_bot(workspace: Workspace, channel: Channel, text: str, **further: Any) -> Message:
    return post(workspace, channel, workspace.bot.id, text, bot_id=workspace.bot_id, **further)


def edit(workspace: Workspace, channel: Channel, before: Message, **changes: Any) -> Message:
    edited = {"edited": True, "edited_ts": events.event_ts(workspace)}
    after = workspace.messages.change(before, **changes, **edited)
    readers = [before.ephemeral_to] if before.ephemeral_to else None
    _tell(workspace, "message_changed", channel, after, readers=readers)
    if readers is None:
        events.message_changed(workspace, channel, before, after)
    return after


def delete(workspace: Workspace, channel: Channel, message: Message) -> None:
    workspace.messages.change(message, deleted=True)
    readers = [message.ephemeral_to] if message.ephemeral_to else None
    _tell(workspace, "message_deleted", channel, message, readers=readers)
    if readers is None:
        events.message_deleted(workspace, channel, message)


def react(workspace: Workspace, channel: Channel, message: Message, user: str, name: str) -> bool:
    """False when that person had already reacted so."""
    by_name = {reaction.name: reaction for reaction in message.reactions}
    users = by_name[name].users if name in by_name else ()
    if user in users:
        return False
    by_name[name] = Reaction(name, (*users, user))
    after = workspace.messages.change(message, reactions=tuple(by_name.values()))
    _tell(workspace, "reaction", channel, after)
    events.reaction_added(workspace, user, name, after)
    return True


def _tell(
    workspace: Workspace, kind: str, channel: Channel, message: Message, readers: list[str] | None = None
) -> None:
    about = {"channel": channel.id, "thread_ts": message.thread_ts, "ts": message.ts, "text": message.text}
    workspace.feed.publish(kind, channel.members if readers is None else readers, **about)
