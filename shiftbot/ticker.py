"""The ticker: one APScheduler job that calls the services in a fixed order. Delivery is a loop of its own.

Nothing that matters lives here: every waiting thing stores the instant at which it next needs attention; the ticker
asks for the earliest and sleeps until then, at most 15 s. An outside event asks for a tick now (design.md §4).
APScheduler sleeps by the wall's clock, which may be set back; a watchdog counts the 15 s by one that never goes back.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from shiftbot.clock import Clock, ClockWatch
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.services import (
    auditing,
    batches,
    cold_chain,
    coverage,
    escalation,
    follow_ups,
    hand_over,
    muting,
    patterns,
    reaching,
    rostering,
    runs,
    summary,
    undelivered,
)
from shiftbot.storage import agenda, schedules, setbacks
from shiftbot.storage.agenda import Awaited
from shiftbot.storage.database import Database
from shiftbot.storage.setbacks import AGAIN_AFTER

log = logging.getLogger(__name__)

LONGEST_SLEEP = 15.0
"""Seconds of the wall's clock after which the ticker looks again, whatever it was told."""

SHORTEST_SLEEP = 0.05
"""Seconds between two ticks at least."""

SLEEP_AFTER_TROUBLE = 1.0
"""Seconds between two ticks at least when something went wrong, so that nothing that stays due makes it spin."""

TROUBLE_LASTS = 2 * AGAIN_AFTER.total_seconds()
"""Seconds for which a row that could not be worked on counts: it is put back and out of sight meanwhile."""

TICK_IS_OLD = 60.0
"""Seconds without a finished tick after which the engine must be taken for dead."""

THOROUGH_EVERY = timedelta(hours=1)
"""A tick takes the steps that have something to do by what the tables say; once in so long, with new definitions and
at the start of a process it takes all of them, whatever they say."""

Step = Callable[[Database, Pharmacy, datetime], object]

STEPS: tuple[tuple[str, Step], ...] = (
    ("prepare runs", runs.prepare_runs),
    ("open runs", runs.open_due_runs),
    ("remind and miss", runs.remind_and_miss),
    ("note the sensors", cold_chain.note_sensors),
    ("judge the cold chain", cold_chain.judge_units),
    ("remind of follow-ups", follow_ups.remind_and_escalate),
    ("remind of hand-over notes", hand_over.remind_unread),
    ("alert of failed deliveries", undelivered.alert_of_failures),
    ("look after the means", reaching.look_after_means),
    ("keep the duty groups", reaching.keep_groups),
    ("end offers of duty", rostering.expire_offers),
    ("look for sign-ons", rostering.look_for_sign_ons),
    ("look ahead for holes", coverage.look_ahead),
    ("end mutes", muting.attend),
    ("escalate", escalation.escalate),
    ("digest readings", cold_chain.digest_readings),
    ("keep readings", cold_chain.keep_readings),
    ("look at the sensors", cold_chain.look_at_sensors),
    ("report", summary.report),
    ("look for patterns", patterns.report),
    ("look for what is stuck", auditing.audit),
)
"""What a tick does, in this order; each step works in short transactions of its own."""

LOOKS_AT: Mapping[str, frozenset[Awaited]] = {
    "open runs": frozenset({Awaited.RUNS}),
    "remind and miss": frozenset({Awaited.RUNS}),
    "judge the cold chain": frozenset({Awaited.UNJUDGED, Awaited.UNITS, Awaited.SETTLING}),
    "remind of follow-ups": frozenset({Awaited.FOLLOW_UPS}),
    "remind of hand-over notes": frozenset({Awaited.HAND_OVERS}),
    "alert of failed deliveries": frozenset({Awaited.FAILED, Awaited.UNDELIVERED, Awaited.OUTAGE}),
    "look after the means": frozenset({Awaited.MEANS}),
    "end offers of duty": frozenset({Awaited.DUTY}),
    "end mutes": frozenset({Awaited.MUTES}),
    "escalate": frozenset({Awaited.ALERTS}),
}
"""What a step waits for; one that is named neither here nor below is always taken."""

SCHEDULED: Mapping[str, str] = {
    "prepare runs": "prepare",
    "keep the duty groups": "duty-group",
    "look for sign-ons": "sign-on",
    "look ahead for holes": "coverage",
    "digest readings": "readings",
    "keep readings": "readings-kept-until",
    "look at the sensors": "sensors",
    "report": "summary",
    "look for patterns": "patterns",
}
"""The kind of regular work that a step does; it is taken when such work is due at any site."""

Timed = Callable[[str, float], object]
"""Told the name of a step and how many seconds it took."""


class Trouble(NamedTuple):
    """How many steps of a tick wait for the database, and how many steps or rows failed for another reason."""

    waiting: int = 0
    failed: int = 0


def tick(database: Database, pharmacy: Pharmacy, now: datetime) -> bool:
    """Take the steps that have something to do; whether all went well. A step that fails never stops the next."""
    return take_steps(database, pharmacy, now) == Trouble()


def take_steps(
    database: Database,
    pharmacy: Pharmacy,
    now: datetime,
    timed: Timed = lambda _name, _seconds: None,
    steps: Sequence[tuple[str, Step]] = STEPS,
    thorough_every: timedelta = THOROUGH_EVERY,
) -> Trouble:
    """Take those of the steps that have something to do; what went wrong. A step that fails never stops the next."""
    waiting = failed = 0
    gate = _Gate(database, pharmacy, now, thorough_every)
    for name, step in steps:
        if waiting and step is auditing.audit:
            continue  # what waits for the database is not stuck
        if not gate.lets(name):
            continue
        begun = time.monotonic()
        try:
            with setbacks.noted() as rows:
                gate.after(step(database, pharmacy, now))
            failed += len(rows)
            if rows:
                batches.put_back(database, rows, now)
        except StorageUnavailable as error:
            log.warning("could not %s: %s", name, error, extra={"action": "tick_waits"})
            waiting += 1
        except Exception:
            log.exception("could not %s", name, extra={"action": "tick_failed"})
            failed += 1
        timed(name, time.monotonic() - begun)
    if not waiting and not failed:
        gate.was_thorough()
    return Trouble(waiting, failed)


class _Gate:
    """Whether a step has anything to do: looked up once, and again after each step that did something."""

    def __init__(self, database: Database, pharmacy: Pharmacy, now: datetime, thorough_every: timedelta) -> None:
        self._database = database
        self._now = now
        self._definitions = pharmacy.digest
        digest, at = _last_thorough.get(database, ("", None))
        # A clock that was set back makes the last time lie ahead; that counts as long ago, too.
        self._is_thorough = digest != pharmacy.digest or at is None or not at <= now < at + thorough_every
        self._due: frozenset[Awaited] | None = None
        self._work: frozenset[str] = frozenset()

    def lets(self, name: str) -> bool:
        """Whether the step is to be taken. While the database is away it is, and says so by itself."""
        if self._is_thorough or (name not in LOOKS_AT and name not in SCHEDULED):
            return True
        if self._due is None:
            try:
                self._look()
            except StorageUnavailable:
                return True
        if name in SCHEDULED:
            return SCHEDULED[name] in self._work
        return not (self._due or frozenset()).isdisjoint(LOOKS_AT[name])

    def _look(self) -> None:
        with self._database.snapshot() as connection:
            due = agenda.due(agenda.look(connection), self._now)
            self._work = schedules.kinds_due(connection, self._now) if Awaited.SCHEDULES in due else frozenset()
        self._due = due

    def after(self, done: object) -> None:
        """A step that did something may have given another something to do."""
        if done != 0:
            self._due = None

    def was_thorough(self) -> None:
        """All went well: the next thorough tick may wait."""
        if self._is_thorough:
            _last_thorough[self._database] = (self._definitions, self._now)


_last_thorough: WeakKeyDictionary[Database, tuple[str, datetime | None]] = WeakKeyDictionary()
"""By which definitions and when this process last took every step. Forgetting it costs a tick, and nothing else."""


def next_attention(database: Database) -> datetime | None:
    """The earliest instant at which any row needs a tick."""
    with database.snapshot() as connection:
        return agenda.earliest(agenda.look(connection))


class Ticker:
    """Runs `tick` when something is due and when asked, never two at once."""

    def __init__(
        self,
        database: Database,
        pharmacy: Callable[[], Pharmacy],
        clock: Clock,
        after_tick: Callable[[bool], None],
        *,
        longest_sleep: float = LONGEST_SLEEP,
        watch: ClockWatch | None = None,
        timed: Timed = lambda _name, _seconds: None,
    ) -> None:
        """`after_tick` is told after each tick whether all is well: its steps, and the rows of the last minutes.

        `watch` says when the clock was set; a clock that nobody can set needs none.
        """
        self._database = database
        self._pharmacy = pharmacy
        self._clock = clock
        self._after_tick = after_tick
        self._longest_sleep = longest_sleep
        self.clock_steps = auditing.ClockSteps(database, clock.now, watch.look if watch else None)
        self._timed = timed
        self._lock = threading.Lock()
        self._at_work = threading.Lock()
        self._asked = False
        self._ticking = False
        self._stopping = threading.Event()
        self._ended_at: float | None = None
        self._trouble_at: float | None = None
        self.last_tick_at: datetime | None = None
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._job = self._scheduler.add_job(
            self._run,
            IntervalTrigger(seconds=int(LONGEST_SLEEP), timezone=UTC),
            misfire_grace_time=None,
            coalesce=True,
            # Two, because the next run may be due while the last is just returning; `_ticking` lets only one tick.
            max_instances=2,
            next_run_time=_wall(),
        )
        self._watchdog = threading.Thread(target=self._watch, name="ticker watchdog", daemon=True)

    def start(self) -> None:
        """Begin with a tick at once."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._ended_at = time.monotonic()
        self._scheduler.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Finish the tick in hand and stop."""
        with self._lock:
            # The scheduler keeps its own lock until the tick in hand has ended: nobody may ask it for anything now.
            self._stopping.set()
        self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Ask for a tick now."""
        with self._lock:
            self._asked = True
            if not self._ticking and not self._stopping.is_set():
                self._job.modify(next_run_time=_wall())

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Between two ticks, for as long as this lasts: what a tick goes by may be changed."""
        with self._at_work:
            yield

    def trouble(self) -> str:
        """What is wrong with the ticks, in words; empty when nothing is."""
        now = time.monotonic()
        if self._ended_at is not None and now - self._ended_at > TICK_IS_OLD:
            return f"no tick has ended for {now - self._ended_at:.0f} s"
        if self._trouble_at is not None and now - self._trouble_at < TROUBLE_LASTS:
            return "something could not be worked on; the log says what"
        return ""

    def _watch(self) -> None:
        while not self._stopping.wait(self._longest_sleep):
            if time.monotonic() - (self._ended_at or 0.0) >= self._longest_sleep:
                self.wake()

    def _run(self) -> None:
        with self._lock:
            if self._ticking or self._stopping.is_set():
                self._asked = True
                return
            self._ticking = True
        while self._tick_once():
            # Under a flood of readings somebody always asks again; the pause gathers what they ask for.
            self._stopping.wait(SHORTEST_SLEEP)

    def _tick_once(self) -> bool:
        """Tick, then set the alarm for the next one; whether another was asked for meanwhile."""
        with self._lock:
            self._asked = False
        sleep = SLEEP_AFTER_TROUBLE
        try:
            sleep = self._tick_and_look_ahead()
        except Exception:
            log.exception("a tick broke; the next one is near", extra={"action": "tick_broke"})
        finally:
            with self._lock:
                again = self._asked and not self._stopping.is_set()
                if not again:
                    self._ticking = False
                    if not self._stopping.is_set():
                        self._job.modify(next_run_time=_wall() + timedelta(seconds=sleep))
        return again

    def _tick_and_look_ahead(self) -> float:
        """Tick, say how it went; how many seconds to sleep until the next one."""
        with self._at_work:
            pharmacy = self._pharmacy()
            self.clock_steps.note(pharmacy)
            trouble = take_steps(self._database, pharmacy, self._clock.now(), self._timed)
        self._ended_at = time.monotonic()
        if trouble.failed:
            self._trouble_at = self._ended_at
        self.last_tick_at = self._clock.now()
        self._after_tick(not trouble.waiting and not self.trouble())
        return max(self._sleep_until_next(), SLEEP_AFTER_TROUBLE if any(trouble) else SHORTEST_SLEEP)

    def _sleep_until_next(self) -> float:
        try:
            following = next_attention(self._database)
        except StorageUnavailable:
            return SLEEP_AFTER_TROUBLE
        if following is None:
            return self._longest_sleep
        return min(self._longest_sleep, self._clock.seconds_until(following))


def _wall() -> datetime:
    # APScheduler sleeps by the wall's clock, whatever clock the pharmacy runs by.
    return datetime.now(UTC)
