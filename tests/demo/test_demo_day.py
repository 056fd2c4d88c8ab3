"""The whole demo day, end to end: points 1 to 7 of what a newcomer sees, in the order of the day."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shiftbot.demo.payloads import STRAY_TOPIC
from shiftbot.storage import discovered, rejections
from shiftbot.storage.database import Database
from shiftbot.storage.tables import excursions, readings
from shiftbot.storage.verify import verify
from tests.demo.conftest import PlayedDay
from tests.slack.payloads import check_ack, check_calls

# The first of them plays the whole day, half a minute's work for an idle machine.
pytestmark = pytest.mark.timeout(900)

QUANTITIES = ("437", "286")
"""What is counted on the day; chosen so that nothing else looks like them."""


def test_the_opening_checklist_is_one_card_that_is_edited_in_place(day: PlayedDay) -> None:
    (card,) = day.cards("Opening checklist")
    assert day.clock(card) == "07:15"
    assert card.edited
    assert "29 of 29" in card.text


def test_the_bot_says_in_the_thread_what_it_understood(day: PlayedDay) -> None:
    (card,) = day.cards("Opening checklist")
    said = [message.text for message in day.thread(card)]
    answers = {typed: said[said.index(typed) + 1] for typed in ("2-6 done", "undo 3", "?", "3 ok", "messges ok")}
    assert "Lights, computers, printers on" in answers["2-6 done"]
    assert "blank again" in answers["undo 3"]
    assert "How to answer" in answers["?"]
    assert "done: 3." in answers["3 ok"]
    assert "Did you mean" in answers["messges ok"]


def test_what_the_shift_before_left_is_read_taken_and_closed(day: PlayedDay) -> None:
    assert [entry[:2] for entry in day.recorded("hand-over-read")] == [("07:16", "ben")]
    assert [entry[:2] for entry in day.recorded("follow-up-taken")] == [("07:17", "ben")]
    assert day.recorded("follow-up-closed")[0][:2] == ("07:39", "ben")


def test_the_pharmacist_signs_the_security_check_by_name(day: PlayedDay) -> None:
    (card,) = day.cards("Controlled-substance security")
    assert "9 of 9" in card.text
    assert "Amira Hassan" in json.dumps(card.blocks)


def test_the_shift_is_handed_over_with_what_is_open(day: PlayedDay) -> None:
    first, second = (message for message in day.channel() if message.text.startswith("Hand-over note of"))
    assert "Priya Nair" in first.text
    assert day.clock(second) == "19:56"
    words = json.dumps(second.blocks)
    assert "mechanic comes on Tuesday" in words
    assert "Register reconciled: drawer two dollars short" in words, (
        "what failed is a follow-up, and goes along with the note"
    )
    assert "Nobody has read it yet" in words


def test_a_cold_delivery_is_asked_for_its_temperature_only_when_it_came(day: PlayedDay) -> None:
    (card,) = day.cards("Midday checklist")
    words = json.dumps(card.blocks, ensure_ascii=False)
    assert "3. Temperature in the cold box  *41 °F*" in words


def test_the_fridge_lines_are_confirmed_as_the_sensors_filled_them_in(day: PlayedDay) -> None:
    with sqlite3.connect(day.stage.database_path) as database:
        query = "SELECT value FROM answers WHERE line LIKE 'fridge-temps:%'"
        values = [json.loads(value) for (value,) in database.execute(query)]
    assert len(values) == 8
    for value in values:
        assert value["from_sensor"]
        assert value["low"] <= value["temperature"] <= value["high"]


def test_a_pharmacist_only_item_refuses_the_technician_kindly(day: PlayedDay) -> None:
    (refusal,) = day.person("ben").ephemerals
    assert "is for a pharmacist to do" in refusal.text
    alarms = [entry for entry in day.recorded("answer") if ":alarm:" in entry[2]]
    assert [(at, who) for at, who, _ in alarms] == [("07:41", "amira"), ("08:04", "amira"), ("20:02", "amira")]


def test_the_voicemail_sweep_comes_every_two_hours(day: PlayedDay) -> None:
    cards = day.cards("Voicemail sweep")
    assert [day.clock(card) for card in cards] == ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00"]
    assert "5 messages (1 new, 3 refill, 1 clinical), oldest 40 min" in json.dumps(cards[0].blocks)


def test_nobody_is_shown_a_quantity_before_both_blind_counts_are_in(day: PlayedDay) -> None:
    """Invariant 7, over every payload of the day: messages, cards, modals and acknowledgements."""
    for quantity in QUANTITIES:
        shown = re.compile(rf"(?<![\w.]){quantity}(?![\w.])")
        sent = [call for call in day.stage.emulator.calls if shown.search(json.dumps(call.arguments))]
        opened = [call.arguments["view"]["callback_id"] for call in sent if call.method == "views.open"]
        assert [call.method for call in sent] == ["views.open"]
        assert opened == ["count_book"], "the form for the book quantity opens only after both counts"
        acks = [each for each in day.stage.emulator.envelopes if shown.search(json.dumps(each.response or {}))]
        kinds = [(each.payload["view"]["callback_id"], each.payload["user"]["id"]) for each in acks]
        assert kinds == [("count_witness", "U0AMIRA"), ("count_book", "U0AMIRA")]


def test_the_counts_are_witnessed_from_the_pharmacists_own_account(day: PlayedDay) -> None:
    assert {who for _, who, _ in day.recorded("count-entered")} == {"ben"}
    assert {who for _, who, _ in day.recorded("count-witnessed")} == {"amira"}
    assert len(day.recorded("count-closed")) == len(QUANTITIES)


def test_a_sweep_that_nobody_answers_reaches_the_pharmacist_then_the_manager(day: PlayedDay) -> None:
    reminded = [each for each in day.person("ben").inbox if "Voicemail sweep is due at 10:30" in each.text]
    assert [day.clock(each) for each in reminded] == ["10:20"], "a technician's line is the technician's on shift"
    told = {name: _times(day, name, "Voicemail sweep missed") for name in ("amira", "morgan", "ben", "priya")}
    assert told["amira"] == ["10:45", "10:55", "11:50"]
    assert told["morgan"] == ["11:10", "11:40", "11:50"]
    assert told["ben"] == told["priya"] == []
    assert day.recorded("alert-acknowledged")[0][:2] == ("11:43", "amira")


def _times(day: PlayedDay, name: str, about: str) -> list[str]:
    return [day.clock(message) for message in day.person(name).inbox if about in message.text.splitlines()[0]]


def test_a_sweep_done_late_stays_missed(day: PlayedDay) -> None:
    words = json.dumps(day.cards("Voicemail sweep")[1].blocks)
    assert "*missed* at 10:45, done late at 11:50" in words


def test_an_open_door_becomes_an_excursion_at_its_first_reading_and_is_told_after_its_delay(day: PlayedDay) -> None:
    zone = day.stage.site.calendar.timezone
    with day.stage.shiftbot.database.snapshot() as connection:
        (excursion,) = connection.execute(select(excursions)).all()
        first = select(func.min(readings.c.taken_at)).where(
            readings.c.value > 46 / 1.8 - 32 / 1.8, readings.c.unit == "C"
        )
        first_out = connection.execute(first).scalar_one()
    assert excursion.unit == "vaccine-fridge"
    assert excursion.started_at == first_out
    told_at = excursion.started_at + day.stage.pharmacy.units["vaccine-fridge"].storage_class.alarm_delay
    assert _times(day, "amira", "Vaccine fridge is too warm")[0] == f"{told_at.astimezone(zone):%H:%M}"
    assert excursion.ended_at is not None
    assert (excursion.ended_at - excursion.back_at).total_seconds() >= 600


def test_the_excursion_opens_what_to_do_and_everybody_does_their_part(day: PlayedDay) -> None:
    with sqlite3.connect(day.stage.database_path) as database:
        state = database.execute("SELECT state FROM runs WHERE checklist = 'excursion-response'").fetchall()
        who = """SELECT line, answered_by FROM answers WHERE run IN
                 (SELECT id FROM runs WHERE checklist = 'excursion-response') ORDER BY line"""
        answered = dict(database.execute(who))
    assert state == [("completed",)]
    assert answered["label"] == answered["quarantine"] == answered["again"] == "ben"
    assert answered["maker"] == answered["decision"] == "amira"
    assert day.recorded("follow-up-closed")[1][:2] == ("14:54", "ben"), "he looked again, an hour later"


def test_the_excursion_leaves_a_case_that_the_pharmacist_signs(day: PlayedDay) -> None:
    (card,) = (message for message in day.channel() if message.text.startswith("Case 1:"))
    words = json.dumps(card.blocks)
    assert "Signed by Amira Hassan" in words
    assert "left ajar" in words
    assert [who for _, who, _ in day.recorded("case-signed")] == ["amira"]


def test_a_silent_sensor_is_told_although_its_last_message_was_replayed(day: PlayedDay) -> None:
    subscriber = day.stage.shiftbot.subscriber
    assert subscriber is not None
    assert subscriber._line.connection == 2, "the line dropped once, and the kept messages came again"
    assert _times(day, "amira", "Insulin fridge")[0] == "16:50"
    resolved = day.person("amira").inbox[-1]
    assert "Readings come again" in resolved.text
    assert "17:10" < day.clock(resolved) <= "17:15", "at the first stride after it spoke again"


def test_bad_payloads_are_counted_by_reason_and_never_stored_as_temperatures(day: PlayedDay) -> None:
    with day.stage.shiftbot.database.snapshot() as connection:
        counted, heard = rejections.counts(connection), discovered.every(connection)
        lowest, highest = connection.execute(select(func.min(readings.c.value), func.max(readings.c.value))).one()
    assert sum(each.count for each in counted) == 480 - 36, "the others belong to no unit"
    assert STRAY_TOPIC in {each.topic for each in heard}, "a sensor that somebody may choose"
    reasons = {each.reason for each in counted}
    assert {"not UTF-8", "not JSON", "too large", "unavailable"} <= reasons
    assert lowest > -30
    assert highest < 60


def test_the_managers_summary_says_how_the_day_went_and_names_nobody(day: PlayedDay) -> None:
    summary = day.person("morgan").inbox[-1]
    assert day.clock(summary) == "21:00"
    for part in (
        "Opening checklist: 29 of 29 on time",
        "Voicemail sweep (6 times): 5 of 6 on time, 1 missed (1 done after all)",
        "Closing checklist: 16 of 16 on time",
        "Controlled counts: 2 closed, no discrepancies",
        "Vaccine fridge",
        "Escalation steps",
        "no cases to sign",
    ):
        assert part in summary.text
    names = {word for person in day.stage.pharmacy.people.values() for word in person.name.split()}
    assert not [name for name in names if name in summary.text]


def test_whoever_is_off_duty_is_told_nothing(day: PlayedDay) -> None:
    assert day.person("priya").inbox == []
    assert day.person("priya").ephemerals == []


def test_every_envelope_of_the_day_is_acknowledged_in_time_and_every_payload_is_valid(day: PlayedDay) -> None:
    emulator = day.stage.emulator
    assert len(emulator.envelopes) > 100
    late = [each.describe() for each in emulator.envelopes if each.took is None or each.took > 3 or each.failed]
    assert late == []
    assert [(call.method, call.response) for call in emulator.rejected] == []
    assert check_calls(emulator.calls) > 80
    for envelope in emulator.envelopes:
        check_ack(envelope.response)


def test_no_error_is_logged_all_day(day: PlayedDay) -> None:
    assert [each.getMessage() for each in day.errors] == []


def test_the_story_tells_a_newcomer_what_goes_on(day: PlayedDay) -> None:
    titles = {at: chapter.title for at, chapter in day.chapters.items()}
    assert titles["07:20"] == "Opening checklist is open, due 08:00"
    assert titles["10:40"] == "Voicemail sweep was due 10:30; at 10:45 it is missed"
    assert titles["10:50"] == "Alert: Voicemail sweep missed"
    assert titles["13:20"] == "Vaccine fridge is out of range"
    assert titles["13:30"] == "Alert: Vaccine fridge is too warm"
    assert titles["13:40"] == "Amira has it: Vaccine fridge is too warm"
    assert titles["14:20"] == "Case 1 waits for a signature"
    assert titles["17:00"] == "Amira has it: Insulin fridge: no readings"
    assert titles["20:10"] == "The pharmacy is closed"
    assert titles["21:10"] == "The day is over"


def test_verify_says_that_the_chain_holds(day: PlayedDay) -> None:
    command = [sys.executable, "-m", "shiftbot", "verify", "--database", str(day.stage.database_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The record holds" in done.stdout


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("record", "UPDATE record SET body = replace(body, 'button', 'buttom') WHERE seq = {seq}"),
        ("record", "UPDATE record SET actor = 'morgan' WHERE seq = {seq}"),
        ("answers", "UPDATE answers SET answered_by = 'bem' WHERE line = 'lights'"),
        ("counts", "UPDATE counts SET book = book + 1 WHERE line = 'count:oxycodone-5'"),
        ("cases", "UPDATE cases SET outcome = replace(outcome, 'All', 'Alt')"),
    ],
)
def test_one_changed_byte_is_found_and_its_entry_named(day: PlayedDay, tmp_path: Path, table: str, change: str) -> None:
    """By the sqlite3 tool, after the guard was dropped: whoever can open the file can do that."""
    copy = tmp_path / "copy.db"
    _sqlite3(day.stage.database_path, f".backup {copy}")
    seq = next(number for number, subject in _entries(copy, "answer") if subject.endswith(":exterior:1"))
    refused = _sqlite3(copy, change.format(seq=seq), check=False)
    assert refused.returncode != 0, "the guard refuses the change"
    _sqlite3(copy, f"DROP TRIGGER refuse_update_on_{table}; {change.format(seq=seq)}")
    opened = Database(f"sqlite:///{copy}")
    with opened.snapshot() as connection:
        said = "\n".join(map(str, verify(connection).findings))
    opened.close()
    assert re.search(r"hilltop-main, entry \d+: ", said)
    if table == "record":
        assert f"hilltop-main, entry {seq}: " in said


def _sqlite3(database: Path, sql: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sqlite3", str(database), sql], capture_output=True, text=True, timeout=30, check=check)


def _entries(database: Path, kind: str) -> list[tuple[int, str]]:
    with sqlite3.connect(database) as connection:
        query = "SELECT seq, subject FROM record WHERE kind = ? ORDER BY seq"
        return [(int(seq), str(subject)) for seq, subject in connection.execute(query, (kind,))]
