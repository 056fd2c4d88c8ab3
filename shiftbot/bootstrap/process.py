"""One process of shiftbot, put together out of its parts: engine, Slack app, MQTT client, ticker, web app."""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

from paho.mqtt.enums import MQTTProtocolVersion

from shiftbot.bootstrap.definitions import DefinitionsInForce
from shiftbot.bootstrap.opening import bot_token, embedded_broker, hold, open_database, outside_broker, start_broker
from shiftbot.bootstrap.parts import DEFINED_BY, EVERYTHING, Part
from shiftbot.clock import Clock, WallClock
from shiftbot.definitions import load
from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import Lane
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import Refused, ShiftbotError, StorageUnavailable
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.intake import Intake
from shiftbot.mqtt.subscriber import V311, Subscriber, client_id_for
from shiftbot.services import delivery
from shiftbot.services.delivery import Pace
from shiftbot.settings import Settings
from shiftbot.slack.connection import SocketConnection, build_app, dispatch_http
from shiftbot.slack.desk import Desk
from shiftbot.slack.home import HomeTabs
from shiftbot.slack.links import Links
from shiftbot.slack.sender import SlackSender
from shiftbot.storage import outbox
from shiftbot.storage.presence import present
from shiftbot.ticker import Deliverer, Ticker
from shiftbot.web.app import build_web
from shiftbot.web.server import WebServer

log = logging.getLogger(__name__)

HEARTBEAT_TIMEOUT = 5.0
"""Seconds the heartbeat may take; it never holds up a tick."""

READINGS_ARE_LATE = timedelta(minutes=2)
"""Readings that could not be stored for so long, or a broker that is away for so long, are trouble."""

ESCALATION_IS_LATE = timedelta(minutes=2)
"""An escalation that did not get out for so long is trouble, whatever the reason."""


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
        self.subscriber: Subscriber | None = None
        self.deliverer: Deliverer | None = None
        self.homes: HomeTabs | None = None
        self.connection: SocketConnection | None = None
        self.web: WebServer | None = None
        with ExitStack() as opened:
            if lock := hold(settings):
                opened.enter_context(lock)
            self.database = open_database(settings)
            opened.callback(self.database.close)
            self._definitions = DefinitionsInForce(found, settings.home, self.database, self.clock, self._redefined)
            self._put_together(parts, token, broker_port)
            self._opened = opened.pop_all()

    def _put_together(self, parts: frozenset[Part], token: str | None, broker_port: int) -> None:
        settings = self.settings
        self._heartbeat = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
        is_embedded = Part.INGEST in parts and self._outside_broker is None
        self.broker = embedded_broker(settings, broker_port) if is_embedded else None
        looked_up = self._definitions.looked_up
        self.ticker = Ticker(self.database, looked_up, self.clock, self._ticked) if Part.TICK in parts else None
        self._definitions.ticker = self.ticker
        slack = self._build_slack(parts, token) if token else None
        if Part.WEB in parts or slack:
            self.web = WebServer(build_web(self.health, slack), host=settings.web_host, port=settings.port)

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
            self.subscriber = self._build_subscriber(self.broker.own_url, self.broker.own_client_id, V311)
        elif self._outside_broker:
            self.subscriber = self._build_subscriber(self._outside_broker, client_id_for(self.settings.database))
        if self.subscriber:
            self.subscriber.start()
        if self.ticker:
            self._definitions.plan_ahead()
        if self.deliverer:
            # What a dead process had in hand may be gone on with at once only when no other one may have it in hand.
            self._opened.enter_context(present(self.database, lambda: delivery.take_up(self.database, now)))
        for part in (self.web, self.connection, self.homes, self.deliverer, self.ticker):
            if part:
                part.start()

    def _build_subscriber(
        self, broker: str | Address, client_id: str, protocol: MQTTProtocolVersion | None = None
    ) -> Subscriber:
        return Subscriber(
            broker,
            Intake(self.database, self._definitions.looked_up_lately).store,
            client_id=client_id,
            now=self.clock.now,
            on_stored=self.wake,
            protocol=protocol,
        )

    def stop(self) -> None:
        """Stop every part, the deciding ones first; what is not finished is in the database."""
        for part in (self.ticker, self.subscriber, self.deliverer, self.homes, self.connection, self.web, self.broker):
            if part:
                part.stop()
        self._heartbeat.shutdown(wait=False, cancel_futures=True)
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
        """What `/healthz` says: whether the database answers, when the last tick was, what is connected, what waits."""
        state: dict[str, Any] = {"ok": True}
        try:
            late = self._late_escalation()
            state["database"] = "answers"
        except StorageUnavailable as error:
            late = ""
            state |= {"ok": False, "database": str(error)}
        if self.ticker:
            state["last_tick_at"] = self.ticker.last_tick_at.isoformat() if self.ticker.last_tick_at else None
        if trouble := (self.ticker.trouble() if self.ticker else "") or late:
            state |= {"ok": False, "trouble": trouble}
        if self.connection:
            state["slack"] = "connected" if self.connection.is_healthy else "not connected"
        if self.subscriber:
            state["mqtt"] = "connected" if self.subscriber.is_connected else "not connected"
            state |= self._readings_trouble(self.subscriber)
        return state

    def _readings_trouble(self, subscriber: Subscriber) -> Mapping[str, Any]:
        """What keeps readings from being stored, at once; that it is serious, when it does not pass."""
        trouble = subscriber.trouble()
        if not trouble:
            return {}
        said: dict[str, Any] = {"readings": "; ".join(map(str, trouble))}
        now = self.clock.now()
        lasts = any(each.since is None or now - each.since > READINGS_ARE_LATE for each in trouble)
        return said | {"ok": False} if lasts else said

    def _late_escalation(self) -> str:
        """That an escalation did not get out for too long, in words; empty when none waits."""
        with self.database.snapshot() as connection:
            since = outbox.longest_waiting(connection, Lane.ESCALATION)
        late = since is not None and self.clock.now() - since > ESCALATION_IS_LATE
        return f"an escalation waits to be sent since {since:%H:%M:%S} UTC" if late else ""

    def _ticked(self, good: bool) -> None:
        if self.deliverer:
            self.deliverer.wake()
        # Whoever watches the watcher is to hear when the watcher works and nobody is told.
        if good and self.settings.heartbeat_url and not self._stopped.is_set() and not self._late_escalation():
            self._heartbeat.submit(_ping, self.settings.heartbeat_url)


def _ping(url: str) -> None:
    try:
        with urlopen(url, timeout=HEARTBEAT_TIMEOUT):
            pass
    except OSError as error:
        log.warning("the heartbeat was not heard: %s", error, extra={"action": "heartbeat_failed"})
