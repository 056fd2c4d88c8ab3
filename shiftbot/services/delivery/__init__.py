"""Getting notices and cards out: decided and stored elsewhere, sent here, later and at their own pace.

Escalations first, then cards that changed, then routine notices. An ambiguous send is *unknown*: a routine one is
looked up by its metadata before a second try, an escalation is sent again, marked as a possible repeat (design.md §4).
"""

from shiftbot.services.delivery.queueing import queue, take_up, touch, touch_all
from shiftbot.services.delivery.rounds import deliver, next_attention
from shiftbot.services.delivery.sending import BROKEN, IN_HAND_FOR, Pace, Receipt, Sender

__all__ = [
    "BROKEN",
    "IN_HAND_FOR",
    "Pace",
    "Receipt",
    "Sender",
    "deliver",
    "next_attention",
    "queue",
    "take_up",
    "touch",
    "touch_all",
]
