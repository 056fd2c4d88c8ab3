"""Messages that were no readings: the newest ones with their reason, and counts of all. Both are bounded."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import rejection_counts, rejections

KEPT = 1_000
PAYLOAD_BYTES = 500
TOPIC_CHARACTERS = 200
COUNTERS = 1_000
OTHER_TOPICS = "(other topics)"
"""Where rejections are counted once there are `COUNTERS` counters: a flood of topics must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One message that was refused."""

    at: datetime
    topic: str
    reason: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class RejectionCount:
    """How many messages of one topic were refused for one reason."""

    topic: str
    reason: str
    count: int
    last_at: datetime


def readable(payload: bytes) -> str:
    """The beginning of a payload as text any database takes: odd bytes escaped."""
    return payload[:PAYLOAD_BYTES].decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def store(connection: Connection, refused: Sequence[Rejection]) -> None:
    """Keep the newest of them and count all."""
    if not refused:
        return
    rows = [
        {
            "at": each.at,
            "topic": each.topic[:TOPIC_CHARACTERS],
            "reason": each.reason,
            "payload": readable(each.payload),
        }
        for each in refused[-KEPT:]
    ]
    connection.execute(insert(rejections), rows)
    newest = select(func.max(rejections.c.id)).scalar_subquery()
    connection.execute(delete(rejections).where(rejections.c.id <= newest - KEPT))
    _count(connection, Counter((each.topic[:TOPIC_CHARACTERS], each.reason) for each in refused), refused[-1].at)


def _count(connection: Connection, more: Counter[tuple[str, str]], at: datetime) -> None:
    key = tuple_(rejection_counts.c.topic, rejection_counts.c.reason)
    known = {
        tuple(row) for row in connection.execute(select(key.clauses[0], key.clauses[1]).where(key.in_(list(more))))
    }
    counted: int = connection.execute(select(func.count()).select_from(rejection_counts)).scalar_one()
    counts: Counter[tuple[str, str]] = Counter()
    for (topic, reason), count in more.items():
        if (topic, reason) not in known and counted >= COUNTERS:
            topic = OTHER_TOPICS  # noqa: PLW2901 - the same count under a coarser name
        elif (topic, reason) not in known:
            counted += 1
        counts[topic, reason] += count
    fresh = [{"topic": topic, "reason": reason, "count": 0, "last_at": at} for topic, reason in sorted(counts)]
    insert_or_ignore(connection, rejection_counts, fresh)
    for (topic, reason), count in sorted(counts.items()):
        connection.execute(
            update(rejection_counts)
            .where(rejection_counts.c.topic == topic, rejection_counts.c.reason == reason)
            .values(count=rejection_counts.c.count + count, last_at=at)
        )


def counts(connection: Connection, topics: Collection[str] | None = None) -> list[RejectionCount]:
    """How much was refused, of some topics or of all, most first."""
    query = select(rejection_counts).order_by(rejection_counts.c.count.desc(), rejection_counts.c.topic)
    if topics is not None:
        query = query.where(rejection_counts.c.topic.in_(topics))
    return [RejectionCount(**row._mapping) for row in connection.execute(query)]


def newest(connection: Connection, limit: int = 20) -> list[tuple[datetime, str, str, str]]:
    """The newest refused messages: when, topic, reason, beginning of the payload; newest first."""
    columns = (rejections.c.at, rejections.c.topic, rejections.c.reason, rejections.c.payload)
    query = select(*columns).order_by(rejections.c.id.desc()).limit(limit)
    return [(row.at, row.topic, row.reason, row.payload) for row in connection.execute(query)]
