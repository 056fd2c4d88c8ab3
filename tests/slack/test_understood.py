"""What the bot says it understood is what it stored, whatever somebody types."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from shiftbot import ticker
from shiftbot.domain.answer import Outcome
from shiftbot.services import runs
from shiftbot.services.runs import RunView
from shiftbot.slack.blocks.parts import unescape
from shiftbot.slack.desk import Desk
from shiftbot.slack.replying import respond_to
from shiftbot.slack.texts import answer_text
from shiftbot.storage.database import Database
from tests.cast import AMIRA, BEN, hilltop

NOW = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)

PHARMACY = hilltop()

HURRIED = "1 2 3 4 5 9 1-4 41 39,5 fridge , and done ok n/a fail closed torn undo all all|but ? ; lights"

WORDS = st.sampled_from([word.replace("|", " ") for word in HURRIED.split()] + ["\n"])


@contextmanager
def discarded(desk: Desk) -> Iterator[Connection]:
    """A transaction whose effects are taken back at its end."""
    with desk.database.engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The opening checklist, open since 07:15."""
    path = tmp_path_factory.mktemp("understood") / "shiftbot.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    runs.plan_ahead(database, PHARMACY, NOW)
    ticker.tick(database, PHARMACY, NOW)
    yield Desk(database, lambda: PHARMACY, lambda: NOW, lambda: None)
    database.close()


def answers(view: RunView) -> dict[int, str]:
    """What stands for each line, in the words of the bot."""
    return {each.line.number: answer_text(each.line, each.answer) for each in view.lines if each.answer}


def claimed(text: str, before: dict[int, str]) -> dict[int, str]:
    """What the bot's answer says stands now, given what stood before."""
    stands = dict(before)
    for said in text.splitlines():
        if back := re.match(r":leftwards_arrow_with_hook: (\d+)\. ", said):
            del stands[int(back.group(1))]
    for said in text.splitlines():
        if ticks := re.match(r":white_check_mark: done: (.*)", said):
            stands |= {int(number): "done" for number in re.findall(r"(?:^|  ·  )(\d+)\. ", ticks.group(1))}
        elif other := re.match(r":white_check_mark: (\d+)\. .*?: ((?:n/a|failed): .*|[^:]*)$", said):
            stands[int(other.group(1))] = unescape(other.group(2))
    return stands


@settings(max_examples=200)
@given(messages=st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=3))
def test_what_the_bot_says_it_understood_is_what_it_stored(desk: Desk, messages: list[str]) -> None:
    with discarded(desk) as connection:
        (run,) = runs.of_day(connection, PHARMACY, "hilltop-main", date(2026, 11, 23))
        for message, person in zip(messages, (BEN, AMIRA, BEN), strict=False):
            view = runs.view_run(connection, PHARMACY, run.run.id)
            assert view is not None
            said = respond_to(desk, connection, view, person, message)
            after = runs.view_run(connection, PHARMACY, run.run.id)
            assert after is not None
            assert said
            assert claimed(said, answers(view)) == answers(after), said


def test_undo_restores_the_blank_line(desk: Desk) -> None:
    with discarded(desk) as connection:
        (run,) = runs.of_day(connection, PHARMACY, "hilltop-main", date(2026, 11, 23))
        respond_to(desk, connection, run, BEN, "1 n/a closed")
        after = runs.view_run(connection, PHARMACY, run.run.id)
        assert after is not None
        assert after.lines[0].answer is not None
        assert after.lines[0].answer.outcome is Outcome.NOT_APPLICABLE
        respond_to(desk, connection, after, BEN, "undo 1")
        again = runs.view_run(connection, PHARMACY, run.run.id)
        assert again is not None
        assert again.lines[0].answer is None


def test_words_that_mean_nothing_are_answered_and_not_repeated(desk: Desk) -> None:
    with discarded(desk) as connection:
        (run,) = runs.of_day(connection, PHARMACY, "hilltop-main", date(2026, 11, 23))
        said = respond_to(desk, connection, run, BEN, "John Smith came back")
    assert "I did not understand that" in said
    assert "Smith" not in said
