"""The calendars of the roster: what was read well stays until something newer is, and its age is told."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_text
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import DatedShift, Pharmacy, RosterCalendar
from shiftbot.services import delivery
from shiftbot.storage import record, roster_shifts
from shiftbot.storage.database import Database

READ_EVERY = timedelta(minutes=15)


def calendars_due(database: Database, pharmacy: Pharmacy, now: datetime) -> list[RosterCalendar]:
    """The calendars that nobody has looked at for a quarter of an hour."""
    with database.snapshot() as connection:
        read = roster_shifts.read_at(connection)
    return [
        each for each in pharmacy.calendars if read.get((each.site, each.source), now - READ_EVERY) <= now - READ_EVERY
    ]


def keep_calendar(
    database: Database,
    pharmacy: Pharmacy,
    named: RosterCalendar,
    found: Sequence[DatedShift],
    remarks: Sequence[str],
    now: datetime,
) -> bool:
    """Put what a calendar says now in the place of what it said; whether that changed anything."""
    digest = hashlib.sha256(repr((tuple(found), tuple(remarks))).encode()).hexdigest()
    with database.transaction() as connection:
        before = roster_shifts.load(connection, named.site, named.source)
        if before is not None and before.digest == digest and not before.error:
            roster_shifts.note_read(connection, named.site, named.source, now)
            return False
        roster_shifts.put(connection, named.site, named.source, found, digest, remarks, now)
        body = {"source": shown_name(named), "shifts": len(found), "digest": digest, "remarks": list(remarks)}
        entry = Entry(named.site, now, "shiftbot", "roster-read", f"calendar:{_short(named)}", body)
        record.append(connection, [entry])
        if remarks and (before is None or list(before.remarks) != list(remarks)):
            said = "\n".join(f"• {remark}" for remark in remarks[:10])
            text = f"The calendar {shown_name(named)} was read; something in it wants a look:\n{said}"
            _tell(connection, pharmacy, named, f"remarks:{digest[:16]}", text, now)
        elif before is not None and before.error:
            text = f"The calendar {shown_name(named)} can be read again."
            _tell(connection, pharmacy, named, f"good:{now.isoformat()}", text, now)
    return True


def keep_failure(database: Database, pharmacy: Pharmacy, named: RosterCalendar, why: str, now: datetime) -> None:
    """A calendar could not be read: the last good one stays, and the managers hear how old it is, once a day."""
    with database.transaction() as connection:
        before = roster_shifts.load(connection, named.site, named.source)
        roster_shifts.note_failure(connection, named.site, named.source, why, now)
        site = pharmacy.sites[named.site]
        if before is not None and before.good_at is not None:
            stays = f"The one of {local_text(site.calendar, before.good_at)} stays in force."
        else:
            stays = "It was never read: nobody is on duty by it."
        text = f"The calendar {shown_name(named)} of {site.name} cannot be read: {why}. {stays}"
        _tell(connection, pharmacy, named, f"failed:{now.date().isoformat()}", text, now)


def _tell(
    connection: Connection, pharmacy: Pharmacy, named: RosterCalendar, what: str, text: str, now: datetime
) -> None:
    managers = pharmacy.people_with(Role.MANAGER) or (pharmacy.people[pharmacy.sites[named.site].fallback],)
    notices = [
        Notice(
            key=f"calendar:{named.site}:{_short(named)}:{what}:{each.id}",
            lane=Lane.ROUTINE,
            site=named.site,
            kind=NoticeKind.DUTY,
            recipient=each.id,
            text=text,
        )
        for each in managers
    ]
    delivery.queue(connection, pharmacy, notices, now)


def _short(named: RosterCalendar) -> str:
    return hashlib.sha256(named.source.encode()).hexdigest()[:12]


def shown_name(named: RosterCalendar) -> str:
    """The file's name, or the address without its path: a calendar's secret address is a secret."""
    if "://" not in named.source:
        return named.source
    return f"at {named.source.partition('://')[2].partition('/')[0]}"
