"""What goes between Slack and the app, kept for looking at: envelopes sent to it, calls made by it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class Envelope:
    """One payload for the app. Instants are `time.monotonic()`; `response` is what the app put into its ack.

    `failed` says why nobody answered in time; an ack that comes later still sets `acked_at`, but has no effect.
    """

    id: str
    type: str
    payload: Json
    sent_at: float
    acked_at: float | None = None
    response: Json | None = None
    attempts: int = 0
    failed: str | None = None
    accepts_response_payload: bool = False
    on_ack: Callable[["Envelope"], None] | None = field(default=None, repr=False)
    retry_reason: str = ""
    failed_attempts: int = 0
    _settled: threading.Event = field(default_factory=threading.Event, repr=False)

    def wait(self, timeout: float = 3.0) -> "Envelope":
        """Until it is acknowledged and the ack has had its effect; raises TimeoutError saying what happened instead."""
        if not self._settled.wait(timeout) or self.acked_at is None or self.failed:
            raise TimeoutError(
                f"{self.describe()} was not acknowledged: {self.failed or f'nothing came in {timeout:g} s'}"
            )
        return self

    def settle(self) -> None:
        self._settled.set()

    @property
    def is_settled(self) -> bool:
        return self._settled.is_set()

    @property
    def took(self) -> float | None:
        """Seconds from first sending to acknowledgement."""
        return None if self.acked_at is None else self.acked_at - self.sent_at

    def describe(self) -> str:
        inner = self.payload.get("event", self.payload)
        actions = ",".join(action["action_id"] for action in self.payload.get("actions", []))
        return " ".join(w for w in (self.type, inner.get("type") or self.payload.get("command"), actions) if w)


@dataclass(frozen=True)
class Call:
    """One request of the app. `status` 0: the answer never left; `fault` names the injected fault, if any."""

    method: str
    arguments: Json
    at: float
    response: Json
    status: int
    fault: str | None = None

    @property
    def ok(self) -> bool:
        return bool(self.response.get("ok"))

    @property
    def error(self) -> str | None:
        return self.response.get("error")


MALFORMED = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "view_too_large",
        "duplicate_external_id",
        "unknown_method",
        "invalid_json",
    }
)


class Log:
    """Grows from any thread; readers get copies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._envelopes: list[Envelope] = []
        self._calls: list[Call] = []

    def sent(self, envelope: Envelope) -> None:
        with self._lock:
            self._envelopes.append(envelope)

    def called(self, method: str, arguments: Json, response: Json, status: int, fault: str | None = None) -> None:
        with self._lock:
            self._calls.append(Call(method, arguments, time.monotonic(), response, status, fault))

    @property
    def envelopes(self) -> list[Envelope]:
        with self._lock:
            return list(self._envelopes)

    @property
    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    @property
    def rejected(self) -> list[Call]:
        return [c for c in self.calls if not c.ok and c.error in MALFORMED and c.fault is None]
