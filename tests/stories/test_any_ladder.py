"""Any policy, any order of answers, causes, mutes and time: an alert that is not over always has somebody next.

Invariant 3, on a database: the state machine of tests/domain/test_alert.py knows neither causes nor mutes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, AlertState, Only, Policy, Severity, Step, snoozes
from shiftbot.domain.mute import NEVER_MUTED
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import Refused
from shiftbot.services import escalation, muting
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import mutes
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import PharmacyHarness

NAMES = st.sampled_from(["Amira", "Ben", "Morgan", "Priya"])
SPANS = st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes))
WORDS = st.sampled_from(
    ["channel", "on-duty-pharmacist", "backup-pharmacist", "relief-pharmacist", "manager", "on-shift"]
)
STEPS = st.builds(
    Step,
    st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    SPANS,
    st.none() | SPANS.filter(bool),
    st.frozensets(st.sampled_from(Only), max_size=2),
)
POLICIES = st.lists(STEPS, min_size=1, max_size=4).map(lambda steps: Policy("standard", tuple(steps)))
KINDS = st.sampled_from([AlertKind.SILENT, AlertKind.SILENT, AlertKind.MISSED, AlertKind.IRREGULARITY])
LONGEST_REST = max(timedelta(minutes=90), *snoozes(Severity.NORMAL))


class AnyLadder(RuleBasedStateMachine):
    """One site, its alerts, and whatever people do about them."""

    @initialize(policy=POLICIES)
    def open_the_pharmacy(self, policy: Policy) -> None:
        """A fresh database, at noon."""
        self.folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'ladder.db'}")
        migrate(self.database)
        self.pharmacy = PharmacyHarness(self.database, hilltop(units=(FRIDGE,), policy=policy, quiet=True), at="12:00")
        self.begun: list[tuple[AlertKind, str]] = []
        self.refused: list[str] = []

    @rule(minutes=st.integers(1, 120))
    def time_passes(self, minutes: int) -> None:
        """With everything that falls due meanwhile."""
        self.pharmacy.fast_forward(minutes=minutes)

    @rule(kind=KINDS, critical=st.booleans())
    def something_goes_wrong(self, kind: AlertKind, critical: bool) -> None:
        """A silence may join another."""
        cause = kind, f"{FRIDGE.id}:{len(self.begun)}"
        self.begun.append(cause)
        new = NewAlert(
            "hilltop-main", kind, cause[1], "Trouble", "", Severity.CRITICAL if critical else Severity.NORMAL
        )
        self._act(lambda connection: escalation.open_alert(connection, self._pharmacy, new, self._now))

    @rule(which=st.integers(0, 20))
    def one_of_them_is_over(self, which: int) -> None:
        """Whichever it is, again and again perhaps."""
        if self.begun:
            kind, subject = self.begun[which % len(self.begun)]
            self._act(
                lambda connection: escalation.resolve_alert(
                    connection, self._pharmacy, kind, subject, "Gone.", self._now
                )
            )

    @rule(which=st.integers(0, 20))
    def one_of_them_becomes_critical(self, which: int) -> None:
        """Whichever it is."""
        if self.begun:
            kind, subject = self.begun[which % len(self.begun)]
            self._act(lambda connection: escalation.raise_severity(connection, kind, subject, self._now))

    @rule(name=NAMES, which=st.integers(0, 20), what=st.sampled_from(["take", "snooze", "cannot", "hurry"]))
    def somebody_answers(self, name: str, which: int, what: str) -> None:
        """Whoever it is; some are refused."""
        open_now, who = self.pharmacy.alerts(), self.pharmacy.person(name)
        if not open_now:
            return
        alert = open_now[which % len(open_now)].id
        with self._refusals():
            if what == "take":
                self._act(lambda c: escalation.acknowledge(c, self._pharmacy, alert, who, self._now))
            elif what == "snooze":
                span = timedelta(hours=4)
                self._act(lambda c: escalation.snooze(c, self._pharmacy, alert, who, span, self._now))
            elif what == "cannot":
                self._act(lambda c: escalation.decline(c, alert, who, self._now))
            else:
                self._act(lambda c: escalation.escalate_now(c, alert, who, self._now))

    @rule(name=NAMES, unit=st.sampled_from(["", FRIDGE.id]), minutes=st.integers(1, 300))
    def somebody_mutes(self, name: str, unit: str, minutes: int) -> None:
        """The fridge, or all of it."""
        until, who, site = self._now + timedelta(minutes=minutes), self.pharmacy.person(name), self.pharmacy.site
        with self._refusals():
            self._act(lambda c: muting.begin_mute(c, self._pharmacy, site, unit, "cut", who, until, self._now))

    @rule(name=NAMES)
    def somebody_ends_a_mute(self, name: str) -> None:
        """The oldest that is on."""
        on = self.pharmacy.look(lambda c: mutes.on_at(c, ["hilltop-main"], self._now))
        if on:
            with self._refusals():
                who = self.pharmacy.person(name)
                self._act(lambda c: muting.end_mute(c, self._pharmacy, on[0].id, who, self._now))

    @invariant()
    def whatever_is_not_over_has_a_next_instant_that_is_near(self) -> None:
        """At most the longest rest away, or the end of a mute that may hold it."""
        on = self.pharmacy.look(lambda c: mutes.on_at(c, ["hilltop-main"], self._now))
        ends = [mute.ends_at for mute in on]
        for alert in self.pharmacy.alerts():
            assert alert.escalate_at is not None
            assert alert.escalate_at >= self._now, "what was due was done"
            if alert.escalate_at in ends:
                continue
            assert alert.escalate_at - self._now <= LONGEST_REST
            assert alert.state is AlertState.ACKNOWLEDGED or alert.acknowledged_by is None

    @invariant()
    def what_no_mute_may_hide_is_held_by_none(self) -> None:
        """What people found themselves, and what is critical."""
        on = self.pharmacy.look(lambda c: mutes.on_at(c, ["hilltop-main"], self._now))
        longest = max((mute.ends_at for mute in on), default=self._now)
        for alert in self.pharmacy.alerts():
            if alert.kind in NEVER_MUTED and alert.escalate_at != longest:
                assert alert.escalate_at is not None
                assert alert.escalate_at - self._now <= LONGEST_REST

    @invariant()
    def every_refusal_says_why(self) -> None:
        """In words."""
        assert all(self.refused)

    def teardown(self) -> None:
        """The record fits every row of it."""
        if hasattr(self, "database"):
            with self.database.snapshot() as connection:
                assert verify(connection).findings == ()
            self.database.close()
            self.folder.cleanup()

    @property
    def _pharmacy(self) -> Pharmacy:
        return self.pharmacy.definitions

    @property
    def _now(self) -> datetime:
        return self.pharmacy.now

    def _act(self, does: Callable[[Connection], object]) -> None:
        self.pharmacy.act(does)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except Refused as why:
            self.refused.append(str(why))


AnyLadder.TestCase.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)

TestAnyLadder = pytest.mark.timeout(300)(AnyLadder.TestCase)
