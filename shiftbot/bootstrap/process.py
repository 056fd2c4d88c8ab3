"""One process of shiftbot, put together out of its parts: engine, Slack app, MQTT client, ticker, web app."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from os import getpid
from socket import gethostname
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion

from shiftbot.bootstrap.at_work import AtWork, name_of
from shiftbot.bootstrap.definitions import DefinitionsInForce
from shiftbot.bootstrap.health import Health, Heartbeat
from shiftbot.bootstrap.measuring import Measuring
from shiftbot.bootstrap.opening import bot_token, embedded_broker, hold, open_database, outside_broker, start_broker
from shiftbot.bootstrap.own_words import OwnWords, Stored
from shiftbot.bootstrap.parts import DEFINED_BY, EVERYTHING, Part
from shiftbot.bootstrap.taking_turns import TakingTurns
from shiftbot.clock import Clock, ClockWatch, WallClock
from shiftbot.definitions import load
from shiftbot.deliverer import Deliverer
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import Refused, ShiftbotError
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.intake import Intake
from shiftbot.mqtt.subscriber import V311, Subscriber, client_id_for
from shiftbot.rosters import RosterReader
from shiftbot.services import delivery
from shiftbot.services.delivery import Pace
from shiftbot.settings import Settings
from shiftbot.slack.connection import SocketConnection, build_app, dispatch_http
from shiftbot.slack.desk import Desk
from shiftbot.slack.home import HomeTabs
from shiftbot.slack.links import Links
from shiftbot.slack.sender import SlackSender
from shiftbot.storage.only_one import OnlyOne
from shiftbot.ticker import Ticker
from shiftbot.web.app import build_web
from shiftbot.web.server import WebServer

log = logging.getLogger(__name__)


class Shiftbot:
    """One process of shiftbot: its parts, started and stopped together."""

    def __init__(
        self,
        settings: Settings,
        *,
        parts: frozenset[Part] = EVERYTHING,
        clock: Clock | None = None,
        pharmacy: Pharmacy | None = None,
        pace: Pace | None = None,
        broker_port: int = 0,
    ) -> None:
        """Put the parts together; `pharmacy` is read from the home folder unless given, `pace` is Slack's.

        Without SHIFTBOT_MQTT_URL an embedded broker listens on `broker_port` (0: a free one).

        Raises DefinitionError, SettingsError or StorageUnavailable, each with lines for people.
        """
        token = bot_token(settings, parts)
        self._outside_broker = outside_broker(settings) if Part.INGEST in parts else None
        self.settings = settings
        self.clock = clock or WallClock()
        self._pace = pace
        found = pharmacy or load(settings.home)
        self._parts = parts
        self._stopped = threading.Event()
        self._readings: TakingTurns | None = None
        self.ticker: Ticker | None = None
        self.rosters: RosterReader | None = None
        self.deliverer: Deliverer | None = None
        self.homes: HomeTabs | None = None
        self.connection: SocketConnection | None = None
        self.web: WebServer | None = None
        with ExitStack() as opened:
            if lock := hold(settings, name_of(parts), self.clock.now()):
                opened.enter_context(lock)
            self.database = open_database(settings)
            opened.callback(self.database.close)
            self._definitions = DefinitionsInForce(found, settings.home, self.database, self.clock, self._redefined)
            self._put_together(parts, token, broker_port)
            self._opened = opened.pop_all()

    def _put_together(self, parts: frozenset[Part], token: str | None, broker_port: int) -> None:
        settings = self.settings
        self._heartbeat = Heartbeat(settings.heartbeat_url)
        self._own = OwnWords(self.clock.now)
        own = self._own.said
        self._health = Health(self.database, self.clock.now, own, asks_others=parts == {Part.WEB})
        self._at_work = AtWork(self.database, parts, self.clock.now, own, taken_over=self.wake)
        is_embedded = Part.INGEST in parts and self._outside_broker is None
        self.broker = embedded_broker(settings, broker_port) if is_embedded else None
        looked_up = self._definitions.looked_up
        if Part.TICK in parts:
            watch, timed = self._watch(), self._own.timings.note
            self.ticker = Ticker(self.database, looked_up, self.clock, self._ticked, watch=watch, timed=timed)
            self.rosters = RosterReader(self.database, looked_up, self.clock, settings.home, self.wake)
        self._definitions.ticker = self.ticker
        slack = self._build_slack(parts, token) if token else None
        if Part.WEB in parts or slack:
            name = f"{gethostname()}:{getpid()}"
            measure = Measuring(self.database, settings, self._definitions.current, self.clock.now, (name, own))
            self.web = WebServer(build_web(self.health, slack, measure), host=settings.web_host, port=settings.port)
        self._own.ticker, self._own.connection = self.ticker, self.connection

    def _watch(self) -> ClockWatch | None:
        """Only the machine's own clock can be set behind our back."""
        return ClockWatch(self.clock.now) if isinstance(self.clock, WallClock) else None

    def _redefined(self) -> None:
        if self.homes:
            self.homes.changed()
        self.wake()

    def _build_slack(self, parts: frozenset[Part], token: str) -> Callable[..., Any] | None:
        """The app, its connection and its sender; what to dispatch HTTP requests to, in HTTP mode."""
        settings = self.settings
        app_token, secret = settings.slack_app_token, settings.slack_signing_secret
        desk = Desk(
            self.database,
            self._definitions.current,
            self.clock.now,
            self.wake,
            reload=self._reload_for,
            mistakes=lambda: self.mistakes,
        )
        homes = HomeTabs(desk, Links())
        app = build_app(
            desk,
            bot_token=token,
            signing_secret=secret.get_secret_value() if secret else None,
            base_url=settings.slack_api_url,
            homes=homes,
        )
        # A bot process delivers too: a reply is answered by who took it, not when the tick's process next looks. Claims
        # are compare-and-set, so nothing goes out twice; each has its own pace, and Slack's Retry-After binds both.
        self.deliverer = Deliverer(
            self.database,
            self._definitions.looked_up_lately,
            self.clock,
            SlackSender(desk, app.client),
            self._pace,
            after_delivery=homes.changed,
            after_failure=lambda: self.ticker.wake() if self.ticker else None,
            watch=self._watch(),
        )
        if Part.BOT not in parts:
            return None
        self.homes = homes
        if app_token is not None:
            self.connection = SocketConnection(
                app, app_token=app_token.get_secret_value(), base_url=settings.slack_api_url
            )
            return None

        def dispatch(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
            status, answer_headers, answer = dispatch_http(app, body, headers)
            return status, {name: ", ".join(values) for name, values in answer_headers.items()}, answer.encode()

        return dispatch

    @property
    def mqtt_url(self) -> str | None:
        """Where sensors publish: as set, or the embedded broker's address once started."""
        return self.settings.mqtt_url or (self.broker.url if self.broker else None)

    def start(self) -> None:
        """Start every part; Slack and the broker are waited for in the background, never here."""
        now = self.clock.now()
        if self.broker:
            self.broker = start_broker(self.broker)
        if self.broker:
            # The embedded broker speaks no other protocol; it keeps nothing over a restart, so the id may be a new one.
            self._take_readings(f"{gethostname()} {self.broker.own_url}", self.broker.own_url,
                                self.broker.own_client_id, V311)  # fmt: skip
        elif self._outside_broker:
            # As one subscriber to the broker, whichever of our processes it is.
            self._take_readings(str(self._outside_broker), self._outside_broker, client_id_for(self.settings.database))
        if self.ticker:
            self._definitions.plan_ahead()
        # What a dead process had in hand may be gone on with at once only when no other one may have it in hand.
        self._at_work.start(lambda: delivery.take_up(self.database, now))
        for part in (self.web, self.connection, self.homes, self.deliverer, self.ticker, self.rosters):
            if part:
                part.start()

    def _take_readings(
        self, name: str, broker: str | Address, client_id: str, protocol: MQTTProtocolVersion | None = None
    ) -> None:
        def make() -> Subscriber:
            intake = Intake(self.database, self._definitions.looked_up_lately)
            self._own.stored = Stored(intake.store)
            return Subscriber(
                broker,
                self._own.stored,
                client_id=client_id,
                now=self.clock.now,
                on_stored=self.wake,
                questions=intake.questions,
                protocol=protocol,
            )

        right = OnlyOne(self.database, f"take readings in from {name}")
        self._readings = TakingTurns(right, make, self._own.listen_by)
        self._readings.start()

    @property
    def subscriber(self) -> Subscriber | None:
        """Who takes readings in, when it is our turn."""
        return self._own.subscriber

    def stop(self) -> None:
        """Stop every part, the deciding ones first; what is not finished is in the database."""
        deciding = (self.ticker, self.rosters, self._readings, self.deliverer)
        for part in (*deciding, self.homes, self.connection, self.web, self.broker):
            if part:
                part.stop()
        self._at_work.stop()
        self._heartbeat.stop()
        self._opened.close()
        self._stopped.set()

    @property
    def pharmacy(self) -> Pharmacy:
        """The definitions in force."""
        return self._definitions.pharmacy

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The mistakes that keep newer definitions out, as they were last read."""
        return self._definitions.mistakes

    def reload(self, by: Person | None = None) -> list[str]:
        """Read the definitions again, all or none; their mistakes. `by` is who asked. Raises StorageUnavailable."""
        return self._definitions.reload(by)

    def reload_if_it_can(self) -> None:
        """What SIGHUP asks for: as `reload`; whatever keeps it from doing so is in the log, and nothing ends."""
        try:
            self.reload()
        except ShiftbotError as error:
            log.warning("the definitions were not read again: %s", error, extra={"action": "definitions_kept"})

    def _reload_for(self, person: Person) -> list[str]:
        if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
            raise Refused("A pharmacist or manager has the definitions read again. Ask one of them.")
        if not self._parts >= DEFINED_BY:
            raise Refused(
                "shiftbot runs as several processes here, each with definitions of its own. "
                "Ask whoever looks after them to send SIGHUP to each."
            )
        return self.reload(person)

    def wake(self) -> None:
        """Something changed: tick and deliver soon."""
        if self.ticker:
            self.ticker.wake()
        if self.deliverer:
            self.deliverer.wake()

    def health(self) -> Mapping[str, Any]:
        """What `/healthz` says; `ok` is whether all is well."""
        return self._health.say()

    def _ticked(self, good: bool) -> None:
        if self.deliverer:
            self.deliverer.wake()
        # Whoever watches the watcher is to hear when the watcher works and nobody is told.
        if good and self._heartbeat.is_wanted and not self._stopped.is_set() and self._health.is_well_enough():
            self._heartbeat.beat()
