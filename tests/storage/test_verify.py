"""Whoever changes a byte of what was written down is found, whatever they dropped to get at it (invariant 9)."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.case import FIELDS
from shiftbot.domain.record import hash_of
from shiftbot.services import cases, claiming, counts, follow_ups, hand_over, runs
from shiftbot.storage import cases as case_rows
from shiftbot.storage import record
from shiftbot.storage.database import Database
from shiftbot.storage.tables import record as record_table
from shiftbot.storage.verify import Finding, Report, verify
from tests.cast import AMIRA, BEN, COUNT, MORGAN, OPENING, hilltop
from tests.lived import LivedOnce
from tests.pharmacy import PharmacyHarness

HILLTOP = "hilltop-main"
COLUMNS = [column.name for column in record_table.columns]
INSTANTS_AND_NUMBERS = ("seq", "at")


class Attacker:
    """Somebody who has the database file or its password, and uses the plain driver: no SQLAlchemy, no guards."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        with self.connect() as connection:
            for table, trigger in self._triggers(connection):
                connection.execute(f"DROP TRIGGER {trigger}" + ("" if self.is_sqlite else f" ON {table}"))

    def connect(self) -> Any:
        """A connection that commits each statement by itself."""
        if self.is_sqlite:
            return sqlite3.connect(str(self.url.database), isolation_level=None)
        return psycopg.connect(
            host=self.url.host, port=self.url.port, user=self.url.username, password=str(self.url.password),
            dbname=self.url.database, autocommit=True,
        )  # fmt: skip

    def run(self, statement: str, *parameters: object) -> int:
        """Run one statement (placeholders are ?); how many rows it touched."""
        connection = self.connect()
        try:
            placed = statement if self.is_sqlite else statement.replace("?", "%s")
            touched: int = connection.execute(placed, parameters).rowcount
            return touched
        finally:
            connection.close()

    def fetch(self, query: str) -> list[Any]:
        """What a query gives."""
        connection = self.connect()
        try:
            return list(connection.execute(query).fetchall())
        finally:
            connection.close()

    def _triggers(self, connection: Any) -> list[tuple[str, str]]:
        query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        if not self.is_sqlite:
            query = "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal"
        return [(str(table), str(name)) for table, name in connection.execute(query).fetchall()]


def a_day(database: Database) -> PharmacyHarness:
    """A day at Hilltop with something of everything that is written down."""
    story = PharmacyHarness(database, hilltop(OPENING, COUNT))
    story.at("07:20").does("Ben", "retail-opening", lights=None, phones=None)
    run = story.run("retail-opening").run.id
    story.act(lambda connection: runs.undo(connection, story.definitions, run, BEN, ["phones"], story.now))
    story.at("08:15").does("Amira", "retail-opening", alarm=None)
    between_shifts(story, run)
    story.at("12:10")
    key = story.run("controlled-count").plan.lines[0].key
    number = story.run("controlled-count").run.id
    story.act(lambda connection: counts.enter(connection, story.definitions, number, key, BEN, 118, story.now))
    story.act(lambda connection: counts.witness(connection, story.definitions, number, key, AMIRA, 118, story.now))
    story.act(lambda connection: counts.book(connection, story.definitions, number, key, AMIRA, 120, story.now))
    case = story.look(lambda connection: case_rows.open_cases(connection, HILLTOP))[0].id
    texts = dict.fromkeys(FIELDS, "Two tablets were found under the drawer.")
    story.act(lambda connection: cases.save_draft(connection, case, BEN, {"cause": "looked again"}, story.now))
    story.act(lambda connection: cases.sign_case(connection, story.definitions, case, AMIRA, texts, story.now))
    for minute, celsius in ((15, 12.5), (20, 5.0), (35, 5.0)):
        story.at(f"12:{minute}").reading("vaccine-fridge", celsius)
    story.inbox.unread.clear()
    return story


def between_shifts(story: PharmacyHarness, run: int) -> None:
    """A correction, an answer told by phone, a claim, follow-ups in every state, a note that is read."""
    here, site, now = story.definitions, story.site, story.now
    again = Reply("lights", Outcome.FAILED, note="two bulbs out", reason="looked again")
    told = Reply("phones", told_by="ben")
    story.act(lambda connection: claiming.claim(connection, here, run, "Front", AMIRA, now))
    story.act(lambda connection: runs.respond(connection, here, run, AMIRA, [again], "form", now))
    story.act(lambda connection: claiming.release(connection, here, run, "Front", AMIRA, now))
    story.act(lambda connection: runs.respond(connection, here, run, MORGAN, [told], "form", now))
    story.act(lambda connection: claiming.claim(connection, here, run, "Front", BEN, now))

    def adds(what: str) -> int:
        return story.act(lambda connection: follow_ups.add_by_hand(connection, here, site, BEN, what, None, what, now))

    first, second = adds("Bulbs"), adds("Bins")
    due_at = now + timedelta(hours=8)
    story.act(lambda connection: follow_ups.take(connection, here, first, AMIRA, now))
    story.act(lambda connection: follow_ups.move_due(connection, here, first, AMIRA, due_at, "no bulbs", now))
    story.act(lambda connection: follow_ups.close(connection, here, second, BEN, "emptied", now))
    note = story.act(lambda connection: hand_over.write(connection, here, site, BEN, "Bulbs come at six", "1", now))
    story.act(lambda connection: hand_over.read(connection, here, note, AMIRA, now))


@pytest.fixture
def story(lived_once: LivedOnce, engine_name: str, tmp_path: Path) -> Iterator[PharmacyHarness]:
    """That day, in a database of the test's own."""
    with lived_once.story(engine_name, a_day, tmp_path) as story:
        yield story


@pytest.fixture
def attacker(story: PharmacyHarness) -> Attacker:
    """Somebody who comes after that day."""
    return Attacker(story.database.url)


def check(database: Database, **posted: Any) -> Report:
    with database.snapshot() as connection:
        return verify(connection, **posted)


def last_entry(attacker: Attacker) -> int:
    found: int = attacker.fetch("SELECT max(seq) FROM record")[0][0]
    return found


def test_a_day_as_it_was_lived_holds(story: PharmacyHarness) -> None:
    report = check(story.database)
    assert report.findings == ()
    assert report.holds
    assert report.entries[HILLTOP] > 15


def test_a_database_without_a_record_holds(database: Database) -> None:
    assert check(database) == Report({}, ())


def test_entries_noted_in_another_time_zone_hold(database: Database) -> None:
    """The hash covers how an instant is written, and it is read back in UTC."""
    story = PharmacyHarness(database, hilltop(units=()))
    at = story.now.astimezone(story.site.calendar.timezone)
    with database.transaction() as connection:
        record.append(connection, [record.Entry(HILLTOP, at, "morgan", "export", "month", {"at": at})])
    assert check(database).holds


@pytest.mark.parametrize("column", COLUMNS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(draw=st.data())
def test_a_changed_bit_in_any_column_of_any_entry_is_found_and_named(
    story: PharmacyHarness, attacker: Attacker, column: str, draw: st.DataObject
) -> None:
    seq = draw.draw(st.integers(1, last_entry(attacker)), label="entry")
    before = attacker.fetch(f"SELECT {column} FROM record WHERE seq = {seq}")[0][0]
    after = flipped(before, draw, attacker)
    written = "CAST(? AS TEXT)" if isinstance(after, bytes) else "?"
    try:
        attacker.run(f"UPDATE record SET {column} = {written} WHERE seq = {seq}", after)
    except (sqlite3.IntegrityError, psycopg.IntegrityError):
        assume(False)  # another entry has that number
    found = [finding.entry for finding in check(story.database).findings if finding.site == HILLTOP]
    where = f"seq = {after}" if column == "seq" else f"seq = {seq}"
    attacker.run(f"UPDATE record SET {column} = ? WHERE {where}", before)
    # Numbered 0 it stands before all others, and the first place is the one that does not fit.
    assert found[:1] == [1 if column == "seq" and after == 0 else seq]
    assert check(story.database).holds


def flipped(value: Any, draw: st.DataObject, attacker: Attacker) -> Any:
    """The value with one bit turned over; on SQLite that may be text which is no text any more."""
    if isinstance(value, int):
        return value ^ (1 << draw.draw(st.integers(0, 62), label="bit"))
    content = bytearray(value.encode())
    position = draw.draw(st.integers(0, len(content) - 1), label="byte")
    content[position] ^= 1 << draw.draw(st.integers(0, 7), label="bit")
    if attacker.is_sqlite:
        return bytes(content)
    written = content.decode(errors="replace")
    assume("\N{REPLACEMENT CHARACTER}" not in written and "\x00" not in written)  # PostgreSQL refuses both
    return written


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_a_deleted_entry_is_missed(story: PharmacyHarness, attacker: Attacker, draw: st.DataObject) -> None:
    seq = draw.draw(st.integers(1, last_entry(attacker)), label="entry")
    attacker.run(f"CREATE TABLE away AS SELECT * FROM record WHERE seq = {seq}")
    attacker.run(f"DELETE FROM record WHERE seq = {seq}")
    first = check(story.database).findings[0]
    attacker.run("INSERT INTO record SELECT * FROM away")
    attacker.run("DROP TABLE away")
    assert (first.site, first.entry) == (HILLTOP, seq)
    assert check(story.database).holds


def test_a_tail_that_was_cut_off_is_missed(story: PharmacyHarness, attacker: Attacker) -> None:
    end = last_entry(attacker)
    attacker.run(f"DELETE FROM record WHERE seq > {end - 3}")
    first = check(story.database).findings[0]
    assert str(first) == f"hilltop-main, entry {end - 2}: the chain ends at {end - 3}, but {end} entries were written"


def test_a_whole_chain_that_was_taken_away_is_missed(story: PharmacyHarness, attacker: Attacker) -> None:
    end = last_entry(attacker)
    attacker.run("DELETE FROM record")
    assert str(check(story.database).findings[0]) == (
        f"hilltop-main, entry 1: the chain ends at 0, but {end} entries were written"
    )
    attacker.run("DELETE FROM record_heads")
    assert "has no entry in the record" in str(check(story.database).findings[0])


def test_two_entries_that_changed_places_are_found(story: PharmacyHarness, attacker: Attacker) -> None:
    for old, new in ((4, -1), (7, 4), (-1, 7)):
        attacker.run(f"UPDATE record SET seq = {new} WHERE seq = {old}")
    first = check(story.database).findings[0]
    assert first == Finding(HILLTOP, 4, "does not follow the entry before it")


def test_a_missing_or_changed_note_of_the_end_is_found(story: PharmacyHarness, attacker: Attacker) -> None:
    attacker.run("UPDATE record_heads SET hash = ?", "0" * 64)
    assert "entries were written" in str(check(story.database).findings[0])
    attacker.run("DELETE FROM record_heads")
    assert "is the last one is missing" in str(check(story.database).findings[0])


def test_an_entry_put_in_afterwards_is_found(story: PharmacyHarness, attacker: Attacker) -> None:
    end = last_entry(attacker)
    attacker.run(
        f"INSERT INTO record SELECT site, {end + 1}, at, actor, kind, subject, body, hash, hash FROM record"
        f" WHERE seq = {end}"
    )
    assert check(story.database).findings[0].entry == end + 1


def test_a_chain_rewritten_to_its_end_does_not_fit_the_head_that_was_posted(
    story: PharmacyHarness, attacker: Attacker
) -> None:
    """The limit of any chain: inside the database all fits again; the copy outside it does not."""
    with story.database.snapshot() as connection:
        posted = {site: [head] for site, head in record.heads(connection).items()}
    forge_from(story.database, attacker, seq=1, actor="nobody")
    assert check(story.database).holds
    report = check(story.database, posted=posted)
    assert report.findings == (
        Finding(HILLTOP, posted[HILLTOP][0][0], "is not the entry whose hash was posted outside the database"),
    )


def forge_from(database: Database, attacker: Attacker, seq: int, actor: str) -> None:
    """Change who did an entry, and chain everything after it anew."""
    attacker.run("UPDATE record SET actor = ? WHERE seq = ?", actor, seq)
    with database.snapshot() as connection:
        entries = list(record.entries_of(connection, HILLTOP))
    previous = entries[0].previous
    for each in entries:
        digest = hash_of(each.site, each.seq, each.at, each.actor, each.kind, each.subject, each.body, previous)
        attacker.run("UPDATE record SET previous = ?, hash = ? WHERE seq = ?", previous, digest, each.seq)
        previous = digest
    attacker.run("UPDATE record_heads SET hash = ?", previous)


ANSWER = "run = (SELECT run FROM answers WHERE line = 'alarm') AND line = 'lights' AND revision = 1"


CHANGES = [
    f"UPDATE answers SET outcome = 'not-applicable' WHERE {ANSWER}",
    f"UPDATE answers SET value = '1' WHERE {ANSWER}",
    f"UPDATE answers SET note = 'seen' WHERE {ANSWER}",
    f"UPDATE answers SET answered_by = 'priya' WHERE {ANSWER}",
    f"UPDATE answers SET answered_at = answered_at - 1 WHERE {ANSWER}",
    f"UPDATE answers SET late = NOT late WHERE {ANSWER}",
    f"UPDATE answers SET via = 'reply' WHERE {ANSWER}",
    f"UPDATE answers SET line = 'notes' WHERE {ANSWER}",
    f"UPDATE answers SET revision = 7 WHERE {ANSWER}",
    f"DELETE FROM answers WHERE {ANSWER}",
    "INSERT INTO answers SELECT run, 'notes', revision, outcome, value, note, answered_by, answered_at, late, via,"
    f" reason, told_by FROM answers WHERE {ANSWER}",
    "UPDATE counts SET counted = 120",
    "UPDATE counts SET witnessed_by = 'priya'",
    "UPDATE counts SET book = 118",
    "UPDATE alerts SET title = 'Nothing' WHERE kind = 'missed'",
    "UPDATE alerts SET opened_at = opened_at + 1000000 WHERE kind = 'missed'",
    "UPDATE alerts SET resolution = 'It was nothing.' WHERE kind = 'discrepancy'",
    "UPDATE alerts SET state = 'triggered', escalate_at = 1 WHERE kind = 'discrepancy'",
    "UPDATE alerts SET severity = 'critical' WHERE kind = 'missed'",
    "UPDATE alerts SET severity = 'normal' WHERE kind = 'excursion'",
    "UPDATE alerts SET state = 'acknowledged', acknowledged_by = 'amira', acknowledged_at = opened_at, escalate_at = 1"
    " WHERE kind = 'missed'",
    "UPDATE alerts SET step = 1 - step, told = 7 WHERE kind = 'missed'",
    "UPDATE alerts SET told = told + 1 WHERE kind = 'excursion'",
    "UPDATE cases SET title = 'Nothing'",
    "UPDATE cases SET opened_at = opened_at + 1",
    "UPDATE counts SET controlled = 'another'",
    "UPDATE runs SET missed_at = missed_at + 1 WHERE state = 'missed'",
    "UPDATE excursions SET started_at = started_at + 1",
    "UPDATE excursions SET extreme = extreme - 1",
    "UPDATE excursions SET seconds_out = seconds_out - 1",
    "UPDATE excursions SET back_at = back_at + 1",
    "UPDATE excursions SET ended_at = ended_at + 1",
    "UPDATE excursions SET critical_at = NULL",
    "UPDATE excursions SET merged_into = 7",
    "UPDATE cases SET cause = 'Miscounted.' WHERE state = 'signed'",
    "UPDATE cases SET signed_by = 'priya' WHERE state = 'signed'",
    "UPDATE cases SET facts = '{}' WHERE state = 'signed'",
    "DELETE FROM cases",
    "DELETE FROM missed_lines WHERE line = 'alarm'",
    "UPDATE missed_lines SET line = 'notes' WHERE line = 'alarm'",
    "UPDATE runs SET state = 'completed' WHERE state = 'missed'",
    "UPDATE runs SET due_at = due_at + 3600000000 WHERE state = 'missed'",
    "UPDATE runs SET completed_at = completed_at - 1 WHERE completed_at IS NOT NULL",
    "UPDATE runs SET site = 'hilltop-2' WHERE state = 'missed'",
    "UPDATE excursions SET direction = 'low'",
    "UPDATE excursions SET unit = 'freezer'",
    "UPDATE excursions SET high = 60",
    "DELETE FROM excursions",
    "UPDATE plans SET body = '{}'",
    "UPDATE answers SET reason = '' WHERE reason <> ''",
    f"UPDATE answers SET reason = 'because' WHERE {ANSWER} AND reason = ''",
    "UPDATE answers SET told_by = 'priya' WHERE told_by IS NOT NULL",
    "UPDATE answers SET told_by = NULL WHERE told_by IS NOT NULL",
    "UPDATE section_claims SET person = 'priya'",
    "UPDATE follow_ups SET title = 'Nothing' WHERE title = 'Bulbs'",
    "UPDATE follow_ups SET owner = 'ben' WHERE title = 'Bulbs'",
    "UPDATE follow_ups SET due_at = due_at + 1 WHERE title = 'Bulbs'",
    "UPDATE follow_ups SET opened_by = 'priya' WHERE title = 'Bulbs'",
    "UPDATE follow_ups SET role = 'manager' WHERE title = 'Bins'",
    "UPDATE follow_ups SET closing = 'left' WHERE title = 'Bins'",
    "UPDATE follow_ups SET closed_by = 'amira' WHERE title = 'Bins'",
    "UPDATE follow_ups SET state = 'open', closed_by = NULL WHERE title = 'Bins'",
    "UPDATE follow_ups SET site = 'hilltop-2'",
    "DELETE FROM follow_ups WHERE title = 'Bins'",
    "UPDATE hand_overs SET note = 'All is well'",
    "UPDATE hand_overs SET written_by = 'priya'",
    "UPDATE hand_overs SET facts = '{}'",
    "UPDATE hand_over_reads SET person = 'priya'",
    "UPDATE hand_over_reads SET read_at = read_at + 1",
    "DELETE FROM hand_over_reads",
]


def test_a_fact_that_was_changed_afterwards_is_found(story: PharmacyHarness, attacker: Attacker) -> None:
    assert [statement for statement in CHANGES if holds_after(story.database, statement)] == []
    assert check(story.database).holds


def holds_after(database: Database, statement: str) -> bool:
    """Whether the check finds nothing after a change, which is taken back."""
    with database.engine.connect() as connection, connection.begin() as transaction:
        assert connection.execute(text(statement)).rowcount >= 1, statement
        holds = verify(connection).holds
        transaction.rollback()
    return holds


def test_a_changed_answer_is_told_with_its_entry_and_what_differs(story: PharmacyHarness, attacker: Attacker) -> None:
    seq = attacker.fetch("SELECT seq FROM record WHERE kind = 'answer' AND subject LIKE '%:lights:1'")[0][0]
    attacker.run(f"UPDATE answers SET note = 'seen', answered_by = 'priya' WHERE {ANSWER}")
    run = attacker.fetch("SELECT run FROM answers WHERE line = 'alarm'")[0][0]
    assert [str(finding) for finding in check(story.database).findings] == [
        f"hilltop-main, entry {seq}: the answer to lights of run {run} (revision 1) is not what was recorded:"
        " its person and note differs"
    ]


def test_a_row_that_sqlite_cannot_read_is_named(story: PharmacyHarness, attacker: Attacker) -> None:
    """PostgreSQL refuses such bytes itself; what it can hold is an instant beyond any calendar."""
    garbage = "note = CAST(x'ff' AS TEXT)" if attacker.is_sqlite else "answered_at = 9223372036854775807"
    attacker.run(f"UPDATE answers SET {garbage} WHERE {ANSWER}")
    assert "cannot be read" in str(check(story.database).findings[0])
