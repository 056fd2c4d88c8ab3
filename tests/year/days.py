"""Day after day: what is planned for each, carried out in the order of time; sensors, outages, new definitions."""

import heapq
import time as wall
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count

from shiftbot.domain.local_time import is_open_on
from shiftbot.domain.run import Run, RunState
from shiftbot.domain.site import TemperatureUnit
from shiftbot.mqtt.intake import Message
from shiftbot.services import runs
from shiftbot.storage.database import Database
from tests.pharmacy import PharmacyHarness
from tests.year.pharmacy import hilltop
from tests.year.staff import Staff

Deed = Callable[[], object]

CHANGES_ON = ((1, 15), (4, 15), (7, 15), (10, 15))
"""Days on which the definitions become the others."""


@dataclass
class Year:
    """One pharmacy lived through; `took` is the time each day cost, in seconds of the wall's clock."""

    database: Database
    begins: date
    seed: int = 2027
    took: list[float] = field(default_factory=list)
    in_force: list[date] = field(default_factory=list)
    """Dates from whose night on the other definitions were in force, in turn."""

    def __post_init__(self) -> None:
        """Everything stands still at half past midnight."""
        self.pharmacy = PharmacyHarness(self.database, hilltop(), on=self.begins)
        self.staff = Staff(self.pharmacy, self.seed)
        self.letters = 0
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._turn = count()
        self._seen: set[int] = set()
        self._warm: dict[str, datetime] = {}
        self._silent: dict[str, datetime] = {}

    def live(self, days: int, after_day: Callable[[date], None] = lambda _: None) -> "Year":
        """So many days, then the night after the last."""
        for day in range(days):
            on = self.begins + timedelta(days=day)
            began = wall.perf_counter()
            self._live_through(on)
            self.took.append(wall.perf_counter() - began)
            after_day(on)
        self.pharmacy.at("03:30", self.begins + timedelta(days=days))
        return self

    def _live_through(self, on: date) -> None:
        self.pharmacy.on = on
        if (on.month, on.day) in CHANGES_ON:
            self._plan(time(2, 30), self._change_definitions)
        for hour in range(1, 24):
            self._plan(time(hour, 7), self._sensors_speak)
            self._plan(time(hour, 20), self._notice_runs)
        self._plan(time(0, 40), self._notice_runs)
        if self._is_open(on):
            self._plan_work(on)
        self._carry_out(self._local(time(23, 59)))
        self.letters += len(self.pharmacy.inbox.unread)
        self.pharmacy.inbox.unread.clear()
        self.pharmacy.inbox.cards.clear()

    def _plan_work(self, on: date) -> None:
        staff, chance = self.staff, self.staff.chance
        self._plan(time(7, 25), staff.reads_notes, share=0.9)
        for hour in range(8, 21):
            self._plan(time(hour, chance.randrange(60)), staff.looks_around)
        self._plan(time(10, 31), staff.signs_cases, share=0.8)
        self._plan(time(11, 5), lambda: staff.opens("cold-delivery-receipt", f"{on}"), share=0.5)
        self._plan(time(9, 30), lambda: staff.opens("vaccine-clinic-day", f"{on}"), share=0.03)
        self._plan(time(13, 0), lambda: staff.opens("cs-count-event", f"{on}"), share=0.01)
        self._plan(time(15, 45), lambda: staff.wants_followed_up(f"{on}"), share=0.2)
        self._plan(time(chance.randrange(9, 19), 50), self._goes_down, share=0.1)
        self._plan(time(chance.randrange(8, 19), 3), self._gets_warm, share=0.08)
        self._plan(time(chance.randrange(8, 19), 4), self._falls_silent, share=0.03)
        self._plan(time(19, 55), lambda: staff.hands_over(on), share=0.95)

    # --- deeds in the order of time

    def _plan(self, at: time | datetime, deed: Deed, *, share: float = 1.0) -> None:
        if share >= 1 or self.staff.happens(share):
            when = self._local(at) if isinstance(at, time) else at
            heapq.heappush(self._deeds, (when, next(self._turn), deed))

    def _carry_out(self, until: datetime) -> None:
        while self._deeds and self._deeds[0][0] <= until:
            at, _, deed = heapq.heappop(self._deeds)
            self.pharmacy._pass_until(max(at, self.pharmacy.now))
            deed()
        self.pharmacy._pass_until(max(until, self.pharmacy.now))

    def _local(self, at: time) -> datetime:
        return self.pharmacy.local(at.isoformat())

    def _is_open(self, on: date) -> bool:
        return is_open_on(self.pharmacy.site.calendar, on)

    # --- runs

    def _notice_runs(self) -> None:
        """Decide for each run that came up since what becomes of it."""
        for run in self._new_runs():
            self._seen.add(run.id)
            self._plan_run(run)

    def _new_runs(self) -> Iterator[Run]:
        site, definitions = self.pharmacy.site.id, self.pharmacy.definitions
        day = self.pharmacy.look(lambda connection: runs.of_day(connection, definitions, site, self.pharmacy.on))
        now = self.pharmacy.now
        for view in day:
            soon = view.run.state is not RunState.PREPARED or view.run.opens_at < now + timedelta(hours=1)
            if view.run.id not in self._seen and soon:
                yield view.run

    def _plan_run(self, run: Run) -> None:
        """Most are done in two sittings and in time; some in the grace, some late, some never."""
        staff, drawn = self.staff, self.staff.chance.random()
        self._plan(self._between(run.opens_at, run.due_at), lambda: staff.sits_down(run.id, 0.7), share=0.95)
        self._plan(self._between(run.opens_at, run.due_at), lambda: staff.tells_by_phone(run.id), share=0.02)
        self._plan(self._between(run.opens_at, run.due_at), lambda: staff.puts_off(run.id), share=0.03)
        if drawn < 0.82:
            again = self._between(run.opens_at + (run.due_at - run.opens_at) / 2, run.due_at)
        elif drawn < 0.88:
            again = self._between(run.due_at, run.missed_at)
        else:
            again = self._between(run.missed_at, run.missed_at + timedelta(hours=5))
        self._plan(again, lambda: staff.sits_down(run.id, 1.0), share=0.95)
        self._plan(again + timedelta(minutes=20), lambda: staff.corrects(run.id), share=0.03)

    def _between(self, first: datetime, last: datetime) -> datetime:
        share = self.staff.chance.uniform(0.02, 0.98)
        return first + (last - first) * share

    # --- the machine and its world

    def _change_definitions(self) -> None:
        before = self.pharmacy.definitions
        after = hilltop(changed=before is hilltop())
        runs.take_definitions(self.database, before, after, "morgan", self.pharmacy.now)
        self.pharmacy.definitions = after
        self.in_force.append(self.pharmacy.on)
        self.pharmacy._settle()

    def _goes_down(self) -> None:
        """The process dies and is started again up to four hours later."""
        self.pharmacy.now += timedelta(minutes=self.staff.chance.randrange(5, 240))
        self.pharmacy.start()
        self.staff.did["restart"] += 1

    def _gets_warm(self) -> None:
        """A unit leaves its range for a while; for this time its sensor is read every five minutes."""
        unit = self.staff.chance.choice(list(self.pharmacy.definitions.units))
        until = self.pharmacy.now + timedelta(minutes=self.staff.chance.randrange(10, 150))
        self._warm[unit] = until
        at = self.pharmacy.now
        while at < until + timedelta(minutes=45):
            at += timedelta(minutes=5)
            self._plan(at, lambda unit=unit: self._say([unit]))  # type: ignore[misc]
        self.staff.did["excursion"] += 1

    def _falls_silent(self) -> None:
        unit = self.staff.chance.choice(list(self.pharmacy.definitions.units))
        self._silent[unit] = self.pharmacy.now + timedelta(hours=self.staff.chance.randrange(2, 9))
        self.staff.did["silence"] += 1

    def _sensors_speak(self) -> None:
        self._say(list(self.pharmacy.definitions.units))

    def _say(self, units: list[str]) -> None:
        now = self.pharmacy.now
        speaking = [unit for unit in units if self._silent.get(unit, now) <= now]
        messages = [Message(f"hilltop/{unit}", str(self._degrees(unit)).encode(), now) for unit in speaking]
        if messages:
            self.pharmacy._intake.store(messages)
            self.pharmacy._settle()

    def _degrees(self, unit: str) -> float:
        """In the middle of the unit's range in °C, or ten degrees above it."""
        limits = self.pharmacy.definitions.units[unit].storage_class
        low, high = limits.low[TemperatureUnit.CELSIUS], limits.high[TemperatureUnit.CELSIUS]
        middle = ((low or 0) + (high or 0)) / 2 + self.staff.chance.uniform(-0.5, 0.5)
        return round((high or 0) + 10 if self._warm.get(unit, self.pharmacy.now) > self.pharmacy.now else middle, 2)
