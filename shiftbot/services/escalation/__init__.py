"""Alerts: opened for every cause once, walked up their policy until somebody answers and the cause is gone.

The policy is frozen at the alert's start; who is on duty is asked at each step. Nobody on duty is a value, not an
error: the step goes to the site's fallback at once and says why (design.md §4).
"""

from shiftbot.services.escalation.answering import (
    acknowledge,
    add_note,
    close_by_hand,
    decline,
    escalate_now,
    refuse_stale,
    snooze,
)
from shiftbot.services.escalation.climbing import escalate
from shiftbot.services.escalation.holding import mute_over
from shiftbot.services.escalation.opening import (
    NewAlert,
    flag_irregularity,
    open_alert,
    open_alerts,
    raise_severity,
    resolve_alert,
    reword,
)

__all__ = [
    "NewAlert",
    "acknowledge",
    "add_note",
    "close_by_hand",
    "decline",
    "escalate",
    "escalate_now",
    "flag_irregularity",
    "mute_over",
    "open_alert",
    "open_alerts",
    "raise_severity",
    "refuse_stale",
    "resolve_alert",
    "reword",
    "snooze",
]
