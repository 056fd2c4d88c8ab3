"""Controlled counts, stage by stage; each stage is a compare-and-set."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from shiftbot.domain.count import Count, CountState
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import counts


def _count(row: Row[Any]) -> Count:
    return Count(**dict(row._mapping) | {"state": CountState(row.state)})


def load(connection: Connection, run_id: int, line: str) -> Count | None:
    """The count of one line, or nothing yet."""
    query = select(counts).where(counts.c.run == run_id, counts.c.line == line).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _count(row)


def look_at(connection: Connection, run_id: int, line: str) -> Count | None:
    """The count of one line, to show its stage."""
    row = connection.execute(select(counts).where(counts.c.run == run_id, counts.c.line == line)).one_or_none()
    return None if row is None else _count(row)


def of_runs(connection: Connection, run_ids: Sequence[int]) -> list[Count]:
    """Every count of these runs."""
    query = select(counts).where(counts.c.run.in_(run_ids)).order_by(counts.c.run, counts.c.line)
    return [_count(row) for row in connection.execute(query)]


def add(
    connection: Connection, run_id: int, line: str, controlled: str, person: str, quantity: int, now: datetime
) -> bool:
    """Store the first blind count; False when there is one already."""
    row = {
        "run": run_id,
        "line": line,
        "controlled": controlled,
        "state": CountState.COUNTED.value,
        "counted_by": person,
        "counted": quantity,
        "counted_at": now,
    }
    return insert_or_ignore(connection, counts, [row]) == 1


def move(connection: Connection, count: Count, state: CountState, **changed: object) -> bool:
    """Compare and set: take a count to its next stage; False when somebody was first."""
    moved = connection.execute(
        update(counts)
        .where(counts.c.run == count.run, counts.c.line == count.line, counts.c.state == count.state.value)
        .values(state=state.value, **changed)
    )
    return moved.rowcount == 1
