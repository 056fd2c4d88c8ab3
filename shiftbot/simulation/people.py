"""People in a simulation: they do checklists mostly in time, answer what reaches them, are away, ill, or take over.

What they do goes through the services, as a button does. A press that was not answered is pressed again.
"""

import random
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, select

from shiftbot.domain.alert import AlertKind, AlertState
from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.duty_change import Agreement
from shiftbot.domain.local_time import local_date
from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused, StorageUnavailable
from shiftbot.services import counts, escalation, reaching, rostering, runs
from shiftbot.services.runs import RunView
from shiftbot.simulation.answers import COUNTED, good_value
from shiftbot.simulation.logbook import Done, DutyChanged, Heard, Logbook, Pressed
from shiftbot.simulation.machine import Killed, Machine
from shiftbot.simulation.slack import Clocks
from shiftbot.simulation.weather import Spell
from shiftbot.storage import alerts
from shiftbot.storage.outbox import Parcel
from shiftbot.storage.tables import missed_lines
from shiftbot.storage.tables import runs as run_rows

MINUTE = timedelta(minutes=1)
GRID = timedelta(minutes=5)
"""People act on such minutes: fewer instants to look at, and more of them shared."""

Deed = Callable[[], object]
Plan = Callable[[datetime, Deed], None]
Told = TypeVar("Told")

ENOUGH = 5
"""After so many tellings somebody does what was missed, whoever they are."""


class People:
    """Everybody of a pharmacy."""

    def __init__(
        self, seed: int, pharmacy: Pharmacy, clocks: Clocks, logbook: Logbook, plan: Plan, *, answered: float
    ) -> None:
        """`answered` is the share of runs that are done in time."""
        self._chance = random.Random(f"{seed}:people")
        self._pharmacy = pharmacy
        self._clocks = clocks
        self._logbook = logbook
        self._plan = plan
        self._answered = answered
        self._seen: set[int] = set()
        self._reacted: set[tuple[str, str]] = set()
        self._tried: dict[int, datetime] = {}
        self.machine: Machine

    # --- checklists

    def look_at_runs(self) -> None:
        """Decide for each run that opens within the hour, or is open, what becomes of it."""
        now = self._clocks.machine()
        query = select(run_rows.c.id, run_rows.c.opens_at, run_rows.c.due_at, run_rows.c.missed_at).where(
            run_rows.c.opens_at <= now + timedelta(minutes=70), run_rows.c.missed_at > now - timedelta(hours=6)
        )
        try:
            with self.machine.database.snapshot() as connection:
                found = connection.execute(query.order_by(run_rows.c.id)).all()
        except StorageUnavailable:
            return
        for row in found:
            if row.id not in self._seen:
                self._seen.add(row.id)
                self._plan_run(row.id, row.opens_at, row.due_at, row.missed_at)

    def _plan_run(self, run: int, opens_at: datetime, due_at: datetime, missed_at: datetime) -> None:
        drawn = self._chance.random()
        if drawn < self._answered:
            self._plan(self._between(opens_at, due_at), lambda: self.finishes(run))
        elif drawn < self._answered + 0.05:
            self._plan(self._between(due_at, missed_at), lambda: self.finishes(run))
        elif drawn < self._answered + 0.1:
            self._plan(self._between(missed_at, missed_at + timedelta(hours=3)), lambda: self.finishes(run))

    def _between(self, first: datetime, last: datetime) -> datetime:
        at = first + (last - first) * self._chance.uniform(0.05, 0.95)
        return _on_grid(at) if _on_grid(at) < last else at

    def finishes(self, run: int) -> None:
        """Answer all that is asked in a run, by whoever may; noted when nothing is left."""
        self._tried.setdefault(run, self._clocks.machine())

        def sit_down(connection: Connection) -> bool:
            for _ in range(4):
                view = runs.view_run(connection, self.machine.pharmacy, run)
                if view is None or not view.blank:
                    return True
                self._answer_all(connection, view)
            return False

        def note(done: bool) -> None:
            if done and run not in self._logbook.done:
                self._logbook.done[run] = Done(self._tried[run], self._clocks.machine())

        self._do(sit_down, note)

    def _answer_all(self, connection: Connection, view: RunView) -> None:
        blank = [each.line for each in view.blank]
        for person in self._pharmacy.people.values():
            mine = [line for line in blank if may_answer(line, person.roles)]
            blank = [line for line in blank if line not in mine]
            self._answer(connection, view, person, mine)

    def _answer(self, connection: Connection, view: RunView, person: Person, lines: Sequence[Line]) -> None:
        now, on = self._clocks.machine(), local_date(view.site.calendar, self._clocks.machine())
        counted = [line for line in lines if line.kind is ItemKind.COUNT and line.witness]
        for line in counted:
            self._count(connection, view.run.id, line, person, now)
        replies = [Reply(line.key, value=good_value(line, on)) for line in lines if line not in counted]
        if replies:
            runs.respond(connection, self.machine.pharmacy, view.run.id, person, replies, "simulation", now)

    def _count(self, connection: Connection, run: int, line: Line, person: Person, now: datetime) -> None:
        others = [each for each in self._pharmacy.people_with(Role.PHARMACIST) if each is not person]
        if others:
            about = (self.machine.pharmacy, run, line.key)
            counts.enter(connection, *about, person, COUNTED, now)
            counts.witness(connection, *about, others[0], COUNTED, now)
            counts.book(connection, *about, others[0], COUNTED, now)

    # --- what reaches them

    def hears(self, heard: Heard, parcel: Parcel) -> None:
        """A message came: whoever is there may do something about it."""
        person = self._pharmacy.people.get(heard.recipient)
        if person is None or (heard.key, heard.target) in self._reacted:
            return
        self._reacted.add((heard.key, heard.target))
        if heard.kind == "reach":
            self._answers_test(person, parcel)
        elif heard.kind == "alert" and heard.alert is not None and not self._is_absent(person.id):
            self._reacts(person, heard.alert, heard.site, parcel)

    def _is_absent(self, person: str) -> bool:
        absent = self._clocks.weather.now("absent", self._clocks.now)
        return absent is not None and absent.about == person

    def _reacts(self, person: Person, alert: int, site: str, parcel: Parcel) -> None:
        told = int(parcel.notice.about.get("telling", 0))
        local = self._clocks.now.astimezone(self._pharmacy.sites[site].calendar.timezone)
        at_night = not 6 <= local.hour < 22
        drawn = self._chance.random()
        wait = MINUTE * self._chance.randrange(3, 30 if at_night else 13)
        if told >= ENOUGH:
            self._plan(self._later(wait), lambda: self.settles(alert, person))
        elif drawn < (0.4 if at_night else 0.25):
            return
        elif drawn < 0.5 and person.roles & {Role.PHARMACIST, Role.MANAGER}:
            self._plan(self._later(wait), lambda: self.declines(alert, person))
        else:
            self._plan(self._later(wait), lambda: self.acknowledges(alert, person))
            if self._chance.random() < 0.8:
                self._plan(self._later(wait + GRID * self._chance.randrange(1, 6)), lambda: self.settles(alert, person))

    def _later(self, wait: timedelta) -> datetime:
        """When somebody acts; while Socket Mode is down a press waits, and comes when it is back."""
        at = _on_grid(self._clocks.now + wait)
        lost = self._clocks.weather.now("socket", at)
        return lost.ends_at + timedelta(seconds=3) if lost else at

    def _answers_test(self, person: Person, parcel: Parcel) -> None:
        place, code = int(parcel.notice.about.get("place", 0)), re.search(r"\b(\d{4})\b", parcel.notice.text)

        def answer(connection: Connection) -> None:
            now = self._clocks.machine()
            if place == 0:
                reaching.press(connection, self.machine.pharmacy, person, 0, now)
            elif code is not None:
                reaching.confirm(connection, self.machine.pharmacy, person, code[1], now)

        self._plan(self._later(self._chance.randrange(2, 90) * MINUTE), lambda: self._do(answer))

    def acknowledges(self, alert: int, person: Person) -> None:
        """`person` presses Acknowledge, one in ten times twice."""
        self._press(alert, person, "acknowledge", lambda connection: escalation.acknowledge(
            connection, self.machine.pharmacy, alert, person, self._clocks.machine()))  # fmt: skip
        if self._chance.random() < 0.1:
            self._press(alert, person, "acknowledge", lambda connection: escalation.acknowledge(
                connection, self.machine.pharmacy, alert, person, self._clocks.machine()))  # fmt: skip

    def declines(self, alert: int, person: Person) -> None:
        """`person` presses I cannot."""
        self._press(alert, person, "decline", lambda connection: escalation.decline(
            connection, alert, person, self._clocks.machine()))  # fmt: skip

    def _press(self, alert: int, person: Person, what: str, does: Callable[[Connection], object]) -> None:
        def note(_: object, perhaps: str = "") -> None:
            number, now = next(self._logbook.numbers), self._clocks.machine()
            self._logbook.pressed.append(Pressed(number, now, alert, perhaps + what, person.id))

        try:
            self._do(does, note)
        except Killed:
            note(None, "perhaps ")
            raise

    def settles(self, alert_id: int, person: Person) -> None:
        """`person` does what an alert is about, or closes it, where people can."""
        try:
            with self.machine.database.snapshot() as connection:
                alert = alerts.look_at(connection, alert_id)
                query = select(missed_lines.c.run).where(missed_lines.c.alert == alert_id).distinct()
                missed = sorted(connection.execute(query).scalars())
        except StorageUnavailable:
            self._plan(self._clocks.now + GRID, lambda: self.settles(alert_id, person))
            return
        if alert is None or alert.state is AlertState.RESOLVED:
            return
        if alert.kind is AlertKind.MISSED:
            for run in missed:
                self.finishes(run)
        elif alert.kind in (AlertKind.DELIVERY, AlertKind.SENSOR, AlertKind.IRREGULARITY, AlertKind.FAILED_ITEM):
            self._do(
                lambda connection: escalation.close_by_hand(
                    connection, self.machine.pharmacy, alert_id, person, "looked after", self._clocks.machine()
                )
            )

    # --- duty

    def calls_in_sick(self, spell: Spell) -> None:
        """Somebody is ill, at each site where the roster has them."""
        person = self._pharmacy.people[spell.about]
        for site in self._pharmacy.sites.values():
            self._changes(site, spell, lambda connection, site=site: rostering.call_in_absent(  # type: ignore[misc]
                connection, self.machine.pharmacy, site, person, self._clocks.machine(),
                self._clocks.machine() + (spell.ends_at - spell.starts_at), "ill", person,
                f"ill:{spell.starts_at.isoformat()}:{site.id}", self._clocks.machine()))  # fmt: skip

    def takes_over(self, spell: Spell) -> None:
        """A pharmacist takes the duty at one site."""
        person = self._pharmacy.people[spell.about]
        site = self._chance.choice(list(self._pharmacy.sites.values()))
        self._changes(site, spell, lambda connection: rostering.take_over(
            connection, self.machine.pharmacy, site, person,
            self._clocks.machine() + (spell.ends_at - spell.starts_at),
            f"over:{spell.starts_at.isoformat()}:{site.id}", self._clocks.machine()))  # fmt: skip

    def _changes(self, site: Site, spell: Spell, does: Callable[[Connection], object]) -> None:
        def note(agreed: object) -> None:
            if isinstance(agreed, Agreement):
                change = DutyChanged(site.id, agreed.person, agreed.instead_of, agreed.starts_at, agreed.ends_at)
                if change not in self._logbook.duty:
                    self._logbook.duty.append(change)

        self._do(does, note)

    # --- how anything is done

    def _do(self, does: Callable[[Connection], Told], note: Callable[[Told], object] = lambda _: None) -> None:
        """One transaction, as a button; again a little later when nobody answered. A refusal changes nothing."""
        try:
            with self.machine.database.transaction() as connection:
                self.machine.look_up_duty()
                done = does(connection)
        except (StorageUnavailable, Killed) as trouble:
            self._plan(self._clocks.now + GRID, lambda: self._do(does, note))
            if isinstance(trouble, Killed):
                raise
            return
        except AlreadyDone:
            return
        except Refused as refusal:
            self._logbook.count(f"refused: {str(refusal)[:50]}")
            return
        note(done)
        self.machine.ask()


def _on_grid(at: datetime) -> datetime:
    late = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at + GRID - late if late else at
