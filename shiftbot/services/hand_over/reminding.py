"""The tick's part in hand-over notes: the pharmacist on duty hears, twice, that the new shift has not read one."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.hand_over import TOLD_AGAIN_AFTER, HandOver, read_until
from shiftbot.domain.local_time import local_text
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import delivery, duty
from shiftbot.services.batches import each_alone
from shiftbot.services.hand_over.reading import name_of
from shiftbot.services.hand_over.writing import LOOK_AGAIN
from shiftbot.storage import hand_overs, record, shifts
from shiftbot.storage.database import Database

BATCH = 200

WAITS_FOR_A_SHIFT = timedelta(days=7)
"""So long a note waits for a shift to begin; a site whose checklists begin no shift is not asked after for ever."""

SITE_GONE_FOR = timedelta(days=1)
"""A note of a site that is no longer defined is looked at again so often: the site may come back."""


def remind_unread(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Tell of what the shift that began since has not read; how many notes were looked at."""

    def find(connection: Connection) -> list[HandOver]:
        return hand_overs.find_due(connection, now, BATCH)

    def take(connection: Connection, due: list[HandOver]) -> None:
        for each in due:
            hand_overs.attend(connection, [each.id], _attend(connection, pharmacy, each, now))

    return each_alone(database, find, take, name=lambda each: f"hand-over note {each.id}")


def _attend(connection: Connection, pharmacy: Pharmacy, hand_over: HandOver, now: datetime) -> datetime | None:
    """Do what is due for an unread note; when it next needs attention."""
    site = pharmacy.sites.get(hand_over.site)
    if site is None:
        return now + SITE_GONE_FOR
    if duty.next_shift_has_read(connection, pharmacy, hand_over):
        return None
    start = shifts.next_start(connection, site.id, hand_over.written_at)
    if start is None:
        return now + LOOK_AGAIN if now < hand_over.written_at + WAITS_FOR_A_SHIFT else None
    until = read_until(start.opens_at, start.due_at)
    if now < until:
        return until
    again = now >= until + TOLD_AGAIN_AFTER
    _tell(connection, pharmacy, site, hand_over, again, now)
    return None if again else until + TOLD_AGAIN_AFTER


def _tell(
    connection: Connection, pharmacy: Pharmacy, site: Site, hand_over: HandOver, again: bool, now: datetime
) -> None:
    told, why = _whom(pharmacy, site, hand_over, now)
    written = local_text(site.calendar, hand_over.written_at)
    writer = name_of(pharmacy, hand_over.written_by)
    still = ("Still nobody" if again else "Nobody") + (" of the new shift" if hand_over.read_by else "")
    text = f"{still} has read the hand-over note of {written} by {writer}. Please read it and press “I have read it”."
    notice = Notice(
        key=f"hand-over:{hand_over.id}:{2 if again else 1}:{told}",
        lane=Lane.ROUTINE,
        site=site.id,
        kind=NoticeKind.HAND_OVER,
        recipient=told,
        text=f"{text}\nYou are told because {why}." if why else text,
        about={"hand_over": hand_over.id},
    )
    delivery.queue(connection, pharmacy, [notice], now)
    body = {"told": told, "why": why}
    record.append(connection, [Entry(site.id, now, "shiftbot", "hand-over-unread", f"hand-over:{hand_over.id}", body)])


def _whom(pharmacy: Pharmacy, site: Site, hand_over: HandOver, now: datetime) -> tuple[str, str]:
    """Who is told, and why they stand in for the pharmacist on duty, if they do. The writer is nobody to ask."""
    on_duty = [person.id for person in duty.on_duty(pharmacy, site.id, now)]
    others = [person for person in on_duty if person != hand_over.written_by]
    if others:
        return others[0], ""
    why = "the pharmacist on duty wrote it" if on_duty else "no pharmacist is on duty now"
    return (site.fallback if site.fallback != hand_over.written_by else site.channel), why
