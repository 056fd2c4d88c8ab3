"""Rows that should have moved on and did not, found by looking at the tables alone.

Asks none of the queries by which the services find their work: a mistake in one of those would hide the same rows here.
A row that was put back (storage/setbacks) is tried again every minute, logged each time, and not counted; nor is what
waits for Slack while that as a whole is known to be away: one alert says so, and not one for each site.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from shiftbot.domain.notice import Lane, NoticeState
from shiftbot.domain.run import RunState
from shiftbot.storage.database import UtcDateTime
from shiftbot.storage.setbacks import AGAIN_AFTER
from shiftbot.storage.tables import (
    alerts,
    cards,
    duty_changes,
    excursions,
    follow_ups,
    hand_overs,
    latest,
    outages,
    outbox,
    readings,
    runs,
    schedules,
    sensors,
    unit_states,
)

TOO_LATE = timedelta(minutes=2)
"""What the tick should have done so long ago, it does not do; it looks every 15 seconds."""

ESCALATION_TOO_LATE = timedelta(minutes=5)
ROUTINE_TOO_LATE = timedelta(minutes=15)
"""What is to be sent may wait its turn in Slack's budget; an escalation that waits for two minutes is in /healthz."""

_ESCALATION = outbox.c.lane == int(Lane.ESCALATION)
_WAITING = (NoticeState.PENDING.value, NoticeState.SENDING.value, NoticeState.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Rows of one kind at one site: how many, which came first (as people name it), and since when it should have."""

    what: str
    site: str
    rows: int
    first: str
    since: datetime


def find(connection: Connection, now: datetime) -> list[Stuck]:
    """Everything that should have moved by `now` and did not, by kind and site."""
    found = [
        Stuck(what, site or "", rows, first, since)
        for what, site, rows, first, since in connection.execute(_everything(), _instants(now))
    ]
    return sorted(found, key=lambda each: (each.site, each.what))


_NOW, _LATE, _SOON = (bindparam(name, type_=UtcDateTime) for name in ("now", "late", "soon"))
_ESCALATION_LATE, _ROUTINE_LATE = (bindparam(name, type_=UtcDateTime) for name in ("escalation_late", "routine_late"))


def _instants(now: datetime) -> dict[str, datetime]:
    """What the query asks for by name. What was put back is looked at again within a minute, or was a moment ago."""
    return {
        "now": now,
        "late": now - TOO_LATE,
        "soon": now + AGAIN_AFTER,
        "escalation_late": now - ESCALATION_TOO_LATE,
        "routine_late": now - ROUTINE_TOO_LATE,
    }


@cache
def _everything() -> CompoundSelect[Any]:
    """Every look in one query, made once: it is asked three times a minute."""
    return union_all(*(_named(what, query.subquery()) for what, query in _queries()))


def _named(what: str, found: Any) -> Select[Any]:
    site, rows, first, since = found.c
    return select(literal(what), site, rows, cast(first, Text), since)


def _queries() -> list[tuple[str, Select[Any]]]:
    return [
        ("opening", _by_site(runs, runs.c.opens_at, and_(_unopened(), _not_put_back()))),
        ("missing", _by_site(runs, runs.c.missed_at, and_(_unmissed(), _not_put_back()))),
        ("reminding", _by_site(runs, runs.c.attention_at, and_(_is_late(runs), ~_unopened(), ~_unmissed()))),
        ("escalating", _by_site(alerts, alerts.c.escalate_at, alerts.c.escalate_at < _LATE)),
        ("following up", _by_site(follow_ups, follow_ups.c.attention_at, _is_late(follow_ups))),
        ("handing over", _by_site(hand_overs, hand_overs.c.attention_at, _is_late(hand_overs))),
        ("changing duty", _by_site(duty_changes, duty_changes.c.attention_at, _is_late(duty_changes))),
        ("planning", _by_site(schedules, schedules.c.attention_at, _is_late(schedules), schedules.c.kind)),
        ("judging", _unjudged()),
        ("watching", _by_site(unit_states, unit_states.c.attention_at, _is_late(unit_states), unit_states.c.unit)),
        ("settling", _by_site(excursions, excursions.c.settle_at, excursions.c.settle_at < _LATE)),
        ("failing over", _by_site(outbox, outbox.c.attention_at, _failed())),
        ("escalation notices", _by_site(outbox, outbox.c.attention_at, _unsent(_ESCALATION_LATE, _ESCALATION))),
        ("routine notices", _by_site(outbox, outbox.c.attention_at, _unsent(_ROUTINE_LATE, ~_ESCALATION))),
        ("cards", _by_site(cards, cards.c.attention_at, _not_shown())),
    ]


def _by_site(table: Any, since: Any, where: ColumnElement[bool], name: Any = None) -> Select[Any]:
    first = func.min(table.c.id if name is None else name)
    found = (table.c.site, func.count().label("rows"), first.label("first"), func.min(since).label("since"))
    return select(*found).where(where).group_by(table.c.site)


def _is_late(table: Any) -> ColumnElement[bool]:
    late: ColumnElement[bool] = table.c.attention_at < _LATE
    return late


def _unopened() -> ColumnElement[bool]:
    return and_(runs.c.state == RunState.PREPARED.value, runs.c.opens_at < _LATE)


def _unmissed() -> ColumnElement[bool]:
    return and_(runs.c.state == RunState.OPEN.value, runs.c.missed_at < _LATE)


def _not_put_back() -> ColumnElement[bool]:
    return or_(runs.c.attention_at.is_(None), ~runs.c.attention_at.between(_LATE, _SOON))


def _unjudged() -> Select[Any]:
    # `unjudged_since` is the device's time: how long the reading has been here is what its row says.
    first = and_(readings.c.sensor == latest.c.sensor, readings.c.taken_at == latest.c.unjudged_since)
    return (
        select(
            unit_states.c.site,
            func.count().label("rows"),
            func.min(sensors.c.unit).label("first"),
            func.min(readings.c.received_at).label("since"),
        )
        .select_from(latest)
        .join(readings, first)
        .join(sensors, sensors.c.id == latest.c.sensor)
        .join(unit_states, unit_states.c.unit == sensors.c.unit)
        .where(latest.c.unjudged_since.is_not(None), readings.c.received_at < _LATE)
        .group_by(unit_states.c.site)
    )


def _failed() -> ColumnElement[bool]:
    return and_(_is_late(outbox), outbox.c.state == NoticeState.FAILED.value)


def _unsent(too_late: ColumnElement[datetime], lane: ColumnElement[bool]) -> ColumnElement[bool]:
    at_work = _in_hand(outbox.alias("in_hand"))
    waits_for_slack = and_(outbox.c.target.not_like("%://%"), _slack_is_away())
    return and_(lane, outbox.c.attention_at < too_late, outbox.c.state.in_(_WAITING), ~at_work, ~waits_for_slack)


def _not_shown() -> ColumnElement[bool]:
    at_work = _in_hand(cards.alias("in_hand"))
    return and_(cards.c.attention_at < _ROUTINE_LATE, ~at_work, ~_slack_is_away())


def _slack_is_away() -> ColumnElement[bool]:
    return exists(select(outages.c.id).where(outages.c.ended_at.is_(None)))


def _in_hand(table: Any) -> ColumnElement[bool]:
    """Somebody is sending at this moment: what waits, waits its turn."""
    in_hand = (table.c.state == NoticeState.SENDING.value, table.c.attention_at > _NOW)
    return exists(select(table.c.id).where(*in_hand))
