"""The process that is killed: the product's own parts, put together as bootstrap does, doing what it is told in turn.

Everything is made before the fork and nothing is opened: a process begins with no connection and no thread. It counts
the boundaries it reaches, and kills itself with SIGKILL at the one it was told.
"""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from shiftbot import ticker
from shiftbot.bootstrap.at_work import AtWork
from shiftbot.bootstrap.definitions import DefinitionsInForce
from shiftbot.bootstrap.health import _ping
from shiftbot.bootstrap.parts import EVERYTHING
from shiftbot.boundaries import around, watched_by
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import AlreadyDone
from shiftbot.mqtt.intake import Intake
from shiftbot.mqtt.subscriber import V5, Subscriber
from shiftbot.services import delivery, rostering
from shiftbot.services.delivery import Pace
from shiftbot.slack.connection import build_app, dispatch_http
from shiftbot.slack.desk import Desk
from shiftbot.slack.sender import SlackSender
from shiftbot.storage import duty_changes
from shiftbot.storage.database import Database
from tests.crash.clock import SharedClock
from tests.crash.hilltop import at

OFFER = "offer:story"
"""What the request of the one hand-over of duty is known by."""


class StoryClock:
    """The story's clock as bootstrap wants it; nobody sleeps by it."""

    def __init__(self, clock: SharedClock) -> None:
        self.now = clock.tells

    def seconds_until(self, at: datetime) -> float:
        """How long the story goes on until then."""
        return max(0.0, (at - self.now()).total_seconds())


class AtOnce(Executor):
    """Does what it is given where it is given: Bolt's listeners, which only acknowledge."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Do it now."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Afterwards(Executor):
    """Keeps what it is given until it is told: the work of a click, which begins when Slack has its answer."""

    def __init__(self) -> None:
        self._kept: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Keep it."""
        self._kept.append(lambda: fn(*args, **kwargs))
        return Future()

    def go(self) -> None:
        """Do what was kept."""
        while self._kept:
            self._kept.pop(0)()


@dataclass(frozen=True)
class Workspace:
    """How the Slack workspace is reached."""

    bot_token: str
    signing_secret: str
    api_url: str
    heartbeat_url: str


class Complaints(logging.Handler):
    """Tells the story of every ERROR, which no crash is an excuse for."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it."""
        self._say(self.format(record))


class BrokerLine:
    """In place of the line to the broker: an acknowledgement is told to the story, which holds the broker's part."""

    is_settled = True

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def acknowledge(self, _batch: object) -> None:
        """As the line does."""
        self._say("acknowledged")


class Product:
    """The parts of one process, made and not started. `serve` is the life of a process."""

    def __init__(self, database: Database, pharmacy: Pharmacy, workspace: Workspace, clock: SharedClock) -> None:
        self._database = database
        self._clock = clock
        self._definitions = DefinitionsInForce(pharmacy, Path("nowhere"), database, StoryClock(clock), lambda: None)
        self._heartbeat = workspace.heartbeat_url
        self._working = Afterwards()
        desk = Desk(self._database, self._definitions.current, clock.tells, lambda: None)
        self._app = build_app(
            desk,
            bot_token=workspace.bot_token,
            signing_secret=workspace.signing_secret,
            base_url=workspace.api_url,
            executor=AtOnce(),
            working=self._working,
        )
        self._sender = SlackSender(desk, self._app.client)
        self._intake = Intake(self._database, self._definitions.current)
        self._pace = Pace(between=timedelta(0))
        self._at_work: AtWork | None = None

    # --- the life of a process

    def serve(self, told: Connection) -> None:
        """Do what the story says until it says no more. What was reached is said at the end of each command."""
        self._told = told
        self._reached: list[str] = []
        self._die_at: int | None = None
        acts: dict[str, Callable[..., None]] = {
            "start": self._start, "until": self._until, "request": self._answer, "measured": self._measure,
            "offers": self._offer_duty, "accepts": self._accept_duty,
        }  # fmt: skip
        logging.disable(logging.WARNING)
        complaints = Complaints(lambda words: told.send(("complained", words)))
        logging.getLogger().addHandler(complaints)
        with watched_by(self._at_boundary):
            while (command := told.recv())[0] != "quit":
                what, die_at, *about = command
                self._reached, self._die_at = [], die_at
                acts[what](*about)
                self._die_at = None
                told.send(("done", self._reached))
        logging.getLogger().removeHandler(complaints)
        if self._at_work is not None:
            self._at_work.stop()
        self._database.close()

    def _at_boundary(self, name: str) -> None:
        self._reached.append(name)
        if len(self._reached) == self._die_at:
            self._told.send(("dying", name))
            os.kill(os.getpid(), signal.SIGKILL)
            threading.Event().wait()  # whichever thread this is, it does not go on

    def _start(self) -> None:
        now = self._clock.now
        self._definitions.plan_ahead()
        # Its thread would commit by the wall's clock; what it does first is done here, once.
        at_work = self._at_work = AtWork(self._database, EVERYTHING, self._clock.tells, dict)
        at_work._presence.enter(lambda: delivery.take_up(self._database, now))
        at_work._say_so(alone=self._database.is_sqlite)
        self._settle()

    # --- what it may be told

    def _until(self, instant: datetime) -> None:
        """Let the time pass: tick and deliver whenever something is due."""
        while (due := self._next_due()) is not None and due <= instant:
            self._clock.now = max(self._clock.now, due)
            self._settle()
        self._clock.now = max(self._clock.now, instant)
        self._settle()
        _ping(self._heartbeat)

    def _answer(self, body: bytes, headers: Mapping[str, str]) -> None:
        """A request of Slack's: answered first, then worked on, as the app's own threads do."""
        answer = dispatch_http(self._app, body, headers)
        with around("answer to Slack"):
            self._told.send(("answered", answer))
        self._working.go()
        self._settle()

    def _measure(self, topic: str, payload: bytes) -> None:
        """A sensor publishes: one turn of the subscriber's writer, which acknowledges what is stored."""
        subscriber = Subscriber(
            "mqtt://127.0.0.1", self._intake.store, client_id="crash", now=lambda: self._clock.now, protocol=V5,
        )  # fmt: skip
        # Once the batch in hand is acknowledged its turn is over.
        subscriber._on_stored = subscriber._stopping.set
        vars(subscriber)["_line"] = BrokerLine(lambda word: self._told.send((word,)))
        subscriber._take(topic, payload, False, 1, 1, 0)
        subscriber._write()
        self._settle()

    def _offer_duty(self) -> None:
        """Priya offers Amira the evening's duty; the same request again is the same offer."""
        pharmacy, now = self._definitions.current(), self._clock.now
        site, (amira, priya) = pharmacy.sites["hilltop-main"], map(pharmacy.people.__getitem__, ("amira", "priya"))
        with self._database.transaction() as connection:
            rostering.offer(
                connection, pharmacy, site, priya, amira, at("20:00"), at("22:00"), "dentist", priya, OFFER, now
            )
        self._said()

    def _accept_duty(self) -> None:
        """Amira accepts it; once it stands there is nothing more to accept."""
        pharmacy = self._definitions.current()
        with contextlib.suppress(AlreadyDone), self._database.transaction() as connection:
            offered = duty_changes.find(connection, OFFER)
            assert offered is not None, "there is no offer to accept"
            amira = pharmacy.people["amira"]
            rostering.answer(connection, pharmacy, offered.id, amira, accepts=True, now=self._clock.now)
        self._said()

    def _said(self) -> None:
        with around("answer to a person"):
            self._told.send(("answered to a person",))
        self._settle()

    # --- ticking and delivering

    def _next_due(self) -> datetime | None:
        with self._database.snapshot() as connection:
            instants = (ticker.next_attention(self._database), delivery.next_attention(connection))
        return min((at for at in instants if at is not None and at > self._clock.now), default=None)

    def _settle(self) -> None:
        for _ in range(50):
            if not ticker.tick(self._database, self._definitions.looked_up(), self._clock.now):
                raise AssertionError("a step of the tick failed")
            pharmacy, now = self._definitions.looked_up(), self._clock.now
            if not delivery.deliver(self._database, pharmacy, self._sender, now, self._pace, self._clock.tells):
                return
        raise AssertionError("delivery does not come to an end")
