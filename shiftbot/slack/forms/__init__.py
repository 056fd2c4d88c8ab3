"""Submitted forms: worked on before they are acknowledged, so that a refusal stands beside the field it is about."""

from shiftbot.slack.forms import alerts, cases, counting, lines, problems, temps
from shiftbot.slack.switchboard import Switchboard


def register(switchboard: Switchboard) -> None:
    """Every form."""
    for part in (lines, problems, counting, cases, alerts, temps):
        part.register(switchboard)
