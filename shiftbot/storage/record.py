"""The append-only record in the database. Triggers refuse UPDATE and DELETE; see migrations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from shiftbot.domain.record import GENESIS, ChainedEntry, Entry, chain
from shiftbot.storage.database import do_put_off, insert_or_ignore, put_off
from shiftbot.storage.tables import record, record_heads

__all__ = ["Entry", "append", "entries_of", "head_of", "heads", "hold", "newest_of_kind"]


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Chain `entries`, in their order, to the ends of their sites' chains, when the caller's transaction ends.

    Everybody at a site writes to the end of its chain, so it is held for as short as can be.
    """
    put_off(connection, _Entries).waiting.extend(entries)


class _Entries:
    """What this transaction adds to the record."""

    def __init__(self) -> None:
        self.waiting: list[Entry] = []

    def __call__(self, connection: Connection) -> None:
        if self.waiting:
            _chain(connection, self.waiting)


def _chain(connection: Connection, entries: Sequence[Entry]) -> None:
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


def hold(connection: Connection, sites: Iterable[str]) -> None:
    """Take these sites' chains in hand at once, where one transaction appends to several of them more than once."""
    _lock_heads(connection, sorted(set(sites)))


def _lock_heads(connection: Connection, sites: list[str]) -> dict[str, tuple[int, str]]:
    # Sites in sorted order, so that two writers never wait for each other crosswise.
    known = _heads(connection, sites)
    fresh = [{"site": site, "seq": 0, "hash": GENESIS} for site in sites if site not in known]
    if fresh:
        insert_or_ignore(connection, record_heads, fresh)
        known = _heads(connection, sites)
    return known


def _heads(connection: Connection, sites: list[str]) -> dict[str, tuple[int, str]]:
    return {row.site: (row.seq, row.hash) for row in connection.execute(_HEADS, {"sites": sites})}


_HEADS = (
    select(record_heads)
    .where(record_heads.c.site.in_(bindparam("sites", expanding=True)))
    .order_by(record_heads.c.site)
    .with_for_update()
)


def head_of(connection: Connection, site: str) -> tuple[int, str] | None:
    """Number and hash of a site's last entry as noted beside the chain, this transaction's own included."""
    do_put_off(connection)
    row = connection.execute(select(record_heads).where(record_heads.c.site == site)).one_or_none()
    return None if row is None else (row.seq, row.hash)


def heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """Every site's last number and hash."""
    do_put_off(connection)
    return {row.site: (row.seq, row.hash) for row in connection.execute(select(record_heads))}


def newest_of_kind(connection: Connection, site: str, kind: str) -> ChainedEntry | None:
    """A site's last entry of a kind; nothing when it has none."""
    query = select(record).where(record.c.site == site, record.c.kind == kind).order_by(record.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else ChainedEntry(**row._mapping)


def entries_of(connection: Connection, site: str) -> Iterator[ChainedEntry]:
    """A site's chain, from its first entry."""
    do_put_off(connection)
    query = select(record).where(record.c.site == site).order_by(record.c.seq)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield ChainedEntry(**row._mapping)
