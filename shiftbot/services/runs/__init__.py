"""Runs: prepared, shown, opened, reminded of, answered, taken back, missed; and made anew by new definitions."""

from shiftbot.services.runs.opening import open_due_runs, remind_and_miss
from shiftbot.services.runs.preparing import plan_ahead, prepare_runs
from shiftbot.services.runs.reminding import snooze
from shiftbot.services.runs.renewing import refuse_definitions, take_definitions
from shiftbot.services.runs.responding import Responded, add_reason, respond, sign, undo
from shiftbot.services.runs.views import LineView, RunView, of_day, unfinished, view_run

__all__ = [
    "LineView",
    "Responded",
    "RunView",
    "add_reason",
    "of_day",
    "open_due_runs",
    "plan_ahead",
    "prepare_runs",
    "refuse_definitions",
    "remind_and_miss",
    "respond",
    "sign",
    "snooze",
    "take_definitions",
    "undo",
    "unfinished",
    "view_run",
]
