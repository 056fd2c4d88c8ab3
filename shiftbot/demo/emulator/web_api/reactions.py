"""reactions.*"""

from typing import Any

from shiftbot.demo.emulator import posting, wire
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method
from shiftbot.demo.emulator.workspace import Channel

Json = dict[str, Any]


def _item(desk: Desk, arguments: Arguments) -> tuple[Channel, Message]:
    channel = desk.workspace.channel_for_bot(arguments.text("channel"))
    ts = arguments.text("timestamp")
    if not ts.replace(".", "", 1).isdigit():
        raise Refusal("bad_timestamp")
    message = desk.workspace.messages.find(channel.id, ts)
    if message is None:
        raise Refusal("message_not_found")
    return channel, message


def add(desk: Desk, arguments: Arguments) -> Json:
    channel, message = _item(desk, arguments)
    if channel.archived:
        raise Refusal("is_archived")
    name = arguments.text("name").strip(":")
    if not name.replace("_", "").replace("-", "").replace("+", "").isalnum():
        raise Refusal("invalid_name")
    if not posting.react(desk.workspace, channel, message, desk.workspace.bot.id, name):
        raise Refusal("already_reacted")
    return {}


def get(desk: Desk, arguments: Arguments) -> Json:
    if not arguments.get("channel") or not arguments.get("timestamp"):
        raise Refusal("no_item_specified")
    channel, message = _item(desk, arguments)
    return {"type": "message", "channel": channel.id, "message": wire.message(desk.workspace, message)}


METHODS = {
    "reactions.add": Method(add, ("channel", "timestamp", "name")),
    "reactions.get": Method(get),
}
