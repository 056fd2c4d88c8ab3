"""Runs: which answer stands, what is still blank, who may answer, when the tick is needed next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import Line, Plan, Role
from shiftbot.domain.laying_out import Ground, lay_out
from shiftbot.domain.reminding import next_attention
from shiftbot.domain.run import (
    NOTED,
    Run,
    RunState,
    corrected,
    may_answer,
    refuse_unless_allowed,
    refuse_unless_open,
    standing,
    struck,
    unanswered,
)
from shiftbot.errors import Refused
from tests.cast import AMIRA, BEN, MORGAN, OPENING

OPENS = datetime(2026, 11, 23, 12, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN: Plan = lay_out(OPENING, Ground("F"))
MOMENT = timedelta(microseconds=1)


def run(state: RunState = RunState.OPEN) -> Run:
    return Run(
        1, "hilltop-main", "retail-opening", date(2026, 11, 23), "07:15", "digest", state, OPENS, OPENS + 35 * MINUTE,
        OPENS + 45 * MINUTE, OPENS + 55 * MINUTE, None, None,
    )  # fmt: skip


def answer(line: str, revision: int, outcome: Outcome = Outcome.DONE) -> Answer:
    return Answer(1, line, revision, outcome, None, "", "ben", OPENS, False, "button")


@given(
    st.permutations(
        [answer("lights", 1), answer("lights", 2, Outcome.WITHDRAWN), answer("lights", 3), answer("alarm", 1)]
    )
)
def test_the_newest_answer_stands_in_whatever_order_they_are_read(answers: list[Answer]) -> None:
    stands = standing(answers)
    assert {line: each.revision for line, each in stands.items()} == {"lights": 3, "alarm": 1}


def test_an_answer_that_was_taken_back_leaves_the_line_blank() -> None:
    assert standing([answer("lights", 1), answer("lights", 2, Outcome.WITHDRAWN)]) == {}
    assert standing([]) == {}


def test_taking_back_a_correction_lets_what_it_corrected_stand_again() -> None:
    first, second = answer("lights", 1), replace(answer("lights", 2, Outcome.FAILED), reason="looked again")
    assert (standing([first, second]), corrected([first, second])) == ({"lights": second}, {"lights": first})
    said = [first, second, answer("lights", 3, Outcome.WITHDRAWN)]
    assert (standing(said), corrected(said), struck(said)) == ({"lights": first}, {}, {"lights": (second,)})
    third = replace(answer("lights", 4), reason="and again")
    assert corrected([*said, third]) == {"lights": first}
    assert struck([*said, third]) == {"lights": (first, second)}
    assert standing([*said, answer("lights", 4, Outcome.WITHDRAWN)]) == {}


def test_words_that_were_added_change_neither_who_nor_when() -> None:
    noted = replace(answer("lights", 2), note="bulb flickers", answered_by="amira", late=True, via=NOTED)
    said = [answer("lights", 1), noted]
    assert standing(said) == {"lights": replace(answer("lights", 1), revision=2, note="bulb flickers")}
    assert (struck(said), corrected(said)) == ({"lights": ()}, {})
    assert standing([*said, answer("lights", 3, Outcome.WITHDRAWN)]) == {}


@given(st.lists(st.sampled_from(["answer", "note", "undo"]), max_size=8))
def test_every_answer_stands_or_is_struck_and_none_is_lost(steps: list[str]) -> None:
    outcomes = {"answer": Outcome.DONE, "note": Outcome.DONE, "undo": Outcome.WITHDRAWN}
    said = [
        replace(answer("lights", number, outcomes[step]), via=NOTED if step == "note" else "button")
        for number, step in enumerate(steps, 1)
    ]
    shown = [*struck(said).get("lights", ()), *standing(said).values()]
    assert len({each.revision for each in shown}) == len(shown)
    # Words that come while nothing stands are an answer of their own: nothing that was written is hidden.
    assert len(shown) >= steps.count("answer")


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.FAILED, Outcome.NOT_APPLICABLE])
def test_whatever_was_said_a_line_is_answered(outcome: Outcome) -> None:
    blank = unanswered(PLAN, standing([answer("lights", 1, outcome)]))
    assert [line.key for line in blank] == ["phones", "alarm"]


def test_a_line_that_is_not_required_is_never_missing() -> None:
    assert "notes" not in [line.key for line in unanswered(PLAN, {})]
    assert unanswered(PLAN, standing([answer(line.key, 1) for line in PLAN.required])) == ()


@pytest.mark.parametrize(
    ("role", "technician", "pharmacist", "manager"),
    [
        (Role.TECHNICIAN, True, True, False),
        (Role.PHARMACIST, False, True, False),
        (Role.MANAGER, False, False, True),
    ],
)
def test_a_pharmacist_may_what_a_technician_may_and_nothing_the_other_way_round(
    role: Role, technician: bool, pharmacist: bool, manager: bool
) -> None:
    line = replace(PLAN.lines[0], role=role)
    assert [may_answer(line, person.roles) for person in (BEN, AMIRA, MORGAN)] == [technician, pharmacist, manager]
    assert not may_answer(line, frozenset())


def test_a_refusal_names_the_line_and_who_does_it() -> None:
    alarm: Line = PLAN.line("alarm")
    refuse_unless_allowed(alarm, AMIRA)
    with pytest.raises(Refused, match=f"“{alarm.title}” is for a pharmacist to do"):
        refuse_unless_allowed(alarm, BEN)


def test_a_run_is_answered_only_once_it_is_open() -> None:
    refuse_unless_open(run(), OPENS)
    refuse_unless_open(run(RunState.MISSED), OPENS + 100 * MINUTE)
    for early in (run(RunState.PREPARED), run()):
        with pytest.raises(Refused, match="not open yet"):
            refuse_unless_open(early, OPENS - MOMENT)


def test_late_begins_after_due_and_not_at_it() -> None:
    assert not run().is_late(run().due_at)
    assert run().is_late(run().due_at + MOMENT)


@pytest.mark.parametrize(
    ("state", "minutes", "needed"),
    [
        (RunState.PREPARED, -60, 0),
        (RunState.PREPARED, 60, 0),
        (RunState.OPEN, 0, 35),
        (RunState.OPEN, 34, 35),
        (RunState.OPEN, 35, 45),
        (RunState.OPEN, 45, 50),
        (RunState.OPEN, 50, 55),
        (RunState.OPEN, 200, 55),
        (RunState.COMPLETED, 10, None),
        (RunState.MISSED, 100, None),
    ],
)
def test_the_tick_is_needed_to_open_to_remind_and_to_miss(state: RunState, minutes: int, needed: int | None) -> None:
    expected = None if needed is None else OPENS + needed * MINUTE
    assert next_attention(run(state), OPENS + minutes * MINUTE) == expected


def test_without_a_reminder_the_next_instant_is_the_deadline() -> None:
    assert next_attention(replace(run(), remind_at=None), OPENS) == run().missed_at
