"""Duty in Slack: the window of the week, the forms that change it, and the answers to what somebody is asked."""

from shiftbot.slack.on_duty import answers, forms, openers, window
from shiftbot.slack.switchboard import Switchboard


def register(switchboard: Switchboard) -> None:
    """Every button and form."""
    for part in (window, openers, forms, answers):
        part.register(switchboard)
