"""Lowest and highest set back: who confirms a unit's temperatures at the start of a shift begins them anew, by name.

A missed line sets nothing back: the next who looks sees lowest and highest since somebody last did.
"""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import ItemKind, Line, Plan, ShiftPart
from shiftbot.domain.site import Pharmacy, TemperatureUnit
from shiftbot.storage import by_hand
from shiftbot.storage.by_hand import Reset

SHOWS_LOWEST_AND_HIGHEST = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)


def reset_min_max(
    connection: Connection, pharmacy: Pharmacy, plan: Plan, site: str, line: Line, answer: Answer, now: datetime
) -> None:
    """Set a unit's lowest and highest back when `answer`, the first to its line, confirms them at a shift's start.

    A temperature line counts where no line of the plan asks for the pair: a bare reading of now shows neither.
    """
    if plan.shift is not ShiftPart.START or answer.outcome is not Outcome.DONE:
        return
    unit, value = line.subject, answer.value or {}
    if unit is None or unit not in pharmacy.units or not _shows(plan, line) or not ("low" in value and "high" in value):
        return
    degrees = TemperatureUnit(str(value["unit"]))
    by_hand.add_reset(
        connection, Reset(site, unit, answer.answered_by, now, float(value["low"]), float(value["high"]), degrees)
    )


def _shows(plan: Plan, line: Line) -> bool:
    asks_pair = any(each.kind is ItemKind.MIN_MAX and each.subject == line.subject for each in plan.lines)
    return line.kind is ItemKind.MIN_MAX if asks_pair else line.kind is ItemKind.TEMPERATURE
