"""Buttons: each acknowledged first, then one short transaction or one form. What is refused is told to the person."""

from shiftbot.slack.actions import alerts, counting, lines, problems, sections
from shiftbot.slack.switchboard import Switchboard


def register(switchboard: Switchboard) -> None:
    """Every button that changes something or opens a form."""
    for part in (lines, sections, problems, counting, alerts):
        part.register(switchboard)
