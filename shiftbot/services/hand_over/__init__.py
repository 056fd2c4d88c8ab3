"""Handing over the shift: what is open, the note one shift leaves to the next, who read it, and that nobody did."""

from shiftbot.services.hand_over.gathering import facts
from shiftbot.services.hand_over.reading import HandOverView, latest, read, unread, view
from shiftbot.services.hand_over.reminding import remind_unread
from shiftbot.services.hand_over.writing import write

__all__ = [
    "HandOverView",
    "facts",
    "latest",
    "read",
    "remind_unread",
    "unread",
    "view",
    "write",
]
