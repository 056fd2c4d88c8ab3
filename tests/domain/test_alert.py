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
    pass_over,
    resolve,
    snoozes,
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


def never(_step: Step) -> bool:
    return False


def test_the_last_step_is_never_passed_over() -> None:
    late = NOON + timedelta(hours=1)
    standing, passed = pass_over(opened(), late, never)
    assert (standing.step, passed) == (2, (1, 2))
    assert standing.escalate_at == late


def test_a_step_passed_over_adds_no_wait_and_takes_none_from_the_next() -> None:
    first, _ = take_step(opened(), NOON)
    standing, passed = pass_over(first, NOON + 10 * MINUTE, never)
    assert (standing.step, passed, standing.escalate_at) == (2, (2,), NOON + 15 * MINUTE)


def test_who_asked_for_the_next_step_does_not_wait_for_it() -> None:
    first, _ = take_step(opened(), NOON)
    hurried = hurry(first, NOON + MINUTE)
    standing, _ = pass_over(hurried, NOON + MINUTE, never, at_once=True)
    assert (standing.step, standing.escalate_at) == (2, NOON + MINUTE)


def test_an_acknowledgement_that_ran_out_waits_for_nothing_more() -> None:
    taken = acknowledge(take_step(opened(), NOON)[0], "amira", NOON, MINUTE)
    standing, _ = pass_over(taken, NOON + MINUTE, never)
    assert (standing.step, standing.escalate_at) == (2, NOON + MINUTE)


def test_a_critical_alert_is_snoozed_for_half_an_hour_at_most() -> None:
    assert snoozes(Severity.CRITICAL)[-1] == 30 * MINUTE
    assert snoozes(Severity.NORMAL)[-1] == timedelta(hours=4)


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
        self.passed = 0

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

    @precondition(lambda self: self.alert.state is not AlertState.RESOLVED)
    @rule(held=st.sets(st.integers(0, 3)), late=SPANS)
    def the_tick_passes_over_what_does_not_hold(self, held: set[int], late: timedelta) -> None:
        assert self.alert.escalate_at is not None
        self.now = max(self.now, self.alert.escalate_at) + late
        steps = self.alert.policy.steps
        self.alert, passed = pass_over(self.alert, self.now, lambda step: steps.index(step) not in held)
        self.passed += len(passed)

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
    def nobody_is_passed_over_who_is_meant_now_and_no_step_is_taken_back(self) -> None:
        last = len(self.alert.policy.steps)
        assert self.steps == sorted(self.steps)
        assert self.passed or self.steps == [min(number, last) for number in range(1, len(self.steps) + 1)]
        assert self.alert.told == len(self.steps)

    @invariant()
    def a_rest_is_never_longer_than_an_acknowledgement_or_the_policy_says(self) -> None:
        waits = [step.after for step in self.alert.policy.steps]
        waits += [self.alert.policy.steps[-1].repeat or LAST_STEP_REPEATS, ACKNOWLEDGED_FOR]
        if self.alert.escalate_at is not None:
            assert self.alert.escalate_at - self.now <= max(waits)


TestAlertOnItsWay = AlertOnItsWay.TestCase
