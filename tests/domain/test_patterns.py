"""Patterns of ticking without looking: found when they are there, with the figures, and not before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import Checklist, Item, ItemKind, Plan, Section
from shiftbot.domain.laying_out import Ground, lay_out
from shiftbot.domain.patterns import Answered, Pattern, PatternKind, find_patterns
from shiftbot.domain.run import Run, RunState
from tests.cast import OPENING

DUE = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)
FRONT = tuple(Item(f"front-{number}", f"Front {number}") for number in range(1, 6))
SECTIONS = (Section("Front", FRONT), Section("Cold", (Item("fridge", "Fridge", kind=ItemKind.TEMPERATURE),)))
CHECKLIST = Checklist("opening", "Opening", OPENING.schedule, SECTIONS)


def plan(*, all_good: bool = False) -> Plan:
    front = replace(SECTIONS[0], all_good=all_good)
    return lay_out(replace(CHECKLIST, sections=(front, SECTIONS[1])), Ground("F"))


def day(
    number: int,
    *,
    apart: float = 60,
    degrees: float | None = None,
    by: str = "ben",
    last_before_due: float | None = None,
    laid: Plan | None = None,
    from_sensor: bool = False,
) -> Answered:
    """A day on which the five lines were answered `apart` seconds after each other, and the fridge after them."""
    due = DUE + timedelta(days=number)
    laid = laid or plan()
    last = due - timedelta(seconds=last_before_due if last_before_due is not None else 100 + 37 * number)
    answers = []
    for place, line in enumerate(laid.lines):
        at = last - timedelta(seconds=apart * (len(laid.lines) - 1 - place))
        value = {"temperature": 40 + number * 0.1 if degrees is None else degrees, "unit": "F"}
        value |= {"from_sensor": True} if from_sensor else {}
        measured = value if line.kind is ItemKind.TEMPERATURE else None
        answers.append(Answer(number, line.key, 1, Outcome.DONE, measured, "", by, at, late=False, via="button"))
    run = Run(
        number, "hilltop-main", "opening", date(2026, 11, 2) + timedelta(days=number), "open", laid.digest,
        RunState.COMPLETED, due - timedelta(hours=1), None, due, due + timedelta(minutes=10), last, None,
    )  # fmt: skip
    return Answered(run, laid, answers)


def kinds(found: Sequence[Pattern]) -> list[PatternKind]:
    return [pattern.kind for pattern in found]


def test_somebody_who_looks_shows_no_pattern() -> None:
    assert find_patterns(day(number) for number in range(28)) == ()


def test_a_section_answered_in_seconds_again_and_again_is_a_pattern_with_its_figures() -> None:
    (found,) = find_patterns(day(number, apart=0.5) for number in range(6))
    assert (found.kind, found.where, found.person) == (PatternKind.QUICK, "Front", "ben")
    assert found.figures == "5 lines within 2 s (median), 6 of 6 times"


@pytest.mark.parametrize("times", range(5))
def test_what_happened_fewer_than_five_times_is_chance(times: int) -> None:
    assert find_patterns(day(number, apart=0.5) for number in range(times)) == ()


def test_being_quick_now_and_then_is_no_habit() -> None:
    quick = [day(number, apart=0.5) for number in range(5)]
    assert find_patterns([*quick, *(day(number) for number in range(5, 15))]) == ()


def test_a_section_that_one_word_may_tick_is_never_too_quick() -> None:
    laid = plan(all_good=True)
    assert find_patterns(day(number, apart=0, laid=laid) for number in range(10)) == ()


def test_two_people_sharing_a_section_are_not_measured() -> None:
    shared = []
    for number in range(8):
        each = day(number, apart=0.5)
        answers = [replace(answer, answered_by="amira") if place == 0 else answer
                   for place, answer in enumerate(each.answers)]  # fmt: skip
        shared.append(replace(each, answers=answers))
    assert find_patterns(shared) == ()


def test_the_same_temperature_for_weeks_is_a_pattern() -> None:
    (found,) = find_patterns(day(number, degrees=41) for number in range(20))
    assert (found.kind, found.where) == (PatternKind.SAME_VALUE, "Fridge")
    assert found.figures == "41 each of the last 20 times, over 19 days"


def test_the_same_temperature_for_ten_days_is_not_yet_one() -> None:
    assert find_patterns(day(number, degrees=41) for number in range(11)) == ()


def test_a_value_that_moved_lately_is_none() -> None:
    assert find_patterns([*(day(number, degrees=41) for number in range(20)), day(20, degrees=41.2)]) == ()


def test_what_a_sensor_filled_in_is_the_sensors() -> None:
    assert find_patterns(day(number, degrees=41, from_sensor=True) for number in range(20)) == ()


def test_always_the_same_second_before_due_is_a_pattern() -> None:
    (found,) = find_patterns(day(number, last_before_due=61 + number % 3) for number in range(6))
    assert found.kind is PatternKind.SAME_SECOND
    assert found.figures == "done 61 s to 63 s before due, the last 5 times"


def test_runs_may_come_in_any_order() -> None:
    days = [day(number, degrees=41, apart=0.5, last_before_due=60) for number in range(20)]
    assert kinds(find_patterns(reversed(days))) == kinds(find_patterns(days))
    assert kinds(find_patterns(days)) == [PatternKind.QUICK, PatternKind.SAME_VALUE, PatternKind.SAME_SECOND]
