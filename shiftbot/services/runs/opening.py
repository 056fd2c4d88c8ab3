"""The tick's part in a run: open it, remind of it, mark it missed with its one alert."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Line
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import local_clock
from shiftbot.domain.run import Run, RunState, next_attention, unanswered
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, escalation
from shiftbot.services.answering import Book, names, open_books, settle
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert
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
        record.append(
            connection, [_entry(run, "run-opened", {"due": run.due_at, "plan": run.plan}, now) for run in opened]
        )

    return each_alone(database, find, take, name=lambda run: f"run {run.id}")


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
        _miss(connection, pharmacy, [book for book in books if now >= book.run.missed_at], now)
        _remind(connection, pharmacy, [book for book in books if now < book.run.missed_at], now)

    return each_alone(database, find, take, name=lambda run: f"run {run.id}")


def _miss(connection: Connection, pharmacy: Pharmacy, books: list[Book], now: datetime) -> None:
    blank = {book.run.id: unanswered(book.plan, book.stands) for book in books}
    for book in books:
        if not blank[book.run.id]:
            settle(connection, pharmacy, book.run, now)
    overdue = [book for book in books if blank[book.run.id]]
    ours = {
        run.id for run in runs.move_all(connection, [book.run for book in overdue], RunState.MISSED, attention_at=None)
    }
    missed = [(book, blank[book.run.id]) for book in overdue if book.run.id in ours]
    news = [_missed_alert(pharmacy, book, lines) for book, lines in missed]
    opened = list(zip(missed, escalation.open_alerts(connection, pharmacy, news, now), strict=True))
    runs.add_missed_lines(
        connection, [(book.run.id, line.key, alert) for (book, lines), alert in opened for line in lines]
    )
    record.append(
        connection,
        [
            _entry(book.run, "run-missed", {"missed": [line.key for line in lines], "alert": alert}, now)
            for (book, lines), alert in opened
        ],
    )
    delivery.touch_all(connection, CardKind.RUN, ours, now)


def _missed_alert(pharmacy: Pharmacy, book: Book, blank: Sequence[Line]) -> NewAlert:
    due = local_clock(pharmacy.sites[book.run.site].calendar, book.run.due_at)
    return NewAlert(
        site=book.run.site,
        kind=AlertKind.MISSED,
        subject=str(book.run.id),
        title=f"{book.plan.title} missed",
        detail=f"due {due}, not answered: {names(blank)}",
        policy=book.plan.escalation,
    )


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
