"""Reminders: before due, at due and in grace, to those at work who may answer what is blank; put off, within limits."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Line, Role
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.reminding import Stage, may_put_off, next_attention, put_off, stage_at
from shiftbot.domain.run import Run, may_answer, unanswered
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, duty
from shiftbot.services.answering import Book, names, open_book
from shiftbot.storage import record, runs, section_claims

Blank = Sequence[Line]


def remind(connection: Connection, pharmacy: Pharmacy, books: Sequence[Book], now: datetime) -> None:
    """Remind of open runs whose reminder has come, and set when each is looked at next."""
    by_instant: dict[datetime | None, list[Run]] = {}
    for book in books:
        by_instant.setdefault(next_attention(book.run, now), []).append(book.run)
    for at, group in by_instant.items():
        runs.wait(connection, group, at)
    due = [(book, stage) for book in books if (stage := stage_at(book.run, now))]
    holders = _claimants(connection, pharmacy, [book.run for book, _ in due])
    entries = []
    for book, stage in due:
        blank = unanswered(book.plan, book.stands)
        asked = _asked(pharmacy, book, blank, holders.get(book.run.id, ()), now)
        notices = [_notice(pharmacy, book, stage, to, lines, now) for to, lines in asked.items()]
        if delivery.queue(connection, pharmacy, notices, now):
            entries.append(_reminded(book.run, stage, blank, asked, now))
    record.append(connection, entries)


def snooze(connection: Connection, pharmacy: Pharmacy, run_id: int, person: Person, now: datetime) -> datetime:
    """Put the reminders of a run off for ten minutes, for everybody, at most twice; until when. Raises Refused."""
    run = runs.load_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        raise Refused("This checklist is not in the definitions any more; there is nothing to put off.")
    until, book = put_off(run, now), open_book(connection, run)
    if not any(may_answer(line, person.roles) for line in unanswered(book.plan, book.stands)):
        raise Refused("Nothing of what is still open is yours to answer, so its reminders are not yours to put off.")
    if not runs.snooze(connection, run, until):
        raise AlreadyDone("Somebody put these reminders off a moment before you.")
    body = {"until": until, "times": run.snoozes + 1}
    record.append(connection, [Entry(run.site, now, person.id, "run-snoozed", f"run:{run.id}", body)])
    delivery.touch(connection, CardKind.RUN, run.id, now)
    return until


def _claimants(connection: Connection, pharmacy: Pharmacy, found: Sequence[Run]) -> dict[int, list[str]]:
    """Who has a section in hand, by run, where the roster does not say which technicians are at work."""
    unnamed = [run.id for run in found if not duty.names_technicians(pharmacy, run.site)]
    claims = section_claims.of_runs(connection, unnamed) if unnamed else {}
    return {run: [claim.person for claim in by_section.values()] for run, by_section in claims.items()}


def _asked(
    pharmacy: Pharmacy, book: Book, blank: Blank, claimants: Iterable[str], now: datetime
) -> dict[str, list[Line]]:
    """Who is reminded of which lines: people at work who may answer them; the channel of what nobody known may."""
    site = pharmacy.sites[book.run.site]
    present = _present(pharmacy, book, claimants, now)
    asked: dict[str, list[Line]] = {}
    for line in blank:
        for to in [person.id for person in _meant(pharmacy, line, present)] or [site.channel]:
            asked.setdefault(to, []).append(line)
    return asked


def _present(pharmacy: Pharmacy, book: Book, claimants: Iterable[str], now: datetime) -> list[Person]:
    """Who is at work, as far as is known: the roster; where it names no technician, also who is at it in this run."""
    site = book.run.site
    known = [person.id for person in duty.on_shift(pharmacy, site, now)]
    if not duty.names_technicians(pharmacy, site):
        known += [*claimants, *(answer.answered_by for answer in book.answers)]
    return [pharmacy.people[person] for person in dict.fromkeys(known) if person in pharmacy.people]


def _meant(pharmacy: Pharmacy, line: Line, present: Sequence[Person]) -> Sequence[Person]:
    """Those whose line it is; when none of them is there, others who may answer it. A manager is wherever they are."""
    own = [person for person in present if line.role in person.roles]
    if line.role is Role.MANAGER:
        return own or pharmacy.people_with(Role.MANAGER)
    return own or [person for person in present if may_answer(line, person.roles)]


def _notice(pharmacy: Pharmacy, book: Book, stage: Stage, to: str, lines: Blank, now: datetime) -> Notice:
    run = book.run
    once = f"{stage}-{run.snoozes}" if stage is Stage.SNOOZED else str(stage)
    return Notice(
        key=f"run:{run.id}:{once}:{to if to in pharmacy.people else 'reminder'}",
        lane=Lane.ROUTINE,
        site=run.site,
        kind=NoticeKind.REMINDER,
        recipient=to,
        text=f"{_when(pharmacy, book, stage, now)} Still open: {names(lines)}.",
        about={"run": run.id, "stage": str(stage), "snooze": to in pharmacy.people and may_put_off(run, now)},
    )


def _when(pharmacy: Pharmacy, book: Book, stage: Stage, now: datetime) -> str:
    calendar = pharmacy.sites[book.run.site].calendar
    due, missed = local_clock(calendar, book.run.due_at), local_clock(calendar, book.run.missed_at)
    if now < book.run.due_at:
        return f"{book.plan.title} is due at {due}."
    is_due = "is due now" if stage is Stage.DUE else f"was due at {due}"
    return f"{book.plan.title} {is_due} and counts as missed at {missed}."


def _reminded(run: Run, stage: Stage, blank: Blank, asked: Iterable[str], now: datetime) -> Entry:
    subject = {"checklist": run.checklist, "date": run.local_on.isoformat(), "slot": run.slot}
    body = {**subject, "stage": str(stage), "open": len(blank), "told": list(asked)}
    return Entry(run.site, now, "shiftbot", "run-reminded", f"run:{run.id}", body)
