"""A stretch of time lived through: everything that happens, in true order, from due instant to due instant."""

import heapq
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select

from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.simulation.logbook import Decided, Heard, Logbook
from shiftbot.simulation.machine import Killed, Machine
from shiftbot.simulation.people import People
from shiftbot.simulation.sensors import Sensors, readings_of
from shiftbot.simulation.slack import Clocks, SimulatedSlack
from shiftbot.simulation.weather import Kill, Spell, Weather
from shiftbot.storage import means
from shiftbot.storage.outbox import Parcel
from shiftbot.storage.tables import outbox

Deed = Callable[[], object]
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """What is to be lived through, and how densely: a reading of every unit `every` so often."""

    starts_at: datetime
    ends_at: datetime
    every: timedelta
    answered: float = 0.85


@dataclass
class Life:
    """One machine, its people, its sensors and its weather."""

    url: str
    pharmacy: Pharmacy
    span: Span
    weather: Weather
    seed: int
    after_day: Callable[[datetime], None] = lambda _: None
    logbook: Logbook = field(default_factory=Logbook)

    def __post_init__(self) -> None:
        """Nothing has happened yet."""
        self.clocks = Clocks(self.span.starts_at, self.weather)
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._turn = count()
        self._seen_parcel = self._seen_tick = 0
        plan_in_machine_time = self._plan_by_machine
        self.people = People(
            self.seed, self.pharmacy, self.clocks, self.logbook, plan_in_machine_time, answered=self.span.answered
        )
        self.sensors = Sensors(self.pharmacy, self.clocks, self.logbook)
        self._slack = SimulatedSlack(self.seed, self.clocks, self.logbook, self._hears)
        self.machine = self.people.machine = Machine(self.url, self.pharmacy, self.clocks, self._slack)
        self._went_down_at: datetime | None = None

    def live(self) -> "Life":
        """From the beginning to the end; the machine is up then, unless it never came up."""
        with _quiet():
            self._start()
            self._verify_means()
            self._plan_everything()
            while self._step():
                pass
        return self

    def close(self) -> None:
        """Let go of the database."""
        self.machine.stop()

    # --- what is to happen

    def _plan(self, at: datetime, deed: Deed) -> None:
        heapq.heappush(self._deeds, (at, next(self._turn), deed))

    def _plan_by_machine(self, at: datetime, deed: Deed) -> None:
        self._plan(max(at, self.clocks.now), deed)

    def _plan_everything(self) -> None:
        at = self.span.starts_at
        while at < self.span.ends_at:
            self._plan(at, self._read_all)
            at += self.span.every
        at = self.span.starts_at + timedelta(minutes=5)
        while at < self.span.ends_at:
            self._plan(at, self.people.look_at_runs)
            at += HOUR
        for day in range((self.span.ends_at - self.span.starts_at).days):
            at = self.span.starts_at + timedelta(days=day + 1)
            self._plan(at, lambda at=at: self.after_day(at))  # type: ignore[misc]
        self._plan_weather()

    def _plan_weather(self) -> None:
        weather = self.weather
        for spell in weather.failures:
            self.logbook.failures.append(self.sensors.failure_of(spell))
            for at in readings_of(spell):
                self._plan(at, lambda unit=spell.about: self._read(unit))  # type: ignore[misc]
        for kill in weather.kills:
            self._plan(kill.at, lambda kill=kill: self._doom(kill))  # type: ignore[misc]
        for spell in (*weather.broker, *weather.locked):
            self._plan(spell.ends_at, self._take_in)
        for spell in weather.sick:
            self._plan(spell.starts_at, lambda spell=spell: self.people.calls_in_sick(spell))  # type: ignore[misc]
        for spell in weather.takes_over:
            self._plan(spell.starts_at, lambda spell=spell: self.people.takes_over(spell))  # type: ignore[misc]
        for spell in weather.jumps:
            self._plan(spell.starts_at, self.machine.set_clock)
            self._plan(spell.ends_at, self.machine.set_clock)
        self._note_excuses()

    def _note_excuses(self) -> None:
        """Nothing but a set clock is on while the clock is set, so that true time is the machine's for the others."""
        weather = self.weather
        for what in ("slack", "locked", "broker", "socket"):
            spells: tuple[Spell, ...] = getattr(weather, what)
            for spell in spells:
                self.logbook.excuse(what, spell.starts_at, spell.ends_at)
        for jump in weather.jumps:
            self.logbook.excuse("jump", jump.starts_at - HOUR, jump.ends_at + HOUR)

    # --- one instant after the other

    def _step(self) -> bool:
        """To the next instant at which anybody has something to do; False at the end."""
        upcoming = [self._deeds[0][0]] if self._deeds else []
        if self.machine.is_up:
            upcoming.append(self.machine.next_due())
        at = min(upcoming, default=self.span.ends_at)
        if at >= self.span.ends_at:
            return False
        self.clocks.now = at
        while self._deeds and self._deeds[0][0] <= at:
            _, _, deed = heapq.heappop(self._deeds)
            self._survive(deed)
        if self.machine.is_up:
            self._survive(self.machine.work)
            self._note_decisions()
        return True

    def _survive(self, deed: Deed) -> None:
        """Do it; when the process dies of it, it is started again after a while."""
        try:
            deed()
        except Killed:
            self.logbook.count("process killed")
            self.machine.stop()
            self._went_down_at = self.clocks.machine()
            self._plan(self.clocks.now + self._down, self._start)

    def _doom(self, kill: Kill) -> None:
        if self.machine.is_up:
            self._down = kill.down
            self.machine.doom(kill.boundary)

    def _start(self) -> None:
        if self.machine.is_up:
            return
        try:
            self.machine.start()
        except StorageUnavailable:
            self._plan(self.clocks.now + timedelta(seconds=5), self._start)
            return
        if self._went_down_at is not None:
            self.logbook.excuse("down", self._went_down_at, self.clocks.machine())
            self._went_down_at = None
        self._take_in()

    def _verify_means(self) -> None:
        """Everybody has answered a test of each of their means by now."""
        now = self.clocks.machine()
        with self.machine.database.transaction() as connection:
            for person in self.pharmacy.people.values():
                for place, target in enumerate((person.slack, *person.reach)):
                    again_at = now + timedelta(days=90) if person.reach else None
                    means.verify(connection, person.id, means.address_of(target), place, now, again_at)

    # --- readings

    def _read_all(self) -> None:
        self.sensors.measure()
        self._take_in()

    def _read(self, unit: str) -> None:
        self.sensors.measure(unit)
        self._take_in()

    def _take_in(self) -> None:
        if self.weather.now("broker", self.clocks.now):
            return
        batch = self.sensors.batch()
        if not batch:
            return
        try:
            self.machine.take(batch)
        except StorageUnavailable:
            return  # the broker keeps it; the next reading, or the end of the spell, brings it
        self.sensors.taken()

    # --- what is noted

    def _hears(self, heard: Heard, parcel: Parcel) -> None:
        self.people.hears(heard, parcel)

    def _note_decisions(self) -> None:
        """Each step of a ladder that was committed since: only ticks take them."""
        if not self.machine.is_up or self._seen_tick == self.machine.ticks:
            return
        query = (
            select(outbox.c.id, outbox.c.key, outbox.c.alert, outbox.c.recipient, outbox.c.about, outbox.c.created_at)
            .where(outbox.c.id > self._seen_parcel)
            .order_by(outbox.c.id)
        )
        try:
            with self.machine.database.snapshot() as connection:
                rows = connection.execute(query).all()
        except StorageUnavailable:
            return
        self._seen_tick = self.machine.ticks
        found: dict[tuple[int, int], Decided] = {}
        for row in rows:
            self._seen_parcel = row.id
            word, _, rest = row.key.partition(":")
            parts = rest.split(":")
            if word != "alert" or len(parts) < 3 or not parts[1].isdecimal():
                continue
            key = (row.alert, int(parts[1]))
            before = found[key].recipients if key in found else frozenset()
            found[key] = Decided(
                0, row.created_at, row.alert, key[1], int(row.about["step"]), before | {row.recipient}
            )  # fmt: skip
        for each in found.values():
            self.logbook.decided.append(
                Decided(next(self.logbook.numbers), each.at, each.alert, each.telling, each.step, each.recipients)
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """What the product logs of faults that are meant is of no use here."""
    logger = logging.getLogger("shiftbot")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
