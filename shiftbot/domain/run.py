"""A run: one dated occurrence of a checklist, prepared → open → completed or missed. Pure decisions.

Missed stays missed for ever: a run that is finished after `missed_at` keeps the state and gains `completed_at`, and
every answer given then is late (invariant 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from shiftbot.domain.answer import Answer, Outcome, out_of_range
from shiftbot.domain.checklist import Line, Plan, Role
from shiftbot.domain.site import Person
from shiftbot.errors import Refused

NOTED = "note"
"""`Answer.via` of a revision that only adds words to the answer before it."""


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
    """The answer that stands for each line.

    A later revision stands over the one before it; one that took back lets the one before it stand again, or leaves the
    line blank; one that only added words leaves who said it, and when, as it was.
    """
    return {line: said.given[said.stack[-1]] for line, said in _said_of(answers).items() if said.stack}


def struck(answers: Iterable[Answer]) -> dict[str, tuple[Answer, ...]]:
    """The answers to each line that no longer stand, in the order they were given: taken back or corrected."""
    return {
        line: tuple(answer for index, answer in enumerate(said.given) if index not in said.stack[-1:])
        for line, said in _said_of(answers).items()
    }


def corrected(answers: Iterable[Answer]) -> dict[str, Answer]:
    """For each line whose standing answer is a correction: the answer that it stands over."""
    return {line: said.given[said.stack[-2]] for line, said in _said_of(answers).items() if len(said.stack) > 1}


def first_said(answers: Iterable[Answer]) -> dict[str, Answer]:
    """For each line that has a standing answer, the first of those it stands over: when the line was first done."""
    return {line: said.given[said.stack[0]] for line, said in _said_of(answers).items() if said.stack}


@dataclass(slots=True)
class _Said:
    """All that was said to a line, each with the words that were added to it; `stack` holds which stand, the top one
    over the others."""

    given: list[Answer] = field(default_factory=list)
    stack: list[int] = field(default_factory=list)


def _said_of(answers: Iterable[Answer]) -> dict[str, _Said]:
    found: dict[str, _Said] = {}
    for answer in sorted(answers, key=lambda each: each.revision):
        said = found.setdefault(answer.line, _Said())
        if answer.outcome is Outcome.WITHDRAWN:
            said.stack[-1:] = []
        elif answer.via == NOTED and said.stack:
            top = said.stack[-1]
            said.given[top] = replace(said.given[top], revision=answer.revision, note=answer.note)
        else:
            said.stack.append(len(said.given))
            said.given.append(answer)
    return found


def condition_state(line: Line, plan: Plan, stands: Mapping[str, Answer]) -> bool | None:
    """Whether a line is asked: its condition holds, or it has none. `None` while what it hangs on is blank.

    What hangs on a line that is itself not asked is not asked either, whatever was once said to that line.
    """
    return condition_states(plan, stands)[line.key]


def asked(plan: Plan, stands: Mapping[str, Answer]) -> tuple[Line, ...]:
    """The lines that are to be answered as the answers stand: an answer to any other does not count."""
    if all(line.when is None for line in plan.lines):
        return plan.lines
    states = condition_states(plan, stands)
    return tuple(line for line in plan.lines if states[line.key])


def condition_states(plan: Plan, stands: Mapping[str, Answer]) -> dict[str, bool | None]:
    """`condition_state` of every line by its key. A condition hangs on an earlier line only."""
    states: dict[str, bool | None] = {}
    lines = {line.key: line for line in plan.lines}
    for line in plan.lines:
        if line.when is None:
            states[line.key] = True
            continue
        on, before = lines.get(line.when.item), states.get(line.when.item, False)
        if on is None or not before:
            states[line.key] = before
        else:
            answer = stands.get(on.key)
            states[line.key] = None if answer is None else bool(_words_of(on, answer) & set(line.when.words))
    return states


def _words_of(line: Line, answer: Answer) -> set[str]:
    """The words by which a condition may name an answer, in lower case."""
    if answer.outcome is Outcome.NOT_APPLICABLE:
        return {"n/a", "not-applicable"}
    if answer.outcome is not Outcome.DONE:
        return {answer.outcome.value}
    choice = (answer.value or {}).get("choice")
    said = {"done"} if choice is None else {"done", str(choice).casefold(), str(choice).lower()}
    return said | ({"out-of-range"} if is_outside(line, answer) else set())


def is_outside(line: Line, answer: Answer) -> bool:
    """Whether what was read lies outside the line's limits; a date is held against the local day it was given `on`."""
    given_on = (answer.value or {}).get("on")
    on = date.fromisoformat(given_on) if given_on else answer.answered_at.date()
    return answer.outcome is Outcome.DONE and out_of_range(line, answer.value, on)


def unanswered(plan: Plan, stands: Mapping[str, Answer]) -> tuple[Line, ...]:
    """The required lines that are asked and have no standing answer, in their order."""
    return tuple(line for line in asked(plan, stands) if line.required and line.key not in stands)


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


def refuse_if_expired(run: Run, now: datetime) -> None:
    """Raise Refused when the run can no longer be answered at all: what it asked has lost its meaning by now."""
    if run.expires_at is not None and now >= run.expires_at:
        raise Refused(
            "This checklist has expired: it can no longer be answered, and what is blank stays missed. "
            "If it still matters, tell the pharmacist, or flag it with /shift flag."
        )


def may_be_done_late(run: Run, now: datetime) -> bool:
    """Whether a run was missed, was not finished since, and takes answers still."""
    waits = run.state is RunState.MISSED and run.completed_at is None
    return waits and (run.expires_at is None or now < run.expires_at)
