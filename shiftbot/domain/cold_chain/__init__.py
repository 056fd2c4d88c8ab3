"""Judging a storage unit: excursions, warnings, recovery and silence out of readings. Pure; knows no sensor format.

An excursion begins with the first reading out of range; the alarm delay only delays the notification (domain.md §1.3).
A reading holds until the next one. Time alone can tell or worsen an excursion, but only a reading can end one: a dead
sensor never makes a unit well. Silence goes by receive time, everything else by the device's time (domain.md §1.6).
"""

from shiftbot.domain.cold_chain.doubt import Doubt, Doubtful
from shiftbot.domain.cold_chain.excursion import Excursion
from shiftbot.domain.cold_chain.exposure import Stretch, exposed
from shiftbot.domain.cold_chain.judging import Judgement, attention_at, judge
from shiftbot.domain.cold_chain.limits import (
    HOLDS_AT_MOST,
    SILENT_AT_LEAST,
    SILENT_CRITICAL,
    Limits,
    limits_of,
)
from shiftbot.domain.cold_chain.nearing import Nearing
from shiftbot.domain.cold_chain.reading import Direction, Gap, Reading, find_gaps
from shiftbot.domain.cold_chain.state import UnitState

__all__ = [
    "HOLDS_AT_MOST",
    "SILENT_AT_LEAST",
    "SILENT_CRITICAL",
    "Direction",
    "Doubt",
    "Doubtful",
    "Excursion",
    "Gap",
    "Judgement",
    "Limits",
    "Nearing",
    "Reading",
    "Stretch",
    "UnitState",
    "attention_at",
    "exposed",
    "find_gaps",
    "judge",
    "limits_of",
]
