"""Getting notices and cards out: decided and stored elsewhere, sent here, later and at their own pace.

Escalations first, then cards that changed, then routine notices. An ambiguous send is *unknown*: a routine one is
looked up by its metadata before a second try, an escalation is sent again, marked as a possible repeat (design.md §4).
"""

from shiftbot.services.delivery.choosing import SLACK, targets_of
from shiftbot.services.delivery.going_on import scheme
from shiftbot.services.delivery.pace import Pace, is_outside
from shiftbot.services.delivery.queueing import queue, take_up, touch, touch_all
from shiftbot.services.delivery.reachable import MeansState, is_reachable, reach_of, reach_of_all
from shiftbot.services.delivery.rounds import deliver, next_attention
from shiftbot.services.delivery.sending import BROKEN, IN_HAND_FOR, Receipt, Sender

__all__ = [
    "BROKEN",
    "IN_HAND_FOR",
    "SLACK",
    "MeansState",
    "Pace",
    "Receipt",
    "Sender",
    "deliver",
    "is_outside",
    "is_reachable",
    "next_attention",
    "queue",
    "reach_of",
    "reach_of_all",
    "scheme",
    "take_up",
    "targets_of",
    "touch",
    "touch_all",
]
