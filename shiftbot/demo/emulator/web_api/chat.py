"""chat.*: posting, editing, deleting."""

from typing import Any

from shiftbot.demo.emulator import posting, wire
from shiftbot.demo.emulator.content import message_content, metadata_content
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method, refuse_haste
from shiftbot.demo.emulator.workspace import Channel, Workspace

Json = dict[str, Any]
UPDATE_TEXT_LIMIT = 4000  # chat.update: msg_too_long


def _destination(workspace: Workspace, reference: str) -> Channel:
    """A channel, a channel's name, or a person, whose direct messages are opened."""
    person = workspace.users.get(reference)
    if person is not None and not person.is_bot:
        channel = workspace.im_with(person.id)
    else:
        channel = workspace.channel_for_bot(reference, by_name=True)
    if channel.archived:
        raise Refusal("is_archived")
    if channel.is_im and workspace.users[workspace.partner(channel)].deleted:
        raise Refusal("channel_not_found")
    if not workspace.bot_is_in(channel):
        raise Refusal("not_in_channel")
    return channel


def post_message(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    content = message_content(arguments, "msg_blocks_too_long")
    metadata = metadata_content(arguments.get("metadata"))
    channel = _destination(workspace, arguments.text("channel"))
    refuse_haste(desk.rate_limits.wait_for_post(channel.id))
    message = posting.post_as_bot(
        workspace,
        channel,
        metadata=metadata,
        thread_ts=arguments.text("thread_ts") or None,
        broadcast=arguments.flag("reply_broadcast"),
        **content,
    )
    return {"channel": channel.id, "ts": message.ts, "message": wire.message(workspace, message)}


def _own_message(workspace: Workspace, arguments: Arguments, not_mine: str) -> tuple[Channel, Message]:
    channel = workspace.channel_for_bot(arguments.text("channel"))
    message = workspace.messages.find(channel.id, arguments.text("ts"))
    if message is None or message.ephemeral_to:
        raise Refusal("message_not_found")
    if message.user != workspace.bot.id:
        raise Refusal(not_mine)
    return channel, message


def update(desk: Desk, arguments: Arguments) -> Json:
    """Blocks, attachments and metadata that are not given stay; an empty list or object takes them away."""
    workspace = desk.workspace
    content = message_content(arguments, "msg_too_long")
    metadata = metadata_content(arguments.get("metadata"))
    if len(arguments.text("text")) > UPDATE_TEXT_LIMIT:
        raise Refusal("msg_too_long")
    channel, message = _own_message(workspace, arguments, "cant_update_message")
    if channel.archived:
        raise Refusal("is_inactive")
    changes = {
        "text": content["text"],
        "blocks": message.blocks if arguments.get("blocks") is None else content["blocks"],
        "attachments": message.attachments if arguments.get("attachments") is None else content["attachments"],
        "metadata": message.metadata if metadata is None else metadata or None,
    }
    after = posting.edit(workspace, channel, message, **changes)
    return {"channel": channel.id, "ts": after.ts, "text": after.text, "message": wire.message(workspace, after)}


def delete(desk: Desk, arguments: Arguments) -> Json:
    channel, message = _own_message(desk.workspace, arguments, "cant_delete_message")
    posting.delete(desk.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    content = message_content(arguments, "msg_too_long")
    channel = _destination(workspace, arguments.text("channel"))
    reader = arguments.text("user")
    if reader not in channel.members or workspace.users[reader].deleted:
        raise Refusal("user_not_in_channel")
    message = posting.post_as_bot(
        workspace, channel, ephemeral_to=reader, thread_ts=arguments.text("thread_ts") or None, **content
    )
    return {"message_ts": message.ts}


def get_permalink(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    channel = workspace.channel_for_bot(arguments.text("channel"))
    message = workspace.messages.find(channel.id, arguments.text("message_ts"))
    if message is None:
        raise Refusal("message_not_found")
    address = f"{workspace.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


METHODS = {
    "chat.postMessage": Method(post_message, ("channel",)),
    "chat.update": Method(update, ("channel", "ts")),
    "chat.delete": Method(delete, ("channel", "ts")),
    "chat.postEphemeral": Method(post_ephemeral, ("channel", "user")),
    "chat.getPermalink": Method(get_permalink, ("channel", "message_ts")),
}
