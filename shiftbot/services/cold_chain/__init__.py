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
from shiftbot.storage.cold_chain import next_attention

__all__ = [
    "Condition",
    "Prefill",
    "UnitView",
    "digest_readings",
    "judge_units",
    "next_attention",
    "prefill",
    "unit_overview",
    "unowned_rejections",
    "watch_units",
]
