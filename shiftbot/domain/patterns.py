"""Signs that a checklist is ticked without looking, as figures for a manager: a pattern is a question. Pure.

Pencil whipping is what users name most (domain.md §6: GoAudits, Cryotos, Blanket S92): a whole section in seconds, the
same value for weeks, always the same second before due. The thresholds are our own (PROPOSAL), and each pattern says
the figures it was found by.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import ItemKind, Plan
from shiftbot.domain.run import Run, standing

SECONDS_A_LINE = 2.0
"""Nobody walks to a fridge, looks and comes back in less."""

LINES_MIN = 4
"""A section of fewer lines says nothing by its speed."""

RUNS_MIN = 5
"""What happened fewer times is chance."""

SHARE_MIN = 0.6
"""Of a person's answers to a section, so many must be that quick to be a habit."""

SAME_FOR = timedelta(days=14)
SAME_MIN = 10
"""The same value, typed by hand, at least so many times in a row over at least so long."""

SAME_SECOND_WITHIN = 5.0
"""Seconds within which the moment before due must lie, run after run."""


class PatternKind(StrEnum):
    """What was seen."""

    QUICK = "quick"
    SAME_VALUE = "same-value"
    SAME_SECOND = "same-second"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: where it was seen, by whom, and the figures in words. `person` is an id."""

    kind: PatternKind
    checklist: str
    where: str
    person: str
    figures: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A run that ended, with its plan and every answer it was given."""

    run: Run
    plan: Plan
    answers: Sequence[Answer]


def find_patterns(answered: Iterable[Answered]) -> tuple[Pattern, ...]:
    """Every pattern in the runs of one site, in the order of the checklists; runs may come in any order."""
    runs = sorted(answered, key=lambda each: (each.run.checklist, each.run.opens_at, each.run.id))
    found: list[Pattern] = []
    for _, group in groupby(runs, key=lambda each: each.run.checklist):
        mine = list(group)
        found += [*_quick(mine), *_same_value(mine), *_same_second(mine)]
    return tuple(found)


def _quick(runs: Sequence[Answered]) -> Iterator[Pattern]:
    """Whole sections that one person answered in seconds. Where one word may tick them all, speed says nothing."""
    seen: dict[tuple[str, str], list[float]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for each in runs:
        for section, answers in _sections(each):
            people = {answer.answered_by for answer in answers}
            if len(answers) >= LINES_MIN and len(people) == 1 and section not in each.plan.all_good:
                key = (section, people.pop())
                instants = [answer.answered_at for answer in answers]
                seen.setdefault(key, []).append((max(instants) - min(instants)).total_seconds())
                sizes[key] = len(answers)
    for (section, person), spans in seen.items():
        quick = [span for span in spans if span <= SECONDS_A_LINE * sizes[section, person]]
        if len(quick) >= RUNS_MIN and len(quick) >= SHARE_MIN * len(spans):
            figures = (
                f"{sizes[section, person]} lines within {_seconds(sorted(quick)[len(quick) // 2])} (median), "
                f"{len(quick)} of {len(spans)} times"
            )
            yield Pattern(PatternKind.QUICK, runs[0].plan.title, section, person, figures)


def _sections(each: Answered) -> Iterator[tuple[str, list[Answer]]]:
    """The sections that were answered whole, with the standing answers of their lines."""
    stands = standing(each.answers)
    for section, lines in groupby(each.plan.lines, key=lambda line: line.section):
        keys = [line.key for line in lines if line.required]
        answers = [stands[key] for key in keys if key in stands]
        if answers and len(answers) == len(keys):
            yield section, answers


def _same_value(runs: Sequence[Answered]) -> Iterator[Pattern]:
    """Values typed by hand that did not move for weeks. What a sensor filled in is the sensor's."""
    series: dict[tuple[str, str], list[tuple[datetime, object]]] = {}
    titles: dict[str, str] = {}
    for each in runs:
        stands = standing(each.answers)
        for line in each.plan.lines:
            answer = stands.get(line.key)
            if answer is None or answer.outcome is not Outcome.DONE or (answer.value or {}).get("from_sensor"):
                continue
            value = _measured(line.kind, answer.value or {})
            if value is not None:
                titles[line.key] = line.title
                series.setdefault((line.key, answer.answered_by), []).append((answer.answered_at, value))
    for (key, person), values in series.items():
        last = values[-1][1]
        tail = [at for at, value in _while_same(values, last)]
        if len(tail) >= SAME_MIN and max(tail) - min(tail) >= SAME_FOR:
            days = round((max(tail) - min(tail)) / timedelta(days=1))
            figures = f"{_shown(last)} each of the last {len(tail)} times, over {days} days"
            yield Pattern(PatternKind.SAME_VALUE, runs[0].plan.title, titles[key], person, figures)


def _measured(kind: ItemKind, value: Mapping[str, Any]) -> object | None:
    """What was read off something that moves; a count of zero, or a choice, may well stay what it is."""
    if kind is ItemKind.TEMPERATURE:
        return value.get("temperature")
    if kind is ItemKind.MIN_MAX:
        return (value.get("low"), value.get("high"))
    return value.get("number") or None if kind is ItemKind.NUMBER else None


def _while_same(values: Sequence[tuple[datetime, object]], last: object) -> Iterator[tuple[datetime, object]]:
    for at, value in reversed(values):
        if value != last:
            return
        yield at, value


def _same_second(runs: Sequence[Answered]) -> Iterator[Pattern]:
    """Runs whose last answer always comes the same number of seconds before due."""
    before: dict[str, list[float]] = {}
    for each in runs:
        stands = list(standing(each.answers).values())
        if each.run.completed_at is None or not stands:
            continue
        last = max(stands, key=lambda answer: answer.answered_at)
        before.setdefault(last.answered_by, []).append((each.run.due_at - last.answered_at).total_seconds())
    for person, seconds in before.items():
        tail = seconds[-RUNS_MIN:]
        if len(tail) == RUNS_MIN and min(tail) >= 0 and max(tail) - min(tail) <= SAME_SECOND_WITHIN:
            figures = f"done {_seconds(min(tail))} to {_seconds(max(tail))} before due, the last {RUNS_MIN} times"
            yield Pattern(PatternKind.SAME_SECOND, runs[0].plan.title, "the whole checklist", person, figures)


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _shown(value: object) -> str:
    return " to ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else f"{value:g}"
