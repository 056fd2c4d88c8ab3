"""Alerts walk their policy: whatever people do and however the time passes, somebody is always told next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shiftbot.domain.alert import (
    ACKNOWLEDGED_FOR,
    LAST_STEP_REPEATS,
    Alert,
    AlertKind,
    AlertState,
    Policy,
    Severity,
    Step,
    Telling,
    acknowledge,
    first_step_at,
    hurry,
    resolve,
    take_step,
)

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

STANDARD = Policy(
    "standard",
    (
        Step(("channel",)),
        Step(("on-duty-pharmacist",), 10 * MINUTE),
        Step(("manager",), 15 * MINUTE, repeat=20 * MINUTE),
    ),
)

SPANS = st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds))
POLICIES = st.builds(
    Policy,
    st.just("any"),
    st.lists(
        st.builds(
            Step,
            st.sampled_from([("channel",), ("on-duty-pharmacist", "backup-pharmacist"), ("manager",)]),
            SPANS,
            st.none() | SPANS,
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
)


def opened(policy: Policy = STANDARD) -> Alert:
    return Alert(
        1, "hilltop-main", AlertKind.MISSED, "7", "Opening missed", "", Severity.NORMAL, AlertState.TRIGGERED, policy,
        0, 0, NOON, first_step_at(policy, NOON),
    )  # fmt: skip


def test_the_steps_are_taken_in_order_and_the_last_repeats() -> None:
    alert, told = opened(), []
    for _ in range(5):
        assert alert.escalate_at is not None
        now = alert.escalate_at
        alert, telling = take_step(alert, now)
        told.append(((now - NOON) // MINUTE, telling))
    assert told == [
        (0, Telling(("channel",), 1, 1)),
        (10, Telling(("on-duty-pharmacist",), 2, 2)),
        (25, Telling(("manager",), 3, 3)),
        (45, Telling(("manager",), 3, 4)),
        (65, Telling(("manager",), 3, 5)),
    ]


def test_a_last_step_that_says_nothing_of_repeating_repeats_all_the_same() -> None:
    alert, _ = take_step(opened(Policy("one", (Step(("manager",)),))), NOON)
    assert alert.escalate_at == NOON + LAST_STEP_REPEATS


def test_an_acknowledgement_rests_the_ladder_and_runs_out_where_it_stood() -> None:
    first, _ = take_step(opened(), NOON)
    taken = acknowledge(first, "amira", NOON + MINUTE)
    assert (taken.state, taken.acknowledged_by) == (AlertState.ACKNOWLEDGED, "amira")
    assert taken.escalate_at == NOON + MINUTE + ACKNOWLEDGED_FOR
    again, telling = take_step(taken, taken.escalate_at)
    assert telling.step == 2
    assert (again.state, again.acknowledged_by, again.acknowledged_at) == (AlertState.TRIGGERED, None, None)


def test_i_cannot_takes_the_next_step_at_once() -> None:
    first, _ = take_step(opened(), NOON)
    hurried = hurry(acknowledge(first, "amira", NOON), NOON + MINUTE)
    assert hurried.escalate_at == NOON + MINUTE
    _, telling = take_step(hurried, NOON + MINUTE)
    assert telling.tell == ("on-duty-pharmacist",)


def test_a_resolved_alert_needs_nobody() -> None:
    resolved = resolve(opened(), "It was done late.", NOON)
    assert (resolved.state, resolved.escalate_at, resolved.resolution) == (
        AlertState.RESOLVED,
        None,
        "It was done late.",
    )


@given(POLICIES)
def test_a_policy_comes_back_from_its_frozen_form(policy: Policy) -> None:
    assert Policy.from_json(policy.to_json()) == policy


@pytest.mark.parametrize("change", [{"step": 1}, {"told": 3}])
def test_taking_a_step_counts_every_telling(change: dict[str, int]) -> None:
    before = replace(opened(), **change)  # type: ignore[arg-type]
    after, telling = take_step(before, NOON)
    assert after.told == before.told + 1 == telling.telling


class AlertOnItsWay(RuleBasedStateMachine):
    """Invariant 3 under any policy, any order of answers, any lateness of the tick."""

    @initialize(policy=POLICIES)
    def open(self, policy: Policy) -> None:
        self.now = NOON
        self.alert = opened(policy)
        self.steps: list[int] = []

    @rule(span=SPANS)
    def time_passes_before_the_next_step(self, span: timedelta) -> None:
        self.now = min(self.now + span, self.alert.escalate_at or self.now + span)

    @precondition(lambda self: self.alert.state is not AlertState.RESOLVED)
    @rule(late=SPANS)
    def the_tick_takes_the_due_step(self, late: timedelta) -> None:
        assert self.alert.escalate_at is not None
        self.now = max(self.now, self.alert.escalate_at) + late
        self.alert, telling = take_step(self.alert, self.now)
        self.steps.append(telling.step)

    @precondition(lambda self: self.alert.state is AlertState.TRIGGERED)
    @rule(person=st.sampled_from(["amira", "morgan"]))
    def somebody_acknowledges(self, person: str) -> None:
        self.alert = acknowledge(self.alert, person, self.now)

    @precondition(lambda self: self.alert.state is not AlertState.RESOLVED)
    @rule()
    def somebody_cannot(self) -> None:
        self.alert = hurry(self.alert, self.now)

    @precondition(lambda self: self.alert.state is not AlertState.RESOLVED)
    @rule()
    def the_cause_is_gone(self) -> None:
        self.alert = resolve(self.alert, "gone", self.now)

    @invariant()
    def an_unresolved_alert_has_a_next_instant_and_a_resolved_one_has_none(self) -> None:
        assert (self.alert.escalate_at is None) == (self.alert.state is AlertState.RESOLVED)

    @invariant()
    def only_an_acknowledged_alert_has_somebody_who_took_it(self) -> None:
        if self.alert.state is not AlertState.RESOLVED:
            assert (self.alert.acknowledged_by is not None) == (self.alert.state is AlertState.ACKNOWLEDGED)

    @invariant()
    def nobody_is_passed_over_and_no_step_is_taken_back(self) -> None:
        last = len(self.alert.policy.steps)
        assert self.steps == [min(number, last) for number in range(1, len(self.steps) + 1)]
        assert self.alert.told == len(self.steps)

    @invariant()
    def a_rest_is_never_longer_than_an_acknowledgement_or_the_policy_says(self) -> None:
        waits = [step.after for step in self.alert.policy.steps]
        waits += [self.alert.policy.steps[-1].repeat or LAST_STEP_REPEATS, ACKNOWLEDGED_FOR]
        if self.alert.escalate_at is not None:
            assert self.alert.escalate_at - self.now <= max(waits)


TestAlertOnItsWay = AlertOnItsWay.TestCase
