"""Pins and claims when several processes come at once: nobody guesses more often than allowed, one claim stands."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from shiftbot.domain.checklist import Plan
from shiftbot.domain.claim import Claim
from shiftbot.errors import Refused
from shiftbot.services import signing
from shiftbot.storage import pins, runs, section_claims
from shiftbot.storage.database import Database
from shiftbot.storage.tables import pins as pins_table
from shiftbot.storage.tables import runs as runs_table
from tests.cast import BEN, hilltop

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SITE = "hilltop-main"
RACERS = 4


def race(database_url: str, attempt: Callable[[Database], object]) -> list[object]:
    """Let several processes attempt the same at once; what each heard."""
    together, heard = threading.Barrier(RACERS), list[object]()

    def racer() -> None:
        mine = Database(database_url, patience=timedelta(seconds=20))
        together.wait()
        heard.append(attempt(mine))
        mine.close()

    threads = [threading.Thread(target=racer) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


@pytest.fixture
def run_id(database: Database) -> Iterator[int]:
    """A run to claim sections of."""
    with database.transaction() as connection:
        (digest,) = runs.save_plans(connection, [Plan("round", "", "Round", "standard", ())])
        row = {
            "site": SITE, "checklist": "round", "local_on": date(2026, 11, 23), "slot": "08:00", "plan": digest,
            "state": "open", "opens_at": NOW, "due_at": NOW, "missed_at": NOW,
        }  # fmt: skip
        connection.execute(insert(runs_table).values(row))
    with database.snapshot() as connection:
        yield connection.execute(select(runs_table.c.id)).scalar_one()


def in_transaction(does: Callable[[Connection], object]) -> Callable[[Database], object]:
    def attempt(mine: Database) -> object:
        with mine.transaction() as connection:
            return does(connection)

    return attempt


def test_one_of_several_claims_at_once_stands(database_url: str, run_id: int) -> None:
    people = iter(["ben", "amira", "priya", "morgan"])
    lock = threading.Lock()

    def claims(connection: Connection) -> bool:
        with lock:
            person = next(people)
        return section_claims.take(connection, run_id, "Front", None, person, NOW)

    assert sorted(map(bool, race(database_url, in_transaction(claims)))) == [False, False, False, True]


def test_a_claim_is_taken_over_only_from_whom_it_was_seen_with(database: Database, run_id: int) -> None:
    seen = Claim("ben", NOW)
    with database.transaction() as connection:
        assert section_claims.take(connection, run_id, "Front", None, "ben", NOW)
        assert section_claims.take(connection, run_id, "Front", seen, "amira", NOW + timedelta(minutes=1))
        assert not section_claims.take(connection, run_id, "Front", seen, "priya", NOW + timedelta(minutes=2))
        section_claims.renew(connection, run_id, "Front", "ben", NOW + timedelta(minutes=3))
        assert not section_claims.drop(connection, run_id, "Front", "ben")
    with database.snapshot() as connection:
        found = section_claims.of_runs(connection, [run_id])
    assert found == {run_id: {"Front": Claim("amira", NOW + timedelta(minutes=1))}}


def test_one_of_several_first_pins_is_kept(database_url: str, database: Database) -> None:
    heard = race(database_url, in_transaction(lambda connection: pins.add(connection, "ben", "hash", NOW)))
    assert sorted(map(bool, heard)) == [False, False, False, True]


def test_guessing_in_parallel_gives_no_more_guesses(database_url: str, database: Database) -> None:
    """Every guess that is checked is counted, and after the fifth not even the right one is taken."""
    pharmacy = hilltop()
    with database.transaction() as connection:
        signing.set_pin(connection, BEN, "71946", NOW, site=SITE)

    def guesses(mine: Database) -> int:
        refused = 0
        for guess in ("0815", "0816"):
            try:
                signing.check_pin(mine, pharmacy, BEN, guess, SITE, NOW)
            except Refused:
                refused += 1
        return refused

    assert race(database_url, guesses) == [2, 2, 2, 2]
    with database.snapshot() as connection:
        kept = pins.look_at(connection, "ben")
    assert kept is not None
    assert (kept.misses, kept.locked_at) == (5, NOW)
    with pytest.raises(Refused, match="locked"):
        signing.check_pin(database, pharmacy, BEN, "71946", SITE, NOW)


def test_a_pin_that_was_locked_while_it_was_checked_does_not_fit(database: Database) -> None:
    with database.transaction() as connection:
        pins.add(connection, "ben", "hash", NOW)
        pins.lock(connection, "ben", NOW)
        assert not pins.heed_fit(connection, "ben", "hash")
        assert not pins.change(connection, "ben", "hash", "another", NOW)
        assert pins.count_miss(connection, "ben") is None


def test_a_pin_is_kept_as_argon2id_and_nothing_else(database: Database) -> None:
    with database.transaction() as connection:
        signing.set_pin(connection, BEN, "71946", NOW, site=SITE)
        (row,) = connection.execute(select(pins_table)).all()
    assert row.hash.startswith("$argon2id$")
    assert "71946" not in repr(row)
