"""files.*: the upload in three steps, and looking up."""

from typing import Any

from shiftbot.demo.emulator import posting, wire
from shiftbot.demo.emulator.content import blocks_content, parsed
from shiftbot.demo.emulator.files import StoredFile
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method
from shiftbot.demo.emulator.workspace import Channel

Json = dict[str, Any]


def get_upload_url(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    length = arguments.number("length", 0)
    if length <= 0:
        raise Refusal("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
    ticket, stored = workspace.files.reserve(arguments.text("filename"), length, int(workspace.now()))
    stored.alt_text = arguments.text("alt_txt")
    return {"upload_url": f"{workspace.url}/upload/v1/{ticket}", "file_id": stored.id}


def complete_upload(desk: Desk, arguments: Arguments) -> Json:
    """Slack shares the file a little later; here it is shared when the answer leaves."""
    workspace = desk.workspace
    wanted = parsed(arguments.get("files"), "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise Refusal("invalid_arguments", ["[ERROR] must provide an array [json-pointer:/files]"])
    done = [_uploaded(desk, item) for item in wanted]
    places = [arguments.text("channel_id")] if arguments.get("channel_id") else arguments.several("channels")
    channels = [_place(desk, reference) for reference in places]
    blocks = blocks_content(arguments.get("blocks"), "invalid_blocks")
    for channel in channels:
        for stored in done:
            stored.channels.append(channel.id)
        posting.post_as_bot(
            workspace,
            channel,
            arguments.text("initial_comment"),
            blocks=blocks,
            thread_ts=arguments.text("thread_ts") or None,
            subtype="file_share",
            files=[wire.file(workspace, stored) for stored in done],
        )
    return {"files": [wire.file(workspace, stored) for stored in done]}


def _uploaded(desk: Desk, item: Json) -> StoredFile:
    stored = desk.workspace.files.find(str(item.get("id")))
    if stored is None or stored.content is None or stored.complete:
        raise Refusal("file_not_found")
    stored.title = item.get("title") or stored.name
    stored.complete = True
    return stored


def _place(desk: Desk, reference: str) -> Channel:
    channel = desk.workspace.channel_for_bot(reference)
    if not desk.workspace.bot_is_in(channel):
        raise Refusal("not_in_channel")
    return channel


def info(desk: Desk, arguments: Arguments) -> Json:
    stored = desk.workspace.files.find(arguments.text("file"))
    if stored is None or not stored.complete:
        raise Refusal("file_not_found")
    return {"file": wire.file(desk.workspace, stored), "comments": []}


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, ("filename", "length")),
    "files.completeUploadExternal": Method(complete_upload, ("files",)),
    "files.info": Method(info, ("file",)),
}
