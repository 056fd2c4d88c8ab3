"""Rows of our own that should have moved and did not: found beside the services, told once, closed by themselves."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from shiftbot import ticker
from shiftbot.domain.alert import AlertKind, AlertState
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.run import RunState
from shiftbot.services import auditing, delivery
from shiftbot.storage import outages, stuck, tables
from shiftbot.storage.database import Database
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

MISSED = "checklists are past their deadline and were not marked missed"


def lose_sight_of_the_run(pharmacy: PharmacyHarness) -> None:
    """A mistake of ours: nobody will ever look at the open run again."""
    with pharmacy.database.transaction() as connection:
        lost = update(tables.runs).where(tables.runs.c.state == RunState.OPEN.value).values(attention_at=None)
        connection.execute(lost)


def find_it_again(pharmacy: PharmacyHarness) -> None:
    """Somebody mended it."""
    with pharmacy.database.transaction() as connection:
        mended = update(tables.runs).where(tables.runs.c.state == RunState.OPEN.value)
        connection.execute(mended.values(attention_at=pharmacy.now))


def pass_slowly(pharmacy: PharmacyHarness, minutes: int) -> PharmacyHarness:
    """Time passes with the ticker's own pace, fifteen seconds at most, and not from one due instant to the next."""
    for _ in range(minutes * 4):
        pharmacy.fast_forward(seconds=15)
    return pharmacy


def stuck_alerts(pharmacy: PharmacyHarness) -> list[tuple[str, str]]:
    """Title and state of every alert about ourselves."""
    query = select(tables.alerts).where(tables.alerts.c.kind == AlertKind.STUCK.value)
    return pharmacy.look(lambda connection: [(row.title, row.state) for row in connection.execute(query)])


def test_a_run_that_nobody_looks_at_any_more_is_told_once_and_closed_when_it_moves(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20")
    lose_sight_of_the_run(pharmacy)
    pharmacy.at("08:11")
    assert stuck_alerts(pharmacy) == []
    pass_slowly(pharmacy, minutes=3)
    assert stuck_alerts(pharmacy) == [(f"shiftbot itself is stuck: {MISSED}", "triggered")]
    told = {each.to for each in pharmacy.inbox.unread}
    assert told <= {"U0MORGAN", "U0AMIRA"}
    assert told
    pass_slowly(pharmacy, minutes=5)
    assert len(stuck_alerts(pharmacy)) == 1
    find_it_again(pharmacy)
    pass_slowly(pharmacy, minutes=1)
    assert stuck_alerts(pharmacy) == [(f"shiftbot itself is stuck: {MISSED}", "resolved")]
    assert any("It moves again" in each.text for each in pharmacy.inbox.unread)
    assert any("Opening checklist missed" in each.text for each in pharmacy.inbox.unread)
    pharmacy.inbox.unread.clear()


def test_a_thousand_rows_of_one_kind_are_one_alert(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, units=()), at="12:00")
    long_ago = pharmacy.now - timedelta(days=1)
    notice = {
        "lane": int(Lane.ROUTINE), "site": "hilltop-main", "kind": NoticeKind.SUMMARY.value, "recipient": "morgan",
        "means": 0, "target": "U0MORGAN", "text": "x", "about": {}, "state": "failed", "created_at": long_ago,
    }  # fmt: skip
    rows = [notice | {"key": f"lost:{number}", "attention_at": long_ago} for number in range(1000)]
    with pharmacy.database.transaction() as connection:
        connection.execute(insert(tables.outbox), rows)
    for seconds in (30, 70):
        auditing.audit(pharmacy.database, pharmacy.definitions, pharmacy.now + timedelta(seconds=seconds))
    (alert,) = pharmacy.alerts()
    assert alert.title == "shiftbot itself is stuck: messages failed and nobody was told"
    assert "1000 rows" in alert.detail
    pass_slowly(pharmacy, minutes=2)  # the tick's own step works them off
    assert stuck_alerts(pharmacy) == [(alert.title, AlertState.RESOLVED.value)]
    pharmacy.inbox.unread.clear()


def test_what_was_put_back_explains_itself(database: Database, expected_errors: list[logging.LogRecord]) -> None:
    """It is tried again every minute and logged each time; the auditor has nothing to add."""
    pharmacy = PharmacyHarness(database, hilltop(units=()), at="07:20")
    with database.transaction() as connection:
        connection.execute(update(tables.plans).values(body="{}"))
    for seconds in range(0, 360, 15):
        ticker.tick(database, pharmacy.definitions, pharmacy.local("08:20") + timedelta(seconds=seconds))
    assert stuck_alerts(pharmacy) == []
    assert expected_errors


def test_after_hours_of_being_away_nothing_is_called_stuck(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20").down_until("13:00")
    pass_slowly(pharmacy, minutes=2)
    assert stuck_alerts(pharmacy) == []
    assert pharmacy.look(lambda connection: stuck.find(connection, pharmacy.now)) == []
    pharmacy.inbox.unread.clear()


def test_a_whole_day_finds_nothing_stuck_at_any_instant(open_pharmacy: Opens) -> None:
    """Reminders, a missed run, escalations, a fridge that warms up and goes silent, a report: all of it moves."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,)), at="06:00")
    for clock in ("07:00", "07:30", "08:05", "08:15", "09:00", "12:00", "20:30", "21:30"):
        pharmacy.at(clock).reading("vaccine-fridge", 9.5 if clock > "09" else 5.0)
        assert pharmacy.look(lambda connection: stuck.find(connection, pharmacy.now)) == []
    assert stuck_alerts(pharmacy) == []
    pharmacy.inbox.unread.clear()


@pytest.mark.parametrize(
    ("table", "values", "what"),
    [
        (tables.runs, {"state": "prepared", "opens_at": -3, "attention_at": 60}, "opening"),
        (tables.runs, {"state": "open", "missed_at": -3, "attention_at": None}, "missing"),
        (tables.runs, {"state": "open", "missed_at": 600, "attention_at": -3}, "reminding"),
        (tables.schedules, {"attention_at": -3}, "planning"),
        (tables.unit_states, {"attention_at": -3}, "watching"),
        (tables.outbox, {"attention_at": -6, "lane": 0}, "escalation notices"),
        (tables.outbox, {"attention_at": -16, "lane": 2}, "routine notices"),
        (tables.cards, {"attention_at": -16, "state": "pending"}, "cards"),
    ],
)
def test_each_kind_of_row_is_found_by_the_tables_alone(
    open_pharmacy: Opens, table: object, values: dict[str, object], what: str
) -> None:
    """Minutes from now: what is past is stuck, whatever else the row says."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,)), at="07:20")
    notice = Notice("x", Lane.ROUTINE, "hilltop-main", NoticeKind.SUMMARY, "morgan", "x")
    with pharmacy.database.transaction() as connection:
        delivery.queue(connection, pharmacy.definitions, [notice], pharmacy.now)
        spoilt = {
            name: pharmacy.now + timedelta(minutes=value) if isinstance(value, int) and name.endswith("_at") else value
            for name, value in values.items()
        }
        connection.execute(update(table).values(spoilt))  # type: ignore[arg-type]
        found = stuck.find(connection, pharmacy.now)
    assert what in {each.what for each in found}
    assert all(each.site == "hilltop-main" and auditing.in_words(each) for each in found)
    pharmacy.inbox.unread.clear()


def test_while_somebody_sends_what_waits_waits_its_turn(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, units=()), at="12:00")
    waits = [Notice(f"n:{n}", Lane.ESCALATION, "hilltop-main", NoticeKind.ALERT, "morgan", "x") for n in range(2)]
    with pharmacy.database.transaction() as connection:
        delivery.queue(connection, pharmacy.definitions, waits, pharmacy.now - timedelta(hours=1))
        assert [each.rows for each in stuck.find(connection, pharmacy.now)] == [2]
        in_hand = update(tables.outbox).where(tables.outbox.c.key == "n:0")
        connection.execute(in_hand.values(state="sending", attention_at=pharmacy.now + timedelta(seconds=40)))
        assert stuck.find(connection, pharmacy.now) == []


def test_what_waits_for_slack_while_that_is_known_to_be_away_is_not_called_stuck(open_pharmacy: Opens) -> None:
    """One alert says that Slack is away; each site of a chain having one more of its own would be a storm."""
    pharmacy = open_pharmacy(hilltop(quiet=True, units=()), at="12:00")
    notices = [
        Notice(f"n:{lane}", lane, "hilltop-main", NoticeKind.SUMMARY, "morgan", "x")
        for lane in (Lane.ESCALATION, Lane.ROUTINE)
    ]
    with pharmacy.database.transaction() as connection:
        delivery.queue(connection, pharmacy.definitions, notices, pharmacy.now - timedelta(hours=1))
        number = outages.begin(connection, delivery.SLACK, pharmacy.now - timedelta(hours=1), "no answer")
        assert stuck.find(connection, pharmacy.now) == []
        outside = update(tables.outbox).where(tables.outbox.c.key == f"n:{Lane.ESCALATION}")
        connection.execute(outside.values(target="mailto://morgan@example.org"))
        assert [each.what for each in stuck.find(connection, pharmacy.now)] == ["escalation notices"]
        away = outages.load(connection, number or 0)
        assert away is not None
        outages.end(connection, away, pharmacy.now)
        assert len(stuck.find(connection, pharmacy.now)) == 2
    pharmacy.inbox.unread.clear()
