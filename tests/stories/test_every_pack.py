"""Every shipped pack through its day, on both databases: completed in good time, or missed, told, and done after all.

At each stage its cards are drawn and held to Block Kit as the emulator and two libraries know it; once each pack is
posted for real, to the emulator, which refuses what Slack would.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select

from shiftbot.demo.emulator import SlackEmulator
from shiftbot.demo.emulator.blockkit import problems_in_blocks, problems_in_view
from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Line, Plan, Role, ShiftPart
from shiftbot.domain.recurrence import Occurrence, Trigger, occurrences
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.services import follow_ups, hand_over, occasions, runs
from shiftbot.slack import looking
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.parts import Block
from shiftbot.slack.blocks.run_card import further_card, further_pages, run_card
from shiftbot.slack.client import slack_client
from shiftbot.slack.desk import Desk
from shiftbot.slack.sender import SlackSender
from shiftbot.storage import tables
from shiftbot.storage.database import Database
from shiftbot.storage.verify import verify
from tests.crew import Crew, bad_value
from tests.packs import EVERY_PACK, PLACES, load_hilltop
from tests.pharmacy import MONDAY, PharmacyHarness
from tests.slack.payloads import check_calls, check_message, check_view
from tests.slack.workplace import CHANNEL, manifest

MORE = PLACES + "    signing: pin\n    photos: true\n"


@cache
def hilltop_with(pack: str) -> Pharmacy:
    """Hilltop with one pack, its registers and mailboxes, and a PIN to every signature; people read the fridges."""
    with TemporaryDirectory() as home:
        loaded = load_hilltop(Path(home), pack, more=MORE)
    return replace(loaded, units={key: replace(unit, sensor=None) for key, unit in loaded.units.items()})


def is_by_event(pack: str) -> bool:
    return hilltop_with(pack).checklists[pack].schedule.trigger is not None


@cache
def first_of(pack: str) -> Occurrence:
    """Its first occurrence from the Monday of all stories on."""
    definitions = hilltop_with(pack)
    site, schedule = definitions.sites["hilltop-main"], definitions.checklists[pack].schedule
    for day in range(400):
        found = occurrences(schedule, site.calendar, MONDAY + timedelta(days=day))
        if found:
            return found[0]
    raise AssertionError(f"{pack} does not open within a year")


def begin(database: Database, pack: str) -> PharmacyHarness:
    """A pharmacy at the start of the day on which the pack opens."""
    on = MONDAY if is_by_event(pack) else first_of(pack).local_date
    return PharmacyHarness(database, hilltop_with(pack), on=on)


def opens(pharmacy: PharmacyHarness, pack: str) -> int:
    """Let it open, by the clock or by its event; the run's id."""
    trigger = pharmacy.definitions.checklists[pack].schedule.trigger
    if trigger is Trigger.EXCURSION:
        return pharmacy.at("10:00").act(lambda connection: is_too_warm(connection, pharmacy))
    if trigger is not None:
        return by_hand(pharmacy.at("10:00"), pack, "first")
    pharmacy.now = max(pharmacy.now, first_of(pack).opens_at - timedelta(minutes=1))
    pharmacy.start()
    return pharmacy.fast_forward(minutes=1).run(pack).run.id


def is_too_warm(connection: Connection, pharmacy: PharmacyHarness) -> int:
    """An excursion of the vaccine fridge opens what waits for one."""
    (run,) = occasions.open_on_event(
        connection, pharmacy.definitions, pharmacy.site, Trigger.EXCURSION, "1", pharmacy.now, "shiftbot",
        "vaccine-fridge",
    )  # fmt: skip
    return run


def by_hand(pharmacy: PharmacyHarness, pack: str, key: str) -> int:
    """Ben opens it."""
    site, definitions, ben = pharmacy.site, pharmacy.definitions, pharmacy.person("Ben")
    return pharmacy.act(
        lambda connection: occasions.open_by_hand(connection, definitions, site, pack, ben, key, pharmacy.now)
    )


def drawn(pharmacy: PharmacyHarness, run: int) -> list[list[Block]]:
    """The card of a run as it stands and what continues it, each held to what Slack takes."""
    seen = pharmacy.look(lambda connection: looking.picture(connection, pharmacy.definitions, run, pharmacy.now))
    assert seen is not None
    cards = [run_card(seen), *(further_card(seen, page) for page in range(2, further_pages(seen) + 2))]
    for blocks in cards:
        assert problems_in_blocks(blocks) == []
        check_message(blocks)  # type: ignore[arg-type]
        assert len(blocks) <= 50
    return cards


def forms_are_valid(pharmacy: PharmacyHarness, run: int, lines: list[Line]) -> None:
    """The form of each line that has one."""
    amira = pharmacy.person("Amira")
    for line in lines:
        form = modals.sign(line, run, amira, pin=True) if line.kind is ItemKind.SIGNATURE else None
        form = modals.count(line, run, "count_enter") if line.kind is ItemKind.COUNT and line.witness else form
        form = form or (modals.enter(line, run) if line.kind is not ItemKind.TICK else None)
        if form is not None:
            assert problems_in_view(form) == []
            check_view(form)


@pytest.mark.parametrize("pack", EVERY_PACK)
def test_a_pack_is_opened_answered_by_the_right_people_and_completed(database: Database, pack: str) -> None:
    pharmacy = begin(database, pack)
    run = opens(pharmacy, pack)
    crew = Crew(pharmacy)
    drawn(pharmacy, run)
    forms_are_valid(pharmacy, run, [view.line for view in crew.view(run).lines])
    half = crew.finish(run, names=("Ben",))
    assert not [each.line.key for each in half.blank if each.line.role is Role.TECHNICIAN]
    drawn(pharmacy, run)
    view = crew.finish(run)
    assert view.run.state is RunState.COMPLETED
    assert view.answered == view.required
    drawn(pharmacy, run)
    assert not pharmacy.alerts()
    assert pharmacy.look(verify).holds


BRANCHING = [
    pack for pack in EVERY_PACK
    if any(item.when for section in hilltop_with(pack).checklists[pack].sections for item in section.items)
]  # fmt: skip


@pytest.mark.parametrize("pack", BRANCHING)
def test_each_branch_of_a_pack_is_asked_and_completes_it_too(database: Database, pack: str) -> None:
    """With each option chosen in turn, and a number out of its range, every line is asked at least once."""
    pharmacy = begin(database, pack)
    run, asked = opens(pharmacy, pack), set[str]()
    plan = Crew(pharmacy).view(run).plan
    for way in range(ways(plan)):
        run = by_hand(pharmacy, pack, f"way {way}") if way else run
        view = in_another_way(pharmacy, plan, way).finish(run)
        assert view.run.state is RunState.COMPLETED
        drawn(pharmacy, run)
        asked |= {each.line.key for each in view.lines if each.asked}
    assert asked == {line.key for line in plan.lines}
    assert pharmacy.look(verify).holds


def ways(plan: Plan) -> int:
    """How often a plan must be answered to see all of its branches."""
    return max([2, *(len(plan.line(line.when.item).options) for line in plan.lines if line.when)])


def in_another_way(pharmacy: PharmacyHarness, plan: Plan, way: int) -> Crew:
    """A crew that chooses another option each time, and every second time enters what is out of range."""
    hang_on = {line.when.item for line in plan.lines if line.when}

    def says(line: Line) -> Reply | None:
        bad = bad_value(line, crew.today) if line.key in hang_on and way % 2 else None
        return Reply(line.key, value=bad, note="the nurse was called") if bad else None

    crew = Crew(pharmacy, choice=way, says=says)
    return crew


@pytest.mark.parametrize("pack", EVERY_PACK)
def test_a_pack_that_nobody_answers_is_missed_told_once_and_done_late(database: Database, pack: str) -> None:
    pharmacy = begin(database, pack)
    run = opens(pharmacy, pack)
    crew = Crew(pharmacy)
    pharmacy._pass_until(crew.view(run).run.missed_at + timedelta(minutes=1))
    view = crew.view(run)
    assert view.run.state is RunState.MISSED
    assert {each.line.key for each in view.lines if each.missed} == {
        each.line.key for each in view.lines if each.counts
    }
    (alert,) = alerts_of(pharmacy, run)
    assert alert.escalate_at is not None
    assert alert.escalate_at > pharmacy.now
    assert ":no_entry:" in str(drawn(pharmacy, run))
    crew.finish(run)
    view = crew.view(run)
    assert view.run.state is RunState.MISSED, "what was missed stays missed"
    assert view.run.completed_at is not None
    assert all(each.answer is not None and each.answer.late for each in view.lines if each.counts)
    assert "done late" in str(drawn(pharmacy, run))
    assert not [each for each in alerts_of(pharmacy, run) if each.state != "resolved"]
    assert pharmacy.look(verify).holds


def alerts_of(pharmacy: PharmacyHarness, run: int) -> list[Row[tuple[object, ...]]]:
    """The alerts of a run's missed lines."""
    of_run = select(tables.missed_lines.c.alert).where(tables.missed_lines.c.run == run)
    query = select(tables.alerts).where(tables.alerts.c.id.in_(of_run), tables.alerts.c.kind == AlertKind.MISSED)
    return pharmacy.look(lambda connection: list(connection.execute(query).all()))


@pytest.mark.parametrize("pack", [pack for pack in EVERY_PACK if not is_by_event(pack)])
def test_a_pack_that_is_shown_early_takes_nothing_yet(database: Database, pack: str) -> None:
    pharmacy = begin(database, pack)
    today = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", pharmacy.on))
    (prepared, *_) = (view for view in today if view.run.state is RunState.PREPARED)
    text = str(drawn(pharmacy, prepared.run.id))
    assert ":lock: opens at" in text
    assert "item_done" not in text


# --- posted for real


class Clock:
    """What time it is for Slack: that of the story being told."""

    now: Callable[[], datetime] = staticmethod(lambda: datetime(2026, 11, 23, 5, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def workspace(clock: Clock) -> Iterator[SlackEmulator]:
    """One Slack for all packs."""
    emulator = SlackEmulator(lambda: clock.now().timestamp(), rate_limits=False)
    with emulator:
        for person in hilltop_with("voicemail").people.values():
            emulator.add_user(person.slack, person.id, person.name, "")
        emulator.add_channel(CHANNEL, "hilltop-main", ["U0AMIRA", "U0BEN", "U0MORGAN", "U0PRIYA"])
        emulator.use_manifest(manifest())
        yield emulator


def add_by_hand(wanted: tuple[Any, ...], connection: Connection) -> int:
    """A follow-up."""
    return follow_ups.add_by_hand(connection, *wanted)


def leave_open(pharmacy: PharmacyHarness) -> None:
    """Priya leaves a note and two follow-ups to the shift that begins."""
    site, definitions, priya, now = pharmacy.site, pharmacy.definitions, pharmacy.person("Priya"), pharmacy.now
    pharmacy.act(lambda connection: hand_over.write(connection, definitions, site, priya, "Door sticks.", "k", now))
    for key, what in enumerate(("Call the wholesaler", "Bell of the drive-through is loose")):
        wanted = (definitions, site, priya, what, None, f"k{key}", now, Role.TECHNICIAN)
        pharmacy.act(partial(add_by_hand, wanted))


@pytest.mark.parametrize("pack", EVERY_PACK)
def test_slack_refuses_nothing_of_a_pack(
    workspace: SlackEmulator, clock: Clock, migrated_sqlite: Path, tmp_path: Path, pack: str
) -> None:
    """Its card with what was left open, its reminders, its alert, and the same card as it is edited to the end."""
    shutil.copy(migrated_sqlite, tmp_path / "shiftbot.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'shiftbot.sqlite3'}")
    pharmacy, called = begin(database, pack), len(workspace.calls)
    clock.now = lambda: pharmacy.now
    desk = Desk(database, lambda: pharmacy.definitions, lambda: pharmacy.now, lambda: None)
    pharmacy.inbox = SlackSender(desk, slack_client(workspace.bot_token, workspace.api_url))  # type: ignore[assignment]
    leave_open(pharmacy)
    run = opens(pharmacy, pack)
    crew = Crew(pharmacy)
    crew.finish(run, names=("Ben",))
    pharmacy._pass_until(crew.view(run).run.missed_at + timedelta(minutes=1))
    crew.finish(run)
    calls = workspace.calls[called:]
    assert [(call.method, call.response) for call in calls if not call.ok] == []
    assert check_calls(calls) > 2
    begins = crew.view(run).plan.shift is ShiftPart.START
    assert any("Door sticks." in str(call.arguments) and "item_" in str(call.arguments) for call in calls) is begins
    database.close()
