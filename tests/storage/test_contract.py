"""What the services rely on, function by function, the same on SQLite and PostgreSQL: keys hold, the first one wins."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind, AlertState, Policy, Severity, Step, acknowledge, resolve, take_step
from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.case import CaseKind, CaseState, Details
from shiftbot.domain.checklist import Plan
from shiftbot.domain.count import CountState
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind, NoticeState
from shiftbot.domain.record import Entry, first_break
from shiftbot.domain.recurrence import Occurrence
from shiftbot.domain.run import Run, RunState
from shiftbot.errors import StorageUnavailable
from shiftbot.storage import agenda, alerts, cards, cases, counts, events, outbox, record, runs, schedules
from shiftbot.storage import answers as stored_answers
from shiftbot.storage.agenda import Awaited
from shiftbot.storage.cases import NewCase
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

HILLTOP, CHANNEL = "hilltop-main", "C0HILLTOP"
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 17, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)

RACERS = 4


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """A second process on the same database."""
    opened = Database(database_url)
    yield opened
    opened.close()


def race(database_url: str, attempt: Callable[[Connection], bool]) -> list[bool]:
    """Let several processes attempt the same at once; what each heard."""
    together = threading.Barrier(RACERS)
    heard: list[bool] = []

    def racer() -> None:
        mine = Database(database_url)
        together.wait()
        with mine.transaction() as connection:
            won = attempt(connection)
        heard.append(won)
        mine.close()

    threads = [threading.Thread(target=racer) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(heard)


ONE_WINS = [False, False, False, True]


# --- runs


def occurrence(slot: str = "07:15", *, opens_at: datetime = NOON) -> Occurrence:
    return Occurrence(MONDAY, slot, opens_at, opens_at + HOUR / 2, opens_at + HOUR, opens_at + 2 * HOUR)


def prepare(connection: Connection, *occurrences: Occurrence) -> list[Run]:
    (digest,) = runs.save_plans(connection, [Plan("retail-opening", "1", "Opening", "standard", ())])
    runs.prepare(connection, [(HILLTOP, "retail-opening", digest, occurrences)])
    return runs.runs_of_day(connection, HILLTOP, MONDAY)


@pytest.fixture
def run(database: Database) -> Run:
    """A run that is open."""
    with database.transaction() as connection:
        (prepared,) = prepare(connection, occurrence())
        assert runs.move(connection, prepared, RunState.OPEN, attention_at=prepared.remind_at)
        opened = runs.load_run(connection, prepared.id)
    assert opened is not None
    return opened


def test_a_run_is_prepared_once_for_its_day_and_slot(database: Database) -> None:
    with database.transaction() as connection:
        first = prepare(connection, occurrence(), occurrence("09:15", opens_at=NOON + HOUR))
        again = prepare(connection, occurrence(opens_at=NOON + 5 * HOUR), occurrence("11:15"))
    assert len({each.id for each in again}) == 3
    assert [each for each in again if each.slot != "11:15"] == first
    assert first[0].opens_at == NOON
    assert first[0].local_on == MONDAY


def test_a_plan_comes_back_as_it_was_and_is_stored_once(database: Database) -> None:
    plan = Plan("retail-opening", "1", "Opening – “early”", "standard", ())
    with database.transaction() as connection:
        assert runs.save_plans(connection, [plan, plan]) == [plan.digest, plan.digest]
        assert runs.save_plans(connection, [plan]) == [plan.digest]
        assert runs.load_plan(connection, plan.digest) == plan
        assert runs.load_plans(connection, [plan.digest, plan.digest, "unknown"]) == {plan.digest: plan}


def test_only_what_is_still_planned_is_forgotten(database: Database) -> None:
    with database.transaction() as connection:
        assert runs.sites_with_any(connection, [HILLTOP]) == set()
        prepare(connection, occurrence("due"), occurrence("later", opens_at=NOON + HOUR))
        runs.forget_prepared(connection, [HILLTOP], NOON)
        assert [each.slot for each in runs.runs_of_day(connection, HILLTOP, MONDAY)] == ["due"]
        assert runs.sites_with_any(connection, [HILLTOP, "hilltop-2"]) == {HILLTOP}


def test_the_runs_of_a_site_that_is_gone_are_left_as_they_stand(database: Database, run: Run) -> None:
    with database.transaction() as connection:
        runs.keep_only(connection, {HILLTOP})
        assert runs.load_run(connection, run.id) == run
        runs.keep_only(connection, {"hilltop-2"})
        left = runs.load_run(connection, run.id)
        assert (left and left.state, left and left.attention_at) == (RunState.OPEN, None)
        assert Awaited.RUNS not in agenda.look(connection)


def test_a_run_is_moved_by_one_process_only(database: Database, database_url: str) -> None:
    with database.transaction() as connection:
        (prepared,) = prepare(connection, occurrence())
    assert race(database_url, lambda mine: runs.move(mine, prepared, RunState.OPEN)) == ONE_WINS


def test_of_many_runs_moved_at_once_each_is_moved_by_one_process_only(database: Database, database_url: str) -> None:
    slots = [f"{number:02}:00" for number in range(24)]
    with database.transaction() as connection:
        prepared = prepare(connection, *(occurrence(slot) for slot in slots))
    moved: list[Run] = []

    def move(mine: Connection) -> bool:
        ours = runs.move_all(mine, prepared, RunState.OPEN)
        moved.extend(ours)
        return bool(ours)

    assert any(race(database_url, move))
    assert sorted(each.id for each in moved) == [each.id for each in prepared]
    with database.transaction() as connection:
        assert runs.move_all(connection, [], RunState.OPEN) == []


def test_due_runs_come_longest_waiting_first_and_only_in_their_state(database: Database, run: Run) -> None:
    with database.transaction() as connection:
        prepare(connection, occurrence("b", opens_at=NOON + HOUR), occurrence("a", opens_at=NOON - HOUR))
        due = runs.find_due(connection, RunState.PREPARED, NOON + HOUR, 10)
        assert [each.slot for each in due] == ["a", "b"]
        assert [each.slot for each in runs.find_due(connection, RunState.PREPARED, NOON + HOUR, 1)] == ["a"]
        assert runs.find_due(connection, RunState.OPEN, NOON, 10) == []
        assert runs.find_due(connection, RunState.OPEN, run.attention_at or NOON, 10) == [run]
        assert agenda.look(connection)[Awaited.RUNS] == NOON - HOUR
        runs.wait(connection, [run], run.missed_at)
        assert runs.find_due(connection, RunState.OPEN, run.missed_at - HOUR / 9, 10) == []
        assert [each.id for each in runs.find_due(connection, RunState.OPEN, run.missed_at, 10)] == [run.id]


def test_two_tickers_never_have_the_same_run_in_hand(database: Database, other: Database) -> None:
    """PostgreSQL passes over what is locked; SQLite lets one ticker in at a time."""
    with database.transaction() as connection:
        prepare(connection, occurrence("a"), occurrence("b"))
    if database.is_sqlite:
        return
    with database.transaction() as mine, other.transaction() as theirs:
        first = runs.find_due(mine, RunState.PREPARED, NOON, 1)
        second = runs.find_due(theirs, RunState.PREPARED, NOON, 10)
        assert {each.slot for each in first} | {each.slot for each in second} == {"a", "b"}
        assert not {each.id for each in first} & {each.id for each in second}


def answer(run: Run, revision: int = 1, **changed: object) -> Answer:
    made = Answer(
        run.id,
        "fridge",
        revision,
        Outcome.DONE,
        {"temperature": 39.6, "unit": "F"},
        "“ok”",
        "ben",
        NOON,
        False,
        "reply",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_an_answer_comes_back_as_it_was(database: Database, run: Run) -> None:
    given = [answer(run), answer(run, 2, outcome=Outcome.WITHDRAWN, value=None, answered_at=NOON + HOUR, late=True)]
    with database.transaction() as connection:
        assert all(stored_answers.add_answer(connection, each) for each in given)
        assert stored_answers.load_answers_of(connection, [run.id]).get(run.id, []) == given
        assert stored_answers.load_answers_of(connection, [run.id, 999]) == {run.id: given}
        assert stored_answers.load_answers_of(connection, [999]).get(999, []) == []


def test_of_two_answers_at_once_one_is_stored(database: Database, database_url: str, run: Run) -> None:
    assert race(database_url, lambda mine: stored_answers.add_answer(mine, answer(run))) == ONE_WINS


def test_an_answer_that_came_second_leaves_its_transaction_usable(database: Database, run: Run) -> None:
    """On PostgreSQL a failed INSERT would end the transaction; ON CONFLICT DO NOTHING does not fail."""
    with database.transaction() as connection:
        assert stored_answers.add_answer(connection, answer(run))
        assert not stored_answers.add_answer(connection, answer(run, note="too late"))
        assert stored_answers.load_answers_of(connection, [run.id]).get(run.id, []) == [answer(run)]


def test_a_missed_run_is_finished_late_once_and_stays_missed(database: Database, run: Run) -> None:
    with database.transaction() as connection:
        (number,) = alerts.add(connection, [alert()]).values()
        assert not runs.mark_completed_late(connection, run, NOON)
        assert runs.move(connection, run, RunState.MISSED, attention_at=None)
        stored_answers.add_missed_lines(connection, [(run.id, "fridge", number), (run.id, "alarm", number)])
        stored_answers.add_missed_lines(connection, [])
        assert stored_answers.missed_lines_of(connection, [run.id]) == {run.id: frozenset({"fridge", "alarm"})}
        assert [each.id for each in runs.unfinished_runs(connection, HILLTOP, NOON)] == [run.id]
        assert len(runs.unfinished_runs(connection, HILLTOP, run.missed_at + HOUR)) == 1
        assert runs.unfinished_runs(connection, HILLTOP, NOON, limit=0) == []
        assert stored_answers.alert_of_missed(connection, run.id) == (number, False)
        stored = alerts.load(connection, number)
        assert stored is not None
        assert alerts.save(connection, stored, resolve(stored, "closed by hand", NOON))
        assert runs.unfinished_runs(connection, HILLTOP, run.missed_at + HOUR) == []
        assert runs.mark_completed_late(connection, run, NOON + 9 * HOUR)
        assert not runs.mark_completed_late(connection, run, NOON + 10 * HOUR)
        late = runs.look_at_run(connection, run.id)
        assert late is not None
        assert (late.state, late.completed_at) == (RunState.MISSED, NOON + 9 * HOUR)
        assert runs.unfinished_runs(connection, HILLTOP, NOON) == []
        assert runs.look_at_run(connection, 999) is None
        assert runs.load_run(connection, 999) is None


# --- alerts

LADDER = Policy("standard", (Step(("channel",)), Step(("manager",), timedelta(minutes=10), timedelta(minutes=30))))


def alert(subject: str = "1", **changed: object) -> Alert:
    made = Alert(
        0, HILLTOP, AlertKind.MISSED, subject, "Opening missed", "due 08:00", Severity.NORMAL, AlertState.TRIGGERED,
        LADDER, 0, 0, NOON, NOON,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.fixture
def open_alert(database: Database) -> Alert:
    """An alert as it was opened."""
    with database.transaction() as connection:
        added = alerts.add(connection, [alert()])
        assert list(added) == [(AlertKind.MISSED, "1")]
        number = added[AlertKind.MISSED, "1"]
        assert alerts.find_id(connection, AlertKind.MISSED, "1") == number
        found = alerts.load(connection, number)
    assert found is not None
    return found


def test_an_alert_comes_back_as_it_was(database: Database, open_alert: Alert) -> None:
    assert replace(open_alert, id=0) == alert()
    with database.transaction() as connection:
        assert alerts.look_at(connection, open_alert.id) == open_alert
        assert alerts.find(connection, AlertKind.MISSED, "1") == open_alert
        assert alerts.find(connection, AlertKind.SILENT, "1") is None
        assert alerts.load(connection, 999) is None
        assert alerts.look_at(connection, 999) is None


def test_one_cause_has_one_alert(database: Database, database_url: str) -> None:
    assert race(database_url, lambda mine: bool(alerts.add(mine, [alert()]))) == ONE_WINS
    with database.transaction() as connection:
        assert list(alerts.add(connection, [alert(), alert("2")])) == [(AlertKind.MISSED, "2")]
        assert alerts.add(connection, []) == {}
        assert len(alerts.unresolved(connection, kind=AlertKind.MISSED)) == 2
        assert alerts.unresolved(connection, kind=AlertKind.SILENT) == []


def test_a_step_is_taken_by_one_process_only(database: Database, database_url: str, open_alert: Alert) -> None:
    stepped, _ = take_step(open_alert, NOON)
    assert race(database_url, lambda mine: alerts.save(mine, open_alert, stepped)) == ONE_WINS


def test_of_two_who_answer_an_alert_at_once_the_first_has_it(database: Database, open_alert: Alert) -> None:
    with database.transaction() as connection:
        assert alerts.save(connection, open_alert, acknowledge(open_alert, "amira", NOON))
        assert not alerts.save(connection, open_alert, acknowledge(open_alert, "morgan", NOON))
        now = alerts.look_at(connection, open_alert.id)
    assert now is not None
    assert now.acknowledged_by == "amira"


def test_alerts_due_and_unresolved_are_found_until_they_are_resolved(database: Database, open_alert: Alert) -> None:
    with database.transaction() as connection:
        alerts.add(connection, [alert("2", escalate_at=NOON - HOUR, opened_at=NOON - HOUR, site="hilltop-2")])
        assert [each.subject for each in alerts.find_due(connection, NOON, 10)] == ["2", "1"]
        assert [each.subject for each in alerts.find_due(connection, NOON - HOUR, 10)] == ["2"]
        assert agenda.look(connection)[Awaited.ALERTS] == NOON - HOUR
        assert [each.subject for each in alerts.unresolved(connection, HILLTOP)] == ["1"]
        assert alerts.save(connection, open_alert, resolve(open_alert, "Done late.", NOON))
        assert [each.subject for each in alerts.unresolved(connection)] == ["2"]
        assert [each.subject for each in alerts.find_due(connection, NOON + HOUR, 10)] == ["2"]


# --- the outbox


def notice(key: str = "alert:1:1:amira", **changed: object) -> Notice:
    made = Notice(key, Lane.ESCALATION, HILLTOP, NoticeKind.ALERT, "amira", "Opening missed", 1, {"step": 1})
    return replace(made, **changed)  # type: ignore[arg-type]


def queue(connection: Connection, *notices: Notice) -> int:
    return outbox.add(connection, ((each, 0, "U0AMIRA") for each in notices), NOON)


def parcel_of(database: Database, key: str = "alert:1:1:amira") -> Parcel:
    with database.snapshot() as connection:
        found = outbox.load(connection, key)
    assert found is not None
    return found


def test_a_key_is_queued_once_for_ever(database: Database) -> None:
    with database.transaction() as connection:
        assert queue(connection, notice(), notice("other")) == 2
        assert queue(connection, notice(text="again"), notice("third")) == 1
        assert queue(connection) == 0
    assert parcel_of(database).notice == notice()


def test_a_parcel_is_claimed_by_one_process_only(database: Database, database_url: str) -> None:
    with database.transaction() as connection:
        queue(connection, notice())
    parcel = parcel_of(database)
    assert race(database_url, lambda mine: outbox.claim(mine, parcel, NOON + HOUR, may_repeat=False)) == ONE_WINS
    claimed = parcel_of(database)
    assert (claimed.state, claimed.attempts, claimed.may_repeat) == (NoticeState.SENDING, 1, False)


def test_once_it_may_be_a_repeat_it_stays_one(database: Database) -> None:
    with database.transaction() as connection:
        queue(connection, notice())
    for may_repeat in (True, False):
        with database.transaction() as connection:
            assert outbox.claim(connection, parcel_of(database), NOON, may_repeat=may_repeat)
    assert parcel_of(database).may_repeat


def test_what_was_taken_over_is_not_settled_by_who_had_it_before(database: Database) -> None:
    with database.transaction() as connection:
        queue(connection, notice())
    with database.transaction() as connection:
        outbox.claim(connection, parcel_of(database), NOON, may_repeat=False)
    slow = parcel_of(database)
    with database.transaction() as connection:
        outbox.claim(connection, slow, NOON + HOUR, may_repeat=True)
    with database.transaction() as connection:
        assert not outbox.settle(connection, slow.id, NoticeState.PENDING, held=slow.attempts, attention_at=NOON)
        assert outbox.settle(connection, slow.id, NoticeState.SENT, held=slow.attempts + 1, sent_at=NOON)
        assert not outbox.settle(connection, slow.id, NoticeState.PENDING, held=slow.attempts + 1)
    assert parcel_of(database).state is NoticeState.SENT


def test_due_parcels_are_those_of_the_lane_that_wait(database: Database) -> None:
    with database.transaction() as connection:
        queue(connection, notice("a"), notice("b"), notice("routine", lane=Lane.ROUTINE), notice("sent"))
        outbox.settle(connection, parcel_id(connection, "sent"), NoticeState.SENT)
        outbox.settle(connection, parcel_id(connection, "a"), NoticeState.UNKNOWN, attention_at=NOON + HOUR)
        due = [
            [each.notice.key for each in outbox.find_due(connection, Lane.ESCALATION, at, 9)]
            for at in (NOON, NOON + HOUR)
        ]
        assert due == [["b"], ["b", "a"]]
        assert outbox.find_due(connection, Lane.ESCALATION, NOON, 9, except_to=["U0AMIRA"]) == []
        assert agenda.next_delivery(connection) == NOON
        assert outbox.waiting(connection, "hilltop-main") == 3
        assert outbox.waiting(connection, "another") == 0
        assert outbox.sent_since(connection, "amira", 0, 0)
        assert not outbox.sent_since(connection, "amira", 0, parcel_id(connection, "sent"))
        assert len(outbox.of_alert(connection, 1)) == 4


def parcel_id(connection: Connection, key: str) -> int:
    found = outbox.load(connection, key)
    assert found is not None
    return found.id


def test_a_failure_asks_for_an_alert_until_it_has_one(database: Database) -> None:
    with database.transaction() as connection:
        queue(connection, notice())
        outbox.settle(connection, parcel_id(connection, "alert:1:1:amira"), NoticeState.FAILED, attention_at=NOON)
        assert outbox.add_failed(connection, notice("card:1:failed:1"), "archived", NOON) == 1
        assert outbox.add_failed(connection, notice("card:1:failed:1"), "archived", NOON) == 0
        failed = outbox.failed_needing_alert(connection, 10)
        assert [each.error for each in failed] == [None, "archived"]
        assert agenda.next_delivery(connection) is None
        for each in failed:
            outbox.settle(connection, each.id, NoticeState.FAILED)
        assert outbox.failed_needing_alert(connection, 10) == []


# --- cards


def test_a_card_is_asked_for_once_and_claimed_by_one_process_only(database: Database, database_url: str) -> None:
    for _ in range(2):
        with database.transaction() as connection:
            cards.add(connection, [(CardKind.RUN, "1", HILLTOP, CHANNEL), (CardKind.RUN, "2", HILLTOP, CHANNEL)], NOON)
    with database.snapshot() as connection:
        first, second = cards.find_due(connection, NOON, 10)
        assert cards.find_due(connection, NOON, 1) == [first]
        assert (first.subject, second.subject) == ("1", "2")
        assert agenda.next_delivery(connection) == NOON
    assert race(database_url, lambda mine: cards.claim(mine, first, NOON + HOUR)) == ONE_WINS


def test_a_card_is_due_again_only_when_more_was_asked_for(database: Database) -> None:
    with database.transaction() as connection:
        cards.add(connection, [(CardKind.RUN, "1", HILLTOP, CHANNEL)], NOON)
        (card,) = cards.find_due(connection, NOON, 10)
        assert cards.claim(connection, card, NOON + HOUR)
        assert cards.settle_shown(connection, card, CHANNEL, "1.1", NOON)
        assert not cards.settle_shown(connection, card, CHANNEL, "1.2", NOON)
        assert agenda.next_delivery(connection) is None
        cards.touch(connection, CardKind.RUN, ["1"], NOON)
        cards.touch(connection, CardKind.RUN, ["1"], NOON + HOUR)
        (card,) = cards.find_due(connection, NOON, 10)
        assert (card.wanted, card.shown, card.ts) == (3, 1, "1.1")
        assert cards.claim(connection, card, NOON + HOUR)
        cards.touch(connection, CardKind.RUN, ["1"], NOON)
        assert cards.settle_shown(connection, card, CHANNEL, "1.1", NOON)
        assert [each.wanted for each in cards.find_due(connection, NOON, 10)] == [4]


def test_a_card_is_found_by_where_it_stands(database: Database) -> None:
    with database.transaction() as connection:
        cards.add_shown(connection, CardKind.ALERT, "7", HILLTOP, "D0AMIRA", "2.2")
        cards.add_shown(connection, CardKind.ALERT, "7", HILLTOP, "D0AMIRA", "2.2")
        found = cards.find_by_message(connection, "D0AMIRA", "2.2")
        assert found is not None
        assert (found.kind, found.subject, found.state) == (CardKind.ALERT, "7", "shown")
        assert cards.find_by_message(connection, CHANNEL, "2.2") is None
        assert cards.find_due(connection, NOON, 10) == []


def test_a_lost_message_makes_its_card_due_and_a_failed_one_waits_for_its_hour_a_change_or_its_place(
    database: Database,
) -> None:
    with database.transaction() as connection:
        cards.add_shown(connection, CardKind.RUN, "1", HILLTOP, CHANNEL, "1.1")
        cards.touch(connection, CardKind.RUN, ["1"], NOON)
        (card,) = cards.find_due(connection, NOON, 10)
        cards.claim(connection, card, NOON + HOUR)
        assert cards.lose_message(connection, card, NOON)
        (card,) = cards.find_due(connection, NOON, 10)
        assert (card.ts, card.attempts) == (None, 0)
        cards.claim(connection, card, NOON + HOUR)
        assert cards.settle(connection, card, "failed", NOON + HOUR, "archived")
        assert cards.find_due(connection, NOON, 10) == []
        assert agenda.next_delivery(connection) == NOON + HOUR
        cards.touch(connection, CardKind.RUN, ["1"], NOON)
        (card,) = cards.find_due(connection, NOON, 10)
        cards.claim(connection, card, NOON + HOUR)
        assert cards.settle(connection, card, "failed", NOON + HOUR, "archived")
        cards.retry_failed(connection, card.target, NOON)
        assert len(cards.find_due(connection, NOON, 10)) == 1


def test_what_continues_a_card_is_tried_again_with_it(database: Database) -> None:
    with database.transaction() as connection:
        elsewhere = (CardKind.RUN_MORE, "2", "hilltop-main", "C0HILLTOP2:2")
        cards.add(connection, [(CardKind.RUN_MORE, "1", "hilltop-main", "C0HILLTOP:2"), elsewhere], NOON)
        for card in cards.find_due(connection, NOON, 10):
            cards.claim(connection, card, NOON + HOUR)
            cards.settle(connection, card, "failed", NOON + HOUR, "archived")
        cards.retry_failed(connection, "C0HILLTOP", NOON)
        assert [card.subject for card in cards.find_due(connection, NOON, 10)] == ["1"]


# --- counts and cases


def test_a_count_goes_through_its_stages_once_each(database: Database, database_url: str, run: Run) -> None:
    def count_first(mine: Connection) -> bool:
        return counts.add(mine, run.id, "count:oxy", "oxycodone-5", "ben", 120, NOON)

    assert race(database_url, count_first) == ONE_WINS
    with database.transaction() as connection:
        count = counts.load(connection, run.id, "count:oxy")
        assert count is not None
        assert (count.state, count.counted, count.counted_at) == (CountState.COUNTED, 120, NOON)
    witness = {"witnessed_by": "amira", "witnessed": 120, "witnessed_at": NOON}
    assert race(database_url, lambda mine: counts.move(mine, count, CountState.WITNESSED, **witness)) == ONE_WINS
    with database.transaction() as connection:
        assert not counts.move(connection, count, CountState.CLOSED, book=120)
        seen = counts.look_at(connection, run.id, "count:oxy")
        assert seen is not None
        assert (seen.state, seen.witnessed_by) == (CountState.WITNESSED, "amira")
        assert counts.of_runs(connection, [run.id]) == [seen]
        assert counts.load(connection, run.id, "count:other") is None
        assert counts.look_at(connection, run.id, "count:other") is None


def test_a_case_is_opened_once_and_signed_once(database: Database, database_url: str) -> None:
    new = NewCase(HILLTOP, CaseKind.EXCURSION, "7", "Vaccine fridge", {"open": True, "extreme": 9.1})
    with database.transaction() as connection:
        number = cases.open_case(connection, new, NOON)
        assert cases.open_case(connection, replace(new, title="again"), NOON + HOUR) == number
        cases.update_facts(connection, CaseKind.EXCURSION, "7", {"extreme": 9.4})
        assert cases.save_texts(connection, number, {"cause": "door"}, Details(contents="lot A7B92"))
        opened = cases.load(connection, number)
        assert opened is not None
        assert opened == cases.look_at(connection, number) == cases.find(connection, CaseKind.EXCURSION, "7")
        assert (opened.title, opened.facts, opened.cause, opened.action) == (
            "Vaccine fridge",
            {"extreme": 9.4},
            "door",
            "",
        )
        assert cases.open_cases(connection, HILLTOP) == [opened]
    texts = {"cause": "door", "action": "moved", "outcome": "kept"}
    assert (
        race(database_url, lambda mine: cases.sign(mine, number, texts, Details(contents="lot A7B92"), "amira", NOON))
        == ONE_WINS
    )
    with database.transaction() as connection:
        assert not cases.save_texts(connection, number, {"cause": "other"}, Details())
        cases.update_facts(connection, CaseKind.EXCURSION, "7", {})
        signed = cases.load(connection, number)
        assert signed is not None
        assert (signed.state, signed.signed_by, signed.outcome) == (CaseState.SIGNED, "amira", "kept")
        assert cases.open_cases(connection, HILLTOP) == []
        assert cases.load(connection, 999) is None
        assert cases.look_at(connection, 999) is None


# --- schedules, events


def test_an_event_is_handled_once(database: Database, database_url: str) -> None:
    assert race(database_url, lambda mine: events.first_time(mine, "Ev1", NOON)) == ONE_WINS
    with database.transaction() as connection:
        events.forget(connection, NOON)
        assert not events.first_time(connection, "Ev1", NOON)
        events.forget(connection, NOON + HOUR)
        assert events.first_time(connection, "Ev1", NOON)


def test_an_event_whose_handling_failed_is_handled_again(database: Database) -> None:
    def handled() -> bool:
        with database.transaction() as connection:
            first = events.first_time(connection, "Ev1", NOON)
            if first:
                raise StorageUnavailable("just then")
            return first

    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            handled()


def test_a_sites_regular_work_is_moved_on_by_one_process_only(database: Database, database_url: str) -> None:
    with database.transaction() as connection:
        assert schedules.add(connection, "prepare", [(HILLTOP, NOON, MONDAY)]) == 1
        assert schedules.add(connection, "prepare", [(HILLTOP, NOON + HOUR, MONDAY)]) == 0
        assert schedules.load(connection, HILLTOP, "prepare") == (NOON, MONDAY)
        assert schedules.load(connection, HILLTOP, "summary") is None
        assert schedules.find_due(connection, "prepare", NOON) == [(HILLTOP, MONDAY, NOON)]
        assert schedules.find_due(connection, "prepare", NOON - HOUR) == []
        assert agenda.look(connection)[Awaited.SCHEDULES] == NOON

    def move(mine: Connection) -> bool:
        return schedules.move(mine, HILLTOP, "prepare", NOON, NOON + 24 * HOUR, MONDAY + timedelta(days=1))

    assert race(database_url, move) == ONE_WINS


def test_all_regular_work_can_be_made_due_at_once(database: Database) -> None:
    with database.transaction() as connection:
        schedules.add(connection, "prepare", [(HILLTOP, NOON + HOUR, MONDAY), ("hilltop-2", NOON - HOUR, None)])
        schedules.add(connection, "summary", [(HILLTOP, NOON + HOUR, MONDAY)])
        schedules.hasten(connection, "prepare", NOON)
        due = schedules.find_due(connection, "prepare", NOON)
        assert due == [("hilltop-2", None, NOON - HOUR), (HILLTOP, MONDAY, NOON)]
        assert schedules.find_due(connection, "summary", NOON) == []


def test_the_regular_work_of_a_site_that_is_gone_is_forgotten(database: Database) -> None:
    with database.transaction() as connection:
        schedules.add(connection, "prepare", [(HILLTOP, NOON, MONDAY), ("hilltop-2", NOON, MONDAY)])
        schedules.keep_only(connection, {HILLTOP})
        assert schedules.find_due(connection, "prepare", NOON) == [(HILLTOP, MONDAY, NOON)]


# --- the record


def entry(number: int, site: str = HILLTOP) -> Entry:
    return Entry(site, NOON + timedelta(seconds=number), "ben", "answer", f"run:{number}", {"note": f"“{number}” °F"})


def chain_holds(database: Database, site: str) -> int:
    """How many entries a site's chain has, once it was found to hold."""
    with database.snapshot() as connection:
        entries = list(record.entries_of(connection, site))
        assert first_break(entries, record.head_of(connection, site)) is None
    return len(entries)


def test_entries_of_many_processes_form_one_chain(database: Database, database_url: str) -> None:
    def append(mine: Connection) -> bool:
        record.append(mine, [entry(number) for number in range(5)])
        return True

    assert race(database_url, append) == [True] * RACERS
    assert chain_holds(database, HILLTOP) == 5 * RACERS


def test_each_site_has_a_chain_of_its_own(database: Database) -> None:
    with database.transaction() as connection:
        record.append(connection, [entry(1), entry(2, "hilltop-2"), entry(3)])
        record.append(connection, [])
        assert {site: seq for site, (seq, _) in record.heads(connection).items()} == {HILLTOP: 2, "hilltop-2": 1}
        assert record.head_of(connection, "hilltop-3") is None
    assert (chain_holds(database, HILLTOP), chain_holds(database, "hilltop-2")) == (2, 1)


def test_what_was_rolled_back_left_no_entry(database: Database) -> None:
    with database.engine.connect() as connection, connection.begin() as transaction:
        record.append(connection, [entry(1)])
        transaction.rollback()
    assert chain_holds(database, HILLTOP) == 0


def test_two_who_write_to_the_same_sites_crosswise_do_not_lose_an_entry(database: Database, database_url: str) -> None:
    """PostgreSQL ends one of two writers that wait for each other: it hears "try again", and does."""
    together = threading.Barrier(2)
    with database.transaction() as connection:
        record.append(connection, [entry(0, "a"), entry(0, "b")])

    def write(first: str, second: str) -> None:
        mine = Database(database_url)
        together.wait()
        for number in range(1, 3):
            while not _written(mine, number, first, second):
                continue
        mine.close()

    threads = [threading.Thread(target=write, args=order) for order in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (chain_holds(database, "a"), chain_holds(database, "b")) == (5, 5)


def _written(database: Database, number: int, first: str, second: str) -> bool:
    try:
        with database.transaction() as connection:
            record.append(connection, [entry(number, first)])
            record.append(connection, [entry(number, second)])
    except StorageUnavailable:
        return False
    return True
