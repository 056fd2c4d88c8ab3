"""The delivery loop beside the ticker: what waits is sent, at Slack's pace, and slept until the next is due.

Nothing that matters lives here: what was in hand when the process died is in the outbox.
"""

import logging
import threading
from collections.abc import Callable

from shiftbot.clock import Clock, ClockWatch
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.services import delivery
from shiftbot.services.delivery import Pace, Sender
from shiftbot.storage.database import Database

log = logging.getLogger(__name__)

LONGEST_SLEEP = 15.0
"""Seconds of the wall's clock after which delivery looks again, whatever it was told."""

SHORTEST_SLEEP = 0.05
"""Seconds between two looks at least."""


class Deliverer:
    """The delivery loop: a thread of its own, so that a slow Slack never delays a decision."""

    def __init__(
        self,
        database: Database,
        pharmacy: Callable[[], Pharmacy],
        clock: Clock,
        sender: Sender,
        pace: Pace | None = None,
        *,
        after_delivery: Callable[[], object] = lambda: None,
        after_failure: Callable[[], object] = lambda: None,
        watch: ClockWatch | None = None,
    ) -> None:
        """Deliver what `database` holds through `sender`, at Slack's pace unless another is given.

        `after_failure` is told when a message failed for good: whom the alert goes to instead is the tick's to say.
        """
        self._database = database
        self._pharmacy = pharmacy
        self._clock = clock
        self._sender = sender
        self._pace = pace or Pace()
        self._after_delivery = after_delivery
        self._after_failure = after_failure
        self._watch = watch
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="deliverer", daemon=True)

    def start(self) -> None:
        """Begin with what waits."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the message in hand and stop."""
        self._stopping.set()
        self._awake.set()
        self._thread.join(timeout=10)

    def wake(self) -> None:
        """Something new may wait."""
        self._awake.set()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            if self._watch and self._watch.look():
                self._pace.forget()
            try:
                delivery.deliver(
                    self._database, self._pharmacy(), self._sender, self._clock.now(), self._pace, self._clock.now
                )
                self._after_delivery()
                if self._pace.has_failed:
                    self._after_failure()
                sleep = self._sleep_until_next()
            except StorageUnavailable as error:
                log.warning("delivery waits: %s", error, extra={"action": "delivery_waits"})
                sleep = 1.0
            except Exception:
                log.exception("delivery failed; it goes on in a second", extra={"action": "delivery_failed"})
                sleep = 1.0
            self._awake.wait(timeout=sleep)

    def _sleep_until_next(self) -> float:
        with self._database.snapshot() as connection:
            following = delivery.next_attention(connection)
        if following is None:
            return LONGEST_SLEEP
        return min(LONGEST_SLEEP, max(SHORTEST_SLEEP, self._clock.seconds_until(following)))
