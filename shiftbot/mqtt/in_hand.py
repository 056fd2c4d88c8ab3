"""Messages taken from the broker and not stored yet: no more than may be held, whatever the broker has to give.

One thread puts messages in and waits when there are too many; another takes them out in batches. Reading nothing is all
the flow control there is: the broker keeps what is not acknowledged.
"""

import threading
from queue import Empty, SimpleQueue

from shiftbot.mqtt.message import Message

HELD_MESSAGES_MAX = 20_000
HELD_BYTES_MAX = 64 * 1024 * 1024
"""With more than this in hand nothing is read from the broker until some of it is stored."""

LOOKS_AGAIN_SECONDS = 0.02


class InHand:
    """A queue between two threads, bounded in messages and in bytes."""

    def __init__(self, stopping: threading.Event, messages_max: int = HELD_MESSAGES_MAX) -> None:
        """`stopping` ends every waiting."""
        self._stopping = stopping
        self._messages_max = messages_max
        self._queue: SimpleQueue[Message | None] = SimpleQueue()
        # Each is counted up by one thread only, so their difference needs no lock.
        self._bytes_in = 0
        self._bytes_out = 0

    def __len__(self) -> int:
        """How many messages wait to be taken out."""
        return self._queue.qsize()

    def put(self, message: Message) -> None:
        """Put a message in, and return once there is room for another."""
        self._bytes_in += len(message.payload)
        self._queue.put(message)
        while self._is_too_much() and not self._stopping.wait(LOOKS_AGAIN_SECONDS):
            continue

    def _is_too_much(self) -> bool:
        return self._queue.qsize() >= self._messages_max or self._bytes_in - self._bytes_out > HELD_BYTES_MAX

    def take(self, at_most: int, timeout: float | None = None) -> list[Message]:
        """Wait for one message and take what else is there; nothing when told to stop, or after `timeout` seconds."""
        try:
            first = self._queue.get(timeout=timeout)
        except Empty:
            return []
        batch = [first] if first is not None else []
        try:
            for _ in range(at_most - 1):
                message = self._queue.get_nowait()
                if message is not None:
                    batch.append(message)
        except Empty:
            pass
        return [] if self._stopping.is_set() else batch

    def let_go(self, batch: list[Message]) -> None:
        """A batch is stored: its bytes no longer count."""
        self._bytes_out += sum(len(message.payload) for message in batch)

    def wake(self) -> None:
        """Let whoever waits in `take` look whether it is to stop."""
        self._queue.put(None)
