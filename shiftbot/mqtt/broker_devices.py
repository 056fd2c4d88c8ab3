"""Who may speak to the embedded broker: devices, each with its password and topics, read from lines of a file.

    # name     password        the topics it may publish to
    fridge-1   k3ep-it-cold    hilltop/vaccine-fridge
    zigbee     0n-the-shelf    zigbee2mqtt/#
    anonymous  -               shellies/freezer/#

`anonymous` is whoever gives no name; without that line nobody gets in without one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shiftbot.errors import SettingsError

SETTING = "SHIFTBOT_MQTT_DEVICES"

ANONYMOUS = "anonymous"
NO_PASSWORD = "-"

PASSWORD_AT_LEAST = 8
"""Characters. A device keeps its password for years, on a network that others share."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a device is known by, and the topic filters it may publish to and subscribe to."""

    password: str
    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()


def read_devices(text: str) -> Mapping[str, Device]:
    """The devices by name; each hears its own topics, as gateways must. Raises SettingsError naming the first mistake.

    The message never repeats a password.
    """
    devices: dict[str, Device] = {}
    for number, words in _lines(text):
        if len(words) < 3:
            raise SettingsError(f"{SETTING}, line {number}: write name, password and at least one topic")
        name, password, *topics = words
        if name in devices:
            raise SettingsError(f"{SETTING}, line {number}: {name} stands there twice")
        if mistake := _mistake(name, password, topics):
            raise SettingsError(f"{SETTING}, line {number}: {mistake}")
        devices[name] = Device(password, tuple(topics), tuple(topics))
    if not devices:
        raise SettingsError(f"{SETTING} names no device; write lines of name, password and topics")
    return devices


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if words and not words[0].startswith("#"):
            yield number, words


def _mistake(name: str, password: str, topics: list[str]) -> str | None:
    if name == ANONYMOUS:
        if password != NO_PASSWORD:
            return f"{ANONYMOUS} has no password; write {NO_PASSWORD} in its place"
    elif len(password) < PASSWORD_AT_LEAST:
        return f"the password of {name} is too short; write at least {PASSWORD_AT_LEAST} characters"
    wrong = next((topic for topic in topics if not is_filter(topic)), None)
    return f"{wrong} is no topic; + and # stand alone between slashes, # at the end" if wrong else None


def is_filter(topic: str) -> bool:
    """Whether it is a topic filter as MQTT 3.1.1 §4.7 writes them, and none of the broker's own."""
    levels = topic.split("/")
    return not topic.startswith("$") and all(
        (level == "#" and place == len(levels)) or level == "+" or not set(level) & set("+#")
        for place, level in enumerate(levels, start=1)
    )
