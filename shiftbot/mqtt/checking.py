"""Looks at a broker for `shiftbot doctor`: reaches it, logs in, asks for what we need, and leaves nothing behind."""

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from shiftbot.boundaries import around
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.findings import BrokerFacts
from shiftbot.mqtt.line import GREETS_WITHIN_SECONDS, SESSION_KEPT_SECONDS, V5, V311, said_plainly

DROPPED = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto says how many messages it has thrown away."""

SAYS_WITHIN_SECONDS = 1.0

REFUSED_FROM = 0x80
"""What a broker answers to a subscription is a QoS below this, and a refusal from it on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there was to see: nothing but `why_not` when nobody answers there, or we are not let in.

    `refused` are the topics that we may not hear.
    """

    facts: BrokerFacts = field(default_factory=BrokerFacts)
    refused: tuple[str, ...] = ()
    why_not: str = ""


def look_at_broker(address: Address, client_id: str, topics: tuple[str, ...] = ("#",)) -> Seen:
    """What the broker grants us. `client_id` must be nobody else's: the broker would throw the other out."""
    for protocol in (V5, V311):
        seen = _Look(address, client_id, topics, protocol).taken()
        if seen is not None:
            return seen
    return Seen(why_not="it takes the connection and never answers")


class _Look:
    """One connection in one protocol; the broker's network thread fills in what is found."""

    def __init__(
        self, address: Address, client_id: str, topics: tuple[str, ...], protocol: MQTTProtocolVersion
    ) -> None:
        self._address = address
        self._topics = topics
        self._protocol = protocol
        self._greeted, self._granted, self._counted = threading.Event(), threading.Event(), threading.Event()
        self._why = ""
        self._seen = Seen(BrokerFacts(speaks_5=protocol == V5))
        clean = None if protocol == V5 else True
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol, clean_session=clean)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        address.prepare(self._client)

    def taken(self) -> Seen | None:
        """What was found; None when the broker does not answer in this protocol."""
        try:
            with around("call to the broker"):
                self._client.connect(self._address.host, self._address.port, **self._wishes())
        except OSError as error:
            return Seen(why_not=said_plainly(error))
        self._client.loop_start()
        try:
            answered = self._greeted.wait(GREETS_WITHIN_SECONDS)
            if not answered or self._refuses_version:
                return None
            if self._why:
                return Seen(why_not=self._why)
            self._granted.wait(SAYS_WITHIN_SECONDS)
            self._counted.wait(SAYS_WITHIN_SECONDS)
            return self._seen
        finally:
            self._leave()

    @property
    def _refuses_version(self) -> bool:
        return self._protocol == V5 and "protocol version" in self._why.lower()

    def _wishes(self) -> dict[str, Any]:
        if self._protocol == V311:
            return {}
        wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        wishes.SessionExpiryInterval = SESSION_KEPT_SECONDS
        return {"clean_start": True, "properties": wishes}

    def _leave(self) -> None:
        """Go, and have the broker forget us at once."""
        farewell = None
        if self._protocol == V5:
            farewell = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
            farewell.SessionExpiryInterval = 0
        self._client.disconnect(properties=farewell)
        self._client.loop_stop()

    def _on_connect(self, client: Client, _data: object, _flags: object, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._why = f"it refuses us: {reason}"
        else:
            kept = getattr(properties, "SessionExpiryInterval", None)
            self._note(session_kept=None if kept is None else timedelta(seconds=kept))
            self._subscribe(client)
        self._greeted.set()

    def _subscribe(self, client: Client) -> None:
        if self._protocol == V311:
            client.subscribe([(topic, 1) for topic in (*self._topics, DROPPED)])
            return
        # Nothing that is retained is wanted, but for what the broker says of itself.
        quietly = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        asked = [(topic, quietly) for topic in self._topics]
        client.subscribe([*asked, (DROPPED, SubscribeOptions(qos=1))])

    def _on_subscribe(self, _client: Client, _data: object, _mid: int, reasons: list[Any], _properties: Any) -> None:
        granted = [reason.value for reason in reasons[: len(self._topics)]]
        refused = tuple(topic for topic, value in zip(self._topics, granted, strict=False) if value >= REFUSED_FROM)
        self._seen = replace(self._seen, refused=refused)
        self._note(qos=min((value for value in granted if value < REFUSED_FROM), default=None))
        self._granted.set()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.topic == DROPPED and message.payload.isdigit():
            self._note(dropped=int(message.payload))
            self._counted.set()

    def _note(self, **found: Any) -> None:
        self._seen = replace(self._seen, facts=replace(self._seen.facts, **found))
