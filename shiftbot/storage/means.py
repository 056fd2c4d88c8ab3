"""How people are reached: whether each means was verified, fails, and when it next needs somebody.

The address itself holds secrets and stays in the definitions; it is known here by its SHA-256.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, literal, select, update

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.rows import readable
from shiftbot.storage.tables import means


@dataclass(frozen=True, slots=True)
class Means:
    """One means of a person. `place` 0 is Slack, then what `reach` says, in order.

    `failed_at` is since when it fails; `attention_at` when it is to be tested next, null when never.
    """

    person: str
    address: str
    place: int
    code: str
    asked_at: datetime | None
    verified_at: datetime | None
    failed_at: datetime | None
    failures: int
    error: str
    attention_at: datetime | None


def address_of(target: str) -> str:
    """What stands for a target here: a Slack id or an Apprise URL is known by its SHA-256."""
    return hashlib.sha256(target.encode()).hexdigest()


def _means(row: Row[Any]) -> Means:
    return Means(**dict(row._mapping))


def failing(connection: Connection, people: Collection[str]) -> set[tuple[str, str]]:
    """Person and address of each means that fails now, of these people."""
    if not people:
        return set()
    query = select(means.c.person, means.c.address).where(means.c.person.in_(people), means.c.failed_at.is_not(None))
    return {(row.person, row.address) for row in connection.execute(query)}


def of_people(connection: Connection, people: Collection[str]) -> dict[tuple[str, str], Means]:
    """All that is known of these people's means, by person and address."""
    found = readable(connection.execute(select(means).where(means.c.person.in_(people))), _means)
    return {(each.person, each.address): each for each in found}


def find(connection: Connection, person: str, address: str) -> Means | None:
    """One means, or nothing is known of it."""
    row = connection.execute(select(means).where(*_is(person, address)).with_for_update()).one_or_none()
    return None if row is None else _means(row)


def plan(connection: Connection, fresh: Collection[tuple[str, str, int]], at: datetime) -> int:
    """Have means (person, address, place) that nothing is known of tested from an instant on; how many those are."""
    return insert_or_ignore(connection, means, [_row(*each) | {"attention_at": at} for each in fresh])


def fail(connection: Connection, person: str, target: str, place: int, error: str, now: datetime) -> int:
    """Note that a means did not work; the how-manieth time in a row it is."""
    address = address_of(target)
    insert_or_ignore(connection, means, [_row(person, address, place)])
    failed = connection.execute(
        update(means)
        .where(*_is(person, address))
        .values(failed_at=func.coalesce(means.c.failed_at, _instant(now)), failures=means.c.failures + 1, error=error)
        .returning(means.c.failures)
    )
    count: int = failed.scalar_one()
    return count


def works(connection: Connection, person: str, target: str, again_at: datetime | None) -> bool:
    """Note that a means that failed works again; whether it had failed. It is tested from `again_at` on, if given."""
    changed: dict[str, Any] = {"failed_at": None, "failures": 0, "error": ""}
    changed |= {"attention_at": again_at} if again_at else {}
    mended = connection.execute(
        update(means).where(*_is(person, address_of(target)), means.c.failed_at.is_not(None)).values(**changed)
    )
    return mended.rowcount == 1


def forgive(connection: Connection, place: int, since: datetime) -> None:
    """What made the means in one place fail from an instant on was nobody's own: they count as working."""
    failed = (means.c.place == place, means.c.failed_at >= since)
    connection.execute(update(means).where(*failed).values(failed_at=None, failures=0, error=""))


def ask(connection: Connection, person: str, target: str, place: int, code: str, now: datetime, at: datetime) -> None:
    """A test with a code is on its way; it needs somebody again at an instant."""
    address = address_of(target)
    insert_or_ignore(connection, means, [_row(person, address, place)])
    connection.execute(
        update(means).where(*_is(person, address)).values(code=code, place=place, asked_at=now, attention_at=at)
    )


def verify(connection: Connection, person: str, address: str, place: int, now: datetime, at: datetime | None) -> None:
    """Its test was answered; it is to be verified anew at an instant."""
    insert_or_ignore(connection, means, [_row(person, address, place)])
    changed = {"code": "", "verified_at": now, "failed_at": None, "failures": 0, "error": "", "attention_at": at}
    connection.execute(update(means).where(*_is(person, address)).values(**changed))


def put_off(connection: Connection, person: str, address: str, at: datetime | None) -> None:
    """It needs somebody at another instant; never, when that is nothing."""
    connection.execute(update(means).where(*_is(person, address)).values(attention_at=at))


def find_due(connection: Connection, now: datetime, limit: int) -> list[Means]:
    """Means to be tested by now, longest waiting first."""
    query = select(means).where(means.c.attention_at <= now).order_by(means.c.attention_at, means.c.address)
    return readable(connection.execute(query.limit(limit).with_for_update(skip_locked=True)), _means)


def _is(person: str, address: str) -> tuple[Any, Any]:
    return means.c.person == person, means.c.address == address


def _instant(now: datetime) -> Any:
    return literal(now, means.c.failed_at.type)


def _row(person: str, address: str, place: int) -> dict[str, Any]:
    return {"person": person, "address": address, "place": place}
