"""Runs that an event or a person opens: run, plan, card and record entry, in the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Checklist, Plan
from shiftbot.domain.local_time import local_clock, local_date
from shiftbot.domain.naming import find_named
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import Trigger, opened_by_event
from shiftbot.domain.run import Run, RunState, may_be_done_late
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services.planning import plan_for
from shiftbot.storage import cards, record, runs

STILL_ASKED = timedelta(days=1)
"""So long what one event of a unit asks stands for the next one too, while it is not done."""


OPENS_SOON = timedelta(hours=1)
"""What opens by itself within this time is not opened by hand before: there would be two of it."""


def open_on_event(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    trigger: Trigger,
    key: str,
    now: datetime,
    actor: str,
    subject: str | None = None,
) -> list[int]:
    """Open the site's checklists that wait for an event of this kind; the ids of the runs, none when `key` came before.

    `key` names the event among those of its kind at the site; `subject` is the unit it is about. Closed days and
    hours do not matter: what happened, happened. What a unit's last event asks and nobody did yet is not asked again:
    a temperature that swings about a limit is one thing to do, however many excursions it makes.
    """
    opened = []
    for checklist in _of_site(pharmacy, site):
        if checklist.schedule.trigger is not trigger:
            continue
        plan = plan_for(pharmacy, site, checklist.id, subject=subject)
        if plan.lines and not (subject and _is_asked(connection, site, checklist, plan, now)):
            opened.append(_open(connection, site, checklist, plan, f"{trigger}:{key}", now, actor))
    return [run.id for run in opened if run is not None]


def _is_asked(connection: Connection, site: Site, checklist: Checklist, plan: Plan, now: datetime) -> bool:
    return runs.is_still_to_do(connection, site.id, checklist.id, plan.digest, now - STILL_ASKED, now)


def open_by_hand(
    connection: Connection, pharmacy: Pharmacy, site: Site, checklist_id: str, person: Person, key: str, now: datetime
) -> int:
    """Open a checklist now because somebody wants it, by its id or title; the id of the run, the same for the same key.

    Any checklist of the site, and any that is only ever opened by hand. Raises Refused with the nearest name, and when
    the clock opens it within the hour; AlreadyDone when the clock's is open, or was missed today and may be done late.
    """
    checklist = _named(pharmacy, site, checklist_id)
    slot = f"{Trigger.BY_HAND}:{key}"
    before = runs.find_of_slot(connection, site.id, checklist.id, slot)
    if before is not None:
        return before
    if checklist.schedule.trigger is None:
        _refuse_if_open(connection, site, checklist)
        _refuse_if_soon(connection, site, checklist, now)
        _refuse_if_missed(connection, site, checklist, now)
    plan = plan_for(pharmacy, site, checklist.id)
    if not plan.lines:
        raise Refused(f"{checklist.title} asks for nothing that {site.name} has.")
    run = _open(connection, site, checklist, plan, slot, now, person.id)
    if run is None:
        raise AlreadyDone(f"{checklist.title} was opened a moment before you; its card is in the channel.")
    return run.id


def opened_entry(run: Run, now: datetime, actor: str = "shiftbot") -> Entry:
    """What the record says when a run opens."""
    body = {"checklist": run.checklist, "date": run.local_on.isoformat(), "slot": run.slot}
    asked = {"due": run.due_at, "missed_at": run.missed_at, "plan": run.plan}
    return Entry(run.site, now, actor, "run-opened", f"run:{run.id}", body | asked)


def _of_site(pharmacy: Pharmacy, site: Site) -> Iterable[Checklist]:
    return (pharmacy.checklists[checklist_id] for checklist_id in site.checklists)


def _named(pharmacy: Pharmacy, site: Site, words: str) -> Checklist:
    by_hand = (each for each in pharmacy.checklists.values() if each.schedule.trigger is Trigger.BY_HAND)
    known = {each.id: each for each in (*_of_site(pharmacy, site), *by_hand)}
    return known[find_named(words, {each.id: each.title for each in known.values()}, "checklist")]


def _refuse_if_open(connection: Connection, site: Site, checklist: Checklist) -> None:
    standing = runs.open_of_checklist(connection, site.id, checklist.id)
    if standing is not None:
        due = local_clock(site.calendar, standing.due_at)
        raise AlreadyDone(f"{checklist.title} is open already, due at {due}; its card is in the channel.")


def _refuse_if_soon(connection: Connection, site: Site, checklist: Checklist, now: datetime) -> None:
    coming = runs.next_prepared(connection, site.id, checklist.id)
    if coming is not None and coming.opens_at <= now + OPENS_SOON:
        opens = local_clock(site.calendar, coming.opens_at)
        raise Refused(f"{checklist.title} opens by itself at {opens}; it can be done from then on.")


def _refuse_if_missed(connection: Connection, site: Site, checklist: Checklist, now: datetime) -> None:
    """The last of today's was missed: that one is to be done."""
    today = runs.runs_of_day(connection, site.id, local_date(site.calendar, now))
    begun = [run for run in today if run.checklist == checklist.id and run.state is not RunState.PREPARED]
    if begun and may_be_done_late(begun[-1], now):
        due = local_clock(site.calendar, begun[-1].due_at)
        raise AlreadyDone(
            f"{checklist.title} was missed today, due at {due}, and can still be done, late; "
            "its card is in the channel."
        )


def _open(
    connection: Connection, site: Site, checklist: Checklist, plan: Plan, slot: str, now: datetime, actor: str
) -> Run | None:
    """Open it, once for its slot."""
    record.hold(connection, [site.id])
    occurrence = opened_by_event(checklist.schedule, site.calendar, slot, now)
    (digest,) = runs.save_plans(connection, [plan])
    run = runs.open_at_once(connection, site.id, checklist.id, digest, occurrence)
    if run is not None:
        cards.add(connection, [(CardKind.RUN, str(run.id), site.id, site.channel)], now)
        record.append(connection, [opened_entry(run, now, actor)])
    return run
