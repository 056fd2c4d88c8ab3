"""One small file a format; here they meet, and here is what no reading of any format may be.

Pure: from a topic, a payload, the time it came and the sensor's settings to readings, or the reason why there is none.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shiftbot.domain.site import Sensor
from shiftbot.domain.temperature import sensor_fault
from shiftbot.mqtt.formats import sparkplug_b
from shiftbot.mqtt.formats.decoded import Decoded, Measured, Metric, Missing, Rejected, Unusable
from shiftbot.mqtt.formats.registry import FORMATS, SPARKPLUG, Format
from shiftbot.mqtt.formats.sparkplug_b import UNBORN, Birth

__all__ = [
    "FORMATS",
    "FROM_THE_FUTURE",
    "SEVERAL_PROBES",
    "Decoded",
    "Measured",
    "Metric",
    "Missing",
    "Rejected",
    "ahead",
    "companions",
    "decode",
    "is_announcement",
    "is_chatter",
    "read",
    "read_all",
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

FROM_THE_FUTURE = "a time in the future"

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
    if known is None or isinstance(decoded, Rejected):
        return decoded
    return _read(known, topic, decoded, received_at, sensor, birth)


def read_all(
    topic: str, payload: bytes, received_at: datetime, sensor: Sensor, birth: Birth = UNBORN
) -> Decoded | Rejected:
    """As `read`, and with what else the same probe measures; of a sensor for another metric only what it is for."""
    known = FORMATS.get(sensor.format)
    decoded = _decoded(known, topic, payload, received_at, sensor, birth)
    if known is None or isinstance(decoded, Rejected):
        return decoded
    measured, facts, key, missing = decoded
    if (
        len(measured) == 1
        and measured[0][3] is _TEMPERATURE
        and topic == sensor.topic
        and not (missing or sensor.probe or known.is_default)
        and sensor.metric == _TEMPERATURE
    ):
        # Nearly every message is such a one: it is spared what the others need.
        fault = _fault(measured[0], received_at)
        return Rejected(fault) if fault else decoded
    others = [each for each in measured if each.metric is not _TEMPERATURE]
    if sensor.metric != _TEMPERATURE:
        others = [each for each in others if each.metric == sensor.metric]
        found: Decoded | Rejected = Decoded((), facts, key)
    else:
        found = _read(known, topic, decoded, received_at, sensor, birth)
    return _joined(found, others, known, topic, received_at, sensor, facts, key) if others else found


def _joined(
    found: Decoded | Rejected,
    others: list[Measured],
    known: Format,
    topic: str,
    received_at: datetime,
    sensor: Sensor,
    facts: Mapping[str, float],
    key: str,
) -> Decoded | Rejected:
    """What was found of the temperature, with what else the sensor's own probe measures."""
    if topic != sensor.topic and not known.reads_beside(sensor.topic, topic):
        return found
    is_own = _chooser(known, topic, sensor)
    own = [each for each in others if is_own(each.probe)]
    if isinstance(found, Rejected):
        if not own:
            return found
        found = Decoded((), facts, key, (Missing(found.reason),))
    more = _sorted_out(Decoded(tuple(own)), received_at)
    if isinstance(more, Rejected):
        return found._replace(missing=(*found.missing, Missing(more.reason, own[0].metric)))
    return found._replace(measured=found.measured + more.measured, missing=found.missing + more.missing)


def _read(
    known: Format, topic: str, decoded: Decoded, received_at: datetime, sensor: Sensor, birth: Birth
) -> Decoded | Rejected:
    measured, facts, key, missing = decoded
    if topic != sensor.topic and not known.reads_beside(sensor.topic, topic):
        return Decoded((), facts)
    if not missing and not sensor.probe and known.is_default is None:
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
        return FROM_THE_FUTURE
    # What a device kept and cannot date is not of now: it would hide what the unit holds at this moment.
    if backfilled and (at is None or at < received_at - BEHIND_AT_MOST):
        return "kept by the device, at a time nobody can believe"
    return None


def taken_at(measured: Measured, received_at: datetime) -> tuple[datetime, bool]:
    """When a reading was taken, and whether the device says so: its own time when plausible, else that of arrival."""
    if measured.taken_at is None or measured.taken_at < received_at - BEHIND_AT_MOST:
        return received_at, False
    return measured.taken_at, True


def ahead(topic: str, payload: bytes, received_at: datetime, sensor: Sensor) -> timedelta:
    """By how much the times in a message are ahead of its arrival; nothing when it has none."""
    decoded = _decoded(FORMATS.get(sensor.format), topic, payload, received_at, sensor, UNBORN)
    times = [] if isinstance(decoded, Rejected) else [each.taken_at for each in decoded.measured]
    return max((at - received_at for at in times if at is not None), default=timedelta(0))


def companions(sensor: Sensor) -> tuple[str, ...]:
    """The topics beside the sensor's own that tell something about it, such as whether it is there."""
    known = FORMATS.get(sensor.format)
    return known.companions(sensor.topic) if known else ()


_CHATTER_ENDS = ("/availability", "/set", "/get", "/LWT", "/online", "/gw_status")
_CHATTER_BEGINS = ("zigbee2mqtt/bridge/", "homeassistant/", "$SYS/", "cmnd/", "stat/")


def is_chatter(topic: str) -> bool:
    """Whether a topic nobody owns is one that bridges use among themselves: then it is not worth counting."""
    return topic.endswith(_CHATTER_ENDS) or topic.startswith(_CHATTER_BEGINS) or sparkplug_b.is_chatter(topic)


def is_announcement(topic: str) -> bool:
    """Whether a device may say on this topic what it measures and where, which Home Assistant listens for."""
    return topic.startswith("homeassistant/")
