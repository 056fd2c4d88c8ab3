"""An alert: triggered → acknowledged → resolved, walking an escalation policy step by step. Pure decisions.

Invariant 3: an unresolved alert always has a next instant at which somebody is told (`escalate_at`), or an unexpired
acknowledgement (whose expiry is then its `escalate_at`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

ACKNOWLEDGED_FOR = timedelta(minutes=30)
"""How long an acknowledgement stops the ladder (design.md §4)."""

LAST_STEP_REPEATS = timedelta(minutes=30)
"""The last step repeats at this interval when the policy does not say."""


class AlertKind(StrEnum):
    """What went wrong."""

    MISSED = "missed"
    EXCURSION = "excursion"
    SILENT = "silent"
    DISCREPANCY = "discrepancy"
    IRREGULARITY = "irregularity"
    FAILED_ITEM = "failed-item"
    DELIVERY = "delivery"
    FOLLOW_UP = "follow-up"
    """A follow-up that nobody closed in time; it ends when the follow-up does."""
    SENSOR = "sensor"
    """A sensor whose value stands still; it ends when the value moves, or somebody says why it does not."""
    DUTY = "duty"
    """Nobody signed on at a site's opening, or a hole in who can be reached; it ends when somebody is there."""
    STUCK = "stuck"
    """Something of our own that should have moved on and did not; it ends when it does."""


CLOSED_BY_HAND = frozenset(
    {AlertKind.IRREGULARITY, AlertKind.FAILED_ITEM, AlertKind.MISSED, AlertKind.DELIVERY, AlertKind.SENSOR}
)
"""Alerts that a pharmacist or manager may close with a reason. The others end when the unit says so, or the case is
signed."""


GROUPED = frozenset({AlertKind.EXCURSION, AlertKind.SILENT})
"""Alerts that one failure at a site makes together, as a power cut does: they may be several causes of one alert."""


class AlertState(StrEnum):
    """`triggered`: the ladder walks. `acknowledged`: somebody has it, for a while. `resolved`: the cause is gone."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """`critical` goes through mutes and comes first."""

    NORMAL = "normal"
    CRITICAL = "critical"


class Only(StrEnum):
    """When a step is taken at all; one that is not is passed over at once. Several must all hold."""

    CRITICAL = "critical"
    NOT_CRITICAL = "not-critical"
    OPEN_HOURS = "open-hours"
    CLOSED_HOURS = "closed-hours"
    WEEKENDS = "weekends"
    WEEKDAYS = "weekdays"


@dataclass(frozen=True, slots=True)
class Step:
    """Wait `after`, then tell `tell`: duty words (definitions' TELL_WORDS), a team, a channel or a person's id."""

    tell: tuple[str, ...]
    after: timedelta = timedelta(0)
    repeat: timedelta | None = None
    only: frozenset[Only] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """The ladder: steps in order; the last one repeats."""

    name: str
    steps: tuple[Step, ...]

    def to_json(self) -> str:
        """Canonical JSON with spans in seconds, the form frozen into an alert."""
        steps = [
            {
                "tell": step.tell,
                "after": step.after.total_seconds(),
                "repeat": step.repeat.total_seconds() if step.repeat is not None else None,
            }
            | ({"only": sorted(step.only)} if step.only else {})
            for step in self.steps
        ]
        return json.dumps({"name": self.name, "steps": steps}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Policy":
        """The policy that `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        steps = (
            Step(
                tuple(step["tell"]),
                timedelta(seconds=step["after"]),
                timedelta(seconds=step["repeat"]) if step["repeat"] is not None else None,
                frozenset(Only(word) for word in step.get("only", ())),
            )
            for step in raw["steps"]
        )
        return cls(raw["name"], tuple(steps))


STANDARD = Policy(
    "standard",
    (
        Step(("channel",)),
        Step(("on-duty-pharmacist",), timedelta(minutes=10)),
        Step(("on-duty-pharmacist", "backup-pharmacist"), timedelta(minutes=10)),
        Step(("manager",), timedelta(minutes=15), timedelta(minutes=30)),
    ),
)
"""The ladder of a pharmacy that writes none, and of an alert whose policy is no longer defined (design.md §6)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as stored. `step` is the step taken next; `told` counts the steps taken so far, repeats included."""

    id: int
    site: str
    kind: AlertKind
    subject: str
    title: str
    detail: str
    severity: Severity
    state: AlertState
    policy: Policy
    step: int
    told: int
    opened_at: datetime
    escalate_at: datetime | None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class AsOf:
    """How an alert stood when somebody saw it: how many tellings there had been, and whether somebody had it."""

    told: int
    taken: bool


def as_of(alert: Alert) -> AsOf:
    """How it stands now."""
    return AsOf(alert.told, alert.state is AlertState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told now: the words of one step, its number (from 1) and the how-manieth telling of the alert it is."""

    tell: tuple[str, ...]
    step: int
    telling: int


def first_step_at(policy: Policy, now: datetime) -> datetime:
    """When the first step of a fresh alert is due."""
    return now + policy.steps[0].after


def pass_over(
    alert: Alert, now: datetime, holds: Callable[[Step], bool], *, at_once: bool = False
) -> tuple[Alert, tuple[int, ...]]:
    """The alert when steps that are due and do not hold now were passed over, and the numbers of these.

    A step passed over adds no wait: the wait of the next one counts from when somebody was told last, so that is often
    due at once; it always is for those who asked for it (`at_once`) and after an acknowledgement that ran out. The last
    step is never passed over: somebody is told whatever was frozen into the alert.
    """
    steps, at, due = alert.policy.steps, alert.step, alert.escalate_at or now
    told_at = due - steps[at].after
    at_once = at_once or alert.state is AlertState.ACKNOWLEDGED
    while due <= now and at < len(steps) - 1 and not holds(steps[at]):
        at += 1
        due = now if at_once else max(now, told_at + steps[at].after)
    passed = tuple(number + 1 for number in range(alert.step, at))
    return (replace(alert, step=at, escalate_at=due), passed) if passed else (alert, ())


def take_step(alert: Alert, now: datetime) -> tuple[Alert, Telling]:
    """The alert after its due step, and who is told. An expired acknowledgement goes on from where it stood."""
    step = alert.policy.steps[alert.step]
    last = alert.step == len(alert.policy.steps) - 1
    following = alert.step if last else alert.step + 1
    wait = (step.repeat or LAST_STEP_REPEATS) if last else alert.policy.steps[following].after
    stepped = replace(
        alert,
        state=AlertState.TRIGGERED,
        step=following,
        told=alert.told + 1,
        escalate_at=now + wait,
        acknowledged_by=None,
        acknowledged_at=None,
    )
    return stepped, Telling(step.tell, alert.step + 1, alert.told + 1)


def longest_wait(alert: Alert) -> timedelta:
    """The longest that its ladder, when nothing holds it, rests before its next step."""
    step, last = alert.policy.steps[alert.step], alert.step == len(alert.policy.steps) - 1
    return max(step.after, (step.repeat or LAST_STEP_REPEATS) if last else timedelta(0))


def snoozes(severity: Severity) -> tuple[timedelta, ...]:
    """For how long an alert may be snoozed, the longest last."""
    short = (timedelta(minutes=15), timedelta(minutes=30))
    return short if severity is Severity.CRITICAL else (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


def acknowledge(alert: Alert, person: str, now: datetime, lasts: timedelta = ACKNOWLEDGED_FOR) -> Alert:
    """The alert after `person` took it: the ladder rests until the acknowledgement expires."""
    return replace(
        alert,
        state=AlertState.ACKNOWLEDGED,
        acknowledged_by=person,
        acknowledged_at=now,
        escalate_at=now + lasts,
    )


def hurry(alert: Alert, now: datetime) -> Alert:
    """The alert with its next step due at once ("I cannot", "Escalate now"), acknowledged or not."""
    return replace(alert, state=AlertState.TRIGGERED, acknowledged_by=None, acknowledged_at=None, escalate_at=now)


def resolve(alert: Alert, how: str, now: datetime) -> Alert:
    """The alert when its cause is gone."""
    return replace(alert, state=AlertState.RESOLVED, escalate_at=None, resolved_at=now, resolution=how)
