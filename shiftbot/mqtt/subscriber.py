"""The MQTT subscriber: every message is acknowledged to the broker only after it is committed, and never waits for one.

paho's network thread only puts messages into a queue. A writer thread waits for one, takes what else is there, stores
all in one transaction, then acknowledges. When the database is away nothing is acknowledged and the same batch is tried
again; when too much is held, no more is read from the broker (design.md §8).
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from paho.mqtt.enums import MQTTProtocolVersion

from shiftbot.boundaries import around
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.findings import BrokerFacts
from shiftbot.mqtt.formats import PAYLOAD_BYTES_MAX
from shiftbot.mqtt.in_hand import HELD_MESSAGES_MAX, InHand
from shiftbot.mqtt.line import KEEPALIVE_SECONDS, V5, V311, WINDOW, Line, survived
from shiftbot.mqtt.message import Message

__all__ = ["BATCH_MAX", "V5", "V311", "Subscriber", "Trouble", "client_id_for"]

log = logging.getLogger(__name__)

BATCH_MAX = WINDOW
"""Messages stored in one transaction at most."""

RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to store the same batch; the last one repeats."""


STOPS_WITHIN_SECONDS = 30

_MICROSECOND = timedelta(microseconds=1)
_CLOCKS_STEP = timedelta(milliseconds=20)
"""No clock is coarser."""


def client_id_for(*parts: str) -> str:
    """The same id for the same installation, so that the broker knows its session again after a restart."""
    return "shiftbot-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:14]


class Trouble(NamedTuple):
    """What is wrong, in words, and since when; without an instant it will not pass by itself."""

    since: datetime | None
    what: str

    def __str__(self) -> str:
        """For /healthz and the log."""
        return f"since {self.since:%H:%M:%S} UTC {self.what}" if self.since else self.what


class Subscriber:
    """Takes messages from a broker and hands them to `store` in batches."""

    def __init__(
        self,
        broker: str | Address,
        store: Callable[[Sequence[Message]], object],
        *,
        client_id: str,
        now: Callable[[], datetime],
        on_stored: Callable[[], None] = lambda: None,
        questions: Callable[[], Iterable[tuple[str, bytes]]] = tuple,
        topics: Sequence[str] = ("#",),
        protocol: MQTTProtocolVersion | None = None,
        held_messages_max: int = HELD_MESSAGES_MAX,
        keepalive_seconds: int = KEEPALIVE_SECONDS,
    ) -> None:
        """`broker` is an address, or its URL alone; `protocol` is found out when not given.

        After each batch `questions` gives what is to be published to the devices: topics and payloads.

        Raises SettingsError for a URL that is not understood.
        """
        self._store = store
        self._now = now
        self._on_stored = on_stored
        self._questions = questions
        self._stopping = threading.Event()
        self._in_hand = InHand(self._stopping, held_messages_max)
        self._line = Line(
            broker if isinstance(broker, Address) else Address(broker),
            self._take,
            client_id=client_id,
            topics=topics,
            now=now,
            protocol=protocol,
            keepalive_seconds=keepalive_seconds,
        )
        self._waiting_since: datetime | None = None
        self._why_waiting = ""
        self.last_message_at: datetime | None = None
        self._writer = threading.Thread(target=self._write, name="mqtt-writer", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the broker has greeted us and the connection still stands."""
        return self._line.is_connected

    @property
    def held(self) -> int:
        """Messages taken from the broker and not stored yet."""
        return len(self._in_hand)

    @property
    def broker(self) -> BrokerFacts:
        """What the broker said of itself when it greeted us; `broker_findings` says what is wrong with it."""
        return self._line.facts

    @property
    def protocol(self) -> MQTTProtocolVersion:
        """The protocol spoken at present."""
        return self._line.protocol

    def start(self) -> None:
        """Connect, now or when the broker is there, and go on for ever. Returns at once."""
        self._writer.start()
        self._line.connect()

    def stop(self) -> None:
        """Finish the batch in hand and leave; what was not stored was not acknowledged and comes again."""
        self._stopping.set()
        self._in_hand.wake()
        if self._writer.is_alive():
            # What it has just stored is still to be acknowledged.
            self._writer.join(timeout=STOPS_WITHIN_SECONDS)
        self._line.close()

    def reconnect(self) -> None:
        """Drop the connection, as a fault of the network would; a new one is made, the broker replays its part."""
        self._line.drop()

    def trouble(self) -> list[Trouble]:
        """What keeps readings from being stored; nothing when all is well."""
        found = []
        if (since := self._waiting_since) is not None:
            found.append(Trouble(since, f"readings cannot be stored and wait: {self._why_waiting}"))
        if (since := self._line.down_since) is not None:
            found.append(Trouble(since, f"no MQTT broker: {self._line.why_down or 'it has not answered yet'}"))
        if refused := self._line.refused_topics:
            found.append(Trouble(None, f"the MQTT broker does not let us hear {', '.join(refused)}"))
        if not self._stopping.is_set() and not (self._writer.is_alive() and self._line.is_at_work):
            found.append(Trouble(None, "the part that takes readings in has ended; restart shiftbot"))
        return found

    # --- the network thread

    def _take(self, topic: str, payload: bytes, retained: bool, qos: int, mid: int, connection: int) -> None:
        received_at = self.last_message_at = self._at_an_instant_of_its_own(self._now())
        if len(payload) > PAYLOAD_BYTES_MAX:
            payload = payload[: PAYLOAD_BYTES_MAX + 1]
        self._in_hand.put(Message(topic, payload, received_at, retained, qos, mid, connection))

    def _at_an_instant_of_its_own(self, now: datetime) -> datetime:
        """Two messages at one instant of the clock would look like one reading that came twice."""
        last = self.last_message_at
        # A clock that was set back is believed.
        return last + _MICROSECOND if last is not None and now <= last < now + _CLOCKS_STEP else now

    # --- the writer thread

    def _write(self) -> None:
        while not self._stopping.is_set():
            batch = self._in_hand.take(BATCH_MAX, None if self._line.is_settled else 1.0)
            if batch and self._stored(batch):
                self._in_hand.let_go(batch)
                with around("acknowledgement to the broker"):
                    self._line.acknowledge(batch)
                with survived():
                    self._on_stored()
                with survived():
                    for topic, payload in self._questions():
                        self._line.say(topic, payload)
            elif not self._line.is_settled and not self._stopping.is_set():
                self._line.settle()

    def _stored(self, batch: list[Message]) -> bool:
        """Whether the batch was stored; tried again for as long as it takes, unless we are to stop."""
        attempts = 0
        while not self._stopping.is_set():
            try:
                self._store(batch)
            except StorageUnavailable as error:
                self._note_waiting(str(error))
                log.warning("readings wait: %s", error, extra={"action": "readings_wait"})
            except Exception as error:
                self._note_waiting(f"{type(error).__name__}, see the log")
                log.exception("readings wait: a batch could not be stored", extra={"action": "readings_wait"})
            else:
                self._waiting_since = None
                return True
            self._stopping.wait(RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)])
            attempts += 1
        return False

    def _note_waiting(self, why: str) -> None:
        self._why_waiting = why
        self._waiting_since = self._waiting_since or self._now()
