"""The formats by name: how each is decoded, which topics a sensor has beside its own, which probe it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shiftbot.mqtt.formats import (
    chirpstack,
    esphome,
    home_assistant,
    json_path,
    milesight,
    plain,
    rtl_433,
    ruuvi,
    shelly,
    sparkplug_b,
    tasmota,
    the_things_stack,
    theengs,
    zigbee2mqtt,
)
from shiftbot.mqtt.formats.decoded import Decoder

SPARKPLUG = "sparkplug-b"


def _none(_topic: str) -> tuple[str, ...]:
    return ()


def _never(_own: str, _topic: str) -> bool:
    return False


def _always(_topic: str, _probe: str) -> bool:
    """What is clear in general, and for Sparkplug in the births."""
    return True


@dataclass(frozen=True, slots=True)
class Format:
    """What is to know of a format.

    `companions` gives the other topics that tell something about a sensor of this topic. They give facts alone, unless
    `reads_beside` says of (the sensor's topic, the message's) that its values count too. `is_default` says of (topic,
    probe) whether a sensor that names no probe may mean this one; `None` when a message shows if there are several.
    """

    decode: Decoder
    companions: Callable[[str], tuple[str, ...]] = _none
    reads_beside: Callable[[str, str], bool] = _never
    is_default: Callable[[str, str], bool] | None = None


_THEENGS = Format(theengs.decode, theengs.companions)

FORMATS: Mapping[str, Format] = {
    "plain": Format(plain.decode),
    "zigbee2mqtt": Format(zigbee2mqtt.decode, zigbee2mqtt.companions),
    "json-path": Format(json_path.decode),
    "tasmota": Format(tasmota.decode, tasmota.companions),
    "shelly": Format(shelly.decode, shelly.companions, is_default=shelly.is_first),
    "home-assistant": Format(home_assistant.decode),
    "esphome": Format(esphome.decode, esphome.companions),
    "chirpstack": Format(chirpstack.decode, chirpstack.companions),
    "the-things-stack": Format(the_things_stack.decode, the_things_stack.companions),
    "milesight": Format(milesight.decode),
    "ruuvi-gateway": Format(ruuvi.decode, ruuvi.companions),
    "openmqttgateway": _THEENGS,
    "theengs": _THEENGS,
    "rtl_433": Format(rtl_433.decode, rtl_433.companions, is_default=rtl_433.is_first),
    SPARKPLUG: Format(sparkplug_b.decode, sparkplug_b.companions, sparkplug_b.is_same_device, _always),
}
