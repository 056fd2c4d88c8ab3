"""What an acknowledgement's payload does: a slash command's reply, a submission's errors, next view or closing.

Runs on the server's event loop when the ack comes in; takes the workspace's lock itself.
"""

from collections.abc import Callable
from typing import Any

from shiftbot.demo.emulator import posting
from shiftbot.demo.emulator.content import message_content, view_content
from shiftbot.demo.emulator.envelopes import Envelope
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.workspace import Channel, Workspace

Json = dict[str, Any]
OnAck = Callable[[Envelope], None]


def of_command(workspace: Workspace, user_id: str, channel: Channel) -> OnAck:
    def act(envelope: Envelope) -> None:
        said = envelope.response
        if said:
            _guarded(workspace, envelope, lambda: reply(workspace, channel, user_id, said))

    return act


def reply(workspace: Workspace, channel: Channel, user_id: str, said: Json, thread_ts: str | None = None) -> None:
    """An answer to an interaction: ephemeral unless it says `in_channel`."""
    content = message_content(said)
    reader = None if said.get("response_type") == "in_channel" else user_id
    posting.post_as_bot(
        workspace, channel, ephemeral_to=reader, thread_ts=said.get("thread_ts") or thread_ts, **content
    )


def of_submission(workspace: Workspace, view: View) -> OnAck:
    def act(envelope: Envelope) -> None:
        _guarded(workspace, envelope, lambda: _submitted(workspace, view, envelope))

    return act


def _submitted(workspace: Workspace, view: View, envelope: Envelope) -> None:
    said = envelope.response or {}
    match said.get("response_action"):
        case None:
            workspace.views.close(view)
        case "clear":
            workspace.views.clear(view.user)
        case "errors":
            view.errors = _checked_errors(view, said)
        case "update":
            workspace.views.update(view, view_content(said.get("view"), ("modal",)))
        case "push":
            workspace.views.push(view.user, view_content(said.get("view"), ("modal",)))
        case other:
            raise Refusal("invalid_arguments", [f"[ERROR] unknown response_action: {other}"])
    workspace.feed.publish("view", [view.user], view_id=view.id)


def _checked_errors(view: View, said: Json) -> dict[str, str]:
    """Slack shows nothing for an error that names no input block."""
    errors = said.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: errors"])
    unknown = sorted(set(errors) - inputs)
    if unknown:
        raise Refusal("invalid_arguments", [f"[ERROR] no input block has the block_id {name}" for name in unknown])
    return {str(block_id): str(sentence) for block_id, sentence in errors.items()}


def _guarded(workspace: Workspace, envelope: Envelope, act: Callable[[], None]) -> None:
    """A bad payload in an ack is seen by nobody but the person, as an error; here the log of calls shows it too."""
    try:
        with workspace.lock:
            act()
    except Refusal as refusal:
        workspace.log.called(f"ack of {envelope.describe()}", envelope.response or {}, refusal.answer(), 200)
        envelope.failed = f"the ack's payload was refused: {refusal}"
