"""Of several processes that take readings in from one broker, one does and the others stand by.

To the broker they are the same subscriber, so that nothing is lost when another goes on; two at once would throw each
other out without end. A process that dies is followed by the next within two seconds.
"""

import logging
import threading
from collections.abc import Callable

from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt.subscriber import Subscriber
from shiftbot.storage.only_one import OnlyOne

log = logging.getLogger(__name__)

LOOKS_EVERY = 1.0
"""Seconds between two looks whether it is our turn."""


class TakingTurns:
    """Starts a subscriber when it is our turn, and stops it when it is not any more."""

    def __init__(
        self, right: OnlyOne, make: Callable[[], Subscriber], changed: Callable[[Subscriber | None], None]
    ) -> None:
        """`make` gives a fresh subscriber, not started; `changed` is told of the one at work, or that there is none."""
        self._right = right
        self._make = make
        self._changed = changed
        self._stopping = threading.Event()
        self._subscriber: Subscriber | None = None
        self._thread = threading.Thread(target=self._keep_up, name="taking turns", daemon=True)

    def start(self) -> None:
        """Take our turn now if we can, else when it comes."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand and let another have the turn."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=40)
        self._end()
        self._right.give_up()

    def _keep_up(self) -> None:
        while not self._stopping.wait(LOOKS_EVERY):
            try:
                self._look()
            except Exception:
                log.exception("whose turn it is could not be found out", extra={"action": "turn_failed"})

    def _look(self) -> None:
        try:
            ours = self._right.is_ours()
        except StorageUnavailable as error:
            # Nothing can be stored anyway; who has the turn keeps it until the database is back.
            log.info("whose turn it is to take readings is not known: %s", error, extra={"action": "turn_waits"})
            return
        if ours and self._subscriber is None:
            self._begin()
        elif not ours and self._subscriber is not None:
            self._end()

    def _begin(self) -> None:
        log.info("it is our turn to take readings in", extra={"action": "turn_ours"})
        self._subscriber = self._make()
        self._changed(self._subscriber)
        self._subscriber.start()

    def _end(self) -> None:
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            subscriber.stop()
            self._changed(None)
