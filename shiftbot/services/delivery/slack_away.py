"""Slack as a whole is away, and back: noted once, told elsewhere meanwhile, summed up once for each afterwards."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from shiftbot.domain.local_time import local_text
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.delivery.choosing import SLACK, ways_out
from shiftbot.services.delivery.going_on import leave_to_the_summary, scheme
from shiftbot.services.delivery.pace import Pace
from shiftbot.services.delivery.rules import TOGETHER_AT_MOST
from shiftbot.storage import cards, means, outages, outbox, record, standing_by
from shiftbot.storage.database import Database
from shiftbot.storage.outages import Outage
from shiftbot.storage.outbox import Parcel

log = logging.getLogger(__name__)


def judge(database: Database, pharmacy: Pharmacy, pace: Pace, known: Outage | None, now: datetime) -> bool:
    """After a round: note that Slack went away, or is back; whether that changed what is due.

    `known` is the outage that lasted when the round began.
    """
    began_at = pace.evidence.away_since(now)
    if known is None and began_at is not None:
        _begin(database, began_at, pace.evidence.error, now)
        return True
    if known is not None and pace.evidence.worked:
        _end(database, pharmacy, known, now)
        return True
    return False


def _begin(database: Database, began_at: datetime, error: str, now: datetime) -> None:
    """Every escalation goes by the second means at once."""
    with database.transaction() as connection:
        if outages.begin(connection, SLACK, began_at, error) is None:
            return
        standing_by.hasten_all(connection, now)
        for parcel in standing_by.told_elsewhere(connection, began_at):
            leave_to_the_summary(connection, parcel)
    log.warning("Slack is away since %s: %s", began_at, error, extra={"action": "slack_away"})


def _end(database: Database, pharmacy: Pharmacy, outage: Outage, now: datetime) -> None:
    """Each is told once what was told elsewhere; what was told so is not told again, all the rest is tried at once."""
    with database.transaction() as connection:
        if not outages.end(connection, outage, now):
            return
        told = _told_elsewhere_only(connection, pharmacy, outage)
        for parcel in told:
            leave_to_the_summary(connection, parcel)
        means.forgive(connection, 0, outage.began_at)
        summaries = [*_to_people(pharmacy, outage, told, now), *_to_channels(pharmacy, outage, told, now)]
        outbox.add_going(connection, ways_out(connection, pharmacy, summaries, now), now)
        record.append(connection, list(_entries(outage, told, now)))
        standing_by.tried_again(connection, now)
        cards.tried_again(connection, now)
    log.warning("Slack is back", extra={"action": "slack_back"})


def _told_elsewhere_only(connection: Connection, pharmacy: Pharmacy, outage: Outage) -> list[Parcel]:
    """What went out by other means; without the one message that found Slack back, which was told there as well."""
    told = standing_by.told_elsewhere(connection, outage.began_at)
    told = [each for each in told if each.notice.recipient in pharmacy.people and each.notice.site in pharmacy.sites]
    by_slack = standing_by.sent_by_slack(connection, [each.notice.key for each in told])
    return [each for each in told if standing_by.notice_key(each.notice.key) not in by_slack]


def _to_people(pharmacy: Pharmacy, outage: Outage, told: Sequence[Parcel], now: datetime) -> Iterable[Notice]:
    """To each who was told elsewhere: what, when and by what, with the alerts' buttons."""
    for recipient, mine in _by(told, lambda each: each.notice.recipient):
        site = pharmacy.sites[mine[0].notice.site]
        lines = [_line(site, each, f"by {scheme(each.target)}") for each in mine]
        head = f"{_stretch(site, outage, now)} You were told by other means meanwhile:"
        newest = {each.notice.alert: (each, line) for each, line in zip(mine, lines, strict=True)}
        entries = [_entry(each, line) for each, line in newest.values()][:TOGETHER_AT_MOST]
        yield _summary(outage, site, recipient, [head, *_cut(lines)], {"together": entries, "head": head})


def _entry(parcel: Parcel, line: str) -> dict[str, object]:
    notice = parcel.notice
    return {"key": notice.key, "alert": notice.alert, "text": line, "kind": notice.kind.value, "site": notice.site}


def _to_channels(pharmacy: Pharmacy, outage: Outage, told: Sequence[Parcel], now: datetime) -> Iterable[Notice]:
    """To each site's channel: who was told what."""
    for site_id, mine in _by(told, lambda each: each.notice.site):
        site = pharmacy.sites[site_id]
        lines = [
            _line(site, each, f"to {pharmacy.people[each.notice.recipient].name} by {scheme(each.target)}")
            for each in mine
        ]
        head = f"{_stretch(site, outage, now)} Told by other means meanwhile:"
        yield _summary(outage, site, site.channel, [head, *_cut(lines)], {})


def _by(told: Sequence[Parcel], key: Callable[[Parcel], str]) -> list[tuple[str, list[Parcel]]]:
    return [(each, list(mine)) for each, mine in groupby(sorted(told, key=lambda one: (key(one), one.id)), key=key)]


def _summary(outage: Outage, site: Site, recipient: str, lines: Sequence[str], about: dict[str, object]) -> Notice:
    return Notice(
        key=f"outage:{outage.id}:{site.id}:{recipient}",
        lane=Lane.ROUTINE,
        site=site.id,
        kind=NoticeKind.OUTAGE,
        recipient=recipient,
        text="\n".join(lines),
        about=about,
    )


def _stretch(site: Site, outage: Outage, now: datetime) -> str:
    since, until = (local_text(site.calendar, at) for at in (outage.began_at, now))
    return f"Slack took no messages from {since} to {until}."


def _line(site: Site, parcel: Parcel, how: str) -> str:
    at = local_text(site.calendar, parcel.sent_at or parcel.created_at)
    return f"• {at} {how}: {parcel.notice.text.splitlines()[0]}"


def _cut(lines: Sequence[str]) -> list[str]:
    more = len(lines) - TOGETHER_AT_MOST
    return [*lines[:TOGETHER_AT_MOST], *([f"and {more} more"] if more > 0 else [])]


def _entries(outage: Outage, told: Sequence[Parcel], now: datetime) -> Iterable[Entry]:
    for site, mine in _by(told, lambda each: each.notice.site):
        body: dict[str, object] = {"since": outage.began_at.isoformat(), "told_elsewhere": len(mine)}
        yield Entry(site, now, "shiftbot", "slack-back", f"outage:{outage.id}", body | {"error": outage.error})
