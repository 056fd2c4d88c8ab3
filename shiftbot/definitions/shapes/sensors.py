"""The shapes of a file in sensors/: storage units and their sensors, message formats, storage classes."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from shiftbot.definitions.names import Id, JsonPath, Lines, Text, word_parser, words_schema
from shiftbot.definitions.shapes.shape import Degrees, Misfit, Shape
from shiftbot.definitions.shapes.storage_class import StorageClassShape
from shiftbot.definitions.times import Date, LastingSpan
from shiftbot.domain.site import Probe, TemperatureUnit

LONGEST_INTERVAL = timedelta(minutes=30)
"""How seldom a logger may read (CDC, California, Michigan; domain.md §1.2)."""

JSON_PATH = "json-path"
"""The built-in format whose sensors say themselves where the temperature is."""

HOME_ASSISTANT = "home-assistant"
"""The built-in format whose sensors may say so: their discovery does."""

RTL_433 = "rtl_433"


class FormatShape(Shape):
    """What the messages of a kind of sensor look like; all but the built-in ones name a JSON path."""

    id: Id
    name: Text
    description: Lines | None = None
    topics: Annotated[tuple[Text, ...], Field(description="What its topics look like, for people.")] = ()
    path: Annotated[JsonPath | None, Field(description="The way to the temperature.")] = None
    unit: Degrees = TemperatureUnit.CELSIUS
    taken_at: Annotated[JsonPath | None, Field(description="The way to the device's time.")] = None
    battery: Annotated[JsonPath | None, Field(description="The way to the battery's percentage.")] = None


class SensorShape(Shape):
    """Where a unit's readings come from. The paths belong to the format json-path, one to home-assistant too."""

    topic: Text
    format: Id = "plain"
    every: LastingSpan = timedelta(minutes=5)
    unit: Degrees = TemperatureUnit.CELSIUS
    path: JsonPath | None = None
    taken_at: JsonPath | None = None
    battery: JsonPath | None = None
    probe: Annotated[Text | None, Field(description="Which probe of a device that has several, by its id.")] = None
    gateway: Annotated[Id | None, Field(description="What it speaks through: its sensors fall silent as one.")] = None

    def misfits(self) -> list[Misfit]:
        """Topics nobody can publish to, intervals that keep no cold chain, paths that nobody follows."""
        found: list[Misfit] = []
        if any(sign in self.topic for sign in "+#") or self.topic.startswith(("/", "$")):
            mend = "write it without +, #, $ or a leading /"
            found.append((("topic",), f'"{self.topic}" is not the topic of one sensor', mend))
        if self.every > LONGEST_INTERVAL:
            found.append((("every",), "a logger must read at least every 30 minutes", "write 30m or less"))
        if self.format == JSON_PATH and self.path is None:
            found.append(((), "it is not said where in the JSON the temperature is", "write path: data.temp"))
        if self.format != JSON_PATH:
            theirs = ("taken_at", "battery") if self.format == HOME_ASSISTANT else ("path", "taken_at", "battery")
            keys = [key for key in theirs if getattr(self, key) is not None]
            mend = f"write format: {JSON_PATH}, or remove it"
            found += [((key,), f"{key} belongs to the format {JSON_PATH}", mend) for key in keys]
        return [*found, *self._probe_misfits()]

    def _probe_misfits(self) -> list[Misfit]:
        if self.format == RTL_433 and self.topic.endswith("/events") and self.probe is None:
            mend = 'write which one, by model, channel and id: probe: "Acurite-986/1R/17021"'
            return [((), "every device in reach sends to this topic", mend)]
        if self.probe is not None and self.format in ("plain", JSON_PATH, HOME_ASSISTANT, "esphome"):
            return [(("probe",), f"messages of the format {self.format} have one value and no probes", "remove it")]
        return []


class CalibrationShape(Shape):
    """The certificate of a logger, and when the next is due."""

    certificate: Text
    due: Date | None = None


class UnitShape(Shape):
    """One fridge or freezer."""

    id: Id
    site: Id
    name: Text
    storage_class: Annotated[Id, Field(alias="class")]
    sensor: SensorShape | None = None
    calibration: CalibrationShape | None = None
    escalation: Id = "standard"
    probe: Annotated[
        Probe | None,
        word_parser(Probe),
        words_schema(Probe),
        Field(description="What the probe is in: one in air has longer delays, for it shows every opened door."),
    ] = None


class SensorsFile(Shape):
    """A file in sensors/: storage units, and storage classes or message formats of the pharmacy's own."""

    units: tuple[UnitShape, ...] = ()
    classes: tuple[StorageClassShape, ...] = ()
    formats: tuple[FormatShape, ...] = ()
