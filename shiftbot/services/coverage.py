"""Looking two weeks ahead every day: who would not be reached, told to the managers when it appears, with the mend."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice
from zlib import crc32

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.coverage import LOOK_AHEAD, Hole, by_cause, holes, span_of
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.services.delivery import is_reachable
from shiftbot.storage import holes as stored
from shiftbot.storage import record, schedules
from shiftbot.storage.database import Database
from shiftbot.storage.holes import KnownHole
from shiftbot.storage.schedules import Turn

KIND = "coverage"

LOOKED_AT = time(7)
"""Before most sites open, and while there is a day to do something about it."""

SOON = timedelta(days=2)
"""Told once more when it begins within so long: looked at once a day, that is a whole day before."""

SITES = 20
"""In one tick: two weeks of a site take some eight milliseconds, and escalation comes after it."""

SPREAD_A_SITE = timedelta(seconds=0.5)
"""A chain is not looked at all at once: its sites follow each other within so long for each, an hour at the most."""

NEWS = timedelta(hours=12)
"""So long what was told first is not told again."""

NAMED = 4
"""So many stretches with the same cause are named; the others are counted."""


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start: every site is looked at in the morning, when people have pressed a button or two."""
    with database.transaction() as connection:
        schedules.add(connection, KIND, ((site.id, *_next(pharmacy, site, now)) for site in pharmacy.sites.values()))


def look_anew(database: Database, now: datetime) -> None:
    """After new definitions: every site is looked at now."""
    with database.transaction() as connection:
        schedules.hasten(connection, KIND, now)


def look_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Look at sites whose turn it is and tell what is new; how many were looked at. More wait for the next tick."""

    def find(connection: Connection) -> list[Turn]:
        due = (turn for turn in schedules.find_due(connection, KIND, now) if turn.site in pharmacy.sites)
        return list(islice(due, SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        for turn in due:
            site = pharmacy.sites[turn.site]
            if schedules.move(connection, site.id, KIND, turn.since, *_next(pharmacy, site, now)):
                _look(connection, pharmacy, site, now)

    return each_alone(database, find, take, name=lambda turn: f"the coverage of {turn.site}", batches=1)


def holes_of(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> list[Hole]:
    """The holes of a site in the next two weeks, as things stand now."""

    @cache
    def reachable(person: str) -> bool:
        return is_reachable(connection, pharmacy, pharmacy.people[person], now)

    return holes(pharmacy, site, now, now + LOOK_AHEAD, reachable)


def _next(pharmacy: Pharmacy, site: Site, now: datetime) -> tuple[datetime, date]:
    spread = min(timedelta(hours=1), (len(pharmacy.sites) - 1) * SPREAD_A_SITE)
    later = spread * (crc32(site.id.encode()) / 2**32)
    today = local_date(site.calendar, now)
    at = instant(site.calendar.timezone, today, LOOKED_AT) + later
    if at > now:
        return at, today
    tomorrow = today + timedelta(days=1)
    return instant(site.calendar.timezone, tomorrow, LOOKED_AT) + later, tomorrow


def _look(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> None:
    found, known = holes_of(connection, pharmacy, site, now), stored.of_site(connection, site.id)
    fresh: list[Hole] = []
    near: list[tuple[KnownHole, Hole]] = []
    still: set[str] = set()
    for hole in found:
        before = next((each for each in known if _is_of(each, hole) and each.key not in still), None)
        if before is None or _has_grown(before, hole, now):
            is_news = before is not None or not _came_with_time(known, hole, now)
            stored.put(connection, before.key if before else _key(hole), hole, now, told=is_news)
            fresh += [hole] if is_news else []
        else:
            stored.move(connection, before.key, hole.starts_at, hole.ends_at)
            near += [(before, hole)] if _is_to_be_told_again(before, hole, now) else []
        still |= {before.key} if before else set()
    stored.note_gone(connection, [each.key for each in known if each.key not in still], now)
    stored.note_told_again(connection, [before.key for before, _ in near], now)
    _tell(connection, pharmacy, site, fresh, "Somebody would not be reached", now)
    _tell(connection, pharmacy, site, [hole for _, hole in near], "Still so, and it begins within two days", now)


def _key(hole: Hole) -> str:
    return f"{hole.site}:{hole.starts_at.isoformat()}:{hole.what}"


def _is_of(known: KnownHole, hole: Hole) -> bool:
    """Whether a hole is one that was found before: the same is wrong, at some of the same minutes."""
    return known.what == hole.what and known.starts_at < hole.ends_at and hole.starts_at < known.ends_at


def _has_grown(known: KnownHole, hole: Hole, now: datetime) -> bool:
    """Whether it reaches further than when it was last seen; how far we look grows by itself."""
    is_cut = hole.ends_at >= now + LOOK_AHEAD
    return hole.starts_at < known.starts_at or (hole.ends_at > known.ends_at and not is_cut)


def _came_with_time(known: Sequence[KnownHole], hole: Hole, now: datetime) -> bool:
    """Whether a hole came into sight only because a day went by, and is that of every week, which was told."""
    if hole.starts_at < now + LOOK_AHEAD - timedelta(days=1, hours=1):
        return False
    week = timedelta(days=7)
    return any(
        each.what == hole.what and abs(each.starts_at + week - hole.starts_at) <= timedelta(hours=1) for each in known
    )


def _is_to_be_told_again(known: KnownHole, hole: Hole, now: datetime) -> bool:
    """Once, when it begins soon, of one that was told; not in the breath in which it was: duty changes often a day."""
    is_news_no_more = known.told_at is not None and known.told_at + NEWS <= now
    return known.told_again_at is None and is_news_no_more and now < hole.starts_at <= now + SOON


def _tell(
    connection: Connection, pharmacy: Pharmacy, site: Site, found: Sequence[Hole], head: str, now: datetime
) -> None:
    if not found:
        return
    body = {"holes": [[hole.what, hole.starts_at, hole.ends_at] for hole in found], "why": head}
    record.append(connection, [Entry(site.id, now, "shiftbot", "coverage", f"look:{now.isoformat()}", body)])
    text = "\n".join([f"{site.name}: {head[0].lower()}{head[1:]}.", *_lines(site, found)])
    delivery.queue(connection, pharmacy, list(_notices(pharmacy, site, text, now)), now)


def _notices(pharmacy: Pharmacy, site: Site, text: str, now: datetime) -> Iterable[Notice]:
    managers: Collection[str] = [person.id for person in pharmacy.people_with(Role.MANAGER)] or [site.fallback]
    for each in managers:
        key = f"coverage:{site.id}:{crc32(text.encode()):08x}:{now.isoformat()}:{each}"
        yield Notice(key, Lane.ROUTINE, site.id, NoticeKind.DUTY, each, text)


def _lines(site: Site, found: Sequence[Hole]) -> Iterable[str]:
    for (what, mend), same in by_cause(found).items():
        spans = ", ".join(span_of(site, hole) for hole in same[:NAMED])
        more = f" and {len(same) - NAMED} more" if len(same) > NAMED else ""
        yield f"• {what}: {spans}{more}. To mend it: {mend}."
