"""The tick lags while people go on answering: the deadline holds whoever gets to it first (invariants 2 and 5)."""

from sqlalchemy import select

from shiftbot.domain.alert import AlertState
from shiftbot.domain.answer import Reply
from shiftbot.domain.run import RunState
from shiftbot.services import counts, runs
from shiftbot.services.runs import Responded
from shiftbot.storage.tables import alerts, missed_lines
from tests.cast import COUNT, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def _without_a_tick(pharmacy: PharmacyHarness, clock: str) -> None:
    """The wall clock goes on and the bot takes clicks, while the engine does not get to anything."""
    pharmacy.now = pharmacy.local(clock)


def _answer(pharmacy: PharmacyHarness, name: str, *keys: str) -> Responded:
    run, who = pharmacy.run("retail-opening").run.id, pharmacy.person(name)
    replies = [Reply(key) for key in keys]
    with pharmacy.database.transaction() as connection:
        return runs.respond(connection, pharmacy.definitions, run, who, replies, "button", pharmacy.now)


def test_what_is_answered_after_the_deadline_is_missed_though_the_tick_was_late(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20")
    _without_a_tick(pharmacy, "11:30")
    assert _answer(pharmacy, "Amira", "lights", "phones", "alarm").complete
    view = pharmacy.run("retail-opening")
    assert view.run.state is RunState.MISSED
    assert view.run.completed_at == pharmacy.now
    assert {each.line.key for each in view.lines if each.missed} == {"lights", "phones", "alarm"}
    (alert,) = pharmacy.look(lambda connection: connection.execute(select(alerts)).all())
    assert (alert.title, alert.state) == ("Opening checklist missed", AlertState.RESOLVED)


def test_the_late_tick_adds_nothing_to_what_an_answer_already_marked(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:55").expect_reminders("Ben", "Amira")
    _without_a_tick(pharmacy, "08:12")
    _answer(pharmacy, "Ben", "lights")
    pharmacy.fast_forward(seconds=1).expect_message(to="Amira", about="not answered: 1. Lights")
    assert len(pharmacy.alerts()) == 1
    lines = pharmacy.look(lambda connection: connection.execute(select(missed_lines.c.line)).scalars().all())
    assert sorted(lines) == ["alarm", "lights", "phones"]


def test_the_deadline_itself_is_too_late(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20")
    _without_a_tick(pharmacy, "08:10")
    _answer(pharmacy, "Amira", "lights", "phones", "alarm")
    assert pharmacy.run("retail-opening").run.state is RunState.MISSED


def test_a_count_begun_after_the_deadline_marks_the_run_missed_first(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(COUNT, units=())).at("12:05")
    _without_a_tick(pharmacy, "13:40")
    run, ben = pharmacy.run("controlled-count").run.id, pharmacy.person("Ben")
    with pharmacy.database.transaction() as connection:
        counts.enter(connection, pharmacy.definitions, run, "count:oxycodone-5", ben, 120, pharmacy.now)
    assert pharmacy.run("controlled-count").run.state is RunState.MISSED
    pharmacy.fast_forward(seconds=1).expect_message(to="Amira", about="Controlled count missed")
