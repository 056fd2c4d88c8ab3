"""Zigbee2MQTT: one JSON object a device on `zigbee2mqtt/<friendly name>` (payloads.md §1).

Its `/availability` is no use to us: battery devices go offline only after 25 hours. Our own silence decides.
"""

from datetime import datetime

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import Decoded, Measured, battery_in, instant_of, number_of, object_of


def decode(_topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """The reading in a device's state; none when the state has no temperature at all. Raises Unusable.

    `last_seen` is there only when Zigbee2MQTT is told to send it. The value is in the unit set for the sensor.
    """
    message = object_of(payload)
    facts = battery_in(message)
    if "temperature" not in message:
        return Decoded((), facts)
    taken_at = instant_of(message.get("last_seen"))
    return Decoded((Measured(number_of(message["temperature"]), sensor.unit, taken_at),), facts)
