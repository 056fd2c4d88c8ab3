"""The cold chain's services: judging units, looking at them, and replaying readings from a file."""

from shiftbot.services.cold_chain.digesting import digest_readings
from shiftbot.services.cold_chain.judging import judge_units, watch_units
from shiftbot.services.cold_chain.looking import (
    Condition,
    Prefill,
    UnitView,
    prefill,
    unit_overview,
    unowned_rejections,
)
from shiftbot.services.cold_chain.pairing import discovered_sensors, note_sensors, pair, unpair, with_pairings
from shiftbot.services.cold_chain.provenance import (
    Measure,
    SensorChange,
    SensorView,
    in_words,
    sensor_log,
    sensor_views,
)
from shiftbot.storage.cold_chain import next_attention

__all__ = [
    "Condition",
    "Measure",
    "Prefill",
    "SensorChange",
    "SensorView",
    "UnitView",
    "digest_readings",
    "discovered_sensors",
    "in_words",
    "judge_units",
    "next_attention",
    "note_sensors",
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
