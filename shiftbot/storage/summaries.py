"""What a day's summary is made from, where no other module asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

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


def steps_between(connection: Connection, site: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many escalation steps were taken in a half-open span, by the alert's title."""
    titles = {f"alert:{row.id}": row.title for row in connection.execute(select(alerts.c.id, alerts.c.title))}
    query = select(record.c.subject).where(
        record.c.site == site, record.c.kind == "alert-step", record.c.at >= start, record.c.at < end
    )
    steps: dict[str, int] = {}
    for subject in connection.execute(query).scalars():
        title = titles.get(subject, subject)
        steps[title] = steps.get(title, 0) + 1
    return steps
