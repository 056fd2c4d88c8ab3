"""A workspace in words, for the message of a test that waited in vain."""

from shiftbot.demo.emulator.workspace import Workspace

SHOWN = 8


def of(workspace: Workspace) -> str:
    lines = []
    for channel in workspace.channels.values():
        name = f"#{channel.name}" if channel.name else "@" + workspace.users[workspace.partner(channel)].handle
        for message in workspace.messages.all_in(channel.id)[-SHOWN:]:
            mark = " (only to them)" if message.ephemeral_to else " (thread)" if message.is_reply else ""
            said_by = workspace.users[message.user].handle
            lines.append(f"  {name} {message.ts} {said_by}{mark}: {message.text[:100]!r} {len(message.blocks)} blocks")
    for user in workspace.people:
        lines += [f"  {user.handle} has open: {view.title!r}" for view in workspace.views.stack(user.id)]
    for envelope in workspace.log.envelopes[-SHOWN:]:
        state = "acked" if envelope.acked_at else f"NOT ACKED ({envelope.failed or 'waiting'})"
        lines.append(f"  envelope {envelope.describe()}: {state}, {envelope.attempts} attempts")
    for call in workspace.log.calls[-SHOWN:]:
        lines.append(f"  call {call.method}: {call.status} {call.error or 'ok'} {call.fault or ''}")
    return "\n".join(lines) or "  nothing at all"
