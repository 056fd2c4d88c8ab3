"""The cold chain's services: judging units, looking at them, and replaying readings from a file."""

from shiftbot.services.cold_chain.digesting import digest_readings
from shiftbot.services.cold_chain.judging import judge_units, watch_units
from shiftbot.services.cold_chain.keeping import keep_readings
from shiftbot.services.cold_chain.looking import (
    Condition,
    Prefill,
    UnitView,
    prefill,
    unit_overview,
    unowned_rejections,
)
from shiftbot.services.cold_chain.overriding import overrides_of
from shiftbot.services.cold_chain.pairing import discovered_sensors, note_sensors, pair, unpair, with_pairings
from shiftbot.services.cold_chain.provenance import (
    Measure,
    SensorChange,
    SensorView,
    in_words,
    sensor_log,
    sensor_views,
)
from shiftbot.services.cold_chain.sensing import look_at_sensors
from shiftbot.services.cold_chain.working import begin_maintenance, end_maintenance

__all__ = [
    "Condition",
    "Measure",
    "Prefill",
    "SensorChange",
    "SensorView",
    "UnitView",
    "begin_maintenance",
    "digest_readings",
    "discovered_sensors",
    "end_maintenance",
    "in_words",
    "judge_units",
    "keep_readings",
    "look_at_sensors",
    "note_sensors",
    "overrides_of",
    "pair",
    "prefill",
    "sensor_log",
    "sensor_views",
    "unit_overview",
    "unowned_rejections",
    "unpair",
    "watch_units",
    "with_pairings",
]
