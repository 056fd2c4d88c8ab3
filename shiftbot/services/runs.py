"""Runs: prepared, opened, reminded of, answered, taken back, missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Answer, Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line, Plan, lay_out
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import instant, local_clock, local_date, occurrences
from shiftbot.domain.run import Run, RunState, next_attention, refuse_unless_open, standing, unanswered
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.services import delivery, escalation
from shiftbot.services.answering import Book, add_answer, names, open_book, settle, store_answer
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import cards, record, runs, schedules
from shiftbot.storage.database import Database

BATCH = 500

LOOK_BACK_DAYS = 7
"""After a stop, runs of at most this many past days are prepared, to be shown as missed instead of vanishing."""


# --- preparing ------------------------------------------------------------------------------------------------------


def plan_for(pharmacy: Pharmacy, site: Site, checklist_id: str) -> Plan:
    """What the next run of a checklist asks at a site, as defined now."""
    units = pharmacy.units_of(site.id)
    degrees = site.temperature_unit
    limits = {unit.id: (unit.storage_class.low[degrees], unit.storage_class.high[degrees]) for unit in units}
    return lay_out(
        pharmacy.checklists[checklist_id],
        temperature_unit=degrees.value,
        units={unit.id: unit.name for unit in units},
        controlled={drug.id: drug.name for drug in site.controlled},
        limits=limits,
    )


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions: every site's runs not yet open are prepared again at the next tick."""
    with database.transaction() as connection:
        for site in pharmacy.sites.values():
            today = local_date(site.calendar, now)
            if not schedules.add(connection, site.id, "prepare", now, today):
                known = schedules.load(connection, site.id, "prepare")
                if known is not None and known[0] > now:
                    schedules.move(connection, site.id, "prepare", known[0], now, known[1])


def prepare_runs(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Prepare today's and tomorrow's runs of every site whose turn it is; each site in a transaction of its own."""

    def find(connection: Connection) -> list[tuple[str, date | None, datetime]]:
        return [due for due in schedules.find_due(connection, "prepare", now) if due[0] in pharmacy.sites][:BATCH]

    def take(connection: Connection, due: list[tuple[str, date | None, datetime]]) -> None:
        for site_id, since_on, since in due:
            _prepare_site(connection, pharmacy, pharmacy.sites[site_id], since_on, since, now)

    each_alone(database, find, take, name=lambda due: f"the runs of {due[0]}")


def _prepare_site(
    connection: Connection, pharmacy: Pharmacy, site: Site, since_on: date | None, since: datetime, now: datetime
) -> None:
    today = local_date(site.calendar, now)
    first = max(min(since_on or today, today), today - timedelta(days=LOOK_BACK_DAYS))
    known = runs.has_any(connection, site.id)
    runs.forget_prepared(connection, site.id, now)
    for checklist_id in site.checklists:
        plan = plan_for(pharmacy, site, checklist_id)
        if not plan.lines:
            continue
        schedule = pharmacy.checklists[checklist_id].schedule
        days = ((today + timedelta(days=1)) - first).days + 1
        due = [
            each
            for day in range(days)
            for each in occurrences(schedule, site.calendar, first + timedelta(days=day))
            if known or each.missed_at > now
        ]
        runs.prepare(connection, site.id, checklist_id, runs.save_plan(connection, plan), due)
    midnight = instant(site.calendar.timezone, today + timedelta(days=1), datetime.min.time())
    schedules.move(connection, site.id, "prepare", since, midnight, today + timedelta(days=1))


# --- the tick -------------------------------------------------------------------------------------------------------


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


# --- answering ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Responded:
    """What became of a reply: what was stored, what was refused and why (for the person), whether all is done."""

    stored: tuple[tuple[Line, Answer], ...]
    refused: tuple[tuple[Line, str], ...]
    complete: bool


def respond(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    person: Person,
    replies: Sequence[Reply],
    via: str,
    now: datetime,
) -> Responded:
    """Store what a person says to lines, each that may be stored. Raises Refused when the run takes none."""
    book = _book(connection, run_id, now)
    stored: list[tuple[Line, Answer]] = []
    refused: list[tuple[Line, str]] = []
    for reply in replies:
        line = book.plan.line(reply.line)
        try:
            _refuse_open_count(line, reply)
            stored.append((line, store_answer(connection, pharmacy, book, reply, person, via, now)))
        except Refused as why:
            refused.append((line, str(why)))
    complete = settle(connection, pharmacy, book.run, now) if stored else False
    return Responded(tuple(stored), tuple(refused), complete)


def _book(connection: Connection, run_id: int, now: datetime) -> Book:
    run = runs.load_run(connection, run_id)
    if run is None:
        raise Refused("This checklist is not in the database any more; nothing was stored.")
    refuse_unless_open(run, now)
    return open_book(connection, run)


def _refuse_open_count(line: Line, reply: Reply) -> None:
    if line.kind is ItemKind.COUNT and line.witness and reply.outcome is Outcome.DONE:
        raise Refused("Enter a controlled count with its button, so that the witness does not see your number first.")


def undo(
    connection: Connection,
    pharmacy: Pharmacy,
    run_id: int,
    person: Person,
    line_keys: Sequence[str],
    now: datetime,
) -> Responded:
    """Take back answers: the line is blank again, the answer stays on the record. Raises Refused when too late."""
    book = _book(connection, run_id, now)
    stored: list[tuple[Line, Answer]] = []
    refused: list[tuple[Line, str]] = []
    for key in line_keys:
        line = book.plan.line(key)
        try:
            stored.append((line, _withdraw(connection, pharmacy, book, line, person, now)))
        except Refused as why:
            refused.append((line, str(why)))
    complete = settle(connection, pharmacy, book.run, now) if stored else False
    return Responded(tuple(stored), tuple(refused), complete)


def _withdraw(
    connection: Connection, pharmacy: Pharmacy, book: Book, line: Line, person: Person, now: datetime
) -> Answer:
    stands = book.stands.get(line.key)
    if stands is None:
        raise Refused(f"“{line.title}” has no answer to take back.")
    if stands.answered_by != person.id:
        by = pharmacy.people.get(stands.answered_by)
        raise Refused(f"{by.name if by else stands.answered_by} answered “{line.title}”; only they can take it back.")
    if now >= book.run.missed_at:
        raise Refused("It is past the deadline; what was said stands. Tell the pharmacist, who can note a correction.")
    if line.kind is ItemKind.COUNT and line.witness:
        raise Refused("A witnessed count is not taken back; count again and flag it to the pharmacist.")
    withdrawn = Answer(
        run=book.run.id, line=line.key, revision=book.revision_after(line.key), outcome=Outcome.WITHDRAWN, value=None,
        note="", answered_by=person.id, answered_at=now, late=book.run.is_late(now), via="undo",
    )  # fmt: skip
    add_answer(connection, book, withdrawn)
    return withdrawn


# --- looking --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as it stands: its answer if any, whether it was missed, how many answers were given before this one."""

    line: Line
    answer: Answer | None
    missed: bool
    earlier: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands now, to be shown."""

    run: Run
    plan: Plan
    site: Site
    lines: tuple[LineView, ...]

    @property
    def answered(self) -> int:
        """How many required lines are answered."""
        return sum(1 for view in self.lines if view.line.required and view.answer is not None)

    @property
    def required(self) -> int:
        """How many lines are required."""
        return len(self.plan.required)

    @property
    def blank(self) -> tuple[LineView, ...]:
        """Lines without an answer."""
        return tuple(view for view in self.lines if view.answer is None)


def view_run(connection: Connection, pharmacy: Pharmacy, run_id: int) -> RunView | None:
    """A run to be shown, or nothing when there is none (or its site is no longer defined)."""
    run = runs.look_at_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        return None
    return _views(connection, pharmacy, [run])[0]


def unfinished(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> list[RunView]:
    """A site's runs that can still be answered: open ones, and those missed within a day and not done since."""
    return _views(connection, pharmacy, runs.unfinished_runs(connection, site_id, now - timedelta(days=1)))


def of_day(connection: Connection, pharmacy: Pharmacy, site_id: str, local_on: date) -> list[RunView]:
    """A site's runs of one local date, those not open yet included."""
    return _views(connection, pharmacy, runs.runs_of_day(connection, site_id, local_on))


def _views(connection: Connection, pharmacy: Pharmacy, found: Sequence[Run]) -> list[RunView]:
    answers = runs.load_answers_of(connection, [run.id for run in found])
    missed = runs.missed_lines_of(connection, [run.id for run in found])
    return [
        _view(
            pharmacy,
            run,
            runs.load_plan(connection, run.plan),
            answers.get(run.id, []),
            missed.get(run.id, frozenset()),
        )
        for run in found
    ]


def _view(pharmacy: Pharmacy, run: Run, plan: Plan, answers: Sequence[Answer], missed: frozenset[str]) -> RunView:
    stands = standing(answers)
    lines = tuple(
        LineView(
            line,
            stands.get(line.key),
            line.key in missed,
            sum(1 for answer in answers if answer.line == line.key) - (line.key in stands),
        )
        for line in plan.lines
    )
    return RunView(run, plan, pharmacy.sites[run.site], lines)
