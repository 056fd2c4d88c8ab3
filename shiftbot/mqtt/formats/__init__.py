"""One small file a format; here they meet, and here is what no reading of any format may be.

Pure: from a topic, a payload, the time it came and the sensor's settings to readings, or the reason why there is none.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shiftbot.domain.site import Sensor
from shiftbot.domain.temperature import sensor_fault
from shiftbot.mqtt.formats import json_path, plain, zigbee2mqtt
from shiftbot.mqtt.formats.decoded import Decoded, Decoder, Measured, Rejected, Unusable

__all__ = ["FORMATS", "Decoded", "Measured", "Rejected", "is_chatter", "read"]

FORMATS: Mapping[str, Decoder] = {
    "plain": plain.decode,
    "zigbee2mqtt": zigbee2mqtt.decode,
    "json-path": json_path.decode,
}

PAYLOAD_BYTES_MAX = 65_536
"""No message with readings comes near it."""

AHEAD_AT_MOST = timedelta(minutes=5)
"""A device's clock may be this fast; a reading from further ahead is refused."""

BEHIND_AT_MOST = timedelta(days=90)
"""A logger's memory of 4,000 readings holds 83 days (domain.md §1.2). A clock further behind was never set: then the
time of arrival counts.
"""


def read(topic: str, payload: bytes, received_at: datetime, sensor: Sensor) -> Decoded | Rejected:
    """What is in a message of `sensor`. Whatever the payload is, it never raises and never invents a temperature."""
    decoder = FORMATS.get(sensor.format)
    if decoder is None:
        return Rejected("a format shiftbot does not know")
    if len(payload) > PAYLOAD_BYTES_MAX:
        return Rejected("too large")
    try:
        decoded = decoder(topic, payload, received_at, sensor)
        for measured in decoded.measured:
            fault = sensor_fault(measured.value, measured.unit)
            if fault:
                return Rejected(fault)
            if measured.taken_at is not None and measured.taken_at > received_at + AHEAD_AT_MOST:
                return Rejected("a time in the future")
    except Unusable as unusable:
        return Rejected(str(unusable))
    return decoded


def taken_at(measured: Measured, received_at: datetime) -> tuple[datetime, bool]:
    """When a reading was taken, and whether the device says so: its own time when plausible, else that of arrival."""
    if measured.taken_at is None or measured.taken_at < received_at - BEHIND_AT_MOST:
        return received_at, False
    return measured.taken_at, True


_CHATTER_ENDS = ("/availability", "/set", "/get", "/LWT")
_CHATTER_BEGINS = ("zigbee2mqtt/bridge/", "homeassistant/", "$SYS/")


def is_chatter(topic: str) -> bool:
    """Whether a topic nobody owns is one that bridges use among themselves: then it is not worth counting."""
    return topic.endswith(_CHATTER_ENDS) or topic.startswith(_CHATTER_BEGINS)
