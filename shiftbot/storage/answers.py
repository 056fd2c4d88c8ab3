"""The answers of runs, and the lines of them that were missed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, insert, select

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import answers, missed_lines, runs


def add_answer(connection: Connection, answer: Answer) -> bool:
    """Add an answer; False when somebody else's with the same revision was first."""
    return insert_or_ignore(connection, answers, [asdict(answer) | {"outcome": answer.outcome.value}]) == 1


def load_answers_of(connection: Connection, run_ids: Sequence[int]) -> dict[int, list[Answer]]:
    """Every answer of several runs, by run, oldest first."""
    found: dict[int, list[Answer]] = {}
    query = select(answers).where(answers.c.run.in_(run_ids)).order_by(answers.c.answered_at, answers.c.revision)
    for row in connection.execute(query):
        answer = Answer(**dict(row._mapping) | {"outcome": Outcome(row.outcome)})
        found.setdefault(answer.run, []).append(answer)
    return found


def add_missed_lines(connection: Connection, missed: Iterable[tuple[int, str, int]]) -> None:
    """Tie each missed required line to its one alert: (run, line, alert) each."""
    rows = [{"run": run_id, "line": line, "alert": alert} for run_id, line, alert in missed]
    if rows:
        connection.execute(insert(missed_lines), rows)


def missed_lines_of(connection: Connection, run_ids: Sequence[int]) -> Mapping[int, frozenset[str]]:
    """Which lines of these runs were missed."""
    found: dict[int, set[str]] = {}
    for row in connection.execute(select(missed_lines).where(missed_lines.c.run.in_(run_ids))):
        found.setdefault(row.run, set()).add(row.line)
    return {run: frozenset(lines) for run, lines in found.items()}


def alert_of_missed(connection: Connection, run_id: int) -> tuple[int, bool] | None:
    """The alert that a missed run's lines are tied to, and whether every run tied to it is done by now."""
    tied = connection.execute(select(missed_lines.c.alert).where(missed_lines.c.run == run_id).limit(1))
    alert: int | None = tied.scalar_one_or_none()
    if alert is None:
        return None
    same = select(missed_lines.c.run).where(missed_lines.c.alert == alert)
    undone = select(runs.c.id).where(runs.c.id.in_(same), runs.c.completed_at.is_(None)).limit(1)
    return alert, connection.execute(undone).first() is None


def typed_since(connection: Connection, site_id: str, person: str, since_on: date) -> bool:
    """Whether somebody typed an answer to a run of a site, of this local date or later."""
    lately = select(runs.c.id).where(runs.c.site == site_id, runs.c.local_on >= since_on)
    mine = (answers.c.run.in_(lately), answers.c.answered_by == person, answers.c.via == "thread")
    return connection.execute(select(answers.c.run).where(*mine).limit(1)).first() is not None
