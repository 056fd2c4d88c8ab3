"""A run: one dated occurrence of a checklist, prepared → open → completed or missed. Pure decisions.

Missed stays missed for ever: a run that is finished after `missed_at` keeps the state and gains `completed_at`, and
every answer given then is late (invariant 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import Line, Plan, Role
from shiftbot.domain.site import Person
from shiftbot.errors import Refused


class RunState(StrEnum):
    """`prepared`: not open yet. `open`: may be answered. `completed`: all required lines in time. `missed`: not."""

    PREPARED = "prepared"
    OPEN = "open"
    COMPLETED = "completed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as stored. `plan` is the digest of its plan."""

    id: int
    site: str
    checklist: str
    local_on: date
    slot: str
    plan: str
    state: RunState
    opens_at: datetime
    remind_at: datetime | None
    due_at: datetime
    missed_at: datetime
    completed_at: datetime | None
    attention_at: datetime | None
    shows_at: datetime | None = None
    expires_at: datetime | None = None
    snoozes: int = 0
    """How often its reminders were put off."""

    def is_late(self, at: datetime) -> bool:
        """Whether something done `at` this instant is late: after due."""
        return at > self.due_at


def standing(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answer that stands for each line: the highest revision, unless that one took it back."""
    latest: dict[str, Answer] = {}
    for answer in answers:
        if answer.line not in latest or answer.revision > latest[answer.line].revision:
            latest[answer.line] = answer
    return {line: answer for line, answer in latest.items() if answer.outcome is not Outcome.WITHDRAWN}


def unanswered(plan: Plan, stands: Mapping[str, Answer]) -> tuple[Line, ...]:
    """The required lines that have no standing answer, in their order."""
    return tuple(line for line in plan.required if line.key not in stands)


def may_answer(line: Line, roles: frozenset[Role]) -> bool:
    """Whether someone with these roles may answer: a pharmacist whatever a technician may, not the other way round."""
    if line.role is Role.TECHNICIAN:
        return bool(roles & {Role.TECHNICIAN, Role.PHARMACIST})
    return line.role in roles


def refuse_unless_allowed(line: Line, person: Person) -> None:
    """Raise Refused, kindly, when `person` may not answer `line` (invariant 8)."""
    if may_answer(line, person.roles):
        return
    who = "a pharmacist" if line.role is Role.PHARMACIST else f"a {line.role}"
    raise Refused(
        f"“{line.title}” is for {who} to do, so I have not ticked it. "
        f"Ask {who} on duty to answer it from their own account."
    )


def refuse_unless_open(run: Run, now: datetime) -> None:
    """Raise Refused when the run cannot be answered yet."""
    if run.state is RunState.PREPARED or now < run.opens_at:
        raise Refused("This checklist is not open yet; nothing was stored.")


def next_attention(run: Run, now: datetime) -> datetime | None:
    """When a run next needs the tick: to open, to remind, to be missed; never again once it has ended."""
    if run.state is RunState.PREPARED:
        return run.opens_at
    if run.state is not RunState.OPEN:
        return None
    if run.remind_at is not None and now < run.remind_at:
        return run.remind_at
    return run.missed_at
