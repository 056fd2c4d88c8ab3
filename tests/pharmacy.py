"""The story harness: a pharmacy on a real database, with a clock that a story moves and an inbox for everybody.

It ticks and delivers in turn, synchronously, at every instant at which something is due. A message that no story
expects fails the story when it ends.
"""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Connection

from shiftbot import ticker
from shiftbot.domain.alert import Alert
from shiftbot.domain.answer import Reply, read_value
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.notice import CardKind, NoticeKind
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import DeliveryError
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.services import coverage, delivery, duty, escalation, occasions, patterns, rostering, runs, summary
from shiftbot.services.delivery import Pace, Receipt
from shiftbot.services.runs import Responded, RunView
from shiftbot.storage import agenda, duty_changes, means, record, roster_shifts
from shiftbot.storage import alerts as stored_alerts
from shiftbot.storage.cards import Card
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

MONDAY = date(2026, 11, 23)

Told = TypeVar("Told")


@dataclass(frozen=True)
class Letter:
    """What somebody, or the channel, was sent."""

    to: str
    text: str
    at: datetime
    may_repeat: bool
    kind: NoticeKind
    about: Mapping[str, Any]


def _letter(parcel: Parcel, at: datetime) -> Letter:
    notice = parcel.notice
    return Letter(parcel.target, notice.text, at, parcel.may_repeat, notice.kind, notice.about)


class Inboxes:
    """The sender of a story: everybody's inbox and every card, with the engine's own clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._posted = count(1)
        self.unread: list[Letter] = []
        self.trouble: dict[str, DeliveryError] = {}
        """Targets that are not reached, and what the other side says."""
        self.cards: list[tuple[CardKind, str]] = []

    def send(self, parcel: Parcel) -> Receipt:
        """Put it into the inbox of its target. Raises the target's trouble."""
        self._raise_trouble(parcel.target)
        self.unread.append(_letter(parcel, self._clock()))
        return self._receipt(parcel.target)

    def show(self, card: Card) -> Receipt:
        """Note that a card was posted or edited. Raises the target's trouble."""
        self._raise_trouble(card.target)
        self.cards.append((card.kind, card.subject))
        return Receipt(card.channel, card.ts) if card.ts else self._receipt(card.target)

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """Nothing is ever lost on the way to an inbox, so there is nothing to find."""
        return None

    def _raise_trouble(self, target: str) -> None:
        if target in self.trouble:
            raise self.trouble[target]

    def _receipt(self, target: str) -> Receipt:
        return Receipt(target, f"{next(self._posted)}.000100")


class PharmacyHarness:
    """One pharmacy, one story."""

    def __init__(
        self,
        database: Database,
        definitions: Pharmacy,
        on: date = MONDAY,
        at: str = "00:30",
        *,
        looks_ahead: bool = False,
        verified: bool = True,
    ) -> None:
        """`verified`: everybody has answered a test of each of their means before the story begins."""
        self.database = database
        self.definitions = definitions
        self.inbox = Inboxes(lambda: self.now)
        self.on = on
        # A story that is not about who would be reached next week is not told of it every morning.
        self._looks_ahead = looks_ahead
        self._intake = Intake(database, lambda: self.definitions)
        self.now = self.local(at)
        if verified:
            self.verify_means()
        self.start()

    @property
    def site(self) -> Site:
        """The only site of the story."""
        return next(iter(self.definitions.sites.values()))

    def start(self) -> "PharmacyHarness":
        """Start the engine, as after a restart: nothing of the story is in memory."""
        self.pace = Pace(between=timedelta(0))
        runs.plan_ahead(self.database, self.definitions, self.now)
        summary.plan_ahead(self.database, self.definitions, self.now)
        patterns.plan_ahead(self.database, self.definitions, self.now)
        rostering.plan_ahead(self.database, self.definitions, self.now)
        if self._looks_ahead:
            coverage.plan_ahead(self.database, self.definitions, self.now)
        return self._settle()

    def moved_to(self, database: Database) -> "PharmacyHarness":
        """The same story, gone on with in a copy of its database."""
        moved = copy(self)
        moved.database, moved.inbox = database, Inboxes(lambda: moved.now)
        moved.inbox.unread = list(self.inbox.unread)
        moved._intake = Intake(database, lambda: moved.definitions)
        moved.pace = Pace(between=timedelta(0))
        return moved

    def verify_means(self) -> None:
        """Everybody answers a test of each of their means now."""
        with self.database.transaction() as connection:
            for person in self.definitions.people.values():
                for place, target in enumerate(delivery.targets_of(person)):
                    address, again_at = means.address_of(target), self.now + timedelta(days=90)
                    means.verify(connection, person.id, address, place, self.now, again_at if person.reach else None)

    def down_until(self, clock: str, on: date | None = None) -> "PharmacyHarness":
        """The process is dead until a local clock time, then starts again on what the database holds."""
        self.now = self.local(clock, on)
        return self.start()

    # --- time

    def local(self, clock: str, on: date | None = None) -> datetime:
        """An instant of the story's day by the wall clock of the site."""
        return instant(self.site.calendar.timezone, on or self.on, time.fromisoformat(clock))

    def at(self, clock: str, on: date | None = None) -> "PharmacyHarness":
        """Let the time pass until a local clock time."""
        return self._pass_until(self.local(clock, on))

    def fast_forward(self, **span: float) -> "PharmacyHarness":
        """Let a span pass (minutes=…, hours=…)."""
        return self._pass_until(self.now + timedelta(**span))

    def _pass_until(self, until: datetime) -> "PharmacyHarness":
        assert until >= self.now, f"a story goes forward only: {until} is before {self.now}"
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self._settle()
        self.now = until
        return self._settle()

    def _next_due(self) -> datetime | None:
        with self.database.snapshot() as connection:
            following = agenda.earliest(agenda.look(connection))
            instants = (following, delivery.next_attention(connection), self.pace.held_until)
        return min((at for at in instants if at is not None and at > self.now), default=None)

    def look_up_duty(self) -> None:
        """Lay what was agreed and read since over the definitions, as a process does at each look."""
        since = self.now - timedelta(days=3)
        with self.database.snapshot() as connection:
            dated, changes = roster_shifts.known(connection, since), duty_changes.standing(connection, since)
        if dated or changes or self.definitions.dated_shifts or self.definitions.duty_changes:
            self.definitions = duty.with_duty(self.definitions, dated, changes)

    def _settle(self) -> "PharmacyHarness":
        self.look_up_duty()
        assert ticker.tick(self.database, self.definitions, self.now), "a step of the tick failed"
        for _ in range(100):
            sent = delivery.deliver(self.database, self.definitions, self.inbox, self.now, self.pace, lambda: self.now)
            if not sent and not self.pace.has_failed:
                return self
            ticker.tick(self.database, self.definitions, self.now)
        raise AssertionError("delivery does not come to an end")

    # --- sensors

    def reading(self, unit_id: str, degrees: float | str, *, retained: bool = False) -> "PharmacyHarness":
        """A unit's sensor publishes what it measures, in the unit its definition says; the engine is woken."""
        sensor = self.definitions.units[unit_id].sensor
        assert sensor is not None
        message = Message(sensor.topic, str(degrees).encode(), self.now, retained=retained)
        self._intake.store([message])
        return self._settle()

    def readings_until(self, clock: str, unit_id: str, degrees: float, every: int = 5) -> "PharmacyHarness":
        """A reading every few minutes until a local clock time, all the same."""
        until = self.local(clock)
        while self.now + timedelta(minutes=every) <= until:
            self.fast_forward(minutes=every).reading(unit_id, degrees)
        return self.at(clock)

    # --- people

    def person(self, name: str) -> Person:
        """One of the cast by first name."""
        return self.definitions.people[name.lower()]

    def run(self, checklist: str) -> RunView:
        """Today's latest run of a checklist, by its id, that is open or has ended."""
        with self.database.snapshot() as connection:
            today = local_date(self.site.calendar, self.now)
            day = runs.of_day(connection, self.definitions, self.site.id, today)
        mine = [view for view in day if view.run.checklist == checklist and view.run.opens_at <= self.now]
        assert mine, f"no run of {checklist} is open yet"
        return mine[-1]

    def does(self, name: str, checklist: str, **said: str | None) -> Responded:
        """`name` answers lines of a run: line key (with _ for - and __ for :) = words, or None for a tick."""
        view = self.run(checklist)
        replies = []
        for key, words in said.items():
            line = view.plan.line(key.replace("__", ":").replace("_", "-"))
            replies.append(Reply(line.key, value=read_value(line, words) if words is not None else None))
        return self.act(
            lambda connection: runs.respond(
                connection, self.definitions, view.run.id, self.person(name), replies, "story", self.now
            )
        )

    def answers_all(self, name: str, checklist: str) -> Responded:
        """`name` answers every line that may be answered without a value, the temperatures with 41."""
        return self.answers_all_of(self.run(checklist).run.id, name)

    def answers_all_of(self, run: int, name: str) -> Responded:
        """As `answers_all`, for a run by its id."""
        view = self.look(lambda connection: runs.view_run(connection, self.definitions, run))
        assert view is not None
        replies = [
            Reply(each.line.key, value=read_value(each.line, "41") if each.line.kind == "temperature" else None)
            for each in view.blank
            if each.line.role != "pharmacist" or "pharmacist" in self.person(name).roles
        ]
        return self.act(
            lambda connection: runs.respond(
                connection, self.definitions, run, self.person(name), replies, "story", self.now
            )
        )

    def snoozes(self, name: str, checklist: str) -> datetime:
        """`name` puts the reminders of today's latest run of a checklist off; until when."""
        run = self.run(checklist).run.id
        return self.act(lambda connection: runs.snooze(connection, self.definitions, run, self.person(name), self.now))

    def opens(self, name: str, words: str, key: str = "once") -> int:
        """`name` opens a checklist by hand, by what they call it; the id of its run."""
        who = self.person(name)
        return self.act(
            lambda connection: occasions.open_by_hand(
                connection, self.definitions, self.site, words, who, key, self.now
            )
        )

    def act(self, does: Callable[[Connection], Told]) -> Told:
        """Do something in one transaction, as a click does, then tick and deliver."""
        with self.database.transaction() as connection:
            done = does(connection)
        self._settle()
        return done

    # --- what was said

    def expect_message(self, *, to: str, about: str) -> Letter:
        """The next unread message to somebody (a first name, "channel" or an address) about something; takes it."""
        target = self._address(to)
        for message in self.inbox.unread:
            if message.to == target and about.casefold() in message.text.casefold():
                self.inbox.unread.remove(message)
                return message
        raise AssertionError(f"no message to {to} about {about!r}; unread: {self._told()}")

    def expect_reminders(self, *names: str) -> list[Letter]:
        """Everybody named was reminded of something, and nobody else was; takes all reminders, in their order."""
        taken = [message for message in self.inbox.unread if message.kind is NoticeKind.REMINDER]
        assert {message.to for message in taken} == {self._address(name) for name in names}, self._told()
        self.inbox.unread = [message for message in self.inbox.unread if message not in taken]
        return taken

    def _address(self, to: str) -> str:
        if to == "channel":
            return self.site.channel
        return to if "://" in to else self.person(to).slack

    def expect_silence(self) -> "PharmacyHarness":
        """Nobody was told anything that was not expected."""
        assert not self.inbox.unread, f"not expected: {self._told()}"
        return self

    def _told(self) -> str:
        zone = self.site.calendar.timezone
        lines = (f"{each.at.astimezone(zone):%H:%M} to {each.to}: {each.text}" for each in self.inbox.unread)
        return "\n  ".join(["", *lines]) if self.inbox.unread else "nothing"

    def alerts(self) -> list[Alert]:
        """Alerts that are not resolved."""
        return self.look(stored_alerts.unresolved)

    def acknowledges(self, name: str) -> None:
        """`name` presses Acknowledge on the oldest alert that is not resolved."""
        alert = self.alerts()[0]
        who = self.person(name)
        self.act(lambda connection: escalation.acknowledge(connection, self.definitions, alert.id, who, self.now))

    def cannot(self, name: str) -> None:
        """`name` presses I cannot on the oldest alert that is not resolved."""
        alert = self.alerts()[0]
        self.act(lambda connection: escalation.decline(connection, alert.id, self.person(name), self.now))

    def closes(self, name: str, how: str) -> None:
        """`name` closes the oldest alert that is not resolved, and says how."""
        alert, who = self.alerts()[0], self.person(name)
        self.act(
            lambda connection: escalation.close_by_hand(connection, self.definitions, alert.id, who, how, self.now)
        )

    def hurries(self, name: str) -> None:
        """`name` presses Escalate now on the oldest alert that is not resolved."""
        alert = self.alerts()[0]
        self.act(lambda connection: escalation.escalate_now(connection, alert.id, self.person(name), self.now))

    def recorded(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Who did it and what it was, for each entry of a kind in the record of the site, oldest first."""
        entries = self.look(lambda connection: list(record.entries_of(connection, self.site.id)))
        return [(entry.actor, json.loads(entry.body)) for entry in entries if entry.kind == kind]

    def look(self, does: Callable[[Connection], Told]) -> Told:
        """Read something from the database."""
        with self.database.snapshot() as connection:
            return does(connection)
