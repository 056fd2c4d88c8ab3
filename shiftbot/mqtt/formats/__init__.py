"""One small file a format; here they meet, and here is what no reading of any format may be.

Pure: from a topic, a payload, the time it came and the sensor's settings to readings, or the reason why there is none.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from shiftbot.domain.site import Sensor
from shiftbot.domain.temperature import sensor_fault
from shiftbot.mqtt.formats import sparkplug_b
from shiftbot.mqtt.formats.decoded import Decoded, Measured, Metric, Missing, Rejected, Unusable
from shiftbot.mqtt.formats.registry import FORMATS, SPARKPLUG, Format
from shiftbot.mqtt.formats.sparkplug_b import UNBORN, Birth

__all__ = [
    "FORMATS",
    "Decoded",
    "Measured",
    "Metric",
    "Missing",
    "Rejected",
    "companions",
    "decode",
    "is_chatter",
    "read",
    "taken_at",
]

PAYLOAD_BYTES_MAX = 65_536
"""No message with readings comes near it."""

AHEAD_AT_MOST = timedelta(minutes=5)
"""A device's clock may be this fast; a reading from further ahead is refused."""

BEHIND_AT_MOST = timedelta(days=90)
"""A logger's memory of 4,000 readings holds 83 days (domain.md §1.2). A clock further behind was never set: then the
time of arrival counts.
"""

SEVERAL_PROBES = "several probes, and the sensor does not say which"

_POSSIBLE = {
    Metric.HUMIDITY: (0.0, 100.0),
    Metric.PRESSURE: (300.0, 1200.0),
    Metric.DOOR: (0.0, 1.0),
    Metric.POWER: (-100_000.0, 100_000.0),
}
_TEMPERATURE = Metric.TEMPERATURE


def read(
    topic: str, payload: bytes, received_at: datetime, sensor: Sensor, birth: Birth = UNBORN
) -> Decoded | Rejected:
    """The temperatures of `sensor`'s probe in a message. Whatever the payload is, it never raises and invents nothing.

    `missing` holds why the other values of the same probe are no readings. `birth` is for Sparkplug B alone.
    """
    known = FORMATS.get(sensor.format)
    decoded = _decoded(known, topic, payload, received_at, sensor, birth)
    if known is None or decoded.__class__ is Rejected:
        return decoded
    measured, facts, key, missing = decoded  # type: ignore[misc]  # no Rejected any more
    if topic != sensor.topic and not known.reads_beside(sensor.topic, topic):
        return Decoded((), facts)
    if not missing and not sensor.probe and known.is_default is None:
        # Nearly every message is such a one: it is spared what the others need.
        own = measured if len(measured) == 1 else [each for each in measured if each[3] is _TEMPERATURE]
        if len(own) == 1 and own[0].metric is _TEMPERATURE:
            fault = _fault(own[0], received_at)
            return Rejected(fault) if fault else decoded if own is measured else Decoded((own[0],), facts, key)
    is_own = _chooser(known, topic, sensor)
    own = [each for each in measured if each[3] is _TEMPERATURE and is_own(each.probe)]
    lacking = [each for each in missing if each.metric is None or (each.metric is _TEMPERATURE and is_own(each.probe))]
    if not sensor.probe and (len({each.probe for each in own}) > 1 or len(birth.temperatures) > 1):
        own = [each for each in own if not each.probe]
        if not own:
            return Rejected(SEVERAL_PROBES)
    return _sorted_out(Decoded(tuple(own), facts, key, tuple(lacking)), received_at)


def decode(
    topic: str, payload: bytes, received_at: datetime, sensor: Sensor, birth: Birth = UNBORN
) -> Decoded | Rejected:
    """Everything in a message: every metric and probe, without what cannot be true. Never raises."""
    decoded = _decoded(FORMATS.get(sensor.format), topic, payload, received_at, sensor, birth)
    return decoded if isinstance(decoded, Rejected) else _sorted_out(decoded, received_at)


def _decoded(
    known: Format | None, topic: str, payload: bytes, received_at: datetime, sensor: Sensor, birth: Birth
) -> Decoded | Rejected:
    if known is None:
        return Rejected("a format shiftbot does not know")
    if len(payload) > PAYLOAD_BYTES_MAX:
        return Rejected("too large")
    try:
        if sensor.format == SPARKPLUG:
            return sparkplug_b.decode(topic, payload, received_at, sensor, birth)
        return known.decode(topic, payload, received_at, sensor)
    except Unusable as unusable:
        return Rejected(str(unusable))


def _chooser(known: Format, topic: str, sensor: Sensor) -> Callable[[str], bool]:
    """What says of a probe's id whether it is the sensor's."""
    named, is_default = sensor.probe.casefold(), known.is_default
    if named:
        return lambda probe: probe.casefold() == named
    return (lambda probe: is_default(topic, probe)) if is_default else (lambda _probe: True)


def _sorted_out(decoded: Decoded, received_at: datetime) -> Decoded | Rejected:
    """What was decoded without the values that cannot be true, whose reasons are kept; all untrue is a rejection."""
    good: list[Measured] = []
    missing = list(decoded.missing)
    for each in decoded.measured:
        fault = _fault(each, received_at)
        if fault is None:
            good.append(each)
        else:
            missing.append(Missing(fault, each.metric, each.probe))
    if missing and not good:
        return Rejected(missing[0].reason)
    return Decoded(tuple(good), decoded.facts, decoded.key, tuple(missing))


def _fault(measured: Measured, received_at: datetime) -> str | None:
    """Why a value cannot be one of its metric and time, or `None`."""
    value, unit, at, metric, _, backfilled = measured
    if metric is _TEMPERATURE:
        fault = sensor_fault(value, unit)
        if fault:
            return fault
    else:
        low, high = _POSSIBLE[metric]
        if not low <= value <= high:
            return "outside what a probe can measure"
    if at is not None and at > received_at + AHEAD_AT_MOST:
        return "a time in the future"
    # What a device kept and cannot date is not of now: it would hide what the unit holds at this moment.
    if backfilled and (at is None or at < received_at - BEHIND_AT_MOST):
        return "kept by the device, at a time nobody can believe"
    return None


def taken_at(measured: Measured, received_at: datetime) -> tuple[datetime, bool]:
    """When a reading was taken, and whether the device says so: its own time when plausible, else that of arrival."""
    if measured.taken_at is None or measured.taken_at < received_at - BEHIND_AT_MOST:
        return received_at, False
    return measured.taken_at, True


def companions(sensor: Sensor) -> tuple[str, ...]:
    """The topics beside the sensor's own that tell something about it, such as whether it is there."""
    known = FORMATS.get(sensor.format)
    return known.companions(sensor.topic) if known else ()


_CHATTER_ENDS = ("/availability", "/set", "/get", "/LWT", "/online", "/gw_status")
_CHATTER_BEGINS = ("zigbee2mqtt/bridge/", "homeassistant/", "$SYS/", "spBv1.0/STATE/", "cmnd/", "stat/")


def is_chatter(topic: str) -> bool:
    """Whether a topic nobody owns is one that bridges use among themselves: then it is not worth counting."""
    return topic.endswith(_CHATTER_ENDS) or topic.startswith(_CHATTER_BEGINS)
