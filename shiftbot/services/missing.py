"""Marking runs missed: what is not answered by due + grace is tied, line by line, to the run's one alert.

The tick does so at the deadline. Whoever writes to a run that the tick did not get to yet does so first, in the same
transaction: a late tick makes no answer punctual. What was missed long before it is found was missed while nothing
ran: a site hears of all of it in one alert.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Line
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.run import Run, RunState, unanswered
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, escalation
from shiftbot.services.answering import Book, names, open_book, settle
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import record, runs
from shiftbot.storage.runs import Overdue

LONG_AGO = timedelta(hours=1)
"""A run that is found missed so long after its deadline is gathered with the others of its site."""


def miss_overdue(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> Run:
    """The run as it stands once its deadline is heeded; to be asked for before anything is written to it."""
    if run.state is not RunState.OPEN or now < run.missed_at:
        return run
    miss(connection, pharmacy, [open_book(connection, run)], now, gather=False)
    return runs.load_run(connection, run.id) or run


def miss(
    connection: Connection, pharmacy: Pharmacy, books: Sequence[Book], now: datetime, *, gather: bool = True
) -> None:
    """Mark open runs past their deadline missed, each with its one alert; those without a blank line are completed.

    Those of one site that were missed long ago share an alert when `gather`.
    """
    overview = _overview(connection, books, now) if gather else {}
    blank = {book.run.id: unanswered(book.plan, book.stands) for book in books}
    for book in books:
        if not blank[book.run.id]:
            settle(connection, pharmacy, book.run, now)
    overdue = [book for book in books if blank[book.run.id]]
    ours = runs.mark_missed(connection, [book.run for book in overdue])
    missed = [(book, blank[book.run.id]) for book in overdue if book.run.id in ours]
    news = [_alert(pharmacy, book, lines, overview, now) for book, lines in missed]
    opened = list(zip(missed, escalation.open_alerts(connection, pharmacy, news, now), strict=True))
    stored_answers.add_missed_lines(
        connection, [(book.run.id, line.key, alert) for (book, lines), alert in opened for line in lines]
    )
    record.append(connection, [_entry(book.run, lines, alert, now) for (book, lines), alert in opened])
    delivery.touch_all(connection, CardKind.RUN, ours, now)


def _overview(connection: Connection, books: Sequence[Book], now: datetime) -> dict[str, list[Overdue]]:
    """What was missed long ago, by site, as far as there is anything to gather."""
    sites = {book.run.site for book in books if book.run.missed_at <= now - LONG_AGO}
    found: dict[str, list[Overdue]] = {}
    for overdue in runs.overdue(connection, sites, now - LONG_AGO) if sites else ():
        found.setdefault(overdue.site, []).append(overdue)
    return found


def _alert(
    pharmacy: Pharmacy, book: Book, blank: Sequence[Line], overview: dict[str, list[Overdue]], now: datetime
) -> NewAlert:
    overdue = overview.get(book.run.site, [])
    if book.run.missed_at <= now - LONG_AGO and sum(each.runs for each in overdue) > 1:
        return _gathered(pharmacy, book.run.site, overdue, now)
    due = local_clock(pharmacy.sites[book.run.site].calendar, book.run.due_at)
    return NewAlert(
        site=book.run.site,
        kind=AlertKind.MISSED,
        subject=str(book.run.id),
        title=f"{book.plan.title} missed",
        detail=f"due {due}, not answered: {names(blank)}",
        policy=book.plan.escalation,
    )


def _gathered(pharmacy: Pharmacy, site: str, overdue: Sequence[Overdue], now: datetime) -> NewAlert:
    titles = {each.checklist: pharmacy.checklists.get(each.checklist) for each in overdue}
    named = [(found.title if (found := titles[each.checklist]) else each.checklist, each.runs) for each in overdue]
    first, last = min(each.first_on for each in overdue), max(each.last_on for each in overdue)
    days = f"on {first:%a} {first.day} {first:%b}"
    if last > first:
        days = f"from {first:%a} {first.day} {first:%b} to {last:%a} {last.day} {last:%b}"
    return NewAlert(
        site=site,
        kind=AlertKind.MISSED,
        subject=f"{site}@{now.isoformat()}",
        title=f"{sum(count for _, count in named)} checklists were missed while shiftbot was not running",
        detail=f"{days}: " + ", ".join(f"{title} ({count})" for title, count in named),
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
