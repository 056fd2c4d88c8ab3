"""A follow-up: an open loop, handed from shift to shift until somebody closes it. Pure decisions.

Open follow-ups always have a next instant: their time, then the end of the grace, then the alert's own ladder.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person
from shiftbot.errors import Refused

TECHNICIAN_MOVES_BY = timedelta(days=7)
"""How far ahead a technician may put a follow-up off; a pharmacist or manager decides what waits longer."""

FURTHEST = timedelta(days=366)
"""Nobody means a time further ahead than this: it is a slip of the finger."""


class FollowUpState(StrEnum):
    """`open`: somebody has to do something. `closed`: it was done, and how is written down."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up as stored. `source` names where it came from, once for ever.

    `owner` is a person's id, or nobody in particular: then it is for whoever has `role`. `run` and `line` are set when
    an answer led to it. `alert` is the alert it became when it was not closed in time.
    """

    id: int
    site: str
    source: str
    title: str
    detail: str
    run: int | None
    line: str | None
    role: Role
    owner: str | None
    state: FollowUpState
    opened_by: str
    opened_at: datetime
    due_at: datetime
    attention_at: datetime | None
    alert: int | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    closing: str = ""

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open past its time."""
        return self.state is FollowUpState.OPEN and now > self.due_at


def may_close(follow_up: FollowUp, person: Person) -> bool:
    """Whether it is theirs to do: the owner, whoever has its role, and a pharmacist in any case."""
    return follow_up.owner == person.id or bool(person.roles & {follow_up.role, Role.PHARMACIST})


def refuse_unless_theirs(follow_up: FollowUp, person: Person) -> None:
    """Raise Refused, kindly, when `person` may neither take nor close it (invariant 8)."""
    if may_close(follow_up, person):
        return
    raise Refused(
        f"“{follow_up.title}” is for a {follow_up.role} to follow up, so I have left it open. "
        f"Tell the {follow_up.role} on duty what you know."
    )


def refuse_unless_movable(follow_up: FollowUp, person: Person, due_at: datetime, now: datetime) -> None:
    """Raise Refused when `person` may not move it, or not to this instant."""
    decides = bool(person.roles & {Role.PHARMACIST, Role.MANAGER})
    if not decides:
        refuse_unless_theirs(follow_up, person)
    refuse_unless_ahead(due_at, now)
    if not decides and due_at > now + TECHNICIAN_MOVES_BY:
        raise Refused(
            f"You can put this off by up to {TECHNICIAN_MOVES_BY.days} days. "
            "A pharmacist or manager decides what waits longer."
        )


def refuse_unless_ahead(due_at: datetime, now: datetime) -> None:
    """Raise Refused unless the time lies ahead, and not too far."""
    if due_at <= now:
        raise Refused("That time has passed. Choose one that is still to come.")
    if due_at > now + FURTHEST:
        raise Refused("That is more than a year ahead. Choose a nearer time.")


def is_reminded(follow_up: FollowUp, remind_at: datetime, late_at: datetime) -> bool:
    """Whether its owner was told at `remind_at`, and it waits for `late_at`; in doubt they were not."""
    return remind_at < late_at == follow_up.attention_at


def age_text(opened_on: date, today: date, shifts: int) -> str:
    """How long it is open: `opened today`, or `open 3 days, carried over 5 shifts`."""
    days = (today - opened_on).days
    words = f"open {days} {'day' if days == 1 else 'days'}" if days > 0 else "opened today"
    return f"{words}, carried over {shifts} {'shift' if shifts == 1 else 'shifts'}" if shifts else words
