"""Hand-over notes and who read them. Neither is ever changed: the database refuses it (see migrations)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from shiftbot.domain.hand_over import HandOver
from shiftbot.storage.database import insert_new, insert_or_ignore
from shiftbot.storage.setbacks import AGAIN_AFTER
from shiftbot.storage.tables import hand_over_reads, hand_overs

_COLUMNS = tuple(column for column in hand_overs.c if column.name != "source")


def add(
    connection: Connection,
    site: str,
    source: str,
    run: int | None,
    written_by: str,
    note: str,
    facts: Mapping[str, Any],
    attention_at: datetime,
    now: datetime,
) -> int | None:
    """Store a note; its id, or nothing when its source has one already."""
    row = {
        "site": site,
        "source": source,
        "run": run,
        "written_by": written_by,
        "written_at": now,
        "note": note,
        "facts": dict(facts),
        "attention_at": attention_at,
    }
    added = insert_new(connection, hand_overs, [row], hand_overs.c.id)
    return added[0].id if added else None


def id_of(connection: Connection, source: str) -> int:
    """The id of the note of one source."""
    found: int = connection.execute(select(hand_overs.c.id).where(hand_overs.c.source == source)).scalar_one()
    return found


def _read(connection: Connection, query: Select[Any]) -> list[HandOver]:
    rows = connection.execute(query).all()
    readers = _readers(connection, [row.id for row in rows])
    return [_hand_over(row, readers.get(row.id, {})) for row in rows]


def _hand_over(row: Row[Any], readers: Mapping[str, datetime]) -> HandOver:
    return HandOver(**dict(row._mapping), read_by=readers)


def _readers(connection: Connection, ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    query = select(hand_over_reads).where(hand_over_reads.c.hand_over.in_(ids)).order_by(hand_over_reads.c.read_at)
    found: dict[int, dict[str, datetime]] = {}
    for row in connection.execute(query) if ids else ():
        found.setdefault(row.hand_over, {})[row.person] = row.read_at
    return found


def load(connection: Connection, hand_over_id: int) -> HandOver | None:
    """One note, locked for the rest of the transaction where the database can, or nothing."""
    found = _read(connection, select(*_COLUMNS).where(hand_overs.c.id == hand_over_id).with_for_update())
    return found[0] if found else None


def look_at(connection: Connection, hand_over_id: int) -> HandOver | None:
    """One note, to show it."""
    found = _read(connection, select(*_COLUMNS).where(hand_overs.c.id == hand_over_id))
    return found[0] if found else None


def newest(connection: Connection, site: str, limit: int) -> list[HandOver]:
    """A site's notes, newest first."""
    query = select(*_COLUMNS).where(hand_overs.c.site == site).order_by(hand_overs.c.written_at.desc())
    return _read(connection, query.order_by(hand_overs.c.id.desc()).limit(limit))


def written_since(connection: Connection, site: str, since: datetime) -> list[HandOver]:
    """A site's notes since an instant, oldest first."""
    query = select(*_COLUMNS).where(hand_overs.c.site == site, hand_overs.c.written_at >= since)
    return _read(connection, query.order_by(hand_overs.c.written_at, hand_overs.c.id))


def add_read(connection: Connection, hand_over_id: int, person: str, now: datetime) -> bool:
    """Note that somebody read it; False when that is noted already."""
    row = {"hand_over": hand_over_id, "person": person, "read_at": now}
    return insert_or_ignore(connection, hand_over_reads, [row]) == 1


def attend(connection: Connection, ids: Collection[int], at: datetime | None) -> None:
    """When these notes next need attention; `None` for never again."""
    connection.execute(update(hand_overs).where(hand_overs.c.id.in_(ids)).values(attention_at=at))


def find_due(connection: Connection, now: datetime, limit: int) -> list[HandOver]:
    """Notes that need attention by `now`, longest waiting first."""
    query = select(*_COLUMNS).where(hand_overs.c.attention_at <= now)
    query = query.order_by(hand_overs.c.attention_at, hand_overs.c.id).limit(limit)
    return _read(connection, query.with_for_update(skip_locked=True))


def put_back(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """These could not be worked on: they need attention again a little later, and the others come first."""
    if ids:
        due = (hand_overs.c.id.in_(ids), hand_overs.c.attention_at <= now)
        connection.execute(update(hand_overs).where(*due).values(attention_at=now + AGAIN_AFTER))
