"""Socket Mode: tickets, the WebSocket, hello, envelopes out, acknowledgements in, and the ways a line goes bad.

Every method but the properties runs on the server's event loop. Knows nothing of what the payloads say.
"""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from shiftbot.demo.emulator import ids
from shiftbot.demo.emulator.envelopes import Envelope

Json = dict[str, Any]

TICKET_SECONDS = 30.0
MOST_CONNECTIONS = 10  # docs.slack.dev/apis/events-api/using-socket-mode
CONNECTION_SECONDS = 18_060
OLD_SOCKET_SECONDS = 1.0  # how long Slack leaves the old line open after a disconnect message


@dataclass(eq=False)
class Line:
    """One connected WebSocket. `draining`: told to go, gets nothing new. `deaf_until`: reads and sends nothing."""

    socket: WebSocket
    outbox: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue)
    draining: bool = False
    deaf_until: float = 0.0

    @property
    def peer(self) -> tuple[str, int]:
        client = self.socket.client
        return (client.host, client.port) if client else ("", 0)

    @property
    def is_deaf(self) -> bool:
        return time.monotonic() < self.deaf_until


class SocketHub:
    """`transport_of` finds the TCP transport of a peer; `acknowledge` takes an envelope id and the ack's payload."""

    def __init__(
        self,
        app_id: str,
        transport_of: Callable[[tuple[str, int]], asyncio.Transport | None],
        acknowledge: Callable[[str, Json | None], None],
    ) -> None:
        self._app_id = app_id
        self._transport_of = transport_of
        self._acknowledge = acknowledge
        self._tickets: dict[str, float] = {}
        self._lines: list[Line] = []
        self._turn = itertools.count()
        self._closers: set[asyncio.Task[None]] = set()

    def make_ticket(self) -> str:
        ticket = ids.ticket()
        self._tickets[ticket] = time.monotonic()
        return ticket

    @property
    def connections(self) -> int:
        return sum(not line.draining for line in self._lines)

    def send(self, envelope: Envelope) -> bool:
        """To one of the lines, in turn; one that hears, if there is any."""
        open_lines = [line for line in self._lines if not line.draining]
        lines = [line for line in open_lines if not line.is_deaf] or open_lines
        if not lines:
            return False
        line = lines[next(self._turn) % len(lines)]
        if not line.is_deaf:
            line.outbox.put_nowait(_frame(envelope))
        return True

    async def serve(self, socket: WebSocket) -> None:
        """The endpoint of `apps.connections.open`'s URL. A ticket works once; a refused one gets HTTP 403."""
        made_at = self._tickets.pop(socket.query_params.get("ticket", ""), None)
        if made_at is None or time.monotonic() - made_at > TICKET_SECONDS:
            await socket.close()
            return
        await socket.accept()
        line = Line(socket)
        self._lines.append(line)
        line.outbox.put_nowait(self._hello())
        if self.connections > MOST_CONNECTIONS:
            self._tell_to_go(line, "too_many_websockets")
        writer = asyncio.create_task(_write(line))
        try:
            await self._read(line)
        finally:
            self._lines.remove(line)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer

    async def _read(self, line: Line) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                text = await line.socket.receive_text()
                if line.is_deaf:
                    self._pause(line)
                answer = json.loads(text)
                if isinstance(answer, dict) and "envelope_id" in answer:
                    self._acknowledge(str(answer["envelope_id"]), answer.get("payload"))

    # The ways a line goes bad

    def drop(self, *, close_frame: bool) -> None:
        for line in list(self._lines):
            if close_frame:
                self._start(line.socket.close(1001))
            elif (transport := self._transport_of(line.peer)) is not None:
                transport.abort()

    def refresh(self, reason: str = "refresh_requested") -> None:
        for line in list(self._lines):
            self._tell_to_go(line, reason)

    def deafen(self, seconds: float) -> None:
        for line in list(self._lines):
            line.deaf_until = time.monotonic() + seconds
            self._pause(line)
            asyncio.get_running_loop().call_later(seconds, self._resume, line)

    def _pause(self, line: Line) -> None:
        transport = self._transport_of(line.peer)
        if transport is not None:
            transport.pause_reading()

    def _resume(self, line: Line) -> None:
        transport = self._transport_of(line.peer)
        if transport is not None and line in self._lines:
            transport.resume_reading()

    def _tell_to_go(self, line: Line, reason: str) -> None:
        line.draining = True
        line.outbox.put_nowait({"type": "disconnect", "reason": reason, **self._about()})
        self._start(_close_later(line.socket))

    def _start(self, closing: Any) -> None:
        task = asyncio.get_running_loop().create_task(_quietly(closing))
        self._closers.add(task)
        task.add_done_callback(self._closers.discard)

    def _hello(self) -> Json:
        return {"type": "hello", **self._about()}

    def _about(self) -> Json:
        return {
            "num_connections": max(1, self.connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {
                "host": "applink-1",
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
        }


def _frame(envelope: Envelope) -> Json:
    frame: Json = {
        "envelope_id": envelope.id,
        "type": envelope.type,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.accepts_response_payload,
    }
    if envelope.type == "events_api":
        frame |= {"retry_attempt": envelope.attempts - 1, "retry_reason": envelope.retry_reason}
    return frame


async def _write(line: Line) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await line.socket.send_text(json.dumps(await line.outbox.get()))


async def _close_later(socket: WebSocket) -> None:
    await asyncio.sleep(OLD_SOCKET_SECONDS)
    await socket.close(1000)


async def _quietly(closing: Any) -> None:
    """The peer may have gone first; then there is nothing left to close."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await closing
