"""paho's client made quick where every message passes: what it reads, decodes and acknowledges, it does in bulk.

paho asks for a packet's head byte by byte, builds a table of all MQTT 5 properties for every message, and wakes its own
thread for every acknowledgement: two thirds of its time (docs/performance.md). This is the only place that leans on its
inside; whatever does not look as expected is left to paho itself, so another release costs the speed and nothing else.
"""

import socket
import ssl
import struct
from collections.abc import Callable, Iterable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MessageType, MQTTErrorCode, MQTTProtocolVersion

READ_AHEAD_BYTES = 65_536

Take = Callable[[bytes, bytes, bool, int, int], None]
"""(topic, payload, retained, qos, mid)"""


class QuickClient(Client):
    """paho's client; messages go to `take` rather than to `on_message`, acknowledgements out in one piece."""

    take: Take | None = None
    why_not: OSError | None = None
    """What kept the newest connection from being made, or broke its encryption; paho itself tells nobody."""

    @property
    def is_at_work(self) -> bool:
        """Whether the network thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def ack_all(self, mids: Iterable[int]) -> None:
        """Acknowledge many messages of QoS 1."""
        numbers = list(mids)
        if numbers:
            packets = b"".join([_PUBACK.pack(MessageType.PUBACK, 2, mid) for mid in numbers])
            self._packet_queue(MessageType.PUBACK, packets, numbers[-1], 1)

    def _create_socket(self) -> Any:
        try:
            connection = super()._create_socket()
        except OSError as error:
            self.why_not = error
            raise
        self.why_not = None
        return ReadAhead(connection, self._broke) if isinstance(connection, socket.socket) else connection

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        # paho's own leaves the socket open, and nobody's, when the other side is not trusted.
        context = self._ssl_context
        if context is None or not context.check_hostname:
            return super()._ssl_wrap_socket(tcp_sock)
        encrypted = context.wrap_socket(tcp_sock, server_hostname=self._host, do_handshake_on_connect=False)
        try:
            encrypted.settimeout(self._connect_timeout)
            encrypted.do_handshake()
        except OSError:
            encrypted.close()
            raise
        return encrypted

    def _broke(self, error: OSError) -> None:
        self.why_not = error

    def _handle_publish(self) -> MQTTErrorCode:
        header, packet = self._in_packet["command"], bytes(self._in_packet["packet"])
        found = _decoded(header, packet, self._protocol == MQTTProtocolVersion.MQTTv5)
        if found is None or self.take is None:
            return super()._handle_publish()
        self.take(*found)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


_PUBACK = struct.Struct("!BBH")
_U16 = struct.Struct("!H")


def _decoded(header: int, packet: bytes, version_5: bool) -> tuple[bytes, bytes, bool, int, int] | None:
    """A PUBLISH of QoS 0 or 1 taken apart; `None` for anything less usual, such as one with properties."""
    qos = header >> 1 & 3
    at = 2 + _U16.unpack_from(packet)[0] if len(packet) >= 2 else 0
    end = at + 2 * qos + version_5
    if qos > 1 or at <= 2 or end > len(packet) or (version_5 and packet[end - 1]):
        return None
    mid = _U16.unpack_from(packet, at)[0] if qos else 0
    return packet[2:at], packet[end:], bool(header & 1), qos, mid


class ReadAhead:
    """A non-blocking socket that reads as much as is there, and gives it out in the pieces that are asked for."""

    def __init__(self, connection: socket.socket, broke: Callable[[OSError], None] = lambda _: None) -> None:
        """Read ahead of `connection`; everything but reading is its own. `broke` hears why its encryption ended."""
        self._connection = connection
        self._encrypted = connection if isinstance(connection, ssl.SSLSocket) else None
        self._broke = broke
        self._held = b""
        self._at = 0

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes. Raises BlockingIOError (or SSLWantReadError) when there is none."""
        if self._at >= len(self._held):
            self._held, self._at = self._more(), 0
        piece = self._held[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _more(self) -> bytes:
        try:
            return self._connection.recv(READ_AHEAD_BYTES)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._broke(error)
            raise

    def pending(self) -> int:
        """How much is held already, decrypted or not handed out: paho asks before it waits for the socket."""
        return len(self._held) - self._at + (self._encrypted.pending() if self._encrypted else 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
