"""Runs as they stand, to be shown: on cards, in App Home, in commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer
from shiftbot.domain.checklist import Line, Plan
from shiftbot.domain.run import Run, standing
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.storage import runs


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as it stands: its answer if any, whether it was missed, how many answers were given before this one."""

    line: Line
    answer: Answer | None
    missed: bool
    earlier: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands now, to be shown."""

    run: Run
    plan: Plan
    site: Site
    lines: tuple[LineView, ...]

    @property
    def answered(self) -> int:
        """How many required lines are answered."""
        return sum(1 for view in self.lines if view.line.required and view.answer is not None)

    @property
    def required(self) -> int:
        """How many lines are required."""
        return len(self.plan.required)

    @property
    def blank(self) -> tuple[LineView, ...]:
        """Lines without an answer."""
        return tuple(view for view in self.lines if view.answer is None)


def view_run(connection: Connection, pharmacy: Pharmacy, run_id: int) -> RunView | None:
    """A run to be shown, or nothing when there is none (or its site is no longer defined)."""
    run = runs.look_at_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        return None
    return _views(connection, pharmacy, [run])[0]


def unfinished(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> list[RunView]:
    """A site's runs that can still be answered: open ones first, then those missed, the newest first.

    Of those missed: all of the last day that were not done since, and older ones while their alert is not resolved.
    """
    return _views(connection, pharmacy, runs.unfinished_runs(connection, site_id, now - timedelta(days=1)))


def of_day(connection: Connection, pharmacy: Pharmacy, site_id: str, local_on: date) -> list[RunView]:
    """A site's runs of one local date, those not open yet included."""
    return _views(connection, pharmacy, runs.runs_of_day(connection, site_id, local_on))


def _views(connection: Connection, pharmacy: Pharmacy, found: Sequence[Run]) -> list[RunView]:
    answers = runs.load_answers_of(connection, [run.id for run in found])
    missed = runs.missed_lines_of(connection, [run.id for run in found])
    return [
        _view(
            pharmacy,
            run,
            runs.load_plan(connection, run.plan),
            answers.get(run.id, []),
            missed.get(run.id, frozenset()),
        )
        for run in found
    ]


def _view(pharmacy: Pharmacy, run: Run, plan: Plan, answers: Sequence[Answer], missed: frozenset[str]) -> RunView:
    stands = standing(answers)
    lines = tuple(
        LineView(
            line,
            stands.get(line.key),
            line.key in missed,
            sum(1 for answer in answers if answer.line == line.key) - (line.key in stands),
        )
        for line in plan.lines
    )
    return RunView(run, plan, pharmacy.sites[run.site], lines)
