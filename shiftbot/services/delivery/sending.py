"""Whoever attempts to send, what comes back, and how often Slack may be asked."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shiftbot.domain.notice import NoticeState
from shiftbot.storage.cards import Card
from shiftbot.storage.outbox import Parcel

CHANNEL_PACE = timedelta(seconds=1)
"""Slack takes about one message a second and channel (libraries.md §3)."""

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


@dataclass
class Pace:
    """Slack's budget as this process has used it: nothing that matters, a restart begins anew."""

    between: timedelta = CHANNEL_PACE
    held_until: datetime | None = None
    last_in: dict[str, datetime] = field(default_factory=dict)

    def is_ready(self, target: str, now: datetime) -> bool:
        """Whether a message may go to `target` now. Slack's wait stops no other means."""
        if self.held_until is not None and now < self.held_until and not _is_outside(target):
            return False
        last = self.last_in.get(target)
        return last is None or last + self.between <= now

    def busy(self, now: datetime) -> list[str]:
        """Targets that had a message a moment ago: what waits for them must not stand in the way of others."""
        self.last_in = {target: at for target, at in self.last_in.items() if at + self.between > now}
        return list(self.last_in)[:BATCH]

    def sent(self, target: str, now: datetime) -> None:
        """Count a message."""
        self.last_in[target] = now

    def hold(self, target: str, until: datetime) -> None:
        """Slack asked everybody to wait; another means asks for itself only, and its parcel waits by itself."""
        if not _is_outside(target):
            self.held_until = until if self.held_until is None else max(until, self.held_until)

    def forget(self) -> None:
        """The clock was set: instants that were noted by it mean nothing any more."""
        self.held_until, self.last_in = None, {}


def _is_outside(target: str) -> bool:
    """Whether a target is an Apprise URL and not a Slack id."""
    return "://" in target


def wait_after(attempts: int) -> timedelta:
    return RETRY_WAITS[min(max(attempts, 1), len(RETRY_WAITS)) - 1]
