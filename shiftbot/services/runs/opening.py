"""The tick's part in a run: show it, open it, remind of it, mark it missed with its one alert, let it expire."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.reminding import next_attention
from shiftbot.domain.run import Run, RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.answering import open_books
from shiftbot.services.batches import each_alone
from shiftbot.services.missing import miss
from shiftbot.services.occasions import opened_entry
from shiftbot.services.runs.reminding import remind
from shiftbot.storage import cards, record, runs
from shiftbot.storage.database import Database

BATCH = 500


def open_due_runs(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Show what is to be seen before it opens, and open what is due to: state, card and record entry together."""

    def find(connection: Connection) -> list[Run]:
        return runs.find_due(connection, RunState.PREPARED, now, BATCH)

    def take(connection: Connection, due: list[Run]) -> None:
        opened = _move(connection, [run for run in due if run.opens_at <= now], now)
        early = _show(connection, [run for run in due if run.opens_at > now], now)
        wanted = [(CardKind.RUN, str(run.id), run.site, pharmacy.sites[run.site].channel) for run in (*opened, *early)]
        cards.add(connection, wanted, now)
        delivery.touch_all(connection, CardKind.RUN, [run.id for run in opened if run.shows_at is not None], now)
        record.append(connection, [opened_entry(run, now) for run in opened])

    return each_alone(database, find, take, name=_name)


def _name(run: Run) -> str:
    return f"run {run.id}"


def _move(connection: Connection, due: Sequence[Run], now: datetime) -> list[Run]:
    """Those that we opened; many are to be looked at next at the same instant, and are moved together."""
    by_instant: dict[datetime | None, list[Run]] = {}
    for run in due:
        by_instant.setdefault(next_attention(replace(run, state=RunState.OPEN), now), []).append(run)
    return [
        run
        for at, group in by_instant.items()
        for run in runs.move_all(connection, group, RunState.OPEN, attention_at=at)
    ]


def _show(connection: Connection, early: Sequence[Run], now: datetime) -> list[Run]:
    """Those whose card is to be seen by now; all of them are looked at next when that is, or when they open."""
    by_instant: dict[datetime | None, list[Run]] = {}
    for run in early:
        by_instant.setdefault(next_attention(run, now), []).append(run)
    for at, group in by_instant.items():
        runs.wait(connection, group, at)
    return [run for run in early if run.shows_at is not None and run.shows_at <= now]


def remind_and_miss(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Remind of what is nearly due, and mark missed what is past due + grace, each with its one alert; how many."""

    def find(connection: Connection) -> list[Run]:
        return runs.find_due(connection, RunState.OPEN, now, BATCH)

    def take(connection: Connection, due: list[Run]) -> None:
        record.hold(connection, [run.site for run in due])
        books = open_books(connection, due)
        miss(connection, pharmacy, [book for book in books if now >= book.run.missed_at], now)
        remind(connection, pharmacy, [book for book in books if now < book.run.missed_at], now)

    return each_alone(database, find, take, name=_name) + _expire(database, now)


def _expire(database: Database, now: datetime) -> int:
    """Note of missed runs that from now on nobody can do them late any more; how many."""

    def find(connection: Connection) -> list[Run]:
        return runs.find_due(connection, RunState.MISSED, now, BATCH)

    def take(connection: Connection, due: list[Run]) -> None:
        runs.wait(connection, due, None)
        delivery.touch_all(connection, CardKind.RUN, [run.id for run in due], now)
        record.append(
            connection,
            [Entry(run.site, now, "shiftbot", "run-expired", f"run:{run.id}", {"at": run.expires_at}) for run in due],
        )

    return each_alone(database, find, take, name=_name)
