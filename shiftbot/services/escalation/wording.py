"""What the messages of an alert say, in plain words. Knows neither the database nor Slack's mark-up."""

from collections.abc import Sequence
from datetime import timedelta

from shiftbot.domain.alert import Alert, Policy
from shiftbot.domain.cause import Cause
from shiftbot.domain.passing import IN_WORDS

BULLET = "• "
CAUSES_SAID = 8
"""So many causes are named in a message; a text on a phone has an end."""


def alert_text(alert: Alert, passed: Sequence[int], why: str, *, expired: bool) -> str:
    """What somebody is told at a step: what is wrong, what was passed over, why it is they who are told."""
    between = ":\n" if alert.detail.startswith(BULLET) else ": "
    lines = [f"{alert.title}{between}{alert.detail}" if alert.detail else alert.title]
    if expired:
        lines.append("The acknowledgement ran out and the cause is still there.")
    if passed:
        lines.append(passed_text(alert.policy, passed))
    if why:
        lines.append(f"You are told because {why}.")
    return "\n".join(lines)


def passed_text(policy: Policy, passed: Sequence[int]) -> str:
    """Which steps told nobody, and why not: `Step 2 was passed over: only in opening hours.`"""
    said = [f"Step {number} was passed over: {_conditions(policy, number)}." for number in passed]
    return " ".join(said)


def _conditions(policy: Policy, number: int) -> str:
    return " and ".join(IN_WORDS[only] for only in sorted(policy.steps[number - 1].only))


def together(several: Sequence[Cause]) -> tuple[str, str]:
    """Title and detail of an alert with several causes: those that go on, all of them once it is over."""
    live = [cause for cause in several if cause.ended_at is None] or several
    first, *others = live
    if not others:
        return first.title, first.detail
    lines = [f"{BULLET}{_said(cause)}" for cause in live[:CAUSES_SAID]]
    more = len(live) - CAUSES_SAID
    lines += [f"{BULLET}and {more} more"] if more > 0 else []
    return f"{first.title}, and {len(others)} more", "\n".join(lines)


def also(further: Sequence[Cause]) -> str:
    """What joined an alert, a line each."""
    return "\n".join(f"Now also: {_said(cause)}" for cause in further)


def _said(cause: Cause) -> str:
    return f"{cause.title}: {cause.detail}" if cause.detail else cause.title


def span(lasts: timedelta) -> str:
    """`30 minutes`, `4 hours`."""
    minutes = round(lasts / timedelta(minutes=1))
    return f"{minutes // 60} hours" if minutes >= 120 and minutes % 60 == 0 else f"{minutes} minutes"


def listed(names: Sequence[str]) -> str:
    """`Amira Hassan was`, `Amira Hassan, Ben Ortiz and Morgan Lee were`."""
    *others, last = names
    return f"{', '.join(others)} and {last} were" if others else f"{last} was"
