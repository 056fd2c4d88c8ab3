"""Hands payloads to the app, waits three seconds for each acknowledgement, and sends events again as Slack does.

Runs on the server's event loop; `deliver` may be called from any thread. How a payload travels, the `Carrier` knows.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from shiftbot.demo.emulator import ids
from shiftbot.demo.emulator.envelopes import Envelope, Log

Json = dict[str, Any]

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)  # docs.slack.dev/apis/events-api: "nearly immediately", 1 minute, 5 minutes


class Carrier(Protocol):
    def send(self, envelope: Envelope) -> bool:
        """On the event loop. False when there is nobody to send to."""
        ...


class Courier:
    def __init__(
        self, log: Log, carrier: Carrier, retry_delays: Sequence[float] = RETRY_DELAYS, ack_seconds: float = ACK_SECONDS
    ) -> None:
        self.carrier = carrier
        self._log = log
        self._retry_delays = retry_delays
        self._ack_seconds = ack_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, Envelope] = {}

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def end(self) -> None:
        self._loop = None
        for envelope in list(self._waiting.values()):
            self._give_up(envelope, "the emulator was stopped")

    def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        on_ack: Callable[[Envelope], None] | None = None,
        accepts_response_payload: bool = False,
    ) -> Envelope:
        envelope = Envelope(
            ids.uuid_text(),
            kind,
            payload,
            time.monotonic(),
            on_ack=on_ack,
            accepts_response_payload=accepts_response_payload,
        )
        self._log.sent(envelope)
        if self._loop is None:
            self._give_up(envelope, "the emulator is not running")
        else:
            self._loop.call_soon_threadsafe(self._attempt, envelope)
        return envelope

    def acknowledge(self, envelope_id: str, response: Json | None) -> None:
        """On the event loop. The ack's effect comes first, so that whoever waits for the envelope sees it done."""
        envelope = self._waiting.pop(envelope_id, None)
        if envelope is None:
            self._note_late_ack(envelope_id)
            return
        envelope.acked_at = time.monotonic()
        envelope.response = response
        try:
            if envelope.on_ack is not None:
                envelope.on_ack(envelope)
        finally:
            envelope.settle()

    def refuse(self, envelope: Envelope, reason: str) -> None:
        """On the event loop: the app answered, and not with yes."""
        if self._waiting.get(envelope.id) is envelope:
            self._unanswered(envelope, envelope.attempts, reason)

    def _attempt(self, envelope: Envelope) -> None:
        if self._loop is None or envelope.is_settled:
            return
        envelope.attempts += 1
        self._waiting[envelope.id] = envelope
        if self.carrier.send(envelope):
            self._loop.call_later(self._ack_seconds, self._unanswered, envelope, envelope.attempts, "timeout")
        else:
            self._unanswered(envelope, envelope.attempts, "no connection")

    def _unanswered(self, envelope: Envelope, attempt: int, reason: str) -> None:
        if envelope.is_settled or envelope.failed_attempts >= attempt:
            return  # answered since, or this attempt was judged already
        envelope.failed_attempts = attempt
        if envelope.type != "events_api" or attempt > len(self._retry_delays) or self._loop is None:
            self._give_up(
                envelope, f"the app did not answer within {self._ack_seconds:g} s" if reason == "timeout" else reason
            )
            return
        envelope.retry_reason = reason
        self._loop.call_later(self._retry_delays[attempt - 1], self._attempt, envelope)

    def _give_up(self, envelope: Envelope, reason: str) -> None:
        self._waiting.pop(envelope.id, None)
        envelope.failed = reason
        envelope.settle()

    def _note_late_ack(self, envelope_id: str) -> None:
        for envelope in reversed(self._log.envelopes):
            if envelope.id == envelope_id and envelope.acked_at is None:
                envelope.acked_at = time.monotonic()
                return
