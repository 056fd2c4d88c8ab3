"""Handing over the shift: what is open, the note one shift leaves to the next, who read it, and that nobody did."""

from shiftbot.services.hand_over.gathering import facts
from shiftbot.services.hand_over.reading import HandOverView, latest, read, unread, view
from shiftbot.services.hand_over.reminding import remind_unread
from shiftbot.services.hand_over.writing import write
from shiftbot.storage.hand_overs import next_attention

__all__ = [
    "HandOverView",
    "facts",
    "latest",
    "next_attention",
    "read",
    "remind_unread",
    "unread",
    "view",
    "write",
]
