"""Whom a topic tells something: the sensors of units by their own topics and by what belongs to those."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from shiftbot.domain.site import Pharmacy, Sensor
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import Metric
from shiftbot.mqtt.strangers import covers
from shiftbot.storage import discovered
from shiftbot.storage.readings import Key


@dataclass(frozen=True, slots=True)
class Listener:
    """A sensor of a unit that a topic tells something about, and its number."""

    number: int
    unit: str
    sensor: Sensor


Route = tuple[Listener, ...]
"""Whom a topic tells something: the probes of one device share a topic."""


def owned_by_units(pharmacy: Pharmacy) -> list[tuple[Key, Sensor]]:
    """The sensors of all units, each with what tells it apart."""
    return [
        (Key(unit.id, sensor.topic, sensor.metric, sensor.probe), sensor)
        for unit in pharmacy.units.values()
        for sensor in (*([unit.sensor] if unit.sensor else []), *unit.also)
    ]


def by_topic(owned: Iterable[tuple[Key, Sensor]]) -> dict[str, list[Sensor]]:
    """The different sensors of each topic."""
    topics: dict[str, list[Sensor]] = {}
    for _, sensor in owned:
        sensors = topics.setdefault(sensor.topic, [])
        if sensor not in sensors:
            sensors.append(sensor)
    return topics


def routes_of(owned: Iterable[Listener]) -> Mapping[str, Route]:
    """Every topic with the sensors it tells something about: their own topics and what belongs to those."""
    routes: dict[str, Route] = {}
    for listener in owned:
        for topic in (listener.sensor.topic, *formats.companions(listener.sensor)):
            routes[topic] = (*routes.get(topic, ()), listener)
    return routes


def is_a_part(sensor: Sensor) -> bool:
    """Whether a device may have more than this sensor reads of it."""
    return bool(sensor.probe or sensor.path) or sensor.metric != Metric.TEMPERATURE


def let_go(connection: Connection, owned: Mapping[str, Sequence[Sensor]]) -> None:
    """What was discovered and belongs to a unit now is no discovery any more."""
    ours = [
        found.id
        for found in discovered.every(connection)
        for sensor in owned.get(found.topic, ())
        if covers(sensor, found.topic, found.probe, found.metric, found.path)
    ]
    discovered.forget(connection, ours)
