"""How often Slack may be asked, as its own answers say: a message a second and channel, and what the workspace takes.

Nothing here matters: a restart begins anew. Knows nothing of what is sent.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CHANNEL_PACE = timedelta(seconds=1)
"""Slack takes about one message a second and channel (libraries.md §3)."""

TARGETS_AT_MOST = 100
"""So many targets that had a message a moment ago are left out of a search at once."""

AWAY_AFTER = timedelta(seconds=20)
"""Slack as a whole is away when nothing went through for so long, and several targets were tried."""

SEVERAL = 2

OLD_EVIDENCE = timedelta(minutes=2)
"""What did not work so long ago says nothing of now: tries follow each other within a minute."""

ASKED_AGAIN_AFTER = timedelta(seconds=10)
"""How often one message tries whether Slack is back, while it is away."""

SECOND = timedelta(seconds=1)


@dataclass
class Budget:
    """What the workspace takes in a second. Slack names no number, so nothing is held back until it asks to wait.

    A wait narrows the rate to nine tenths of what went through just before; each message that goes through widens it,
    quickly while it is far below the rate that was too fast, slowly near it.
    """

    per_second: float | None = None
    too_fast: float = 0.0
    saved: float = 1.0
    counted_at: datetime | None = None
    lately: deque[datetime] = field(default_factory=deque)

    NARROW = 0.9
    QUICKLY, SLOWLY = 1.02, 1.0002
    LEAST, MOST = 1.0, 200.0
    BURST_SECONDS = 0.25
    """What was not used is saved up for so long: the loop that sends sleeps between two looks."""

    def may_go(self, now: datetime) -> bool:
        """Whether the workspace has room for a message now."""
        if self.per_second is None:
            return True
        self._save_up(now)
        return self.saved >= 1

    def went(self, now: datetime) -> None:
        """Count a message that Slack was given."""
        self.lately.append(now)
        while self.lately and self.lately[0] <= now - SECOND:
            self.lately.popleft()
        if self.per_second is not None:
            self._save_up(now)
            self.saved -= 1

    def widen(self) -> None:
        """Slack took a message."""
        if self.per_second is None:
            return
        near = self.NARROW * self.too_fast <= self.per_second <= self.too_fast * 1.05
        self.per_second *= self.SLOWLY if near else self.QUICKLY
        if self.per_second > self.MOST:
            self.per_second = None

    def narrow(self, now: datetime) -> None:
        """Slack asked to wait. After a lull that was about the one channel, and says nothing of the workspace."""
        went = sum(1 for at in self.lately if at > now - SECOND)
        if self.per_second is None and went <= SEVERAL:
            return
        self.too_fast = max(self.LEAST, min(self.per_second or went, self.MOST))
        self.per_second = max(self.LEAST, self.NARROW * self.too_fast)
        self.saved, self.counted_at = 0.0, now

    def _save_up(self, now: datetime) -> None:
        if self.per_second is None:
            return
        passed = (now - (self.counted_at or now)).total_seconds()
        most = max(1.0, self.per_second * self.BURST_SECONDS)
        self.saved = min(most, self.saved + max(0.0, passed) * self.per_second)
        self.counted_at = now


@dataclass
class Evidence:
    """What speaks for Slack being away as a whole: targets whose last try did not work, none that worked since."""

    tried: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """Target → when its first try began that did not work, and when the last one ended."""
    error: str = ""
    worked: bool = False
    """Whether anything went through in this round."""
    is_certain: bool = False
    """Slack itself said that it takes nothing of ours."""

    def against(self, target: str, began_at: datetime, error: str, now: datetime) -> None:
        """A try that began at an instant did not work."""
        self.tried = {each: when for each, when in self.tried.items() if when[1] > now - OLD_EVIDENCE}
        self.tried[target] = (self.tried.get(target, (began_at, now))[0], now)
        self.error = error

    def in_favour(self) -> None:
        """Something went through."""
        self.tried.clear()
        self.is_certain = False
        self.worked = True

    def away_since(self, now: datetime) -> datetime | None:
        """Since when nothing went through, if several targets were tried for long enough; nothing while it may."""
        began_at = min((first for first, _ in self.tried.values()), default=now)
        if self.is_certain:
            return began_at
        return began_at if len(self.tried) >= SEVERAL and began_at + AWAY_AFTER <= now else None


@dataclass
class Pace:
    """Slack's budget as this process has used it: nothing that matters, a restart begins anew."""

    between: timedelta = CHANNEL_PACE
    held_until: datetime | None = None
    last_in: dict[str, datetime] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    evidence: Evidence = field(default_factory=Evidence)
    is_kept: bool = False
    """An escalation waits for the workspace's budget: nothing else of this round goes to Slack."""
    has_failed: bool = False
    """A message of this round failed for good: what follows from that is the tick's to decide, at once."""
    slack_is_away: bool = False

    def begin_round(self, *, slack_is_away: bool) -> None:
        """A round of delivery begins; whether an outage of Slack is known."""
        self.has_failed = False
        self.go_on(slack_is_away=slack_is_away)

    def go_on(self, *, slack_is_away: bool) -> None:
        """The same round goes on, knowing more of Slack."""
        self.is_kept = self.evidence.worked = False
        self.slack_is_away = slack_is_away

    def is_ready(self, target: str, now: datetime) -> bool:
        """Whether a message may go to `target` now. Slack's wait stops no other means."""
        outside = is_outside(target)
        if not outside and (self.is_kept or self._is_held(now)):
            return False
        last = self.last_in.get(target)
        if last is not None and now < last + self.between:
            return False
        return outside or self.budget.may_go(now)

    def _is_held(self, now: datetime) -> bool:
        """Slack asked to wait, or one message just found it back: the others follow when that is noted."""
        found_back = self.slack_is_away and self.evidence.worked
        return found_back or (self.held_until is not None and now < self.held_until)

    def busy(self, now: datetime) -> list[str]:
        """Targets that had a message a moment ago: what waits for them must not stand in the way of others."""
        self.last_in = {target: at for target, at in self.last_in.items() if at + self.between > now}
        return list(self.last_in)[:TARGETS_AT_MOST]

    def keep_for_escalations(self, target: str, now: datetime) -> None:
        """An escalation could not go; when that is for all of Slack, the next room is for escalations."""
        if not is_outside(target):
            self.is_kept = self.is_kept or self._is_held(now) or not self.budget.may_go(now)

    def sent(self, target: str, now: datetime) -> None:
        """Count a message."""
        self.last_in[target] = now
        if not is_outside(target):
            self.budget.went(now)

    def worked(self, target: str) -> None:
        """Slack took a message, or gave an answer about one."""
        if not is_outside(target):
            self.evidence.in_favour()
            self.budget.widen()

    def failed(self, target: str, began_at: datetime, error: str, now: datetime, *, certain: bool = False) -> None:
        """A try did not work. While Slack is away, one message every few seconds finds out whether it is back."""
        if is_outside(target):
            return
        self.evidence.against(target, began_at, error, now)
        self.evidence.is_certain = self.evidence.is_certain or certain
        if self.slack_is_away:
            self.hold(target, now + ASKED_AGAIN_AFTER)

    def hold(self, target: str, until: datetime) -> None:
        """Slack asked everybody to wait; another means asks for itself only, and its parcel waits by itself."""
        if not is_outside(target):
            self.held_until = until if self.held_until is None else max(until, self.held_until)

    def asked_to_wait(self, target: str, until: datetime, now: datetime) -> None:
        """Slack answered that it had too much."""
        self.hold(target, until)
        if not is_outside(target):
            self.budget.narrow(now)

    def forget(self) -> None:
        """The clock was set: instants that were noted by it mean nothing any more."""
        self.held_until, self.last_in = None, {}
        self.budget, self.evidence = Budget(), Evidence()


def is_outside(target: str) -> bool:
    """Whether a target is an Apprise URL and not a Slack id."""
    return "://" in target
