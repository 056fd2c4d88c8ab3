"""Any day at all: people answer, take back, acknowledge or do nothing, time passes, the process dies and starts again.

A state machine over all of it holds invariants 2, 3, 5 and 6 of the design: runs end completed or missed with one
alert for each missed line, an unresolved alert always has a next instant, missed stays missed, nothing is overwritten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Table, select

from shiftbot.domain.alert import AlertState
from shiftbot.domain.answer import Answer, Outcome, Reply, read_value
from shiftbot.domain.run import RunState, standing
from shiftbot.errors import Refused
from shiftbot.services import runs
from shiftbot.services.runs import RunView
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import runs as stored_runs
from shiftbot.storage import tables
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from shiftbot.storage.verify import verify
from tests.cast import CLOSING, OPENING, VOICEMAIL, hilltop
from tests.pharmacy import PharmacyHarness

NAMES = st.sampled_from(["Ben", "Amira", "Morgan", "Priya"])


class AnyDay(RuleBasedStateMachine):
    """One pharmacy through anything."""

    @initialize()
    def open_the_pharmacy(self) -> None:
        """A fresh database, at half past midnight on a Monday."""
        self.folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'day.db'}")
        migrate(self.database)
        self.pharmacy = PharmacyHarness(self.database, hilltop(OPENING, VOICEMAIL, CLOSING, units=()))
        self.kept: dict[tuple[int, str, int], Answer] = {}
        self.missed: set[int] = set()
        self.refused: list[str] = []

    @rule(minutes=st.integers(1, 240))
    def time_passes(self, minutes: int) -> None:
        """Something between a minute and four hours."""
        self.pharmacy.fast_forward(minutes=minutes)

    @rule(minutes=st.integers(1, 600))
    def the_process_dies_for_a_while(self, minutes: int) -> None:
        """Nothing runs, then it starts again on what the database holds."""
        self.pharmacy.now += timedelta(minutes=minutes)
        self.pharmacy.start()

    @rule(name=NAMES, choice=st.randoms(use_true_random=False))
    def somebody_answers_something(self, name: str, choice: Any) -> None:
        """Whoever it is, whichever line it is; some are refused."""
        views = [view for view in self._unfinished() if view.blank]
        if not views:
            return
        view = choice.choice(views)
        line = choice.choice(view.blank).line
        outcome = choice.choice([Outcome.DONE, Outcome.DONE, Outcome.NOT_APPLICABLE, Outcome.FAILED])
        value = read_value(line, "none") if outcome is Outcome.DONE and line.kind == "voicemail" else None
        reply = Reply(line.key, outcome, value, "" if outcome is Outcome.DONE else "seal torn")
        with self._refusals():
            self._responds(view, name, reply)

    @rule(name=NAMES, choice=st.randoms(use_true_random=False))
    def somebody_takes_something_back(self, name: str, choice: Any) -> None:
        """Only what they said themselves, and only in time."""
        answered = [(view, each.line.key) for view in self._today() for each in view.lines if each.answer]
        if not answered:
            return
        view, key = choice.choice(answered)
        with self._refusals():
            self.pharmacy.act(
                lambda connection: runs.undo(
                    connection,
                    self.pharmacy.definitions,
                    view.run.id,
                    self.pharmacy.person(name),
                    [key],
                    self.pharmacy.now,
                )
            )

    @rule(name=NAMES, choice=st.randoms(use_true_random=False))
    def somebody_corrects_something(self, name: str, choice: Any) -> None:
        """At any time, with a reason; some are refused."""
        answered = [(view, each.line) for view in self._today() for each in view.lines if each.answer]
        if not answered:
            return
        view, line = choice.choice(answered)
        reply = Reply(
            line.key, choice.choice([Outcome.NOT_APPLICABLE, Outcome.FAILED]), None, "no tote", "looked again"
        )
        with self._refusals():
            self._responds(view, name, reply)

    @precondition(lambda self: bool(self.pharmacy.alerts()))
    @rule(name=NAMES, presses=st.sampled_from(["acknowledges", "cannot", "hurries"]))
    def somebody_answers_an_alert(self, name: str, presses: str) -> None:
        """Acknowledge, I cannot, Escalate now."""
        with self._refusals():
            getattr(self.pharmacy, presses)(name)

    @invariant()
    def every_run_past_its_deadline_has_ended_and_each_missed_line_has_one_alert(self) -> None:
        """Invariant 2."""
        missed = self._rows(tables.missed_lines)
        for row in self._rows(tables.runs):
            assert row["missed_at"] > self.pharmacy.now or row["state"] in (RunState.COMPLETED, RunState.MISSED)
            lines = [each for each in missed if each["run"] == row["id"]]
            assert bool(lines) == (row["state"] == RunState.MISSED)
            assert len({each["alert"] for each in lines}) <= 1

    @invariant()
    def an_unresolved_alert_always_has_a_next_instant(self) -> None:
        """Invariant 3: it is never in the past once a tick has been."""
        for alert in self.pharmacy.alerts():
            assert alert.escalate_at is not None
            assert alert.escalate_at > self.pharmacy.now
        resolved = [row for row in self._rows(tables.alerts) if row["state"] == AlertState.RESOLVED]
        assert all(row["escalate_at"] is None for row in resolved)

    @invariant()
    def what_was_missed_stays_missed(self) -> None:
        """Invariant 5: and whatever is answered after due is late."""
        now_missed = {row["id"] for row in self._rows(tables.runs) if row["state"] == RunState.MISSED}
        assert self.missed <= now_missed
        self.missed = now_missed
        due = {row["id"]: row["due_at"] for row in self._rows(tables.runs)}
        for row in self._rows(tables.answers):
            assert row["late"] == (row["answered_at"] > due[row["run"]])

    @invariant()
    def no_answer_is_ever_changed_or_lost(self) -> None:
        """Invariant 6: and a completed run has all its required lines answered."""
        with self.database.snapshot() as connection:
            for run in self._rows(tables.runs):
                found = stored_answers.load_answers_of(connection, [run["id"]]).get(run["id"], [])
                for answer in found:
                    key = (answer.run, answer.line, answer.revision)
                    assert self.kept.setdefault(key, answer) == answer
                if run["state"] == RunState.COMPLETED:
                    plan = stored_runs.load_plan(connection, run["plan"])
                    assert {line.key for line in plan.required} <= standing(found).keys()
        assert len(self._rows(tables.answers)) == len(self.kept)

    def teardown(self) -> None:
        """Invariant 9, at the end: the record holds."""
        if hasattr(self, "pharmacy"):
            assert all(self.refused), "a refusal said nothing"
            with self.database.snapshot() as connection:
                assert verify(connection).holds
            self.database.close()
            self.folder.cleanup()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except Refused as refusal:
            self.refused.append(str(refusal))

    def _responds(self, view: RunView, name: str, reply: Reply) -> None:
        who, definitions, now = self.pharmacy.person(name), self.pharmacy.definitions, self.pharmacy.now
        responded = self.pharmacy.act(
            lambda connection: runs.respond(connection, definitions, view.run.id, who, [reply], "test", now)
        )
        self.refused += [why for _, why in responded.refused]

    def _unfinished(self) -> list[RunView]:
        site, now = self.pharmacy.site.id, self.pharmacy.now
        return self.pharmacy.look(lambda connection: runs.unfinished(connection, self.pharmacy.definitions, site, now))

    def _today(self) -> list[RunView]:
        on = self.pharmacy.now.astimezone(self.pharmacy.site.calendar.timezone).date()
        return self.pharmacy.look(
            lambda connection: runs.of_day(connection, self.pharmacy.definitions, self.pharmacy.site.id, on)
        )

    def _rows(self, table: Table) -> list[dict[str, Any]]:
        return self.pharmacy.look(lambda connection: [dict(row._mapping) for row in connection.execute(select(table))])


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: a failing day is printed as it was; making it shorter takes longer than reading it."""

AnyDay.TestCase.settings = settings(max_examples=10, stateful_step_count=15, deadline=None, phases=PHASES)

TestAnyDay = pytest.mark.timeout(300)(AnyDay.TestCase)
