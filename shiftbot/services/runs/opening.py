"""The tick's part in a run: open it, remind of it, mark it missed with its one alert."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import local_clock
from shiftbot.domain.run import Run, RunState, next_attention, unanswered
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, escalation
from shiftbot.services.answering import names, open_book, settle
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
        opened = [
            run for run in due if runs.move(connection, run, RunState.OPEN, attention_at=_after_opening(run, now))
        ]
        wanted = [(CardKind.RUN, str(run.id), run.site, pharmacy.sites[run.site].channel) for run in opened]
        cards.add(connection, wanted, now)
        record.append(
            connection, [_entry(run, "run-opened", {"due": run.due_at, "plan": run.plan}, now) for run in opened]
        )

    return each_alone(database, find, take, name=lambda run: f"run {run.id}")


def _after_opening(run: Run, now: datetime) -> datetime | None:
    return next_attention(replace(run, state=RunState.OPEN), now)


def remind_and_miss(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Remind of what is nearly due, and mark missed what is past due + grace, each with its one alert; how many."""

    def find(connection: Connection) -> list[Run]:
        return runs.find_due(connection, RunState.OPEN, now, BATCH)

    def take(connection: Connection, due: list[Run]) -> None:
        for run in due:
            if now >= run.missed_at:
                _miss(connection, pharmacy, run, now)
            else:
                _remind(connection, pharmacy, run, now)

    return each_alone(database, find, take, name=lambda run: f"run {run.id}")


def _miss(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> None:
    book = open_book(connection, run)
    blank = unanswered(book.plan, book.stands)
    if not blank:
        settle(connection, pharmacy, run, now)
        return
    if not runs.move(connection, run, RunState.MISSED, attention_at=None):
        return
    calendar = pharmacy.sites[run.site].calendar
    alert = escalation.open_alert(
        connection,
        pharmacy,
        NewAlert(
            site=run.site,
            kind=AlertKind.MISSED,
            subject=str(run.id),
            title=f"{book.plan.title} missed",
            detail=f"due {local_clock(calendar, run.due_at)}, not answered: {names(blank)}",
            policy=book.plan.escalation,
        ),
        now,
    )
    runs.add_missed_lines(connection, run.id, [line.key for line in blank], alert)
    body = {"missed": [line.key for line in blank], "alert": alert}
    record.append(connection, [_entry(run, "run-missed", body, now)])
    delivery.touch(connection, CardKind.RUN, run.id, now)


def _remind(connection: Connection, pharmacy: Pharmacy, run: Run, now: datetime) -> None:
    runs.set_attention(connection, run.id, run.missed_at)
    book = open_book(connection, run)
    blank = unanswered(book.plan, book.stands)
    site = pharmacy.sites[run.site]
    if not blank:
        return
    notice = Notice(
        key=f"run:{run.id}:reminder",
        lane=Lane.ROUTINE,
        site=run.site,
        kind=NoticeKind.REMINDER,
        recipient=site.channel,
        text=f"{book.plan.title} is due at {local_clock(site.calendar, run.due_at)}. Still open: {names(blank)}.",
        about={"run": run.id},
    )
    delivery.queue(connection, pharmacy, [notice], now)
    record.append(connection, [_entry(run, "run-reminded", {"open": len(blank)}, now)])


def _entry(run: Run, kind: str, body: Mapping[str, object], now: datetime) -> Entry:
    subject = {"checklist": run.checklist, "date": run.local_on.isoformat(), "slot": run.slot}
    return Entry(run.site, now, "shiftbot", kind, f"run:{run.id}", {**subject, **body})
