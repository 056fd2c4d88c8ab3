"""The web server: uvicorn in a thread of its own, so that the process keeps its main thread for signals."""

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from shiftbot.errors import SettingsError

START_WITHIN = 10.0
"""Seconds in which the server must be up."""


class WebServer:
    """Serves one application on one port."""

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        """Bind at once. Raises SettingsError when the port is taken; port 0 takes a free one."""
        self._socket = _bind(host, port)
        self._server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, ws="websockets-sansio", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="web", daemon=True)

    @property
    def host(self) -> str:
        """The address it listens on."""
        host: str = self._socket.getsockname()[0]
        return host

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; requests in hand are finished."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=START_WITHIN)
        self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(_mend(host, port, error)) from error
    listener.listen(128)
    return listener


def _mend(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"SHIFTBOT_WEB_HOST is {host!r}, no address of this machine; write 127.0.0.1, or 0.0.0.0 for all of them"
    return f"port {port} cannot be used: {error.strerror}; set PORT to a free one"
