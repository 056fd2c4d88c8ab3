"""A run open on the desk: what it asks and all that was said to it so far. It stores nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer
from shiftbot.domain.checklist import Line, Plan
from shiftbot.domain.run import Run, standing
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import runs


@dataclass(frozen=True, slots=True)
class Book:
    """A run open on the desk: the run, its plan, and every answer so far."""

    run: Run
    plan: Plan
    answers: tuple[Answer, ...]

    @property
    def stands(self) -> dict[str, Answer]:
        """The standing answer of each line that has one."""
        return standing(self.answers)

    def revision_after(self, line: str) -> int:
        """The revision the next answer to a line has."""
        return 1 + max((answer.revision for answer in self.answers if answer.line == line), default=0)

    def with_answer(self, answer: Answer) -> "Book":
        """The book once an answer is stored."""
        return replace(self, answers=(*self.answers, answer))


def open_book(connection: Connection, run: Run) -> Book:
    """The run with its plan and answers, read within the caller's transaction."""
    return open_books(connection, [run])[0]


def open_books(connection: Connection, found: Sequence[Run]) -> list[Book]:
    """The runs with their plans and answers, in their order, read within the caller's transaction."""
    plans = runs.load_plans(connection, [run.plan for run in found])
    answers = stored_answers.load_answers_of(connection, [run.id for run in found])
    return [Book(run, plans[run.plan], tuple(answers.get(run.id, ()))) for run in found]


def names(lines: Sequence[Line]) -> str:
    """Lines as people read them: their numbers and titles, at most five and how many more."""
    shown = [f"{line.number}. {line.title}" for line in lines[:5]]
    more = len(lines) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
