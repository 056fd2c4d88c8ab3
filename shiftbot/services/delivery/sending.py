"""Whoever attempts to send, what comes back, and how long is waited between two tries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shiftbot.domain.notice import NoticeState
from shiftbot.storage.cards import Card
from shiftbot.storage.outbox import Parcel

BATCH = 100

IN_HAND_FOR = timedelta(seconds=45)
"""A parcel in hand for longer than this was dropped by a process that died; longer than any time-out of the sender."""

RETRY_WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 30, 60))
"""Waits between tries that sent nothing; the last one is kept."""

BROKEN = (NoticeState.SENDING, NoticeState.UNKNOWN)
"""Found like this, a parcel or card may have been sent: its process died with it in hand, or no answer came."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a message stands: Slack's channel and ts (an outside means has neither).

    `further` cards are needed in its thread, for what found no room on it.
    """

    channel: str | None = None
    ts: str | None = None
    further: int = 0


class Sender(Protocol):
    """Whoever attempts. Every method raises DeliveryPostponed, DeliveryUnknown or DeliveryFailed."""

    def send(self, parcel: Parcel) -> Receipt:
        """Send a notice to its target."""
        ...

    def show(self, card: Card) -> Receipt | None:
        """Post or edit a card with its subject's present state; None when its message is gone: post it anew."""
        ...

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """The message with this key in its metadata, if it was posted to the target after all."""
        ...


def wait_after(attempts: int) -> timedelta:
    return RETRY_WAITS[min(max(attempts, 1), len(RETRY_WAITS)) - 1]
