"""The MQTT subscriber: every message is acknowledged to the broker only after it is committed, and never waits for one.

paho's network thread only puts messages into a queue. A writer thread waits for one, takes what else is there, stores
all in one transaction, then acknowledges. When the database is away nothing is acknowledged and the same batch is tried
again; when too much is held, no more is read from the broker (design.md §8).
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR, socket
from typing import Any, cast

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.formats import PAYLOAD_BYTES_MAX
from shiftbot.mqtt.intake import Message
from shiftbot.mqtt.quick_client import QuickClient

log = logging.getLogger(__name__)

BATCH_MAX = 1_000
"""Messages stored in one transaction at most, and what the broker may send ahead of our acknowledgements."""

HELD_MESSAGES_MAX = 20_000
HELD_BYTES_MAX = 64 * 1024 * 1024
"""With more than this in hand nothing is read from the broker until some of it is stored."""

SESSION_KEPT_SECONDS = 7 * 24 * 3600
"""How long the broker keeps what we are away for."""

KEEPALIVE_SECONDS = 30
RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to store the same batch; the last one repeats."""

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
GREETS_WITHIN_SECONDS = 3
"""A broker that is connected so long and does not answer MQTT 5 is spoken to in 3.1.1 (amqtt is such a one)."""


def client_id_for(*parts: str) -> str:
    """The same id for the same installation, so that the broker knows its session again after a restart."""
    return "shiftbot-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:14]


class Subscriber:
    """Takes messages from a broker and hands them to `store` in batches."""

    def __init__(
        self,
        url: str,
        store: Callable[[Sequence[Message]], object],
        *,
        client_id: str,
        now: Callable[[], datetime],
        on_stored: Callable[[], None] = lambda: None,
        topics: Sequence[str] = ("#",),
        protocol: MQTTProtocolVersion | None = None,
        held_messages_max: int = HELD_MESSAGES_MAX,
    ) -> None:
        """`url` is mqtt:// or mqtts:// with user and password if need be; `protocol` is found out when not given.

        Raises SettingsError for a URL that is not understood.
        """
        self._address = Address(url)
        self._store = store
        self._client_id = client_id
        self._now = now
        self._on_stored = on_stored
        self._topics = tuple(topics)
        self._held_messages_max = held_messages_max
        self._settled = protocol is not None
        self._protocol = protocol or V5
        self._queue: SimpleQueue[Message | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._connection = 0
        self._connected = False
        self._refuses_version_5 = False
        # Each is counted up by one thread only, so their difference needs no lock.
        self._bytes_in = 0
        self._bytes_out = 0
        self.last_message_at: datetime | None = None
        self._client = self._new_client()
        self._writer = threading.Thread(target=self._write, name="mqtt-writer", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the broker has greeted us and the connection still stands."""
        return self._connected

    @property
    def held(self) -> int:
        """Messages taken from the broker and not stored yet."""
        return self._queue.qsize()

    @property
    def protocol(self) -> MQTTProtocolVersion:
        """The protocol spoken at present."""
        return self._protocol

    def start(self) -> None:
        """Connect, now or when the broker is there, and go on for ever. Returns at once."""
        self._writer.start()
        self._connect()

    def stop(self) -> None:
        """Finish the batch in hand and leave; what was not stored was not acknowledged and comes again."""
        self._stopping.set()
        self._queue.put(None)
        self._client.disconnect()
        self._client.loop_stop()
        self._writer.join(timeout=30)

    def reconnect(self) -> None:
        """Drop the connection, as a fault of the network would; paho makes a new one, the broker replays its part."""
        connection = self._client.socket()
        if connection is not None:
            # Ours reads ahead and passes on whatever else is asked of a socket (quick_client.py).
            cast(socket, connection).shutdown(SHUT_RDWR)

    # --- the network thread

    def _new_client(self) -> QuickClient:
        client = QuickClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=self._protocol,
            manual_ack=True,
            clean_session=False if self._protocol == V311 else None,
        )
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.take = self._take_quickly
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        self._address.prepare(client)
        return client

    def _connect(self) -> None:
        more: dict[str, Any] = {}
        if self._protocol == V5:
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
            wishes.SessionExpiryInterval = SESSION_KEPT_SECONDS
            wishes.ReceiveMaximum = BATCH_MAX
            more = {"clean_start": False, "properties": wishes}
        self._client.connect_async(self._address.host, self._address.port, KEEPALIVE_SECONDS, **more)
        self._client.loop_start()

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        with _survived():
            if reason.is_failure:
                log.warning("the MQTT broker refuses us: %s", reason, extra={"action": "mqtt_refused"})
                self._refuses_version_5 = reason.getName() == "Unsupported protocol version"
                return
            # Messages of an earlier connection must not be acknowledged by their numbers any more.
            self._connection += 1
            self._connected = self._settled = True
            client.subscribe([(topic, 1) for topic in self._topics])
            log.info("connected to the MQTT broker at %s", self._address, extra={"action": "mqtt_connected"})

    def _on_connect_fail(self, _client: Client, _data: object) -> None:
        log.warning("no MQTT broker answers at %s; it is tried again", self._address, extra={"action": "mqtt_away"})

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with _survived():
            self._connected = False
            if not self._stopping.is_set():
                log.warning("the MQTT connection ended: %s; it is tried again", reason, extra={"action": "mqtt_lost"})

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with _survived():
            self._take(_topic(message), bytes(message.payload), message.retain, message.qos, message.mid)

    def _take_quickly(self, topic: bytes, payload: bytes, retained: bool, qos: int, mid: int) -> None:
        with _survived():
            self._take(topic.decode("utf-8", "replace"), payload, retained, qos, mid)

    def _take(self, topic: str, payload: bytes, retained: bool, qos: int, mid: int) -> None:
        received_at = self.last_message_at = self._now()
        if len(payload) > PAYLOAD_BYTES_MAX:
            payload = payload[: PAYLOAD_BYTES_MAX + 1]
        self._bytes_in += len(payload)
        self._queue.put(Message(topic, payload, received_at, retained, qos, mid, self._connection))
        while self._holds_too_much() and not self._stopping.wait(0.02):
            # Reading nothing is all the flow control there is; the broker keeps what is not acknowledged.
            continue

    def _holds_too_much(self) -> bool:
        return self._queue.qsize() >= self._held_messages_max or self._bytes_in - self._bytes_out > HELD_BYTES_MAX

    # --- the writer thread

    def _write(self) -> None:
        while (first := self._first()) is not None:
            batch = [first, *self._what_else_is_there()]
            if self._stored(batch):
                self._acknowledge(batch)
                self._tell()

    def _first(self) -> Message | None:
        """The next message, whenever it comes; `None` when we are to stop."""
        unanswered = 0
        while not self._settled and not self._stopping.is_set():
            try:
                return self._queue.get(timeout=1.0)
            except Empty:
                unanswered = unanswered + 1 if self._client.socket() and not self._settled else 0
            if unanswered >= GREETS_WITHIN_SECONDS or self._refuses_version_5:
                self._speak_version_3()
        return None if self._stopping.is_set() else self._queue.get()

    def _what_else_is_there(self) -> Iterator[Message]:
        try:
            for _ in range(BATCH_MAX - 1):
                message = self._queue.get_nowait()
                if message is not None:
                    yield message
        except Empty:
            return

    def _stored(self, batch: list[Message]) -> bool:
        """Whether the batch was stored; tried again for as long as it takes, unless we are to stop."""
        attempts = 0
        while not self._stopping.is_set():
            try:
                self._store(batch)
            except StorageUnavailable as error:
                log.warning("readings wait: %s", error, extra={"action": "readings_wait"})
            except Exception:
                log.exception("readings wait: a batch could not be stored", extra={"action": "readings_wait"})
            else:
                self._bytes_out += sum(len(message.payload) for message in batch)
                return True
            self._stopping.wait(RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)])
            attempts += 1
        return False

    def _acknowledge(self, batch: list[Message]) -> None:
        client, connection = self._client, self._connection
        client.ack_all([message.mid for message in batch if message.qos == 1 and message.connection == connection])
        for message in batch:
            if message.qos == 2 and message.connection == connection:
                client.ack(message.mid, message.qos)

    def _tell(self) -> None:
        with _survived():
            self._on_stored()

    def _speak_version_3(self) -> None:
        log.info("the MQTT broker does not answer MQTT 5; 3.1.1 is tried", extra={"action": "mqtt_falls_back"})
        self._client.disconnect()
        self._client.loop_stop()
        self._protocol, self._settled = V311, True
        self._client = self._new_client()
        self._connect()


@contextmanager
def _survived() -> Iterator[None]:
    """An exception in a callback would end paho's thread without a word: nothing would ever be received again."""
    try:
        yield
    except Exception:
        log.exception("a step of the MQTT subscriber failed; it goes on", extra={"action": "mqtt_step_failed"})


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return "(a topic that is not UTF-8)"
