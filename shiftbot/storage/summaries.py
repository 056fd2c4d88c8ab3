"""What a day's summary is made from, where no other module asks for it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from shiftbot.storage.tables import alerts, excursions, record


def excursions_between(connection: Connection, site: str, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """A site's excursions that began in a half-open span, or were still going on at its start; not those merged."""
    query = (
        select(excursions)
        .where(
            excursions.c.site == site,
            excursions.c.started_at < end,
            excursions.c.merged_into.is_(None),
            (excursions.c.ended_at.is_(None)) | (excursions.c.ended_at >= start),
        )
        .order_by(excursions.c.started_at)
    )
    return connection.execute(query).all()


def last_at(connection: Connection, site: str) -> datetime | None:
    """When a site's summary was made last."""
    query = select(func.max(record.c.at)).where(record.c.site == site, record.c.kind == "summary")
    at: datetime | None = connection.execute(query).scalar_one()
    return at


def steps_between(connection: Connection, site: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many escalation steps were taken in a half-open span, by the alert's kind; an alert's title names people."""
    query = select(record.c.subject).where(
        record.c.site == site, record.c.kind == "alert-step", record.c.at >= start, record.c.at < end
    )
    taken = Counter(int(subject.partition(":")[2]) for subject in connection.execute(query).scalars())
    steps: Counter[str] = Counter()
    for row in connection.execute(select(alerts.c.id, alerts.c.kind).where(alerts.c.id.in_(taken))):
        steps[row.kind] += taken[row.id]
    return dict(steps)
