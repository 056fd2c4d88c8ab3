"""The faults of a simulation, drawn from its seed before it begins: when what goes wrong, and for how long.

A clock that is set keeps away from the other faults, so that what each excuses can be said.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

AWAY_FROM_JUMPS = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Spell:
    """Something that is so from an instant of true time to before another; `about` is a unit or a person."""

    starts_at: datetime
    ends_at: datetime
    about: str = ""
    degrees: float = 0.0


@dataclass(frozen=True, slots=True)
class Kill:
    """The process dies at the boundary of this number after an instant, and is started again after a while."""

    at: datetime
    boundary: int
    down: timedelta


@dataclass(frozen=True, slots=True)
class Often:
    """How often a day each fault comes; all zero is a calm year."""

    slack: float = 0.06
    locked: float = 0.06
    broker: float = 0.06
    socket: float = 0.2
    kills: float = 0.3
    jumps: float = 0.02
    absent: float = 0.15
    sick: float = 0.08
    takes_over: float = 0.06
    failures: float = 0.02
    """Of one unit, and so are silences."""
    silences: float = 0.008
    answers: float = 0.04
    """Of calls to Slack, the share that is not answered as it should be."""


USUAL = Often()
"""A year with everything in it."""

HARD = Often(0.2, 0.25, 0.2, 0.4, 1.0, 0.07, 0.3, 0.15, 0.15, 0.06, 0.03, 0.08)
"""A fortnight like a bad year."""

CALM = Often(0, 0, 0, 0, 0, 0, 0.1, 0.05, 0.05, 0.02, 0.008, 0)
"""Nothing of ours breaks: what is left is people and fridges."""


@dataclass
class Weather:
    """What goes wrong when, in true time."""

    slack: Sequence["Spell"] = ()
    locked: Sequence["Spell"] = ()
    broker: Sequence["Spell"] = ()
    socket: Sequence["Spell"] = ()
    absent: Sequence["Spell"] = ()
    sick: Sequence["Spell"] = ()
    takes_over: Sequence["Spell"] = ()
    failures: Sequence["Spell"] = ()
    silences: Sequence["Spell"] = ()
    jumps: Sequence["Spell"] = ()
    """`degrees` is by how many hours the clock is wrong meanwhile."""
    kills: Sequence[Kill] = ()
    answers: float = 0.0
    _starts: dict[str, list[datetime]] = field(default_factory=dict)

    def now(self, what: str, at: datetime) -> Spell | None:
        """The spell of a kind that is on at an instant."""
        spells: Sequence[Spell] = getattr(self, what)
        if what not in self._starts:
            self._starts[what] = [each.starts_at for each in spells]
        place = bisect_right(self._starts[what], at) - 1
        return spells[place] if place >= 0 and at < spells[place].ends_at else None

    def is_bad(self, at: datetime) -> bool:
        """Whether anything is wrong, or was a little while ago, that a look at what is due may not show."""
        return any(self.now(what, each) for what in ("slack", "locked", "jumps") for each in (at, at - 10 * MINUTE))

    def skew(self, at: datetime) -> timedelta:
        """By how much the machine's clock is wrong."""
        jump = self.now("jumps", at)
        return HOUR * jump.degrees if jump else timedelta(0)


def draw(
    seed: int, starts_at: datetime, ends_at: datetime, units: Iterable[str], people: Sequence[str], often: Often,
    silent_after: timedelta,
) -> Weather:  # fmt: skip
    """The weather of a stretch of true time."""
    plan = _Plan(random.Random(f"{seed}:weather"), starts_at, ends_at)
    jumps = plan.spells(often.jumps, 20 * MINUTE, 2 * HOUR)
    jumps = [Spell(each.starts_at, each.ends_at, degrees=plan.chance.choice((-1.0, 1.0))) for each in jumps]
    plan.keep_clear = [Spell(each.starts_at - AWAY_FROM_JUMPS, each.ends_at + AWAY_FROM_JUMPS) for each in jumps]
    failures: list[Spell] = []
    silences: list[Spell] = []
    for unit in units:
        mine = plan.spells(often.failures, 25 * MINUTE, 150 * MINUTE, about=unit)
        failures += [plan.failing(each) for each in mine]
        quiet = plan.spells(often.silences, silent_after + HOUR, silent_after + 6 * HOUR, about=unit)
        silences += [each for each in quiet if not any(_near(each, other) for other in mine)]
    return Weather(
        slack=plan.spells(often.slack, 3 * MINUTE, 4 * HOUR),
        locked=plan.spells(often.locked, timedelta(seconds=10), 5 * MINUTE),
        broker=plan.spells(often.broker, 5 * MINUTE, 80 * MINUTE),
        socket=plan.spells(often.socket, MINUTE, 40 * MINUTE),
        absent=plan.by_person(often.absent, people, 2 * HOUR, 7 * HOUR),
        sick=plan.by_person(often.sick, people, 2 * HOUR, 9 * HOUR),
        takes_over=plan.by_person(often.takes_over, people, 2 * HOUR, 9 * HOUR),
        failures=sorted(failures, key=lambda each: each.starts_at),
        silences=sorted(silences, key=lambda each: each.starts_at),
        jumps=jumps,
        kills=plan.kills(often.kills),
        answers=often.answers,
    )


class _Plan:
    """Draws spells that begin after the first hours and end before the last ones."""

    def __init__(self, chance: random.Random, starts_at: datetime, ends_at: datetime) -> None:
        self.chance = chance
        self.keep_clear: list[Spell] = []
        self._first, self._last = starts_at + 6 * HOUR, ends_at - 12 * HOUR
        self._days = (ends_at - starts_at) / timedelta(days=1)

    def spells(self, a_day: float, shortest: timedelta, longest: timedelta, about: str = "") -> list[Spell]:
        """Spells of one kind, in order, none of which touches another; short ones are more frequent."""
        found: list[Spell] = []
        for _ in range(self._times(a_day)):
            at = self.instant()
            span = shortest + (longest - shortest) * self.chance.random() ** 2
            fresh = Spell(at, at + _whole(span), about)
            if fresh.ends_at < self._last and not any(_near(fresh, each) for each in (*found, *self._clear())):
                found.append(fresh)
        return sorted(found, key=lambda each: each.starts_at)

    def _clear(self) -> list[Spell]:
        return self.keep_clear

    def by_person(
        self, a_day: float, people: Sequence[str], shortest: timedelta, longest: timedelta
    ) -> list[Spell]:  # fmt: skip
        """Spells that are about one person each."""
        if not people:
            return []
        return [
            Spell(each.starts_at, each.ends_at, self.chance.choice(people))
            for each in self.spells(a_day, shortest, longest)
        ]

    def failing(self, spell: Spell) -> Spell:
        """How a unit fails: mostly for long enough to be told, seldom critically, on five minutes."""
        lasts = timedelta(minutes=5 * ((spell.ends_at - spell.starts_at) // (5 * MINUTE)))
        if 50 * MINUTE <= lasts <= 70 * MINUTE:
            lasts = 80 * MINUTE  # the hour after which it is critical is not to be met by chance
        if self.chance.random() < 0.2:
            lasts = 10 * MINUTE
        worse = self.chance.random()
        return Spell(spell.starts_at, spell.starts_at + lasts, spell.about, 3.0 if worse < 0.8 else 7.0)

    def kills(self, a_day: float) -> list[Kill]:
        """Instants at which the process dies a little later, at a boundary."""
        found = []
        for _ in range(self._times(a_day)):
            at, drawn = self.instant(), self.chance.random()
            if drawn < 0.7:
                down = timedelta(seconds=self.chance.randrange(2, 20))
            elif drawn < 0.95:
                down = timedelta(minutes=self.chance.randrange(1, 40))
            else:
                down = timedelta(minutes=self.chance.randrange(60, 200))
            if not any(each.starts_at <= at < each.ends_at for each in self.keep_clear):
                found.append(Kill(at, self.chance.randrange(1, 14), down))
        return sorted(found, key=lambda each: each.at)

    def _times(self, a_day: float) -> int:
        expected = a_day * self._days
        return int(expected) + (self.chance.random() < expected % 1)

    def instant(self) -> datetime:
        """Some whole second."""
        seconds = max(1, int((self._last - self._first).total_seconds()))
        return self._first + timedelta(seconds=self.chance.randrange(seconds))


def _near(one: Spell, other: Spell) -> bool:
    gap = 3 * HOUR
    return one.starts_at - gap < other.ends_at and other.starts_at - gap < one.ends_at


def _whole(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))
