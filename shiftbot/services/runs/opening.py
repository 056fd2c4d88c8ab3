"""The tick's part in a run: open it, remind of it, mark it missed with its one alert."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Line
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import local_clock
from shiftbot.domain.run import Run, RunState, next_attention, unanswered
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.answering import Book, names, open_books
from shiftbot.services.batches import each_alone
from shiftbot.services.missing import miss
from shiftbot.storage import cards, record, runs
from shiftbot.storage.database import Database

BATCH = 500


def open_due_runs(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Open what is due to open: state, card and record entry in one transaction; how many."""

    def find(connection: Connection) -> list[Run]:
        return runs.find_due(connection, RunState.PREPARED, now, BATCH)

    def take(connection: Connection, due: list[Run]) -> None:
        opened = _open(connection, due, now)
        wanted = [(CardKind.RUN, str(run.id), run.site, pharmacy.sites[run.site].channel) for run in opened]
        cards.add(connection, wanted, now)
        record.append(connection, [_entry(run, "run-opened", _asked(run), now) for run in opened])

    return each_alone(database, find, take, name=lambda run: f"run {run.id}")


def _asked(run: Run) -> dict[str, object]:
    return {"due": run.due_at, "missed_at": run.missed_at, "plan": run.plan}


def _open(connection: Connection, due: list[Run], now: datetime) -> list[Run]:
    """Those that we opened; many are to be looked at next at the same instant, and are moved together."""
    by_instant: dict[datetime | None, list[Run]] = {}
    for run in due:
        by_instant.setdefault(next_attention(replace(run, state=RunState.OPEN), now), []).append(run)
    return [
        run
        for at, group in by_instant.items()
        for run in runs.move_all(connection, group, RunState.OPEN, attention_at=at)
    ]


def remind_and_miss(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Remind of what is nearly due, and mark missed what is past due + grace, each with its one alert; how many."""

    def find(connection: Connection) -> list[Run]:
        return runs.find_due(connection, RunState.OPEN, now, BATCH)

    def take(connection: Connection, due: list[Run]) -> None:
        record.hold(connection, [run.site for run in due])
        books = open_books(connection, due)
        miss(connection, pharmacy, [book for book in books if now >= book.run.missed_at], now)
        _remind(connection, pharmacy, [book for book in books if now < book.run.missed_at], now)

    return each_alone(database, find, take, name=lambda run: f"run {run.id}")


def _remind(connection: Connection, pharmacy: Pharmacy, books: list[Book], now: datetime) -> None:
    runs.wait_until_missed(connection, [book.run.id for book in books])
    open_still = [(book, blank) for book in books if (blank := unanswered(book.plan, book.stands))]
    delivery.queue(connection, pharmacy, [_reminder(pharmacy, book, blank) for book, blank in open_still], now)
    record.append(
        connection, [_entry(book.run, "run-reminded", {"open": len(blank)}, now) for book, blank in open_still]
    )


def _reminder(pharmacy: Pharmacy, book: Book, blank: Sequence[Line]) -> Notice:
    run, site = book.run, pharmacy.sites[book.run.site]
    due = local_clock(site.calendar, run.due_at)
    return Notice(
        key=f"run:{run.id}:reminder",
        lane=Lane.ROUTINE,
        site=run.site,
        kind=NoticeKind.REMINDER,
        recipient=site.channel,
        text=f"{book.plan.title} is due at {due}. Still open: {names(blank)}.",
        about={"run": run.id},
    )


def _entry(run: Run, kind: str, body: Mapping[str, object], now: datetime) -> Entry:
    subject = {"checklist": run.checklist, "date": run.local_on.isoformat(), "slot": run.slot}
    return Entry(run.site, now, "shiftbot", kind, f"run:{run.id}", {**subject, **body})
