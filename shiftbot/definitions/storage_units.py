"""From the shapes of storage classes, units and sensors, all right by now, to the domain's own types."""

from collections.abc import Mapping

from shiftbot.definitions.shapes import (
    JSON_PATH,
    ByDegrees,
    FormatShape,
    SensorShape,
    StorageClassShape,
    UnitShape,
)
from shiftbot.domain.site import Override, Sensor, StorageClass, StorageUnit, TemperatureUnit


def storage_class(shape: StorageClassShape) -> StorageClass:
    """What a kind of unit must hold."""
    return StorageClass(
        id=shape.id,
        name=shape.name,
        low=_degrees(shape.low),
        high=_degrees(shape.high),
        alarm_delay=shape.alarm_delay,
        critical_low=_degrees(shape.critical.low),
        critical_high=_degrees(shape.critical.high),
        critical_after=shape.critical.after,
        clear_inside={unit: span for unit, span in _degrees(shape.clear.inside).items() if span is not None},
        clear_after=shape.clear.after,
        warn_low=_degrees(shape.warn.low),
        warn_high=_degrees(shape.warn.high),
        warn_after=shape.warn.after,
        critical_delay=shape.critical.delay,
        cumulative_hot=shape.cumulative.hot,
        cumulative_cold=shape.cumulative.cold,
        cumulative_within=shape.cumulative.within,
        max_gap=shape.max_gap,
        rate={unit: degrees for unit, degrees in _degrees(shape.rate).items() if degrees is not None},
        stuck_after=shape.stuck_after,
        flaps=shape.flapping.times,
        flaps_within=shape.flapping.within,
        mkt_window=shape.mkt,
        override=_override(shape),
    )


def _override(shape: StorageClassShape) -> Override | None:
    """Why it is looser than the rules, if it is."""
    written = shape.override
    return Override(written.by, written.reason, written.on) if written else None


def storage_unit(
    shape: UnitShape, classes: Mapping[str, StorageClass], formats: Mapping[str, FormatShape]
) -> StorageUnit:
    """One fridge or freezer with its class."""
    return StorageUnit(
        id=shape.id,
        site=shape.site,
        name=shape.name,
        storage_class=classes[shape.storage_class],
        sensor=sensor(shape.sensor, formats[shape.sensor.format]) if shape.sensor else None,
        calibration_certificate=shape.calibration.certificate if shape.calibration else None,
        calibration_due=shape.calibration.due if shape.calibration else None,
        escalation=shape.escalation,
        probe=shape.probe,
    )


def sensor(shape: SensorShape, written_in: FormatShape) -> Sensor:
    """Where readings come from. A format of the pharmacy's own is `json-path` with the paths filled in."""
    paths = written_in if written_in.path else shape
    return Sensor(
        topic=shape.topic,
        format=JSON_PATH if written_in.path else shape.format,
        every=shape.every,
        unit=shape.unit if "unit" in shape.model_fields_set else written_in.unit,
        path=paths.path or "",
        time_path=paths.taken_at or "",
        battery_path=paths.battery or "",
        probe=shape.probe or "",
        gateway=shape.gateway or "",
    )


def _degrees(limits: ByDegrees | None) -> dict[TemperatureUnit, float | None]:
    """Always both units, so that a missing limit is `None` and never a missing key."""
    return {
        TemperatureUnit.CELSIUS: limits.celsius if limits else None,
        TemperatureUnit.FAHRENHEIT: limits.fahrenheit if limits else None,
    }
