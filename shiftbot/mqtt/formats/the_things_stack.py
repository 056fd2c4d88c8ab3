"""The Things Stack v3: `v3/<application>/devices/<device>/up` (payloads.md §7). It speaks MQTT 3.1.1 at QoS 0 only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats import lorawan
from shiftbot.mqtt.formats.decoded import (
    BATTERY,
    Decoded,
    Unusable,
    mapping,
    object_of,
    text_in,
)
from shiftbot.mqtt.formats.finds import Finds

_OTHERS = (
    "join",
    "down/queued",
    "down/sent",
    "down/ack",
    "down/nack",
    "down/failed",
    "service/data",
    "location/solved",
)


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """What was in an uplink; nothing in the other messages. A simulated uplink is no reading. Raises Unusable."""
    if topic.startswith("v3/") and not topic.endswith("/up"):
        return Decoded(())
    message = object_of(payload)
    uplink = message.get("uplink_message")
    if not isinstance(uplink, dict):
        raise Unusable("no uplink in it")
    if message.get("simulated") or uplink.get("simulated"):
        raise Unusable("simulated")
    finds = Finds(lorawan.first_instant((uplink.get("received_at"), message.get("received_at"))))
    lorawan.find(finds, uplink.get("decoded_payload"), uplink.get("f_port"), uplink.get("frm_payload"), sensor.unit)
    lorawan.take_strongest(finds, uplink.get("rx_metadata"))
    finds.fact(BATTERY, mapping(uplink.get("last_battery_percentage")).get("value"))
    return finds.decoded(_key(uplink))


def _key(uplink: Mapping[str, Any]) -> str:
    """The session and its counter, which is left out when it is 0."""
    session = text_in(uplink, "session_key_id")
    return f"{session} {text_in(uplink, 'f_cnt') or 0}" if session else ""


def companions(topic: str) -> tuple[str, ...]:
    """The device's other messages."""
    device = topic.removesuffix("/up")
    return tuple(f"{device}/{each}" for each in _OTHERS) if device != topic else ()
