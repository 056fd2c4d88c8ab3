"""The definitions are read again while shiftbot runs: all when all are valid, else none, and managers hear why."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shiftbot import ticker
from shiftbot.bootstrap import DEFINED_BY, Part, Shiftbot
from shiftbot.clock import FastClock
from shiftbot.errors import Refused
from shiftbot.services import runs
from shiftbot.settings import Settings
from shiftbot.storage import tables
from tests.end_to_end.premises import Premises, Round

NOON = datetime(2026, 11, 23, 17, 0, 20, tzinfo=UTC)
LATER = Round("afternoon", due_in=7200)

Makes = Callable[..., Shiftbot]


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    """A pharmacy's folder with one checklist that is open at noon, and one that opens in an hour."""
    made = Premises(tmp_path / "home", [Round("midday", due_in=3600)])
    (made.folder).mkdir()
    made.write(NOON)
    return made


@pytest.fixture
def makes(database_url: str, premises: Premises) -> Iterator[Makes]:
    """Makes a process at noon, put together, with a tick behind it, and not started."""
    made: list[Shiftbot] = []

    def make(parts: frozenset[Part] = DEFINED_BY) -> Shiftbot:
        settings = Settings.model_validate(
            {"home": premises.folder, "database_url": database_url, "slack_bot_token": "xoxb-1",
             "slack_app_token": "xapp-1", "slack_api_url": "http://127.0.0.1:1/api/"}
        )  # fmt: skip
        clock = FastClock(NOON, 1.0)
        clock.pause()
        made.append(Shiftbot(settings, parts=parts, clock=clock))
        runs.plan_ahead(made[-1].database, made[-1].pharmacy, NOON)
        assert ticker.tick(made[-1].database, made[-1].pharmacy, NOON)
        return made[-1]

    yield make
    for each in made:
        each._heartbeat.stop(wait=True)
        each._opened.close()


def rewrite(premises: Premises, checklist: str, **changed: object) -> None:
    """Edit keys of a checklist's file."""
    path = premises.folder / "checklists" / f"{checklist}.yaml"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changed, indent=1), encoding="utf-8")


def changes(process: Shiftbot) -> list[tuple[str, dict[str, str]]]:
    query = select(tables.record.c.actor, tables.record.c.body).where(tables.record.c.kind == "definitions-changed")
    with process.database.snapshot() as connection:
        return [(row.actor, json.loads(row.body)) for row in connection.execute(query)]


def told(process: Shiftbot) -> list[tuple[str, str]]:
    query = select(tables.outbox.c.recipient, tables.outbox.c.text).where(tables.outbox.c.kind == "definitions")
    with process.database.snapshot() as connection:
        return [(row.recipient, row.text) for row in connection.execute(query)]


def titles(process: Shiftbot, state: str) -> set[str]:
    """Titles of the plans of all runs in a state."""
    query = (
        select(tables.plans.c.body)
        .join(tables.runs, tables.runs.c.plan == tables.plans.c.digest)
        .where(tables.runs.c.state == state)
    )
    with process.database.snapshot() as connection:
        return {json.loads(body)["title"] for body in connection.execute(query).scalars()}


def test_valid_definitions_are_in_force_and_on_the_record(makes: Makes, premises: Premises) -> None:
    process = makes()
    before, morgan = process.pharmacy, process.pharmacy.people["morgan"]
    rewrite(premises, "midday", title="Midday round, in new words")
    assert process.reload(morgan) == []
    assert process.pharmacy.checklists["midday"].title == "Midday round, in new words"
    assert changes(process) == [("morgan", {"before": before.digest, "after": process.pharmacy.digest})]
    ticker.tick(process.database, process.pharmacy, NOON + timedelta(seconds=1))
    assert titles(process, "open") == {"Midday"}, "what runs keeps its version"
    assert titles(process, "prepared") == {"Midday round, in new words"}


def test_what_did_not_change_is_no_change(makes: Makes) -> None:
    process = makes()
    before = process.pharmacy
    assert process.reload() == []
    assert process.pharmacy is before
    assert changes(process) == []


def test_a_mistake_anywhere_keeps_all_of_the_old_and_the_manager_is_told_its_place(
    makes: Makes, premises: Premises
) -> None:
    process = makes()
    before = process.pharmacy
    rewrite(premises, "midday", title="Midday round, in new words", grace="never")
    premises.rounds = [*premises.rounds, LATER]
    (place,) = process.reload()
    assert place.startswith("checklists/midday.yaml:6:")
    assert process.pharmacy is before
    assert changes(process) == []
    ((who, text),) = told(process)
    assert who == "morgan"
    assert "goes on with the old ones" in text
    assert place in text
    process.reload()
    assert len(told(process)) == 1, "the same mistakes a moment later"
    rewrite(premises, "midday", grace="1m")
    assert process.reload() == []
    assert process.pharmacy.checklists["midday"].title == "Midday round, in new words"


def test_a_folder_that_is_gone_keeps_the_old(makes: Makes, premises: Premises) -> None:
    process = makes()
    (premises.folder / "pharmacy.yaml").unlink()
    assert process.reload()
    assert "hilltop-main" in process.pharmacy.sites


def test_pharmacists_and_managers_may_ask_for_it(makes: Makes) -> None:
    process = makes()
    for name in ("amira", "morgan"):
        assert process._reload_for(process.pharmacy.people[name]) == []
    with pytest.raises(Refused, match="A pharmacist or manager"):
        process._reload_for(process.pharmacy.people["ben"])


def test_one_of_several_processes_does_not_go_ahead_of_the_others(makes: Makes) -> None:
    process = makes(frozenset({Part.TICK}))
    with pytest.raises(Refused, match="send SIGHUP to each"):
        process._reload_for(process.pharmacy.people["morgan"])
    assert process.reload() == []


def test_only_the_process_that_ticks_records_and_tells(makes: Makes, premises: Premises) -> None:
    process = makes(frozenset({Part.BOT}))
    rewrite(premises, "midday", grace="never")
    assert process.reload()
    rewrite(premises, "midday", grace="2m")
    assert process.reload() == []
    assert process.pharmacy.checklists["midday"].schedule.grace == timedelta(minutes=2)
    assert (told(process), changes(process)) == ([], [])
