"""A whole workplace for the tests of the Slack edge: the emulator, the bot over a real WebSocket, a real database.

Time moves only when a test says so; ticking and delivering are done by the test's own thread, one after the other.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from shiftbot import definitions, slack, ticker
from shiftbot.demo.emulator import Message, Person, SlackEmulator
from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import instant
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Person as Human
from shiftbot.domain.site import Pharmacy, TemperatureUnit
from shiftbot.errors import Refused
from shiftbot.services import delivery, duty, patterns, runs, summary
from shiftbot.services.delivery import Pace
from shiftbot.services.runs import RunView
from shiftbot.slack.client import slack_client
from shiftbot.slack.connection import SocketConnection, build_app
from shiftbot.slack.desk import Desk
from shiftbot.slack.home import HomeTabs
from shiftbot.slack.links import Links
from shiftbot.slack.sender import SlackSender
from shiftbot.storage import cards, duty_changes, readings, roster_shifts
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival

MONDAY = date(2026, 11, 23)

HILLTOP = Path(__file__).parents[1] / "definitions" / "hilltop"

MANIFEST = Path(slack.__file__).parent / "manifest.yaml"

CHANNEL = "C0HILLTOP"

WAITS_SECONDS = 8.0


class StoryClock:
    """What time it is in the story, for Slack as for the pharmacy."""

    now = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)

    def seconds(self) -> float:
        """The same since 1970."""
        return self.now.timestamp()


class Workplace:
    """One pharmacy in one Slack workspace. `begin` gives it a fresh database and Monday morning."""

    def __init__(self, emulator: SlackEmulator, database: Database, clock: StoryClock) -> None:
        self._clock = clock
        self.emulator = emulator
        self.database = database
        self.pharmacy: Pharmacy = definitions.load(HILLTOP)
        self._begun = itertools.count(1)
        self._woken = itertools.count(1)
        self.woken = 0
        self.reloaded: list[str] = []
        self.mistakes: list[str] = []
        self.desk = Desk(
            database,
            lambda: self.pharmacy,
            lambda: self.now,
            self._wake,
            reload=self._reload,
            mistakes=lambda: self.mistakes,
        )
        self.homes = HomeTabs(self.desk, Links(), every_seconds=0.0)
        self.client = slack_client(emulator.bot_token, emulator.api_url)
        self.sender = SlackSender(self.desk, self.client)
        self.app = build_app(
            self.desk,
            bot_token=emulator.bot_token,
            signing_secret=emulator.signing_secret,
            base_url=emulator.api_url,
            homes=self.homes,
        )
        self.connection = SocketConnection(self.app, app_token=emulator.app_token, base_url=emulator.api_url)

    def begin(self, fresh: Database) -> None:
        """A new story: nothing has happened yet on this database.

        The listeners keep the database they were given, so that one becomes the fresh one.
        """
        self.emulator.forget_faults()
        for person in [self.emulator.person(user.id) for user in self.emulator._workspace.people]:
            while person.views:
                person.dismiss()
        vars(self.database).update(vars(fresh))
        self.begin_definitions()
        self._clock.now = self.local("00:30")
        runs.plan_ahead(self.database, self.pharmacy, self.now)
        summary.plan_ahead(self.database, self.pharmacy, self.now)
        patterns.plan_ahead(self.database, self.pharmacy, self.now)
        self.settle()

    def begin_definitions(self) -> None:
        """The definitions are those of the folder again, and nobody has asked for others.

        Their digest is new each time: what is remembered of a database goes by it, and this database is a fresh one.
        """
        loaded = definitions.load(HILLTOP)
        self.pharmacy = replace(loaded, digest=f"{loaded.digest}:{next(self._begun)}")
        self.reloaded, self.mistakes = [], []

    def _reload(self, person: Human) -> list[str]:
        """What bootstrap does, without a folder: the mistakes are what a test says they are."""
        if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
            raise Refused("A pharmacist or manager has the definitions read again. Ask one of them.")
        self.reloaded.append(person.id)
        return self.mistakes

    @property
    def now(self) -> datetime:
        """The present instant of the story."""
        return self._clock.now

    def _wake(self) -> None:
        self.woken = next(self._woken)

    # --- time

    @property
    def zone(self) -> ZoneInfo:
        """The pharmacy's time zone."""
        return self.pharmacy.sites["hilltop-main"].calendar.timezone

    def local(self, clock: str, on: date = MONDAY) -> datetime:
        """An instant by the wall clock of the pharmacy."""
        return instant(self.zone, on, clock_time.fromisoformat(clock))

    def at(self, clock: str) -> "Workplace":
        """It is now this time of the day; everything due has been done and said."""
        self._clock.now = self.local(clock)
        return self.settle()

    def settle(self) -> "Workplace":
        """Tick and deliver until there is nothing left to say."""
        self._look_up_duty()
        ticker.tick(self.database, self.pharmacy, self.now)
        for _ in range(20):
            if not self.deliver():
                return self
            ticker.tick(self.database, self.pharmacy, self.now)
        raise AssertionError("delivery does not come to an end")

    def _look_up_duty(self) -> None:
        """Lay what was agreed and read over the definitions, as a process does at each look."""
        since = self.now - timedelta(days=3)
        with self.database.snapshot() as connection:
            dated, changes = roster_shifts.known(connection, since), duty_changes.standing(connection, since)
        if dated or changes or self.pharmacy.dated_shifts or self.pharmacy.duty_changes:
            self.pharmacy = duty.with_duty(self.pharmacy, dated, changes)

    def deliver(self) -> int:
        """One round of delivery."""
        return delivery.deliver(
            self.database, self.pharmacy, self.sender, self.now, Pace(timedelta(0)), lambda: self.now
        )

    def until(self, claim: Callable[[], object]) -> None:
        """Settle until the claim is true, for the listeners work in threads of their own."""
        deadline = time.monotonic() + WAITS_SECONDS
        while not claim():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not come true. There was:\n{self.emulator.picture()}")
            self.settle()
            time.sleep(0.01)

    # --- looking

    def view(self, checklist: str) -> RunView:
        """Today's latest run of a checklist that is open or has ended."""
        with self.database.snapshot() as connection:
            day = runs.of_day(connection, self.pharmacy, "hilltop-main", MONDAY)
        return [view for view in day if view.run.checklist == checklist and view.run.opens_at <= self.now][-1]

    def card(self, checklist: str) -> Message:
        """The card of that run as it stands in Slack."""
        return next(message for message in self.emulator.messages(CHANNEL) if message.ts == self.posted(checklist))

    def posted(self, checklist: str) -> str | None:
        """The ts of that run's card; nothing before it is posted."""
        with self.database.snapshot() as connection:
            return cards.of_subject(connection, CardKind.RUN, str(self.view(checklist).run.id))[0].ts

    def block_of(self, checklist: str, title: str) -> str:
        """The block id of the line whose title contains some words."""
        return f"line-{self.number(checklist, title)}"

    def number(self, checklist: str, title: str) -> int:
        """The number of the line whose title contains some words."""
        return next(each.line.number for each in self.view(checklist).lines if title in each.line.title)

    def thread(self, checklist: str) -> list[str]:
        """What the bot said in the card's thread."""
        replies = self.emulator.messages(CHANNEL, self.card(checklist).ts)
        return [message.text for message in replies if message.user == self.emulator.bot_user_id]

    # --- doing

    def press(self, who: Person, checklist: str, action_id: str, title: str | None = None) -> None:
        """Press a button of a card and see it acknowledged."""
        block_id = self.block_of(checklist, title) if title else None
        who.click(self.card(checklist), action_id, block_id).wait()

    def reply(self, who: Person, checklist: str, text: str) -> str:
        """Type in a card's thread; the bot's answer there."""
        before = len(self.thread(checklist))
        who.say(CHANNEL, text, thread_ts=self.card(checklist).ts)
        self.until(lambda: len(self.thread(checklist)) > before)
        return self.thread(checklist)[-1]

    def told_privately(self, who: Person, since: int) -> str:
        """What only this person was told after they had been told `since` things."""
        self.until(lambda: len(who.ephemerals) > since)
        return who.ephemerals[-1].text

    def receive(self, unit_id: str, fahrenheit: float, at: datetime | None = None) -> None:
        """A reading of a unit's sensor, now."""
        unit = self.pharmacy.units[unit_id]
        assert unit.sensor is not None
        taken_at = at or self.now
        with self.database.transaction() as connection:
            sensors = readings.register(connection, [(unit_id, unit.sensor.topic)])
            arrival = Arrival(
                sensor=sensors[unit_id, unit.sensor.topic],
                taken_at=taken_at,
                received_at=taken_at,
                value=fahrenheit,
                unit=TemperatureUnit.FAHRENHEIT,
            )
            readings.store(connection, [arrival])


def manifest() -> dict[str, Any]:
    """The app's manifest."""
    loaded: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return loaded
