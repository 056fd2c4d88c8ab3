"""Runs as they stand, to be shown: on cards, in App Home, in commands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer
from shiftbot.domain.checklist import Line, Plan
from shiftbot.domain.claim import Claim
from shiftbot.domain.follow_up import FollowUpState
from shiftbot.domain.run import Run, condition_states, corrected, standing, struck
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.claiming import claims_of
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import follow_ups, runs


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as it stands: its answer if any, whether it was missed, how many answers were given before this one.

    `asked` says whether its condition holds (None: it hangs on a line that is blank): an answer to a line that is not
    asked any more does not count. `history` are the answers that no longer stand, the oldest first; `corrects` is the
    one of them that the standing answer, having a reason, stands over. `follow_ups` are the ids of those that answers
    to it led to and that are still open.
    """

    line: Line
    answer: Answer | None
    missed: bool
    earlier: int
    asked: bool | None = True
    corrects: Answer | None = None
    history: tuple[Answer, ...] = ()
    follow_ups: tuple[int, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the run waits for it."""
        return self.asked is True and self.line.required


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands now, to be shown."""

    run: Run
    plan: Plan
    site: Site
    lines: tuple[LineView, ...]
    claims: Mapping[str, Claim] = field(default_factory=dict)
    """Who claimed which section, those that ran out included: `Claim.holds` tells."""

    @property
    def answered(self) -> int:
        """How many of the lines that the run waits for are answered."""
        return sum(1 for view in self.lines if view.counts and view.answer is not None)

    @property
    def required(self) -> int:
        """How many lines the run waits for, as its answers stand."""
        return sum(1 for view in self.lines if view.counts)

    @property
    def blank(self) -> tuple[LineView, ...]:
        """Lines that are asked and have no answer."""
        return tuple(view for view in self.lines if view.asked and view.answer is None)


def view_run(connection: Connection, pharmacy: Pharmacy, run_id: int) -> RunView | None:
    """A run to be shown, or nothing when there is none (or its site is no longer defined)."""
    run = runs.look_at_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        return None
    return _views(connection, pharmacy, [run])[0]


def unfinished(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> list[RunView]:
    """A site's runs that can still be answered: open ones first, then those missed, the newest first.

    Of those missed: all of the last day that were not done since, and older ones while their alert is not resolved;
    none that has expired.
    """
    return _views(connection, pharmacy, runs.unfinished_runs(connection, site_id, now - timedelta(days=1), now))


def of_day(connection: Connection, pharmacy: Pharmacy, site_id: str, local_on: date) -> list[RunView]:
    """A site's runs of one local date, those not open yet included."""
    return _views(connection, pharmacy, runs.runs_of_day(connection, site_id, local_on))


def _views(connection: Connection, pharmacy: Pharmacy, found: Sequence[Run]) -> list[RunView]:
    ids = [run.id for run in found]
    plans = runs.load_plans(connection, [run.plan for run in found])
    answers, missed = stored_answers.load_answers_of(connection, ids), stored_answers.missed_lines_of(connection, ids)
    claims, open_still = claims_of(connection, pharmacy, ids), _open_follow_ups(connection, ids)
    return [
        RunView(
            run=run,
            plan=plans[run.plan],
            site=pharmacy.sites[run.site],
            lines=_lines(plans[run.plan], run.id, answers.get(run.id, []), missed.get(run.id, frozenset()), open_still),
            claims=claims.get(run.id, {}),
        )
        for run in found
    ]


OpenFollowUps = Mapping[tuple[int | None, str | None], Sequence[int]]
"""Ids by run and line."""


def _open_follow_ups(connection: Connection, run_ids: Sequence[int]) -> OpenFollowUps:
    found: dict[tuple[int | None, str | None], list[int]] = {}
    for each in follow_ups.of_runs(connection, run_ids):
        if each.state is FollowUpState.OPEN:
            found.setdefault((each.run, each.line), []).append(each.id)
    return found


def _lines(
    plan: Plan, run_id: int, answers: Sequence[Answer], missed: frozenset[str], open_still: OpenFollowUps
) -> tuple[LineView, ...]:
    stands, before, over = standing(answers), struck(answers), corrected(answers)
    states = condition_states(plan, stands)
    return tuple(
        LineView(
            line=line,
            answer=stands.get(line.key),
            missed=line.key in missed,
            earlier=len(before.get(line.key, ())),
            asked=states[line.key],
            corrects=over.get(line.key),
            history=before.get(line.key, ()),
            follow_ups=tuple(open_still.get((run_id, line.key), ())),
        )
        for line in plan.lines
    )
