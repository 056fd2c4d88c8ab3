"""Marking runs missed: what is not answered by due + grace is tied, line by line, to the run's one alert.

The tick does so at the deadline. Whoever writes to a run that the tick did not get to yet does so first, in the same
transaction: a late tick makes no answer punctual.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Line
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import local_clock
from shiftbot.domain.run import Run, RunState, unanswered
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, escalation
from shiftbot.services.answering import Book, names, open_book, settle
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import record, runs


def miss_overdue(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> Run:
    """The run as it stands once its deadline is heeded; to be asked for before anything is written to it."""
    if run.state is not RunState.OPEN or now < run.missed_at:
        return run
    miss(connection, pharmacy, [open_book(connection, run)], now)
    return runs.load_run(connection, run.id) or run


def miss(connection: Connection, pharmacy: Pharmacy, books: Sequence[Book], now: datetime) -> None:
    """Mark open runs past their deadline missed, each with its one alert; those without a blank line are completed."""
    blank = {book.run.id: unanswered(book.plan, book.stands) for book in books}
    for book in books:
        if not blank[book.run.id]:
            settle(connection, pharmacy, book.run, now)
    overdue = [book for book in books if blank[book.run.id]]
    ours = {
        run.id for run in runs.move_all(connection, [book.run for book in overdue], RunState.MISSED, attention_at=None)
    }
    missed = [(book, blank[book.run.id]) for book in overdue if book.run.id in ours]
    news = [_alert(pharmacy, book, lines) for book, lines in missed]
    opened = list(zip(missed, escalation.open_alerts(connection, pharmacy, news, now), strict=True))
    runs.add_missed_lines(
        connection, [(book.run.id, line.key, alert) for (book, lines), alert in opened for line in lines]
    )
    record.append(connection, [_entry(book.run, lines, alert, now) for (book, lines), alert in opened])
    delivery.touch_all(connection, CardKind.RUN, ours, now)


def _alert(pharmacy: Pharmacy, book: Book, blank: Sequence[Line]) -> NewAlert:
    due = local_clock(pharmacy.sites[book.run.site].calendar, book.run.due_at)
    return NewAlert(
        site=book.run.site,
        kind=AlertKind.MISSED,
        subject=str(book.run.id),
        title=f"{book.plan.title} missed",
        detail=f"due {due}, not answered: {names(blank)}",
        policy=book.plan.escalation,
    )


def _entry(run: Run, lines: Sequence[Line], alert: int, now: datetime) -> Entry:
    body = {
        "checklist": run.checklist,
        "date": run.local_on.isoformat(),
        "slot": run.slot,
        "missed": [line.key for line in lines],
        "alert": alert,
    }
    return Entry(run.site, now, "shiftbot", "run-missed", f"run:{run.id}", body)
