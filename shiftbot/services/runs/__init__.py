"""Runs: prepared, opened, reminded of, answered, taken back, missed, and shown."""

from shiftbot.services.runs.opening import open_due_runs, remind_and_miss
from shiftbot.services.runs.preparing import plan_ahead, prepare_runs
from shiftbot.services.runs.responding import Responded, respond, undo
from shiftbot.services.runs.views import LineView, RunView, of_day, unfinished, view_run

__all__ = [
    "LineView",
    "Responded",
    "RunView",
    "of_day",
    "open_due_runs",
    "plan_ahead",
    "prepare_runs",
    "remind_and_miss",
    "respond",
    "undo",
    "unfinished",
    "view_run",
]
