"""Runs and their plans."""

from collections.abc import Collection, Container, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, literal, select, update

from shiftbot.domain.alert import AlertState
from shiftbot.domain.checklist import Plan, digest_of
from shiftbot.domain.edited import Planned
from shiftbot.domain.recurrence import Occurrence, is_of_event
from shiftbot.domain.run import Run, RunState
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.setbacks import AGAIN_AFTER, readable
from shiftbot.storage.tables import alerts, missed_lines, plans, runs


def _run(row: Row[Any]) -> Run:
    return Run(**dict(row._mapping) | {"state": RunState(row.state)})


def save_plans(connection: Connection, laid_out: Iterable[Plan]) -> list[str]:
    """Store plans, each once; their digests, in order."""
    bodies = [plan.to_json() for plan in laid_out]
    digests = [digest_of(body) for body in bodies]
    rows = dict(zip(digests, bodies, strict=True))
    insert_or_ignore(connection, plans, [{"digest": digest, "body": body} for digest, body in rows.items()])
    return digests


def load_plan(connection: Connection, digest: str) -> Plan:
    """The plan with this digest."""
    return load_plans(connection, [digest])[digest]


def load_plans(connection: Connection, digests: Collection[str]) -> dict[str, Plan]:
    """The plans with these digests, by digest."""
    query = select(plans).where(plans.c.digest.in_(set(digests)))
    return {row.digest: Plan.from_json(row.body) for row in connection.execute(query)}


def prepare(connection: Connection, planned: Iterable[tuple[str, str, str, Iterable[Occurrence]]]) -> None:
    """Add runs that do not exist yet: (site, checklist, digest of its plan, when) each.

    What exists by (checklist, site, local date, slot) is left alone.
    """
    rows = [
        _row(site, checklist, digest, occurrence)
        for site, checklist, digest, occurrences in planned
        for occurrence in occurrences
    ]
    insert_or_ignore(connection, runs, rows)


def _row(site: str, checklist: str, digest: str, occurrence: Occurrence) -> dict[str, Any]:
    """A run that is prepared."""
    return {
        "site": site,
        "checklist": checklist,
        "local_on": occurrence.local_date,
        "slot": occurrence.slot,
        "plan": digest,
        "state": RunState.PREPARED.value,
        "opens_at": occurrence.opens_at,
        "remind_at": occurrence.remind_at,
        "due_at": occurrence.due_at,
        "missed_at": occurrence.missed_at,
        "attention_at": occurrence.shows_at or occurrence.opens_at,
        "shows_at": occurrence.shows_at,
        "expires_at": occurrence.expires_at,
    }


def forget_prepared(connection: Connection, sites: Collection[str], now: datetime) -> None:
    """Drop what is only planned for sites, so that it can be prepared again; what should be shown by now stays."""
    planned = (runs.c.site.in_(sites), runs.c.state == RunState.PREPARED.value)
    connection.execute(delete(runs).where(*planned, _shown_at() > _instant(now)))


def planned_since(
    connection: Connection, sites: Collection[str], since: date, now: datetime
) -> dict[tuple[str, str], list[Planned]]:
    """What is planned by the clock for sites, of this local date or later, by (site, checklist)."""
    unseen = (runs.c.state == RunState.PREPARED.value) & (_shown_at() > _instant(now))
    columns = (runs.c.site, runs.c.checklist, runs.c.local_on, runs.c.slot, runs.c.opens_at, unseen.label("unseen"))
    found: dict[tuple[str, str], list[Planned]] = {}
    for row in connection.execute(select(*columns).where(runs.c.site.in_(sites), runs.c.local_on >= since)):
        if not is_of_event(row.slot):
            planned = Planned(row.local_on, row.slot, row.opens_at, stands=not row.unseen)
            found.setdefault((row.site, row.checklist), []).append(planned)
    return found


def _shown_at() -> ColumnElement[Any]:
    return func.coalesce(runs.c.shows_at, runs.c.opens_at)


def take_up_again(connection: Connection, sites: Collection[str], now: datetime) -> None:
    """Look at what waits for nothing although it has not ended, however old: its site was gone from the definitions."""
    begun = runs.c.state.in_([RunState.PREPARED.value, RunState.OPEN.value])
    left = (runs.c.site.in_(sites), begun, runs.c.attention_at.is_(None))
    connection.execute(update(runs).where(*left).values(attention_at=now))


def sites_with_any(connection: Connection, sites: Collection[str]) -> set[str]:
    """Which of these sites ever had a run: before its first one nothing can have been missed."""
    return set(connection.execute(select(runs.c.site).where(runs.c.site.in_(sites)).distinct()).scalars())


def keep_only(connection: Connection, sites: Container[str]) -> None:
    """Leave the runs of every other site as they stand: nobody is there to be asked, reminded or told."""
    waiting = connection.execute(select(runs.c.site).where(runs.c.attention_at.is_not(None)).distinct()).scalars()
    gone = [site for site in waiting if site not in sites]
    if gone:
        left = (runs.c.site.in_(gone), runs.c.attention_at.is_not(None))
        connection.execute(update(runs).where(*left).values(attention_at=None))


def _instant(now: datetime) -> Any:
    return literal(now, runs.c.opens_at.type)


def find_due(connection: Connection, state: RunState, now: datetime, limit: int) -> list[Run]:
    """Runs in `state` that need attention by `now`, longest waiting first."""
    due = connection.execute(_DUE, {"now": now, "in_state": state.value, "at_most": limit})
    found, unreadable = readable(due, _run, "run")
    put_back(connection, [row.id for row in unreadable], now)
    return found


_DUE = (
    select(runs)
    .where(runs.c.attention_at <= bindparam("now"), runs.c.state == bindparam("in_state"))
    .order_by(runs.c.attention_at, runs.c.id)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True)
)


def put_back(connection: Connection, run_ids: Collection[int], now: datetime) -> None:
    """These runs could not be worked on: they need attention again a little later, and the others come first."""
    if run_ids:
        due = (runs.c.id.in_(run_ids), runs.c.attention_at <= now)
        connection.execute(update(runs).where(*due).values(attention_at=now + AGAIN_AFTER))


class Overdue(NamedTuple):
    """How many open runs of a checklist at a site are past their deadline, from which local date to which."""

    site: str
    checklist: str
    runs: int
    first_on: date
    last_on: date


def overdue(connection: Connection, sites: Collection[str], until: datetime) -> list[Overdue]:
    """Open runs of these sites whose deadline lies at or before `until`, counted by checklist."""
    query = (
        select(runs.c.site, runs.c.checklist, func.count(), func.min(runs.c.local_on), func.max(runs.c.local_on))
        .where(runs.c.site.in_(sites), runs.c.state == RunState.OPEN.value, runs.c.missed_at <= until)
        .group_by(runs.c.site, runs.c.checklist)
        .order_by(runs.c.site, func.min(runs.c.missed_at), runs.c.checklist)
    )
    return [Overdue(*row) for row in connection.execute(query)]


def load_run(connection: Connection, run_id: int) -> Run | None:
    """One run, locked for the rest of the transaction where the database can, or nothing."""
    row = connection.execute(select(runs).where(runs.c.id == run_id).with_for_update()).one_or_none()
    return None if row is None else _run(row)


def look_at_run(connection: Connection, run_id: int) -> Run | None:
    """One run, to show it."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def move(connection: Connection, run: Run, state: RunState, **changed: object) -> bool:
    """Compare and set: take `run` from the state it was read in to `state`; whether we were first."""
    moved = connection.execute(
        update(runs).where(runs.c.id == run.id, runs.c.state == run.state.value).values(state=state.value, **changed)
    )
    return moved.rowcount == 1


def move_all(connection: Connection, found: Sequence[Run], state: RunState, **changed: object) -> list[Run]:
    """Compare and set for many, all read in one state: those that were taken to `state` by us, in their order."""
    seen = {run.state.value for run in found}
    moved = connection.execute(
        update(runs)
        .where(runs.c.id.in_([run.id for run in found]), runs.c.state.in_(seen))
        .values(state=state.value, **changed)
        .returning(runs.c.id)
    )
    ours = set(moved.scalars())
    return [run for run in found if run.id in ours]


def wait(connection: Connection, found: Sequence[Run], at: datetime | None) -> None:
    """These runs, all read in one state, next need the tick at an instant; nothing for those that left it since."""
    waiting = (runs.c.id.in_([run.id for run in found]), runs.c.state.in_({run.state.value for run in found}))
    connection.execute(update(runs).where(*waiting).values(attention_at=at))


def mark_missed(connection: Connection, found: Sequence[Run]) -> set[int]:
    """Compare and set: open runs past their deadline are missed; the ids of those that were so by us."""
    moved = connection.execute(
        update(runs)
        .where(runs.c.id.in_([run.id for run in found]), runs.c.state == RunState.OPEN.value)
        .values(state=RunState.MISSED.value, attention_at=runs.c.expires_at)
        .returning(runs.c.id)
    )
    return set(moved.scalars())


def snooze(connection: Connection, run: Run, until: datetime) -> bool:
    """Compare and set: put the reminders of an open run off; False when somebody was first."""
    as_read = (runs.c.id == run.id, runs.c.state == RunState.OPEN.value, runs.c.snoozes == run.snoozes)
    moved = connection.execute(
        update(runs).where(*as_read).values(snoozes=run.snoozes + 1, remind_at=until, attention_at=until)
    )
    return moved.rowcount == 1


def find_of_slot(connection: Connection, site: str, checklist: str, slot: str) -> int | None:
    """The id of a site's run of a checklist and slot, whatever its date; nothing when there is none."""
    same = (runs.c.checklist == checklist, runs.c.site == site, runs.c.slot == slot)
    found: int | None = connection.execute(select(runs.c.id).where(*same).limit(1)).scalar_one_or_none()
    return found


def open_of_checklist(connection: Connection, site: str, checklist: str) -> Run | None:
    """The run of a checklist that is open at a site, the one due last; nothing when none is."""
    still_open = (runs.c.checklist == checklist, runs.c.site == site, runs.c.state == RunState.OPEN.value)
    row = connection.execute(select(runs).where(*still_open).order_by(runs.c.due_at.desc()).limit(1)).one_or_none()
    return None if row is None else _run(row)


def next_prepared(connection: Connection, site: str, checklist: str) -> Run | None:
    """The next run of a checklist at a site that is prepared and not open yet; nothing when none is."""
    waits = (runs.c.checklist == checklist, runs.c.site == site, runs.c.state == RunState.PREPARED.value)
    row = connection.execute(select(runs).where(*waits).order_by(runs.c.opens_at).limit(1)).one_or_none()
    return None if row is None else _run(row)


def is_still_to_do(
    connection: Connection, site: str, checklist: str, plan: str, since: datetime, now: datetime
) -> bool:
    """Whether a run of this very plan that opened since an instant still waits to be done, in time or late."""
    same = (runs.c.checklist == checklist, runs.c.site == site, runs.c.plan == plan, runs.c.opens_at >= _instant(since))
    late = (runs.c.state == RunState.MISSED.value) & runs.c.completed_at.is_(None)
    late &= runs.c.expires_at.is_(None) | (runs.c.expires_at > _instant(now))
    found = select(runs.c.id).where(*same, (runs.c.state == RunState.OPEN.value) | late).limit(1)
    return connection.execute(found).first() is not None


def open_at_once(connection: Connection, site: str, checklist: str, plan: str, occurrence: Occurrence) -> Run | None:
    """Add a run that is open already, to be looked at next at once; nothing when the site has one of its slot."""
    if find_of_slot(connection, site, checklist, occurrence.slot) is not None:
        return None
    row = _row(site, checklist, plan, occurrence) | {"state": RunState.OPEN.value, "attention_at": occurrence.opens_at}
    if not insert_or_ignore(connection, runs, [row]):
        return None
    added = find_of_slot(connection, site, checklist, occurrence.slot)
    return None if added is None else look_at_run(connection, added)


def mark_completed_late(connection: Connection, run: Run, now: datetime) -> bool:
    """Note once when a missed run was finished after all; it stays missed."""
    done = connection.execute(
        update(runs)
        .where(runs.c.id == run.id, runs.c.state == RunState.MISSED.value, runs.c.completed_at.is_(None))
        .values(completed_at=now, attention_at=None)
    )
    return done.rowcount == 1


def runs_of_day(connection: Connection, site: str, local_on: date) -> list[Run]:
    """A site's runs of one local date, in the order they open."""
    query = select(runs).where(runs.c.site == site, runs.c.local_on == local_on).order_by(runs.c.opens_at, runs.c.id)
    return [_run(row) for row in connection.execute(query)]


def missed_between(connection: Connection, site: str, start: datetime, end: datetime) -> list[Run]:
    """A site's runs whose deadline lies in a half-open span, however they ended, in the order they opened."""
    query = (
        select(runs)
        .where(runs.c.site == site, runs.c.missed_at >= start, runs.c.missed_at < end)
        .where(runs.c.state != RunState.PREPARED.value)
        .order_by(runs.c.opens_at, runs.c.id)
    )
    return [_run(row) for row in connection.execute(query)]


def unfinished_runs(
    connection: Connection, site: str, since: datetime, now: datetime | None = None, limit: int = 50
) -> list[Run]:
    """Runs that can still be answered: open ones by when they are due, then those missed, the newest first.

    Missed ones are listed until they are done late: for as long as their alert is not resolved, and those missed
    since an instant in any case; not when they have expired by `now`. `limit` bounds the missed ones.
    """
    alerted = (
        select(missed_lines.c.run)
        .join(alerts, alerts.c.id == missed_lines.c.alert)
        .where(alerts.c.site == site, alerts.c.state != AlertState.RESOLVED.value)
    )
    still_open = select(runs).where(runs.c.site == site, runs.c.state == RunState.OPEN.value)
    missed = (
        select(runs)
        .where(runs.c.site == site, runs.c.state == RunState.MISSED.value, runs.c.completed_at.is_(None))
        .where((runs.c.missed_at >= since) | runs.c.id.in_(alerted))
        .where(runs.c.expires_at.is_(None) | (runs.c.expires_at > (now or since)))
        .order_by(runs.c.due_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    found = (still_open.order_by(runs.c.due_at, runs.c.id), missed)
    return [_run(row) for query in found for row in connection.execute(query)]
