"""Follow-ups: opened by an answer or by hand, carried from shift to shift, reminded of, escalated, closed in words."""

from shiftbot.services.follow_ups.attending import remind_and_escalate
from shiftbot.services.follow_ups.carrying import CarriedFollowUp, carried, open_of, touch_shift_cards, view
from shiftbot.services.follow_ups.changing import (
    NewFollowUp,
    add_by_hand,
    close,
    move_due,
    open_follow_up,
    take,
    withdraw,
)

__all__ = [
    "CarriedFollowUp",
    "NewFollowUp",
    "add_by_hand",
    "carried",
    "close",
    "move_due",
    "open_follow_up",
    "open_of",
    "remind_and_escalate",
    "take",
    "touch_shift_cards",
    "view",
    "withdraw",
]
