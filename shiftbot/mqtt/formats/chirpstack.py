"""ChirpStack v4: `application/<id>/device/<DevEUI>/event/up` and its other events (payloads.md §6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats import lorawan
from shiftbot.mqtt.formats.decoded import (
    BATTERY,
    MAINS,
    Decoded,
    instant_of,
    object_of,
    text_in,
)
from shiftbot.mqtt.formats.finds import Finds

_UP, _STATUS = "/event/up", "/event/status"
_OTHERS = ("join", "ack", "txack", "log", "location", "integration")


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """What was in an uplink or a status; nothing in the other events. Raises Unusable."""
    if "/event/" in topic and not topic.endswith((_UP, _STATUS)):
        return Decoded(())
    message = object_of(payload)
    finds = Finds(instant_of(message.get("time")))
    if topic.endswith(_STATUS):
        _take_status(finds, message)
    else:
        lorawan.find(finds, message.get("object"), message.get("fPort"), message.get("data"), sensor.unit)
        lorawan.take_strongest(finds, message.get("rxInfo"))
    return finds.decoded(text_in(message, "deduplicationId"))


def _take_status(finds: Finds, message: Mapping[str, Any]) -> None:
    """A level that is not there is unknown and not 0: what is false or zero is left out (payloads.md §6)."""
    finds.fact(MAINS, 1 if message.get("externalPowerSource") is True else None)
    if message.get("batteryLevelUnavailable") is not True:
        finds.fact(BATTERY, message.get("batteryLevel"))


def companions(topic: str) -> tuple[str, ...]:
    """The device's other events."""
    device, found, _ = topic.rpartition("/event/")
    return tuple(f"{device}/event/{each}" for each in ("status", *_OTHERS)) if found else ()
