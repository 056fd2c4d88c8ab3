"""Theengs Gateway and OpenMQTTGateway: `home/<gateway>/BTtoMQTT/<MAC>`, 100 Bluetooth thermometers (payloads.md §10).

Older firmware sends its numbers as text. A message without `tempc` only says that a device was near.
"""

from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    BATTERY,
    RSSI,
    VOLTAGE,
    Decoded,
    Metric,
    availability,
    object_of,
    text_in,
    value_in,
)
from shiftbot.mqtt.formats.finds import Finds

TOPIC_PART = "/BTtoMQTT/"
_LEAKY = "H5072/75"
"""Below zero its humidity's digits leak into the temperature's: -5.373 is -5.3 (payloads.md §10)."""

_PROBES = ("tempc2", "tempc3", "tempc4", "tempc5", "tempc6")


def decode(topic: str, payload: bytes, _received_at: datetime, _sensor: Sensor) -> Decoded:
    """What a thermometer advertised, as the gateway understood it. Raises Unusable."""
    if topic.endswith("/LWT"):
        return availability(payload)
    message = object_of(payload)
    finds = Finds(number=value_in)
    if "tempc" in message:
        finds.take(_whole_tenths(message["tempc"]) if message.get("model_id") == _LEAKY else message["tempc"])
    elif "tempf" in message:
        finds.take(message["tempf"], unit=TemperatureUnit.FAHRENHEIT)
    for probe in _PROBES:
        if probe in message:
            finds.take(message[probe], probe=probe)
    if "hum" in message:
        finds.take(message["hum"], Metric.HUMIDITY)
    if "pres" in message:
        finds.take(message["pres"], Metric.PRESSURE)
    if isinstance(message.get("open"), bool):
        finds.take(float(message["open"]), Metric.DOOR)
    for name, key in ((BATTERY, "batt"), (VOLTAGE, "volt"), (RSSI, "rssi")):
        finds.fact(name, message.get(key))
    return finds.decoded()


def _whole_tenths(value: Any) -> Any:
    """The tenths that were measured; rounding away would make -5.396 colder than it was."""
    number = value_in(value)
    return round(int(round(number * 10, 6)) / 10, 1) if abs(number) < 1000 else number


def name_of(message: dict[str, Any]) -> str:
    """What a person would know the device by."""
    return text_in(message, "name") or text_in(message, "id")


def companions(topic: str) -> tuple[str, ...]:
    """Where the gateway says whether it is there."""
    gateway, found, _ = topic.partition(TOPIC_PART)
    return (f"{gateway}/LWT",) if found else ()
