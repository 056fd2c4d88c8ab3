"""By which means a notice goes, and when: what fails is passed by, quiet hours are kept, and for an escalation the
further means stand by at once, each due a little later, so that nothing needs to notice that the first did not work.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.local_time import local_clock
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.quiet_hours import quiet_until
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.services import duty
from shiftbot.storage import means, outages, standing_by
from shiftbot.storage.outbox import Going

SLACK = "slack"
"""What an outage of Slack as a whole is noted under."""

CRITICAL_WAITS, OTHERS_WAIT = timedelta(seconds=30), timedelta(minutes=2)
"""An escalation that did not get out for so long goes by the next means as well."""

AT_ANY_HOUR = frozenset({NoticeKind.UNDERSTOOD, NoticeKind.PRIVACY, NoticeKind.REACH})
"""Answers to what somebody did just now: they are awake."""


@dataclass(frozen=True)
class _Known:
    """What is to be known of the recipients and alerts of some notices."""

    failing: set[tuple[str, str]] = field(default_factory=set)
    critical: set[int] = field(default_factory=set)
    slack_is_away: bool = False


def ways_out(connection: Connection, pharmacy: Pharmacy, notices: Sequence[Notice], now: datetime) -> Iterator[Going]:
    """Each notice by the first means that works, due when it may be told; an escalation by the further ones after."""
    known = _known(connection, pharmacy.people, notices)
    for notice in notices:
        person = pharmacy.people.get(notice.recipient)
        if person is None:
            yield Going(notice, 0, notice.recipient, now)
        else:
            yield from _ways_to(pharmacy, notice, person, known, now)


def targets_of(person: Person) -> tuple[str, ...]:
    """Every means of somebody in order, Slack first: a Slack id, then Apprise URLs."""
    return (person.slack, *person.reach)


def _known(connection: Connection, people: Mapping[str, Person], notices: Sequence[Notice]) -> _Known:
    """Asked once for all; and not at all while everybody has Slack only and no quiet hours."""
    recipients = {each.recipient: people[each.recipient] for each in notices if each.recipient in people}
    several = [person.id for person in recipients.values() if person.reach]
    if not several and not any(person.quiet for person in recipients.values()):
        return _Known()
    alerts = {each.alert for each in notices if each.alert is not None and each.kind is NoticeKind.ALERT}
    return _Known(
        means.failing(connection, several),
        standing_by.critical_among(connection, alerts),
        bool(several) and outages.standing(connection, SLACK) is not None,
    )


def _ways_to(pharmacy: Pharmacy, notice: Notice, person: Person, known: _Known, now: datetime) -> Iterator[Going]:
    critical = notice.alert in known.critical
    due_at = None if critical else _quiet_until(pharmacy, notice, person, now)
    why = f"waits until {_clock(pharmacy, notice, due_at)}: quiet hours of {person.name}" if due_at else None
    targets = targets_of(person)
    working = [place for place, to in enumerate(targets) if (person.id, means.address_of(to)) not in known.failing]
    first, *further = working or range(len(targets))
    yield Going(notice, first, targets[first], due_at or now, why)
    if notice.lane is not Lane.ESCALATION:
        return
    patience = CRITICAL_WAITS if critical else OTHERS_WAIT
    at = due_at or now
    for place in further:
        if not (known.slack_is_away and first == 0 and place == further[0]):
            at += patience
        yield Going(replace(notice, key=standing_by.key_by(notice.key, place)), place, targets[place], at, why)


def _quiet_until(pharmacy: Pharmacy, notice: Notice, person: Person, now: datetime) -> datetime | None:
    """Until when somebody is left in peace; whoever is at work is not."""
    site = pharmacy.sites.get(notice.site)
    if person.quiet is None or site is None or notice.kind in AT_ANY_HOUR:
        return None
    until = quiet_until(person.quiet, site.calendar, now)
    return None if until is None or _is_at_work(pharmacy, site.id, person, now) else until


def _is_at_work(pharmacy: Pharmacy, site: str, person: Person, now: datetime) -> bool:
    present: Iterable[Person] = (*duty.on_duty(pharmacy, site, now), *duty.on_shift(pharmacy, site, now))
    return any(each.id == person.id for each in present)


def _clock(pharmacy: Pharmacy, notice: Notice, at: datetime) -> str:
    return local_clock(pharmacy.sites[notice.site].calendar, at)
