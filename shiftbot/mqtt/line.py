"""The line to the broker: paho's network thread, the protocol that is spoken, and why the line is down when it is.

Knows nothing of what messages mean: it hands each on with its number, and acknowledges those it is told to.
"""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from shiftbot.boundaries import around
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.findings import BrokerFacts
from shiftbot.mqtt.message import Message
from shiftbot.mqtt.quick_client import QuickClient

log = logging.getLogger(__name__)

WINDOW = 1_000
"""What the broker may send ahead of our acknowledgements; one that allows less is not waited for."""

SESSION_KEPT_SECONDS = 7 * 24 * 3600
"""How long the broker keeps what we are away for."""

KEEPALIVE_SECONDS = 30
"""A line that died without a word is noticed after twice as long at most."""

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
GREETS_WITHIN_SECONDS = 3
"""A broker that is connected so long and does not answer MQTT 5 is spoken to in 3.1.1 (amqtt is such a one)."""

_FAILED_STEP = "a step of the MQTT subscriber failed; it goes on"

Take = Callable[[str, bytes, bool, int, int, int], None]
"""(topic, payload, retained, qos, mid, connection): the number is the broker's, good within that connection."""


class Line:
    """A connection to a broker that is made again and again, with the same session."""

    def __init__(
        self,
        address: Address,
        take: Take,
        *,
        client_id: str,
        topics: Sequence[str],
        now: Callable[[], datetime],
        protocol: MQTTProtocolVersion | None = None,
        keepalive_seconds: int = KEEPALIVE_SECONDS,
    ) -> None:
        """`take` gets every message, in the network's thread; `protocol` is found out when not given."""
        self._address = address
        self._take = take
        self._client_id = client_id
        self._topics = tuple(topics)
        self._now = now
        self._keepalive_seconds = keepalive_seconds
        self.is_settled = protocol is not None
        self.protocol = protocol or V5
        self.is_connected = False
        self.connection = 0
        self.down_since: datetime | None = None
        self.why_down = ""
        self.refused_topics: tuple[str, ...] = ()
        self.facts = BrokerFacts()
        self._refuses_version_5 = False
        self._unanswered = 0
        self._closing = False
        self._client = self._new_client()

    @property
    def is_at_work(self) -> bool:
        """Whether the network thread lives; without it nothing would ever be received again."""
        return self._client.is_at_work

    def connect(self) -> None:
        """Connect, now or when the broker is there, and go on for ever. Returns at once."""
        self.down_since = self.down_since or self._now()
        more: dict[str, Any] = {}
        if self.protocol == V5:
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
            wishes.SessionExpiryInterval = SESSION_KEPT_SECONDS
            wishes.ReceiveMaximum = WINDOW
            more = {"clean_start": False, "properties": wishes}
        self._client.connect_async(self._address.host, self._address.port, self._keepalive_seconds, **more)
        self._client.loop_start()

    def close(self) -> None:
        """Leave the broker, which keeps our session."""
        self._closing = True
        self._client.disconnect()
        self._client.loop_stop()

    def drop(self) -> None:
        """Drop the connection, as a fault of the network would; paho makes a new one, the broker replays its part."""
        connection = self._client.socket()
        if connection is not None:
            # Ours reads ahead and passes on whatever else is asked of a socket (quick_client.py).
            cast(socket.socket, connection).shutdown(socket.SHUT_RDWR)

    def acknowledge(self, batch: Sequence[Message]) -> None:
        """Acknowledge messages; the numbers of an earlier connection mean nothing any more and are left out."""
        client, connection = self._client, self.connection
        client.ack_all([message.mid for message in batch if message.qos == 1 and message.connection == connection])
        for message in batch:
            if message.qos == 2 and message.connection == connection:
                client.ack(message.mid, message.qos)

    def say(self, topic: str, payload: bytes) -> None:
        """Publish something that may be lost; nothing while the line is down."""
        if self.is_connected:
            with around("call to MQTT publish"):
                self._client.publish(topic, payload, qos=0)

    def settle(self) -> None:
        """To be called every second until the line is settled: goes back to 3.1.1 where 5 is not answered."""
        self._unanswered = self._unanswered + 1 if self._client.socket() and not self.is_settled else 0
        if self._unanswered < GREETS_WITHIN_SECONDS and not self._refuses_version_5:
            return
        log.info("the MQTT broker does not answer MQTT 5; 3.1.1 is tried", extra={"action": "mqtt_falls_back"})
        self._client.disconnect()
        self._client.loop_stop()
        self.protocol, self.is_settled = V311, True
        self._client = self._new_client()
        self.connect()

    def _new_client(self) -> QuickClient:
        client = QuickClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=self.protocol,
            manual_ack=True,
            clean_session=False if self.protocol == V311 else None,
        )
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.take = self._take_quickly
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        self._address.prepare(client)
        return client

    # --- the network thread

    def _on_connect(
        self, client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        with survived():
            if reason.is_failure:
                log.warning("the MQTT broker refuses us: %s", reason, extra={"action": "mqtt_refused"})
                self._refuses_version_5 = reason.getName() == "Unsupported protocol version"
                self.why_down = f"the broker refuses us: {reason}"
                return
            forgot = bool(self.connection) and not flags.session_present
            kept = getattr(properties, "SessionExpiryInterval", None)
            self.facts = BrokerFacts(
                speaks_5=self.protocol == V5,
                session_kept=None if kept is None else timedelta(seconds=kept),
                forgot_session=forgot or self.facts.forgot_session,
            )
            if forgot:
                log.warning(
                    "the MQTT broker forgot our session: what was sent while it or we were away is lost; "
                    "docs/mosquitto.conf shows how it keeps it",
                    extra={"action": "mqtt_session_forgotten"},
                )
            # Messages of an earlier connection must not be acknowledged by their numbers any more.
            self.connection += 1
            self.is_connected = self.is_settled = True
            self.down_since, self.why_down = None, ""
            client.subscribe([(topic, 1) for topic in self._topics])
            log.info("connected to the MQTT broker at %s", self._address, extra={"action": "mqtt_connected"})

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        with survived():
            answers = zip(self._topics, reasons, strict=False)
            self.refused_topics = tuple(topic for topic, reason in answers if reason.is_failure)
            self.facts = replace(self.facts, qos=min((reason.value for reason in reasons), default=None))
            for topic in self.refused_topics:
                log.warning("the MQTT broker does not let us hear %s", topic, extra={"action": "mqtt_not_subscribed"})

    def _on_connect_fail(self, client: Client, _data: object) -> None:
        with survived():
            self.why_down = said_plainly(cast(QuickClient, client).why_not)
            log.warning("no MQTT broker at %s: %s", self._address, self.why_down, extra={"action": "mqtt_away"})

    def _on_disconnect(
        self,
        client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with survived():
            self.is_connected = False
            if self._closing:
                return
            self.down_since = self.down_since or self._now()
            broke = cast(QuickClient, client).why_not
            # A broker that refuses says why before it closes; that is the better reason.
            self.why_down = said_plainly(broke) if broke else self.why_down or f"the connection ended: {reason}"
            log.warning("the MQTT line is down: %s; it is tried again", self.why_down, extra={"action": "mqtt_lost"})

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with survived():
            payload = bytes(message.payload)
            self._take(_topic(message), payload, message.retain, message.qos, message.mid, self.connection)

    def _take_quickly(self, topic: bytes, payload: bytes, retained: bool, qos: int, mid: int) -> None:
        # Every message passes here, and a context of its own would be a tenth of all its time.
        try:
            self._take(topic.decode("utf-8", "replace"), payload, retained, qos, mid, self.connection)
        except Exception:
            log.exception(_FAILED_STEP, extra={"action": "mqtt_step_failed"})


@contextmanager
def survived() -> Iterator[None]:
    """An exception in a callback would end paho's thread without a word: nothing would ever be received again."""
    try:
        yield
    except Exception:
        log.exception(_FAILED_STEP, extra={"action": "mqtt_step_failed"})


def said_plainly(error: OSError | None) -> str:
    """Why no connection came about, and what to look at."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); SHIFTBOT_MQTT_CA names whom to trust"
    if isinstance(error, ssl.SSLError):
        return f"no encrypted connection came about ({error.reason or error}); see SHIFTBOT_MQTT_CERT and its port"
    if isinstance(error, socket.gaierror):
        return "the name of its machine is not known"
    if isinstance(error, TimeoutError):
        return "its machine does not answer"
    return (error.strerror or str(error)).lower() if error else "nobody answers"


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return "(a topic that is not UTF-8)"
