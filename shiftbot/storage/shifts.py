"""Which runs begin a shift and which end one: what is handed from shift to shift hangs on them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from shiftbot.domain.checklist import ShiftPart
from shiftbot.domain.run import RunState
from shiftbot.storage.tables import plans, runs

_DAY = timedelta(days=1)


class Start(NamedTuple):
    """A run that begins a shift."""

    run: int
    opens_at: datetime
    due_at: datetime


def _plays(part: ShiftPart) -> ColumnElement[bool]:
    # Canonical JSON: inside a text a quotation mark has a backslash before it, so only the key itself reads like this.
    return plans.c.body.contains(f'"shift":"{part.value}"', autoescape=True)


def _of_site(part: ShiftPart, site: str, since: datetime, *columns: Any) -> Any:
    """Runs of a site that play a part, those of the days before `since` left out (a local date is within a day)."""
    on: date = since.date() - _DAY
    return (
        select(*columns)
        .join(plans, plans.c.digest == runs.c.plan)
        .where(runs.c.site == site, runs.c.local_on >= on, _plays(part))
    )


def shown_starts(connection: Connection, site: str, since: datetime, now: datetime) -> list[int]:
    """A site's runs that begin a shift and have a card: those since an instant, until they open when shown before."""
    shown_at = func.coalesce(runs.c.shows_at, runs.c.opens_at)
    query = _of_site(ShiftPart.START, site, since, runs.c.id).where(runs.c.opens_at >= since, shown_at <= now)
    return list(connection.execute(query.order_by(runs.c.id)).scalars())


def started(connection: Connection, site: str, since: datetime, now: datetime) -> list[datetime]:
    """When the site's shifts began after an instant, up to now; two checklists of one instant are one shift."""
    opened = (runs.c.opens_at > since, runs.c.opens_at <= now, runs.c.state != RunState.PREPARED.value)
    query = _of_site(ShiftPart.START, site, since, runs.c.opens_at).where(*opened)
    return list(connection.execute(query.distinct().order_by(runs.c.opens_at)).scalars())


def next_start(connection: Connection, site: str, after: datetime) -> Start | None:
    """The first run that begins a shift after an instant, open or still to open, as far as it is prepared."""
    query = _of_site(ShiftPart.START, site, after, runs.c.id, runs.c.opens_at, runs.c.due_at)
    row = connection.execute(query.where(runs.c.opens_at > after).order_by(runs.c.opens_at, runs.c.id).limit(1)).first()
    return None if row is None else Start(*row)


def ends_among(connection: Connection, run_ids: Iterable[int]) -> set[int]:
    """Which of these runs end a shift."""
    query = select(runs.c.id).join(plans, plans.c.digest == runs.c.plan)
    return set(connection.execute(query.where(runs.c.id.in_(list(run_ids)), _plays(ShiftPart.END))).scalars())
