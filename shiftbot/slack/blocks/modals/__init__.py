"""The forms that buttons open: plain dicts of views, each with its callback id and what it is about."""

from shiftbot.slack.blocks.modals.answers import enter, reason, sign
from shiftbot.slack.blocks.modals.cases import case, close_alert, flag
from shiftbot.slack.blocks.modals.counting import book, closed_count, count
from shiftbot.slack.blocks.modals.problems import choose_to_correct, choose_told, correct, problem, told
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, message, window

__all__ = [
    "NO_PATIENT",
    "Modal",
    "book",
    "case",
    "choose_to_correct",
    "choose_told",
    "close_alert",
    "closed_count",
    "correct",
    "count",
    "enter",
    "flag",
    "message",
    "problem",
    "reason",
    "sign",
    "told",
    "window",
]
