"""Something to tell somebody, and the lanes in which it travels. What it looks like is decided where it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class Lane(IntEnum):
    """Escalations never wait behind anything routine; lower goes first."""

    ESCALATION = 0
    ROUTINE = 2


class NoticeKind(StrEnum):
    """What a notice is about; the sender chooses its form by it."""

    REMINDER = "reminder"
    ALERT = "alert"
    RESOLVED = "resolved"
    UNDERSTOOD = "understood"
    SUMMARY = "summary"
    HEAD = "head"
    DELIVERY = "delivery"
    FOLLOW_UP = "follow-up"
    HAND_OVER = "hand-over"
    PRIVACY = "privacy"
    PATTERN = "pattern"
    DEFINITIONS = "definitions"
    COLD_CHAIN = "cold-chain"
    DUTY = "duty"
    """Who is on duty: changes, offers, signing on."""
    REACH = "reach"
    """A test of one of somebody's means."""
    TOGETHER = "together"
    """Several notices in one message; never stored, each has its own row."""
    OUTAGE = "outage"
    """What was told by other means while Slack was away."""


class NoticeState(StrEnum):
    """Where a notice stands."""

    PENDING = "pending"  # to be sent at `attention_at`
    SENDING = "sending"  # somebody has it in hand; after a crash this means: nobody knows
    SENT = "sent"  # the other side said yes
    FAILED = "failed"  # it will never go out by this means; the next means has it now
    UNKNOWN = "unknown"  # no answer came; looked up, or sent again marked as a repeat
    SUPPRESSED = "suppressed"  # no longer true when its turn came


class CardKind(StrEnum):
    """What a card shows the present state of."""

    RUN = "run"
    RUN_MORE = "run-more"
    """What found no room on a run's card, in the thread of it; the subject is the run's id."""
    ALERT = "alert"
    CASE = "case"
    HAND_OVER = "hand-over"
    DUTY = "duty"
    """What somebody is asked about duty, and what became of it; the subject is the `card` of the notice."""
    DUTY_GROUP = "duty-group"
    """No message: a Slack user group that holds who is on duty at the site that is its subject."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one recipient.

    `key` is unique for ever: `(episode, step, recipient)`, so that the same thing is never queued twice.
    `recipient` is a person's id or a site's channel; `text` is complete in plain words by itself.
    `about` holds what the sender needs beside it (a thread to answer in, the alert's id …).
    """

    key: str
    lane: Lane
    site: str
    kind: NoticeKind
    recipient: str
    text: str
    alert: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
