"""The database itself refuses to change or take away what was written down, whoever asks (invariants 5 and 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from shiftbot.storage.database import Database
from shiftbot.storage.tables import (
    answers,
    cases,
    counts,
    follow_ups,
    hand_over_reads,
    hand_overs,
    maintenance,
    manual_readings,
    metadata,
    min_max_resets,
    plans,
    readings,
    record,
    runs,
    sensor_history,
    sensors,
)

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

RUN = {
    "site": "hilltop-main",
    "checklist": "retail-opening",
    "local_on": date(2026, 11, 23),
    "plan": "p",
    "opens_at": NOON,
    "due_at": NOON + timedelta(hours=1),
    "missed_at": NOON + timedelta(hours=2),
}


@pytest.fixture
def filled(database: Database) -> Database:
    """One row of everything that may not change."""
    with database.transaction() as connection:
        connection.execute(insert(plans), {"digest": "p", "body": "{}"})
        for number, state in enumerate(("prepared", "open", "missed"), 1):
            connection.execute(insert(runs), RUN | {"id": number, "slot": state, "state": state})
        connection.execute(
            insert(answers),
            {"run": 2, "line": "alarm", "revision": 1, "outcome": "done", "note": "", "answered_by": "amira",
             "answered_at": NOON, "late": False, "via": "button"},
        )  # fmt: skip
        connection.execute(
            insert(record),
            {"site": "hilltop-main", "seq": 1, "at": NOON, "actor": "amira", "kind": "answer", "subject": "run:2",
             "body": "{}", "previous": "0" * 64, "hash": "1" * 64},
        )  # fmt: skip
        for number, state in enumerate(("counted", "closed"), 1):
            connection.execute(
                insert(counts),
                {"run": 2, "line": f"count:{number}", "controlled": "oxycodone-5", "state": state, "counted_by": "ben",
                 "counted": 120, "counted_at": NOON},
            )  # fmt: skip
        for number, signer in enumerate((None, "amira"), 1):
            connection.execute(
                insert(cases),
                {"id": number, "site": "hilltop-main", "kind": "excursion", "subject": str(number), "title": "Warm",
                 "facts": {}, "state": "signed" if signer else "open", "opened_at": NOON, "signed_by": signer},
            )  # fmt: skip
        connection.execute(insert(sensors), {"id": 1, "unit": "vaccine-fridge", "topic": "fridge"})
        connection.execute(
            insert(readings),
            {"sensor": 1, "taken_at": NOON, "received_at": NOON, "value": 4.5, "unit": "C", "device_time": True,
             "retained": False},
        )  # fmt: skip
        for number, closer in enumerate((None, "ben"), 1):
            connection.execute(
                insert(follow_ups),
                {"id": number, "site": "hilltop-main", "source": str(number), "title": "Order a seal", "detail": "",
                 "role": "technician", "state": "closed" if closer else "open", "opened_by": "ben", "opened_at": NOON,
                 "due_at": NOON, "closed_by": closer, "closing": "ordered" if closer else ""},
            )  # fmt: skip
        connection.execute(
            insert(hand_overs),
            {"id": 1, "site": "hilltop-main", "source": "1", "written_by": "amira", "written_at": NOON,
             "note": "All quiet.", "facts": {}, "attention_at": NOON},
        )  # fmt: skip
        connection.execute(insert(hand_over_reads), {"hand_over": 1, "person": "ben", "read_at": NOON})
        _fill_cold_chain(connection)
    return database


FRIDGE = {"site": "hilltop-main", "unit": "vaccine-fridge"}


def _fill_cold_chain(connection: Connection) -> None:
    connection.execute(
        insert(maintenance),
        FRIDGE | {"id": 1, "kind": "defrost", "reason": "ice", "author": "amira", "starts_at": NOON,
                  "ends_at": NOON + timedelta(hours=1)},
    )  # fmt: skip
    paired = {"topic": "fridge", "format": "plain", "paired_at": NOON, "paired_by": "morgan"}
    connection.execute(insert(sensor_history), FRIDGE | paired | {"id": 1})
    reset = {"id": 1, "person": "ben", "at": NOON, "low": 3.5, "high": 6.5, "temperature_unit": "C"}
    connection.execute(insert(min_max_resets), FRIDGE | reset)
    read = {"id": 1, "person": "ben", "taken_at": NOON, "entered_at": NOON, "value": 4.5, "temperature_unit": "C"}
    connection.execute(insert(manual_readings), FRIDGE | read)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE record SET actor = 'ben'", "the record is only ever added to"),
        ("DELETE FROM record", "the record is only ever added to"),
        ("UPDATE answers SET note = 'later'", "a correction is a new one"),
        ("DELETE FROM answers WHERE run = 2", "an answer is never deleted"),
        ("UPDATE readings SET value = 5.0", "a reading is never changed"),
        ("UPDATE runs SET state = 'completed' WHERE id = 3", "missed stays missed"),
        ("DELETE FROM runs WHERE id = 3", "a run that opened is never deleted"),
        ("UPDATE counts SET counted = 119 WHERE state = 'closed'", "a closed count is never changed"),
        ("DELETE FROM counts WHERE state = 'counted'", "a count is never deleted"),
        ("UPDATE cases SET cause = 'door' WHERE id = 2", "a signed case is never changed"),
        ("DELETE FROM cases WHERE id = 1", "a case is never deleted"),
        ("UPDATE follow_ups SET closing = 'never' WHERE id = 2", "a closed follow-up is never changed"),
        ("UPDATE follow_ups SET state = 'open', closed_by = NULL WHERE id = 2", "a closed follow-up is never changed"),
        ("DELETE FROM follow_ups WHERE id = 1", "a follow-up is never deleted"),
        ("UPDATE hand_overs SET note = 'later'", "a hand-over note is never changed"),
        ("UPDATE hand_overs SET written_by = 'ben'", "a hand-over note is never changed"),
        ("UPDATE hand_overs SET facts = '[]'", "a hand-over note is never changed"),
        ("DELETE FROM hand_overs", "a hand-over note is never deleted"),
        ("UPDATE hand_over_reads SET person = 'priya'", "who read a note when stays as it was"),
        ("DELETE FROM hand_over_reads", "who read a note when stays as it was"),
        ("UPDATE maintenance SET reason = 'later'", "a maintenance window only ever ends"),
        ("UPDATE maintenance SET ends_at = ends_at + 1", "a maintenance window only ever ends"),
        ("DELETE FROM maintenance", "a maintenance window is never deleted"),
        ("UPDATE sensor_history SET topic = 'freezer'", "which sensor a unit had stays as it was"),
        ("DELETE FROM sensor_history", "which sensor a unit had stays as it was"),
        ("UPDATE min_max_resets SET low = 4.0", "a reset of lowest and highest is never changed"),
        ("DELETE FROM min_max_resets", "a reset of lowest and highest is never deleted"),
        ("UPDATE manual_readings SET value = 5.0", "a reading is never changed"),
        ("DELETE FROM manual_readings", "a reading is never deleted"),
    ],
)
def test_a_fact_is_neither_changed_nor_deleted(filled: Database, statement: str, says: str) -> None:
    with pytest.raises(IntegrityError, match=says), filled.transaction() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET state = 'open' WHERE id = 1",
        "DELETE FROM runs WHERE id = 1",
        "UPDATE runs SET completed_at = 1 WHERE id = 3",
        "UPDATE counts SET state = 'witnessed' WHERE state = 'counted'",
        "UPDATE cases SET cause = 'door' WHERE id = 1",
        "DELETE FROM readings",
        "UPDATE follow_ups SET owner = 'amira' WHERE id = 1",
        "UPDATE follow_ups SET state = 'closed', closed_by = 'ben' WHERE id = 1",
        "UPDATE hand_overs SET attention_at = NULL",
        "UPDATE maintenance SET ended_by = 'amira', ended_at = 1",
        "UPDATE sensor_history SET ended_by = 'morgan', ended_at = 1",
    ],
)
def test_what_may_still_move_moves(filled: Database, statement: str) -> None:
    with filled.transaction() as connection:
        assert connection.execute(text(statement)).rowcount == 1


@pytest.mark.parametrize(
    "table",
    ["record", "answers", "missed_lines", "counts", "cases", "runs", "follow_ups", "hand_overs", "hand_over_reads"],
)
def test_postgresql_does_not_truncate_facts_either(filled: Database, table: str) -> None:
    """SQLite knows no TRUNCATE: its DELETE without WHERE is refused in its place."""
    emptying = f"DELETE FROM {table}" if filled.is_sqlite else f"TRUNCATE {table} CASCADE"
    with filled.transaction() as connection:
        before = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    if before or not filled.is_sqlite:
        with pytest.raises(IntegrityError), filled.transaction() as connection:
            connection.execute(text(emptying))
    with filled.transaction() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == before


def test_replacing_a_row_is_a_change_too(filled: Database) -> None:
    """SQLite's INSERT OR REPLACE deletes the old row; PostgreSQL's nearest thing is ON CONFLICT DO UPDATE."""
    columns = ", ".join(column.name for column in metadata.tables["record"].columns)
    values = f"SELECT {columns} FROM record"
    upsert = f"INSERT INTO record ({columns}) {values} WHERE TRUE ON CONFLICT (site, seq) DO UPDATE SET actor = 'ben'"
    statement = f"INSERT OR REPLACE INTO record ({columns}) {values}" if filled.is_sqlite else upsert
    with pytest.raises(IntegrityError, match="only ever added to"), filled.transaction() as connection:
        connection.execute(text(statement))
