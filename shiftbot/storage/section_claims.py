"""Who has which section of a run in hand: one row a section, the newest claim stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from shiftbot.domain.claim import Claim
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import section_claims


def of_runs(connection: Connection, run_ids: Sequence[int]) -> dict[int, dict[str, Claim]]:
    """The claims of these runs, by run and section, those that ran out included."""
    found: dict[int, dict[str, Claim]] = {}
    for row in connection.execute(select(section_claims).where(section_claims.c.run.in_(run_ids))):
        found.setdefault(row.run, {})[row.section] = Claim(row.person, row.claimed_at)
    return found


def take(connection: Connection, run_id: int, section: str, seen: Claim | None, person: str, now: datetime) -> bool:
    """Compare and set: put a claim where `seen` stood; False when somebody was first."""
    if seen is None:
        row = {"run": run_id, "section": section, "person": person, "claimed_at": now}
        return insert_or_ignore(connection, section_claims, [row]) == 1
    taken = connection.execute(
        update(section_claims)
        .where(section_claims.c.run == run_id, section_claims.c.section == section)
        .where(section_claims.c.person == seen.person, section_claims.c.claimed_at == seen.at)
        .values(person=person, claimed_at=now)
    )
    return taken.rowcount == 1


def renew(connection: Connection, run_id: int, section: str, person: str, now: datetime) -> None:
    """The holder did something in the section: if `person` has it, the claim holds from now."""
    mine = (section_claims.c.run == run_id, section_claims.c.section == section, section_claims.c.person == person)
    connection.execute(update(section_claims).where(*mine).values(claimed_at=now))


def drop(connection: Connection, run_id: int, section: str, person: str) -> bool:
    """Give a section back; False when `person` does not have it."""
    mine = (section_claims.c.run == run_id, section_claims.c.section == section, section_claims.c.person == person)
    return connection.execute(delete(section_claims).where(*mine)).rowcount == 1
