"""The processes at work on a database: who they are, how each was when it last said so, and what a dead one left.

A row is written by its own process only; `id` is the number that its process also holds as a lock on PostgreSQL.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from shiftbot.storage.tables import processes


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its parts by name, where it runs, and its own words about itself (`state`, JSON) as of `seen_at`."""

    id: int
    parts: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    state: Mapping[str, Any]

    def __str__(self) -> str:
        """For people: `tick (process 4711 on hilltop)`."""
        return f"{self.parts} (process {self.pid} on {self.host})"


def save(connection: Connection, process: Process) -> None:
    """Say how a process is now."""
    values = {"seen_at": process.seen_at, "state": dict(process.state)}
    if connection.execute(update(processes).where(processes.c.id == process.id).values(values)).rowcount == 0:
        whole = {name: getattr(process, name) for name in ("id", "parts", "host", "pid", "started_at")}
        connection.execute(insert(processes).values(whole | values))


def forget(connection: Connection, ids: Collection[int]) -> None:
    """These are at work no longer."""
    connection.execute(delete(processes).where(processes.c.id.in_(ids)))


def forget_all(connection: Connection) -> None:
    """Whoever was at work is not any more: for the one who is surely alone."""
    connection.execute(delete(processes))


def at_work(connection: Connection) -> list[Process]:
    """Every process that has said so and not yet left, by when it was started."""
    query = select(processes).order_by(processes.c.started_at, processes.c.id)
    return [Process(**row._mapping) for row in connection.execute(query)]
