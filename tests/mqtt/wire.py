"""A wire between a client and a server that can go dead: it still stands, and nothing goes through it any more."""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Wire:
    """A TCP proxy on this machine, of connections that can die without either end being told."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._dead: list[socket.socket] = []
        self._dies = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Pass on whatever comes, from now on."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()

    def go_dead(self) -> None:
        """From now on nothing goes through the connections that stand; new ones work."""
        self._dies.set()
        while self._dies.is_set():
            time.sleep(0.01)

    def stop(self) -> None:
        """Close everything."""
        self._ended.set()
        self._thread.join()
        for each in (*self._pairs, *self._dead, self._listener):
            each.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            for key, _ in self._selector.select(timeout=0.02):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._pass_on(key.fileobj)
            if self._dies.is_set():
                self._die()

    def _die(self) -> None:
        for each in self._pairs:
            self._selector.unregister(each)
        self._dead += self._pairs
        self._pairs.clear()
        self._dies.clear()

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._to_port))
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            self._pairs[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, end: socket.socket) -> None:
        other = self._pairs.get(end)
        if other is None:
            return
        try:
            piece = end.recv(65_536)
            other.sendall(piece)
        except OSError:
            piece = b""
        if not piece:
            for each in (end, other):
                self._selector.unregister(each)
                self._pairs.pop(each).close()


@contextmanager
def wired(to_port: int) -> Iterator[Wire]:
    """A wire to a port of this machine, for as long as the block lasts."""
    wire = Wire(to_port)
    wire.start()
    try:
        yield wire
    finally:
        wire.stop()
