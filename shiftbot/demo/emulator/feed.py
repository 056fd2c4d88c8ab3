"""What happened, as a numbered stream for the page: a subscriber a browser tab, each told what its person may see.

Knows nothing of HTTP. `publish` may be called from any thread; subscribers live on the server's event loop.
"""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class Subscriber:
    user: str
    queue: "asyncio.Queue[Json | None]"
    loop: asyncio.AbstractEventLoop

    def tell(self, happening: Json | None) -> None:
        self.loop.call_soon_threadsafe(self.queue.put_nowait, happening)


class Feed:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: list[Subscriber] = []
        self.seq = 0

    def subscribe(self, user: str) -> Subscriber:
        """Call on the event loop."""
        subscriber = Subscriber(user, asyncio.Queue(), asyncio.get_running_loop())
        with self._lock:
            self._subscribers.append(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        with self._lock:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

    def publish(self, kind: str, readers: Iterable[str] | None = None, **about: Any) -> None:
        """`readers` None: everybody."""
        allowed = None if readers is None else set(readers)
        with self._lock:
            self.seq += 1
            happening = {"seq": self.seq, "type": kind, **{k: v for k, v in about.items() if v is not None}}
            for subscriber in self._subscribers:
                if allowed is None or subscriber.user in allowed:
                    subscriber.tell(happening)

    def end(self) -> None:
        """Every stream finishes, so that the server can stop."""
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.tell(None)
            self._subscribers.clear()
