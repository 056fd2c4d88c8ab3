"""The staff as people are: in time, late, or not at all; they slip, take back, correct, fail lines, say n/a, hand over.

Everything is drawn from one seeded source, so that a year is the same year again. What is refused is counted.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, select

from shiftbot.domain.alert import Alert, AlertKind, AlertState
from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.case import Details, Disposition
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.site import Person
from shiftbot.errors import Refused
from shiftbot.services import cases, claiming, counts, escalation, follow_ups, hand_over, occasions, runs
from shiftbot.services.runs import RunView
from shiftbot.storage import cases as stored_cases
from shiftbot.storage.tables import missed_lines
from tests.crew import COUNTED, Crew, bad_value, good_value
from tests.pharmacy import PharmacyHarness

Told = TypeVar("Told")

CLOSED_BY_HAND = (AlertKind.FAILED_ITEM, AlertKind.IRREGULARITY)

DISPOSED = Details(contents="Lot 4KX21, VFC, 40 doses", disposition=Disposition.USABLE)
SIGNED = {
    "cause": "The door was left ajar.",
    "action": "Stock was kept cold and marked; the manufacturers were asked.",
    "outcome": "All of it may be used.",
}


def runs_missed(connection: Connection, alert: int) -> list[int]:
    """The runs whose missed lines an alert is about."""
    query = select(missed_lines.c.run).where(missed_lines.c.alert == alert).distinct()
    return list(connection.execute(query).scalars())


class Staff:
    """Ben, the pharmacist of the day and Morgan, at one pharmacy."""

    def __init__(self, pharmacy: PharmacyHarness, seed: int) -> None:
        self.pharmacy = pharmacy
        self.chance = random.Random(seed)
        self.crew = Crew(pharmacy)
        self.did: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def happens(self, share: float) -> bool:
        """Once in a while."""
        return self.chance.random() < share

    def tries(self, what: str, does: Callable[[Connection], Told]) -> Told | None:
        """Do something in one transaction; a refusal is counted, and nothing else comes of it."""
        try:
            done = self.pharmacy.act(does)
        except Refused as refusal:
            self.refused[f"{what}: {str(refusal)[:60]}"] += 1
            return None
        self.did[what] += 1
        return done

    def pharmacist(self) -> str:
        """Who is the pharmacist today."""
        return "Priya" if self.crew.today.weekday() == 5 else "Amira"

    def name_for(self, line: Line) -> str:
        """Who answers a line today."""
        names = {Role.TECHNICIAN: "Ben", Role.PHARMACIST: self.pharmacist(), Role.MANAGER: "Morgan"}
        return names[line.role]

    # --- answering

    def sits_down(self, run: int, share: float) -> None:
        """Everybody answers about this share of what is blank and theirs, and then what that leads to."""
        for _ in range(3):
            view = self.crew.view(run)
            blank = [each.line for each in view.blank if self.happens(share)]
            for name in ("Ben", self.pharmacist(), "Morgan"):
                self.answers(view, name, [line for line in blank if self.name_for(line) == name])
            if not blank:
                return

    def answers(self, view: RunView, name: str, lines: Sequence[Line]) -> None:
        """`name` answers these lines of a run at once; counts are made with the pharmacist."""
        for line in lines:
            if line.kind is ItemKind.COUNT and line.witness:
                self.counts(view.run.id, line)
        replies = [self.says(line) for line in lines if line.kind is not ItemKind.COUNT or not line.witness]
        if not replies:
            return
        if self.happens(0.02):
            self.claims(view, self.pharmacy.person(name), lines[0].section)
        try:
            responded = self.crew.say(view.run.id, name, replies)
        except Refused as refusal:
            self.refused[f"answer: {str(refusal)[:60]}"] += 1
            return
        self.did["answer"] += len(responded.stored)
        for _, why in responded.refused:
            self.refused[f"answer: {why[:60]}"] += 1
        if self.happens(0.05):
            self.takes_back(view.run.id, name, [line.key for line, _ in responded.stored])

    def says(self, line: Line) -> Reply:
        """Mostly what is right; sometimes n/a, failed, or out of range."""
        drawn = self.chance.random()
        if drawn < 0.012 and line.kind is not ItemKind.SIGNATURE:
            return Reply(line.key, Outcome.NOT_APPLICABLE, note="closed today")
        if drawn < 0.02 and line.kind is not ItemKind.SIGNATURE:
            return Reply(line.key, Outcome.FAILED, note="seal torn")
        bad = bad_value(line, self.crew.today) if drawn < 0.026 else None
        if bad:
            return Reply(line.key, value=bad, note="door was open")
        choice = self.chance.randrange(max(len(line.options), 1))
        return Reply(line.key, value=good_value(line, self.crew.today, choice))

    def counts(self, run: int, line: Line) -> None:
        """Twice, blind, then held against the book; now and then one tablet is missing."""
        definitions, now = self.pharmacy.definitions, self.pharmacy.now
        found = COUNTED - 1 if self.happens(0.01) else COUNTED
        ben, witness = self.pharmacy.person("Ben"), self.pharmacy.person(self.pharmacist())
        for what, does, person, quantity in (
            ("count", counts.enter, ben, found),
            ("witness", counts.witness, witness, found),
            ("book", counts.book, witness, COUNTED),
        ):
            self.tries(what, lambda connection, does=does, person=person, quantity=quantity: does(
                connection, definitions, run, line.key, person, quantity, now))  # type: ignore[misc]  # fmt: skip

    def claims(self, view: RunView, person: Person, section: str) -> None:
        """Take a section; it is free again later."""
        definitions, now = self.pharmacy.definitions, self.pharmacy.now
        self.tries("claim", lambda connection: claiming.claim(
            connection, definitions, view.run.id, section, person, now))  # fmt: skip

    def takes_back(self, run: int, name: str, keys: Sequence[str]) -> None:
        """`name` takes one of these answers back, and gives it again at the next sitting."""
        if not keys:
            return
        person, key = self.pharmacy.person(name), self.chance.choice(keys)
        definitions, now = self.pharmacy.definitions, self.pharmacy.now
        done = self.tries("undo", lambda connection: runs.undo(connection, definitions, run, person, [key], now))
        for _, why in done.refused if done else ():
            self.refused[f"undo: {why[:60]}"] += 1

    def corrects(self, run: int) -> None:
        """Somebody finds that a number was wrong, or asks a colleague to say so by phone."""
        view = self.crew.view(run)
        numbers = [each.line for each in view.lines if each.answer and each.line.kind is ItemKind.NUMBER]
        if not numbers:
            return
        line = self.chance.choice(numbers)
        value = {"number": (good_value(line, self.crew.today) or {"number": 1})["number"] + 0.1}
        self.crew.say(run, self.pharmacist(), [Reply(line.key, value=value, reason="digits swapped")])
        self.did["correct"] += 1

    def tells_by_phone(self, run: int) -> None:
        """Ben tells Morgan what he did, who writes it down."""
        blank = [each.line for each in self.crew.view(run).blank if each.line.kind is ItemKind.TICK]
        mine = [line for line in blank if line.role is Role.TECHNICIAN]
        if mine:
            self.crew.say(run, "Morgan", [Reply(mine[0].key, told_by="ben")])
            self.did["told by phone"] += 1

    def puts_off(self, run: int) -> None:
        """Ben puts the reminders off."""
        definitions, ben, now = self.pharmacy.definitions, self.pharmacy.person("Ben"), self.pharmacy.now
        self.tries("snooze", lambda connection: runs.snooze(connection, definitions, run, ben, now))

    # --- what is open

    def looks_around(self) -> None:
        """Once in a while somebody answers alerts, closes what may be closed, and works on follow-ups."""
        for alert in self.pharmacy.alerts():
            self.answers_alert(alert)
        for each in self.pharmacy.look(partial(follow_ups.open_of, site_id=self.pharmacy.site.id)):
            if self.happens(0.25):
                self.works_on(each.id)

    def answers_alert(self, alert: Alert) -> None:
        """Acknowledged, closed, or its cause done after all."""
        if alert.kind is AlertKind.MISSED and self.happens(0.35):
            for run in self.pharmacy.look(partial(runs_missed, alert=alert.id)):
                self.sits_down(run, 1.0)
            return
        definitions, now = self.pharmacy.definitions, self.pharmacy.now
        person = self.pharmacy.person(self.chance.choice([self.pharmacist(), "Morgan"]))
        if alert.state is AlertState.TRIGGERED and self.happens(0.6):
            self.tries("acknowledge", lambda connection: escalation.acknowledge(
                connection, definitions, alert.id, person, now))  # fmt: skip
        elif alert.kind in CLOSED_BY_HAND and self.happens(0.7):
            self.tries("close alert", lambda connection: escalation.close_by_hand(
                connection, definitions, alert.id, person, "Put right.", now))  # fmt: skip

    def works_on(self, follow_up: int) -> None:
        """Take it, put it off, or close it."""
        definitions, now = self.pharmacy.definitions, self.pharmacy.now
        person, drawn = self.pharmacy.person(self.pharmacist()), self.chance.random()
        if drawn < 0.2:
            self.tries("take", lambda connection: follow_ups.take(connection, definitions, follow_up, person, now))
        elif drawn < 0.35:
            due = now + timedelta(hours=self.chance.randrange(3, 60))
            self.tries("put off", lambda connection: follow_ups.move_due(
                connection, definitions, follow_up, person, due, "waits for the part", now))  # fmt: skip
        else:
            self.tries("close follow-up", lambda connection: follow_ups.close(
                connection, definitions, follow_up, person, "Repaired.", now))  # fmt: skip

    def wants_followed_up(self, key: str) -> None:
        """Ben wants something followed up."""
        pharmacy, ben = self.pharmacy, self.pharmacy.person("Ben")
        self.tries("follow-up", lambda connection: follow_ups.add_by_hand(
            connection, pharmacy.definitions, pharmacy.site, ben, "Call the wholesaler", None, key, pharmacy.now,
        ))  # fmt: skip

    def signs_cases(self) -> None:
        """The pharmacist signs what can be signed."""
        pharmacy, person = self.pharmacy, self.pharmacy.person(self.pharmacist())
        for case in pharmacy.look(lambda connection: stored_cases.open_cases(connection, pharmacy.site.id)):
            if not case.facts.get("open"):
                self.tries("sign case", lambda connection, case=case: cases.sign_case(
                    connection, pharmacy.definitions, case.id, person, SIGNED, pharmacy.now, DISPOSED))  # type: ignore[misc]  # fmt: skip

    # --- shifts

    def hands_over(self, on: date) -> None:
        """The pharmacist leaves a note."""
        pharmacy, person = self.pharmacy, self.pharmacy.person(self.pharmacist())
        self.tries("hand over", lambda connection: hand_over.write(
            connection, pharmacy.definitions, pharmacy.site, person, "All as usual.", f"{on}", pharmacy.now,
        ))  # fmt: skip

    def reads_notes(self) -> None:
        """Ben reads what was left."""
        pharmacy, ben = self.pharmacy, self.pharmacy.person("Ben")
        for note in pharmacy.look(
            lambda connection: hand_over.unread(connection, pharmacy.definitions, pharmacy.site.id)
        ):
            self.tries("read note", lambda connection, note=note: hand_over.read(
                connection, pharmacy.definitions, note.id, ben, pharmacy.now))  # type: ignore[misc]  # fmt: skip

    def opens(self, checklist: str, key: str) -> int | None:
        """Ben opens a checklist by hand; the run's id."""
        pharmacy, ben = self.pharmacy, self.pharmacy.person("Ben")
        return self.tries("open by hand", lambda connection: occasions.open_by_hand(
            connection, pharmacy.definitions, pharmacy.site, checklist, ben, key, pharmacy.now,
        ))  # fmt: skip
