"""One uvicorn server in a thread of its own, on a port of 127.0.0.1, started and stopped quickly and without a trace.

Knows nothing of Slack.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

JOIN_SECONDS = 5.0


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


class Server:
    """`url` holds from the start: the port is bound when the server is made."""

    def __init__(self, port: int) -> None:
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self.loop: asyncio.AbstractEventLoop | None = None
        self._uvicorn: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, app: ASGIApp) -> None:
        """May follow a `stop`: the port stays the same."""
        if self._socket.fileno() == -1:
            self._socket = _bound(self.port)
        self._ready.clear()
        config = uvicorn.Config(
            app,
            http="h11",
            ws="websockets-sansio",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            ws_ping_interval=None,
            timeout_graceful_shutdown=0,
        )
        self._uvicorn = _Uvicorn(config, self._ready.set)
        self._thread = threading.Thread(target=self._run, name="slack-emulator", daemon=True)
        self._thread.start()
        if not self._ready.wait(JOIN_SECONDS):
            raise RuntimeError("the Slack emulator did not start")

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        assert self._uvicorn is not None
        await self._uvicorn.serve([self._socket])

    def stop(self) -> None:
        if self._uvicorn is not None and self._thread is not None:
            self._uvicorn.should_exit = True
            self._thread.join(JOIN_SECONDS)
        self._socket.close()
        self.loop = None

    def call(self, act: Callable[..., object], *arguments: object) -> None:
        """Run on the server's event loop, soon."""
        if self.loop is None:
            raise RuntimeError("the Slack emulator is not running")
        self.loop.call_soon_threadsafe(lambda: act(*arguments))

    def transport_of(self, peer: tuple[str, int]) -> asyncio.Transport | None:
        """The TCP transport of a connected client; on the event loop."""
        if self._uvicorn is None:
            return None
        for connection in self._uvicorn.server_state.connections:
            if getattr(connection, "client", None) == peer:
                return connection.transport
        return None

    def hang_up(self, peer: tuple[str, int]) -> None:
        transport = self.transport_of(peer)
        with contextlib.suppress(RuntimeError):
            if transport is not None:
                transport.abort()


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made
