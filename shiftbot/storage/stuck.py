"""Rows that should have moved on and did not, found by looking at the tables alone.

Asks none of the queries by which the services find their work: a mistake in one of those would hide the same rows here.
A row that was put back (storage/setbacks) is tried again every minute, logged each time, and not counted; nor is what
waits for Slack while that as a whole is known to be away: one alert says so, and not one for each site.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, or_, select

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
    found = []
    for what, query in _queries(now):
        for site, rows, first, since in connection.execute(query):
            found.append(Stuck(what, site or "", rows, str(first), since))
    return sorted(found, key=lambda each: (each.site, each.what))


def _queries(now: datetime) -> list[tuple[str, Select[Any]]]:
    late = now - TOO_LATE
    return [
        ("opening", _by_site(runs, runs.c.opens_at, and_(_unopened(late), _not_put_back(now)))),
        ("missing", _by_site(runs, runs.c.missed_at, and_(_unmissed(late), _not_put_back(now)))),
        ("reminding", _by_site(runs, runs.c.attention_at, and_(runs.c.attention_at < late, ~_unopened(late),
                                                               ~_unmissed(late)))),
        ("escalating", _by_site(alerts, alerts.c.escalate_at, alerts.c.escalate_at < late)),
        ("following up", _by_site(follow_ups, follow_ups.c.attention_at, follow_ups.c.attention_at < late)),
        ("handing over", _by_site(hand_overs, hand_overs.c.attention_at, hand_overs.c.attention_at < late)),
        ("changing duty", _by_site(duty_changes, duty_changes.c.attention_at, duty_changes.c.attention_at < late)),
        ("planning", _by_site(schedules, schedules.c.attention_at, schedules.c.attention_at < late, schedules.c.kind)),
        ("judging", _unjudged(late)),
        ("watching", _by_site(unit_states, unit_states.c.attention_at, unit_states.c.attention_at < late,
                              unit_states.c.unit)),
        ("settling", _by_site(excursions, excursions.c.settle_at, excursions.c.settle_at < late)),
        ("failing over", _by_site(outbox, outbox.c.attention_at, _failed(late))),
        ("escalation notices", _by_site(outbox, outbox.c.attention_at, _unsent(now, ESCALATION_TOO_LATE, _ESCALATION))),
        ("routine notices", _by_site(outbox, outbox.c.attention_at, _unsent(now, ROUTINE_TOO_LATE, ~_ESCALATION))),
        ("cards", _by_site(cards, cards.c.attention_at, _not_shown(now))),
    ]  # fmt: skip


def _by_site(table: Any, since: Any, where: ColumnElement[bool], name: Any = None) -> Select[Any]:
    first = func.min(table.c.id if name is None else name)
    return select(table.c.site, func.count(), first, func.min(since)).where(where).group_by(table.c.site)


def _unopened(late: datetime) -> ColumnElement[bool]:
    return and_(runs.c.state == RunState.PREPARED.value, runs.c.opens_at < late)


def _unmissed(late: datetime) -> ColumnElement[bool]:
    return and_(runs.c.state == RunState.OPEN.value, runs.c.missed_at < late)


def _not_put_back(now: datetime) -> ColumnElement[bool]:
    """What was put back is looked at again within a minute, or was a moment ago."""
    soon = runs.c.attention_at.between(now - TOO_LATE, now + AGAIN_AFTER)
    return or_(runs.c.attention_at.is_(None), ~soon)


def _unjudged(late: datetime) -> Select[Any]:
    # `unjudged_since` is the device's time: how long the reading has been here is what its row says.
    first = and_(readings.c.sensor == latest.c.sensor, readings.c.taken_at == latest.c.unjudged_since)
    return (
        select(unit_states.c.site, func.count(), func.min(sensors.c.unit), func.min(readings.c.received_at))
        .select_from(latest)
        .join(readings, first)
        .join(sensors, sensors.c.id == latest.c.sensor)
        .join(unit_states, unit_states.c.unit == sensors.c.unit)
        .where(latest.c.unjudged_since.is_not(None), readings.c.received_at < late)
        .group_by(unit_states.c.site)
    )


def _failed(late: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.attention_at < late, outbox.c.state == NoticeState.FAILED.value)


def _unsent(now: datetime, too_late: timedelta, lane: ColumnElement[bool]) -> ColumnElement[bool]:
    at_work = _in_hand(outbox.alias("in_hand"), now)
    waits_for_slack = and_(outbox.c.target.not_like("%://%"), _slack_is_away())
    too_late_at = now - too_late
    return and_(lane, outbox.c.attention_at < too_late_at, outbox.c.state.in_(_WAITING), ~at_work, ~waits_for_slack)


def _not_shown(now: datetime) -> ColumnElement[bool]:
    at_work = _in_hand(cards.alias("in_hand"), now)
    return and_(cards.c.attention_at < now - ROUTINE_TOO_LATE, ~at_work, ~_slack_is_away())


def _slack_is_away() -> ColumnElement[bool]:
    return exists(select(outages.c.id).where(outages.c.ended_at.is_(None)))


def _in_hand(table: Any, now: datetime) -> ColumnElement[bool]:
    """Somebody is sending at this moment: what waits, waits its turn."""
    in_hand = (table.c.state == NoticeState.SENDING.value, table.c.attention_at > literal(now, UtcDateTime))
    return exists(select(table.c.id).where(*in_hand))
