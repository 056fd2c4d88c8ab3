"""What a follow-up says of its age, and when it is looked at next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import FollowUp, FollowUpState, age_text, is_reminded

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

SEAL = FollowUp(
    id=1, site="hilltop-main", source="answer:1:seal:1", title="Order a new seal", detail="", run=None, line=None,
    role=Role.TECHNICIAN, owner="ben", state=FollowUpState.OPEN, opened_by="ben", opened_at=NOON,
    due_at=NOON + timedelta(days=1), attention_at=NOON + timedelta(days=1),
)  # fmt: skip


@pytest.mark.parametrize(
    ("today", "shifts", "says"),
    [
        (23, 0, "opened today"),
        (23, 1, "opened today, carried over 1 shift"),
        (24, 1, "open 1 day, carried over 1 shift"),
        (26, 5, "open 3 days, carried over 5 shifts"),
        (24, 0, "open 1 day"),
    ],
)
def test_age_is_told_in_days_and_shifts(today: int, shifts: int, says: str) -> None:
    assert age_text(date(2026, 11, 23), date(2026, 11, today), shifts) == says


def test_it_is_overdue_from_the_instant_after_it_was_due_until_it_is_closed() -> None:
    assert not SEAL.is_overdue(SEAL.due_at)
    late = SEAL.due_at + timedelta(seconds=1)
    assert SEAL.is_overdue(late)
    assert not replace(SEAL, state=FollowUpState.CLOSED).is_overdue(late)


@pytest.mark.parametrize("hours", [0, 2])
def test_it_waits_for_its_reminder_until_it_waits_for_the_end_of_its_grace(hours: int) -> None:
    """Without any grace both come in one."""
    remind_at, late_at = SEAL.due_at, SEAL.due_at + timedelta(hours=hours)
    assert not is_reminded(SEAL, remind_at, late_at)
    assert is_reminded(replace(SEAL, attention_at=late_at), remind_at, late_at) is (hours > 0)
