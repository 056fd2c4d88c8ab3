"""The append-only record in the database. Triggers refuse UPDATE and DELETE; see migrations."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from shiftbot.domain.record import GENESIS, ChainedEntry, Entry, chain
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import record, record_heads

__all__ = ["Entry", "append", "entries_of", "head_of", "heads", "sites_in_record"]


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Chain `entries`, in their order, to the ends of their sites' chains, within the caller's transaction."""
    if not entries:
        return
    ends = _lock_heads(connection, sorted({entry.site for entry in entries}))
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq, previous = ends[entry.site]
        chained = chain(entry, seq + 1, previous)
        ends[entry.site] = (chained.seq, chained.hash)
        rows.append({name: getattr(chained, name) for name in _COLUMNS})
    connection.execute(insert(record), rows)
    connection.execute(_SET_HEAD, [{"at": site, "seq": seq, "hash": digest} for site, (seq, digest) in ends.items()])


_COLUMNS = tuple(field.name for field in fields(ChainedEntry))
_SET_HEAD = (
    update(record_heads)
    .where(record_heads.c.site == bindparam("at"))
    .values(seq=bindparam("seq"), hash=bindparam("hash"))
)


def _lock_heads(connection: Connection, sites: list[str]) -> dict[str, tuple[int, str]]:
    # Sites in sorted order, so that two writers never wait for each other crosswise.
    known = _heads(connection, sites)
    fresh = [{"site": site, "seq": 0, "hash": GENESIS} for site in sites if site not in known]
    if fresh:
        insert_or_ignore(connection, record_heads, fresh)
        known = _heads(connection, sites)
    return known


def _heads(connection: Connection, sites: list[str]) -> dict[str, tuple[int, str]]:
    query = select(record_heads).where(record_heads.c.site.in_(sites)).order_by(record_heads.c.site).with_for_update()
    return {row.site: (row.seq, row.hash) for row in connection.execute(query)}


def sites_in_record(connection: Connection) -> list[str]:
    """Every site that has an entry or a head."""
    written = select(record.c.site).union(select(record_heads.c.site))
    return sorted(connection.execute(written).scalars())


def head_of(connection: Connection, site: str) -> tuple[int, str] | None:
    """Number and hash of a site's last entry as noted beside the chain."""
    row = connection.execute(select(record_heads).where(record_heads.c.site == site)).one_or_none()
    return None if row is None else (row.seq, row.hash)


def heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """Every site's last number and hash."""
    return {row.site: (row.seq, row.hash) for row in connection.execute(select(record_heads))}


def entries_of(connection: Connection, site: str) -> Iterator[ChainedEntry]:
    """A site's chain, from its first entry."""
    query = select(record).where(record.c.site == site).order_by(record.c.seq)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield ChainedEntry(**row._mapping)
