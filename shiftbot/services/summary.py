"""The day's summary to the managers, the head of the record to the channel, and the site's present state in words."""

from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection

from shiftbot.domain.checklist import ItemKind, Role
from shiftbot.domain.compliance import DaySummary, ExcursionLine, LoopTally, NoteTally, Tally, summary_text, tally
from shiftbot.domain.count import CountState
from shiftbot.domain.hand_over import read_until, replaced
from shiftbot.domain.local_time import instant, is_open_on, local_clock, local_date, local_text
from shiftbot.domain.mute import Mute
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import Anchor, Moment, resolve
from shiftbot.domain.run import Run, RunState, asked, first_said
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import delivery, duty
from shiftbot.services.answering import Book, open_books
from shiftbot.services.batches import each_alone
from shiftbot.storage import (
    alerts,
    cases,
    counts,
    events,
    follow_ups,
    hand_overs,
    mutes,
    outbox,
    record,
    runs,
    schedules,
    shifts,
    summaries,
)
from shiftbot.storage import answers as stored_answers
from shiftbot.storage.database import Database
from shiftbot.storage.schedules import Turn

SUMMARY_AT = Moment(Anchor.CLOSE, timedelta(hours=1))
"""When the day's summary goes out where the site does not say: by then closing has ended or was missed."""

LOOK_AHEAD_DAYS = 60
"""A site that does not open within this many days has no summary planned."""

SITES = 20
"""Summaries in one transaction: nobody else writes to SQLite meanwhile."""

NOTES_WAIT = timedelta(days=8)
"""A note of so long ago may still wait for the shift that is to read it: a pharmacy opens again after a holiday."""

EVENTS_KEPT = timedelta(days=7)
"""Slack repeats an event for about an hour; what it cannot repeat any more is forgotten once a day."""


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions: see that every site has its next summary planned."""
    with database.transaction() as connection:
        planned = (
            (site.id, *following)
            for site in pharmacy.sites.values()
            if (following := _next_summary(site, local_date(site.calendar, now), now))
        )
        schedules.add(connection, "summary", planned)


def report(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Send the summaries that are due, each with the head of its site's record; how many."""

    def find(connection: Connection) -> list[Turn]:
        due = (turn for turn in schedules.find_due(connection, "summary", now) if turn.site in pharmacy.sites)
        return list(islice(due, SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        events.forget(connection, now - EVENTS_KEPT)
        for turn in due:
            site = pharmacy.sites[turn.site]
            _report_site(connection, pharmacy, site, turn.for_on or local_date(site.calendar, turn.since), turn, now)

    return each_alone(database, find, take, name=lambda turn: f"the summary of {turn.site}")


def _next_summary(site: Site, first: date, now: datetime) -> tuple[datetime, date] | None:
    for day in range(LOOK_AHEAD_DAYS):
        on = first + timedelta(days=day)
        if is_open_on(site.calendar, on):
            at = resolve(site.summary or SUMMARY_AT, site.calendar, on)
            if at > now:
                return at, on
    return None


def _report_site(connection: Connection, pharmacy: Pharmacy, site: Site, on: date, turn: Turn, now: datetime) -> None:
    following = _next_summary(site, on + timedelta(days=1), now) or (now + timedelta(days=1), on + timedelta(days=1))
    if not schedules.move(connection, site.id, "summary", turn.since, *following):
        return
    text = summary_text(of_span(connection, pharmacy, site, on, _since(connection, site, on), now))
    record.append(connection, [Entry(site.id, now, "shiftbot", "summary", f"day:{on.isoformat()}", {"text": text})])
    notices = [
        Notice(f"summary:{site.id}:{on}:{person.id}", Lane.ROUTINE, site.id, NoticeKind.SUMMARY, person.id, text)
        for person in _managers(pharmacy, site)
    ]
    head = record.head_of(connection, site.id)
    if head is not None:
        words = f"Record of {site.name}, {on:%d %b %Y}: {head[0]} entries, head `{head[1]}`"
        notices.append(Notice(f"head:{site.id}:{on}", Lane.ROUTINE, site.id, NoticeKind.HEAD, site.channel, words))
    delivery.queue(connection, pharmacy, notices, now)


def _managers(pharmacy: Pharmacy, site: Site) -> tuple[Person, ...]:
    return pharmacy.people_with(Role.MANAGER) or (pharmacy.people[site.fallback],)


def of_span(
    connection: Connection, pharmacy: Pharmacy, site: Site, on: date, since: datetime, until: datetime
) -> DaySummary:
    """What a half-open span came to at a site, in figures: the runs whose deadline passed in it, and what went on."""
    ended = runs.missed_between(connection, site.id, since, until)
    books = open_books(connection, ended)
    counted = counts.of_runs(connection, [run.id for run in ended])
    closed = [count for count in counted if count.state is CountState.CLOSED]
    return DaySummary(
        site=site.name,
        since=local_date(site.calendar, since),
        on=on,
        checklists=_tallies(connection, books),
        excursions=_excursions(connection, pharmacy, site, since, until),
        counts_closed=len(closed),
        counts_open=_counts_open(books),
        discrepancies=sum(1 for count in closed if not count.agrees),
        escalation_steps=summaries.steps_between(connection, site.id, since, until),
        open_cases=len(cases.open_cases(connection, site.id)),
        unresolved=len(alerts.unresolved(connection, site.id)),
        follow_ups=LoopTally(*follow_ups.count_between(connection, site.id, since, until)),
        notes=_notes(connection, pharmacy, site, ended, since, until),
    )


def _since(connection: Connection, site: Site, on: date) -> datetime:
    """Where a summary takes over from the one before: nothing is told twice, and nothing is left out."""
    before = summaries.last_at(connection, site.id)
    return before or instant(site.calendar.timezone, on, datetime.min.time())


def _tallies(connection: Connection, books: list[Book]) -> tuple[Tally, ...]:
    missed = stored_answers.missed_lines_of(connection, [book.run.id for book in books])
    tallies = []
    for checklist in dict.fromkeys(book.run.checklist for book in books):
        mine = [book for book in books if book.run.checklist == checklist]
        # A correction does not make late what was done in time; the first answer says when it was.
        lines = (
            (_required(book, gone := missed.get(book.run.id, frozenset())), first_said(book.answers), gone)
            for book in mine
        )
        tallies.append(tally(mine[0].plan.title, lines))
    return tuple(tallies)


def _required(book: Book, missed: frozenset[str]) -> list[str]:
    """What was to be answered, as the answers stand, and whatever was missed: that stays missed."""
    still = asked(book.plan, book.stands)
    return [line.key for line in book.plan.required if line.key in missed or line in still]


def _notes(
    connection: Connection, pharmacy: Pharmacy, site: Site, ended: list[Run], since: datetime, until: datetime
) -> NoteTally:
    """What became of the notes whose readers' time ran out in the span, and which shifts ended without one."""
    notes = hand_overs.written_since(connection, site.id, since - NOTES_WAIT)
    gone = replaced(notes)
    to_read = []
    for note in notes:
        start = shifts.next_start(connection, site.id, note.written_at)
        if start and note.id not in gone and since <= read_until(start.opens_at, start.due_at) < until:
            to_read.append(note)
    read = sum(1 for note in to_read if duty.next_shift_has_read(connection, pharmacy, note))
    ends = shifts.ends_among(connection, [run.id for run in ended])
    bare = [run for run in ended if run.id in ends and not any(note.written_at >= run.opens_at for note in notes)]
    plans = runs.load_plans(connection, [run.plan for run in bare])
    titles = dict.fromkeys(plans[run.plan].title for run in bare)
    return NoteTally(read, len(to_read) - read, tuple(titles))


def _counts_open(books: list[Book]) -> int:
    """Witnessed counts that were asked for and came to no end, be it that somebody says why there is none."""
    return sum(
        1
        for book in books
        for line in asked(book.plan, book.stands)
        if line.kind is ItemKind.COUNT and line.witness and line.key not in book.stands
    )


def _excursions(
    connection: Connection, pharmacy: Pharmacy, site: Site, start: datetime, end: datetime
) -> tuple[ExcursionLine, ...]:
    return tuple(
        ExcursionLine(
            unit=pharmacy.units[row.unit].name if row.unit in pharmacy.units else row.unit,
            seconds_out=row.seconds_out,
            extreme=row.extreme,
            temperature_unit=row.temperature_unit,
            ended=row.ended_at is not None,
        )
        for row in summaries.excursions_between(connection, site.id, start, end)
    )


def status(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> list[str]:
    """The site's present state in lines: checklists open and overdue, alerts, cases, what waits to be sent."""
    site = pharmacy.sites[site_id]
    lines = [f"*{site.name}*, {local_clock(site.calendar, now)}"]
    unfinished = runs.unfinished_runs(connection, site_id, now - timedelta(days=1), now)
    lines += [_run_line(connection, site, run, now) for run in unfinished] or ["No checklist is open."]
    unresolved = alerts.unresolved(connection, site_id)
    lines += [f":rotating_light: {alert.title} ({alert.state.value})" for alert in unresolved] or ["No alerts."]
    lines += [_mute_line(pharmacy, site, mute) for mute in mutes.on_at(connection, [site_id], now)]
    open_cases = cases.open_cases(connection, site_id)
    lines += [f":clipboard: Case {case.id} to sign: {case.title}" for case in open_cases]
    open_loops = follow_ups.open_of(connection, site_id)
    if open_loops:
        overdue = sum(1 for each in open_loops if each.is_overdue(now))
        lines.append(f":pushpin: Follow-ups open: {len(open_loops)}" + (f", {overdue} overdue" if overdue else ""))
    waiting = outbox.waiting(connection, site_id)
    if waiting:
        lines.append(f"Messages waiting: {waiting}")
    return lines


def _mute_line(pharmacy: Pharmacy, site: Site, mute: Mute) -> str:
    place = pharmacy.units[mute.unit].name if mute.unit in pharmacy.units else mute.unit or site.name
    who = pharmacy.people[mute.author].name if mute.author in pharmacy.people else mute.author
    return f":no_bell: {place} is muted until {local_text(site.calendar, mute.ends_at)} ({who}: {mute.reason})"


def _run_line(connection: Connection, site: Site, run: Run, now: datetime) -> str:
    title = runs.load_plan(connection, run.plan).title
    due = local_clock(site.calendar, run.due_at)
    if run.state is RunState.MISSED:
        return f":x: {title}: missed, was due {due}"
    return f":warning: {title}: overdue since {due}" if now > run.due_at else f":hourglass: {title}: due {due}"
