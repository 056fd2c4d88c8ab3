"""Whether all is well: what `/healthz` says, and whether whoever watches the watcher may hear a heartbeat.

Of a process that has no ticker, what the others wrote of themselves counts (storage/processes.py).
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

from sqlalchemy import Connection

from shiftbot.boundaries import around
from shiftbot.domain.notice import Lane
from shiftbot.errors import StorageUnavailable
from shiftbot.services.auditing import in_words
from shiftbot.storage import outbox, processes, stuck
from shiftbot.storage.database import Database
from shiftbot.storage.processes import Process
from shiftbot.ticker import TICK_IS_OLD

log = logging.getLogger(__name__)

HEARTBEAT_TIMEOUT = 5.0
"""Seconds the heartbeat may take; it never holds up a tick."""

ESCALATION_IS_LATE = timedelta(minutes=2)
"""An escalation that did not get out for so long is trouble, whatever the reason."""


class Health:
    """How one process and its database are."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        own: Callable[[], Mapping[str, Any]],
        *,
        asks_others: bool,
    ) -> None:
        """`own` is what this process says of itself; with `asks_others` the ticks are those of another process."""
        self._database = database
        self._now = now
        self._own = own
        self._asks_others = asks_others

    def say(self) -> Mapping[str, Any]:
        """What `/healthz` says: whether the database answers, when the last tick was, what is connected, what waits."""
        own, troubles = self._own(), list[str]()
        state: dict[str, Any] = {"ok": True}
        try:
            with self._database.snapshot() as connection:
                state |= {"database": "answers", "last_tick_at": self._last_tick_at(connection, own)}
                troubles += self._troubles(connection)
        except StorageUnavailable as error:
            state |= {"ok": False, "database": str(error)}
        troubles += [own["tick"]["trouble"]] if own.get("tick", {}).get("trouble") else []
        if troubles:
            state |= {"ok": False, "trouble": "; ".join(troubles)}
        return {**state, **_connected(own), **_readings(own)}

    def _last_tick_at(self, connection: Connection, own: Mapping[str, Any]) -> str | None:
        if "tick" in own:
            at: str | None = own["tick"]["ended_at"]
            return at
        last = last_tick(processes.at_work(connection))
        return last.isoformat() if last else None

    def _troubles(self, connection: Connection) -> list[str]:
        found = [self._late_escalation(connection)]
        found += [f"{each.site}: {in_words(each)}" for each in stuck.find(connection, self._now())]
        if self._asks_others:
            found.append(self._others_ticks(processes.at_work(connection)))
        return [each for each in found if each]

    def _late_escalation(self, connection: Connection) -> str:
        """That an escalation did not get out for too long, in words; empty when none waits."""
        since = outbox.longest_waiting(connection, Lane.ESCALATION)
        late = since is not None and self._now() - since > ESCALATION_IS_LATE
        return f"an escalation waits to be sent since {since:%H:%M:%S} UTC" if late else ""

    def _others_ticks(self, at_work: list[Process]) -> str:
        last = last_tick(at_work)
        if last is None:
            return "no process ticks; start `shiftbot tick`"
        ago = (self._now() - last).total_seconds()
        return f"no tick has ended for {ago:.0f} s" if ago > TICK_IS_OLD else ""

    def is_well_enough(self) -> bool:
        """Whether a good tick may be told to whoever watches: not while somebody waits in vain to be told.

        Raises StorageUnavailable.
        """
        with self._database.snapshot() as connection:
            return not self._troubles(connection)


def last_tick(at_work: list[Process]) -> datetime | None:
    """When a tick last ended in any process."""
    ended = (process.state.get("tick", {}).get("ended_at") for process in at_work)
    return max((datetime.fromisoformat(at) for at in ended if at), default=None)


def _connected(own: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = ((part, own[part]["connected"]) for part in ("slack", "mqtt") if part in own)
    return {part: "connected" if connected else "not connected" for part, connected in parts}


def _readings(own: Mapping[str, Any]) -> Mapping[str, Any]:
    """What keeps readings from being stored, at once; that it is serious, when it does not pass."""
    words = own.get("mqtt", {})
    if not words.get("trouble"):
        return {}
    said: dict[str, Any] = {"readings": words["trouble"]}
    return said | {"ok": False} if words["lasts"] else said


class Heartbeat:
    """Pings an address after each good tick, in a thread of its own, so that someone watches the watcher."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")

    @property
    def is_wanted(self) -> bool:
        """Whether anybody wants to hear it."""
        return self._url is not None

    def beat(self) -> None:
        """Ping, soon."""
        if self._url is not None:
            self._pool.submit(_ping, self._url)

    def stop(self, *, wait: bool = False) -> None:
        """No more pings; with `wait`, those that were asked for are done first."""
        self._pool.shutdown(wait=wait, cancel_futures=not wait)


def _ping(url: str) -> None:
    try:
        with around("call to the heartbeat"), urlopen(url, timeout=HEARTBEAT_TIMEOUT):
            pass
    except OSError as error:
        log.warning("the heartbeat was not heard: %s", error, extra={"action": "heartbeat_failed"})
