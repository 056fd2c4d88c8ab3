"""The demo's stage: everything real in one process, on a fast clock, and one thread that lets the day happen.

The stagehand's thread lets the simulated units speak, the autopilot act and, when somebody skips ahead, the clock jump
from one instant at which something is due to the next, waiting each time until everything has settled: so a day that is
skipped is the same day as one that was watched.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select

from shiftbot.bootstrap import Shiftbot
from shiftbot.clock import FastClock
from shiftbot.definitions import load
from shiftbot.demo.autopilot import Autopilot
from shiftbot.demo.deeds import Cast
from shiftbot.demo.emulator import SlackEmulator
from shiftbot.demo.fridges import Fridges
from shiftbot.demo.scenery import copy_pharmacy, furnish, leave_open
from shiftbot.demo.sensors import SensorRadio
from shiftbot.domain.local_time import instant, is_open_on
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.errors import SettingsError
from shiftbot.services import delivery
from shiftbot.services.delivery import Pace
from shiftbot.settings import Settings
from shiftbot.storage import temperatures
from shiftbot.storage.tables import cards, latest, outbox
from shiftbot.ticker import next_attention

log = logging.getLogger(__name__)

FROM = wall_time(7, 12)
"""Local time at which the day of the demo begins: three minutes before the opening checklist."""

NIGHT = wall_time(0, 0)
"""Since when the loggers kept what they will send at the start."""

TURN = 0.1
"""Seconds of the wall's clock between two looks of the stagehand."""

STRIDE = timedelta(minutes=5)
"""Skipping ahead goes by at most this much at once, so that no sensor seems silent."""

SETTLES_WITHIN = 15.0
"""Seconds of the wall's clock after which skipping goes on, come what may."""

RETAINED_AFTER = timedelta(minutes=10)
"""So long after a sensor was silenced the connection to the broker drops once: its last message is replayed."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever starts the demo may choose. `day`: a Monday that is no holiday is best."""

    home: Path
    day: date = date(2026, 11, 23)
    speed: float = 80.0
    port: int = 0
    autopilot: bool = False
    seed: int = 7


class Stage:
    """Built, started, stopped as one; any thread may ask it things."""

    def __init__(self, wishes: Wishes, mount: Callable[["Stage"], Any] | None = None) -> None:
        """Put everything together; `mount` makes the ASGI application that answers under /demo."""
        copy_pharmacy(wishes.home)
        self.home = wishes.home
        self.pharmacy: Pharmacy = load(wishes.home)
        self.site: Site = next(iter(self.pharmacy.sites.values()))
        self._day = wishes.day
        if not is_open_on(self.site.calendar, wishes.day):
            raise SettingsError(
                f"the demo's pharmacy is closed on {wishes.day}; choose another --day, such as a Monday"
            )
        self.clock = FastClock(self.local(FROM), wishes.speed)
        self.clock.pause()
        # The emulator's limits and ours run on this clock; paused, they would never let a second message through.
        self.emulator = SlackEmulator(now=lambda: self.clock.now().timestamp(), port=wishes.port, rate_limits=False)
        furnish(self.emulator, self.pharmacy, self.site, self.local(wall_time(12)))
        if mount is not None:
            self.emulator.mount("/demo", mount(self))
        self.shiftbot = Shiftbot(
            self._settings(), clock=self.clock, pharmacy=self.pharmacy, pace=Pace(between=timedelta(0))
        )
        self.radio: SensorRadio | None = None
        self.fridges = Fridges(
            self.pharmacy.units_of(self.site.id),
            self._publish,
            self.clock.now(),
            self.site.temperature_unit,
            wishes.seed,
        )
        cast = Cast(
            self.emulator, self.shiftbot.database, self.pharmacy, self.site, self.clock.now, self.fridges, self.silence
        )
        self.autopilot = Autopilot(cast, wishes.day, is_on=wishes.autopilot)
        self._reconnect_at: datetime | None = None
        self._skip_to: datetime | None = None
        self._stopping = threading.Event()
        self._hand = threading.Thread(target=self._work, name="stagehand", daemon=True)

    def _settings(self) -> Settings:
        return Settings(
            home=self.home,
            slack_bot_token=SecretStr(self.emulator.bot_token),
            slack_app_token=SecretStr(self.emulator.app_token),
            slack_api_url=self.emulator.api_url,
            port=0,
        )

    def local(self, at: wall_time) -> datetime:
        """An instant of the demo's day by the wall clock of the site, in UTC."""
        return instant(self.site.calendar.timezone, self._day, at).astimezone(UTC)

    @property
    def database_path(self) -> Path:
        """The SQLite file, for `shiftbot verify --database`."""
        return self.home / "shiftbot.db"

    # --- running

    def start(self, *, stagehand: bool = True) -> None:
        """Start everything; without its stagehand the day happens only in `pass_until`, as a test wants it."""
        self.emulator.start()
        self.shiftbot.start()
        # What is posted before the bot listens is an event that it never hears of.
        self.emulator.wait_until(lambda: self.emulator.connections > 0, timeout=SETTLES_WITHIN)
        leave_open(self.shiftbot.database, self.pharmacy, self.site, self.local(wall_time(8)))
        self.radio = SensorRadio(self.shiftbot.mqtt_url or "")
        self.radio.start()
        self.fridges.tell_the_night(self.local(NIGHT))
        if stagehand:
            self.clock.resume()
            self._hand.start()

    def stop(self) -> None:
        """Stop everything; the folder stays."""
        self._stopping.set()
        if self._hand.is_alive():
            self._hand.join(timeout=10)
        if self.radio is not None:
            self.radio.stop()
        # Whoever leaves a Socket Mode connection waits seconds for its next ping; one that is gone is left at once.
        self.emulator.drop_sockets()
        self.shiftbot.stop()
        self.emulator.stop()

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _publish(self, topic: str, payload: bytes, retain: bool) -> None:
        if self.radio is not None:
            self.radio.publish(topic, payload, retain)

    # --- what people may do to it

    def run_at(self, speed: float) -> None:
        """Let the clock run at another speed. Raises ValueError."""
        self.clock.run_at(speed)
        self.shiftbot.wake()

    def pause(self, *, paused: bool) -> None:
        """Stop or start the clock."""
        if paused:
            self.clock.pause()
        else:
            self.clock.resume()
        self.shiftbot.wake()

    def skip(self, to: datetime) -> None:
        """Ask the stagehand to go to an instant as quickly as can be."""
        self._skip_to = to

    @property
    def skipping_to(self) -> datetime | None:
        """Where the clock is being taken to."""
        return self._skip_to

    def silence(self, unit: str, *, is_silent: bool) -> None:
        """Silence a sensor; a little later the broker's kept message is replayed. Raises LookupError."""
        self.fridges.silence(unit, is_silent=is_silent)
        self._reconnect_at = self.clock.now() + RETAINED_AFTER if is_silent else None

    # --- the stagehand

    def _work(self) -> None:
        while not self._stopping.wait(TURN):
            try:
                self._turn()
            except Exception:
                log.exception("the demo stumbled; it goes on", extra={"action": "demo_stumbled"})

    def _turn(self) -> None:
        to = self._skip_to
        if to is not None:
            self.pass_until(to)
            self._skip_to = None
        now = self.clock.now()
        self._let_things_happen(now)
        self.autopilot.act(now)

    def _let_things_happen(self, now: datetime) -> None:
        self.fridges.advance(now)
        if self._reconnect_at is not None and now >= self._reconnect_at and self.shiftbot.subscriber is not None:
            self._reconnect_at = None
            self.shiftbot.subscriber.reconnect()

    def pass_until(self, until: datetime) -> None:
        """Take the clock to an instant in strides, each settled before the next; then let it go on as it went."""
        ran = self.clock.running
        self.clock.pause()
        try:
            self._settle()
            while self.clock.now() < until and not self._stopping.is_set():
                self._stride(min(until, self._next_instant()))
        finally:
            if ran:
                self.clock.resume()
                self.shiftbot.wake()

    def _stride(self, at: datetime) -> None:
        self.clock.skip_to(at)
        self._let_things_happen(at)
        self._settle()
        while self.autopilot.act(at):
            self._settle()

    def _next_instant(self) -> datetime:
        now = self.clock.now()
        ahead = (next_attention(self.shiftbot.database), self.autopilot.next_at())
        return min([now + STRIDE, *(at for at in ahead if at is not None and at > now)])

    def _settle(self) -> None:
        """Wait until all that was said is stored, judged, decided and sent."""
        self.shiftbot.wake()
        deadline = time.monotonic() + SETTLES_WITHIN
        while not self._is_settled() and not self._stopping.is_set():
            if time.monotonic() > deadline:
                waited_for, now = self._unsettled(), self.clock.now()
                log.warning("waited for %s at %s in vain", waited_for, now, extra={"action": "demo_unsettled"})
                return
            time.sleep(0.004)

    def _is_settled(self) -> bool:
        return self._unsettled() is None

    def _unsettled(self) -> str | None:
        """What is not done yet at this instant of the paused clock; None when everything is."""
        now = self.clock.now()
        ticker = self.shiftbot.ticker
        if not self.emulator.connections:
            return "the connection to Slack"
        if ticker is None or ticker.last_tick_at is None or ticker.last_tick_at < now:
            return "the tick"
        if not all(envelope.is_settled for envelope in self.emulator.envelopes[-20:]):
            return "an envelope"
        due = next_attention(self.shiftbot.database)
        if due is not None and due <= now:
            return "a step of the tick"
        if not self._is_heard():
            return "a reading"
        return None if self._is_delivered(now) else "a delivery"

    def _is_heard(self) -> bool:
        """Whether every reading that was published is stored and judged."""
        said = {device.unit.id: device.said_at for device in self.fridges.devices if device.said_at is not None}
        with self.shiftbot.database.snapshot() as connection:
            newest = temperatures.newest(connection, said)
            unjudged = connection.execute(_UNJUDGED).scalar_one()
        return not unjudged and all(unit in newest and newest[unit].taken_at >= at for unit, at in said.items())

    def _is_delivered(self, now: datetime) -> bool:
        with self.shiftbot.database.snapshot() as connection:
            due = delivery.next_attention(connection)
            in_hand = sum(connection.execute(query).scalar_one() for query in _IN_HAND)
        return not in_hand and (due is None or due > now)


_UNJUDGED = select(func.count()).where(latest.c.unjudged_since.is_not(None))
_IN_HAND = tuple(select(func.count()).where(table.c.state == "sending") for table in (outbox, cards))
