"""The part of `SlackEmulator` that makes trouble on request: failing calls, bad lines, archived channels."""

from collections.abc import Callable
from typing import Any

from shiftbot.demo.emulator.faults import Fault, Faults
from shiftbot.demo.emulator.server import Server
from shiftbot.demo.emulator.socket_mode import SocketHub
from shiftbot.demo.emulator.workspace import Workspace

Json = dict[str, Any]


class Trouble:
    """What it works on is given by the class that inherits it."""

    _workspace: Workspace
    _server: Server
    _hub: SocketHub
    _faults: Faults
    _revoked: bool

    def fail(
        self,
        method: str,
        kind: str,
        times: int = 1,
        *,
        match: Callable[[Json], bool] | None = None,
        **detail: Any,
    ) -> None:
        """The next `times` calls of `method` ("*": any; "response_url" too) that `match`. `detail`: see Fault."""
        self._faults.ask(Fault(method, kind, times, match, detail))

    def forget_faults(self) -> None:
        self._faults.forget()

    def drop_sockets(self, close_frame: bool = True) -> None:
        self._server.call(lambda: self._hub.drop(close_frame=close_frame))

    def refresh_sockets(self) -> None:
        self._server.call(self._hub.refresh)

    def deafen(self, seconds: float) -> None:
        self._server.call(self._hub.deafen, seconds)

    def archive(self, channel: str) -> None:
        with self._workspace.lock:
            place = self._workspace.find_channel(channel)
            if place is None:
                raise LookupError(f"there is no channel {channel!r}")
            place.archived = True

    def deactivate(self, user_id: str) -> None:
        with self._workspace.lock:
            self._workspace.users[user_id].deleted = True
            self._workspace.feed.publish("people")

    def revoke_token(self) -> None:
        """Both tokens; open sockets are told `link_disabled` and closed."""
        self._revoked = True
        self._server.call(self._hub.refresh, "link_disabled")

    def delete_all_messages(self) -> None:
        with self._workspace.lock:
            for message in self._workspace.messages.forget_all():
                self._workspace.feed.publish("message_deleted", channel=message.channel, ts=message.ts)
