"""Mutes: a pharmacist or manager says that nobody is called for a site, or one of its units, for a while, and why.

Judging goes on. An alert under a mute opens as always; its ladder waits for the end of the mute and begins then, if the
cause is still there (services/escalation/holding.py). What is critical goes through.
"""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_text
from shiftbot.domain.mute import LONGEST, Mute
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.storage import alerts, mutes, record
from shiftbot.storage.database import Database

BATCH = 100

SHIFTBOT = "shiftbot"


def begin_mute(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    unit: str,
    reason: str,
    person: Person,
    until: datetime,
    now: datetime,
) -> Mute:
    """`person` mutes a unit, or the whole site when `unit` is empty. Raises Refused, and AlreadyDone where it is so."""
    _refuse_role(person)
    if unit and unit not in {each.id for each in pharmacy.units_of(site.id)}:
        raise Refused("This storage unit is not defined any more.")
    why = keepable(" ".join(reason.split()))
    if not why:
        raise Refused("Say in a few words why: it goes on the record.")
    if not now < until <= now + LONGEST:
        raise Refused("Say when it ends: later than now, and within 7 days.")
    before = next((each for each in mutes.on_at(connection, [site.id], now) if each.unit == unit), None)
    if before is not None:
        end, who = local_text(site.calendar, before.ends_at), name_of(pharmacy, before.author)
        raise AlreadyDone(f"{place_of(pharmacy, before)} is muted already, until {end} ({who}). End that first.")
    mute = mutes.add(connection, Mute(0, site.id, unit, why, person.id, now, until))
    body: dict[str, object] = {"unit": unit, "reason": why, "until": until.isoformat()}
    _note(connection, mute, "mute-began", person.id, body, now)
    text = f"{place_of(pharmacy, mute)} is muted until {local_text(site.calendar, until)} ({person.name}: {why}). "
    _say(connection, pharmacy, mute, "began", text + "What is critical is told all the same.", now)
    return mute


def end_mute(connection: Connection, pharmacy: Pharmacy, mute_id: int, person: Person, now: datetime) -> Mute:
    """`person` ends a mute early: what is still wrong is told at once. Raises Refused, AlreadyDone."""
    _refuse_role(person)
    mute = mutes.load(connection, mute_id)
    if mute is None:
        raise Refused("This mute is not in the database any more; nothing was changed.")
    if mute.ended_at is not None or mute.ends_at <= now:
        raise AlreadyDone(f"{place_of(pharmacy, mute)} is not muted any more.")
    # What another mute holds as well is looked at anew, too: with several causes each needs its own.
    ends = {each.ends_at for each in mutes.on_at(connection, [mute.site], now)} | {mute.ends_at}
    _end(connection, pharmacy, mute, person.id, now, now)
    for alert in alerts.unresolved(connection, mute.site):
        if alert.escalate_at in ends:
            alerts.hold_until(connection, alert, now)
    return mute


def attend(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Say of the mutes whose end has come that they are over; how many."""

    def find(connection: Connection) -> list[Mute]:
        return mutes.run_out(connection, now, BATCH)

    def take(connection: Connection, found: list[Mute]) -> None:
        for mute in found:
            _end(connection, pharmacy, mute, SHIFTBOT, mute.ends_at, now)

    return each_alone(database, find, take, name=lambda mute: f"mute {mute.id}")


def place_of(pharmacy: Pharmacy, mute: Mute) -> str:
    """What is muted, by its name."""
    if mute.unit:
        return pharmacy.units[mute.unit].name if mute.unit in pharmacy.units else mute.unit
    return pharmacy.sites[mute.site].name if mute.site in pharmacy.sites else mute.site


def name_of(pharmacy: Pharmacy, person_id: str) -> str:
    """Who muted it, by name."""
    return pharmacy.people[person_id].name if person_id in pharmacy.people else person_id


def _refuse_role(person: Person) -> None:
    if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("A pharmacist or manager mutes, and ends a mute. Ask one of them.")


def _end(connection: Connection, pharmacy: Pharmacy, mute: Mute, by: str, ended_at: datetime, now: datetime) -> None:
    if not mutes.end(connection, mute.id, by, ended_at):
        return
    _note(connection, mute, "mute-ended", by, {"ended_at": ended_at.isoformat()}, now)
    early = f"{name_of(pharmacy, by)} ended it early. " if by != SHIFTBOT else ""
    text = f"{place_of(pharmacy, mute)} is not muted any more. {early}What is still wrong is told now."
    _say(connection, pharmacy, mute, "ended", text, now)


def _say(connection: Connection, pharmacy: Pharmacy, mute: Mute, what: str, text: str, now: datetime) -> None:
    """In the site's channel, once; and on the cards of its open alerts."""
    open_now = [alert.id for alert in alerts.unresolved(connection, mute.site)]
    delivery.touch_all(connection, CardKind.ALERT, open_now, now)
    site = pharmacy.sites.get(mute.site)
    if site is not None:
        key = f"mute:{mute.id}:{what}"
        notice = Notice(key, Lane.ROUTINE, site.id, NoticeKind.COLD_CHAIN, site.channel, text)
        delivery.queue(connection, pharmacy, [notice], now)


def _note(connection: Connection, mute: Mute, kind: str, actor: str, body: dict[str, object], now: datetime) -> None:
    record.append(connection, [Entry(mute.site, now, actor, kind, f"mute:{mute.id}", body)])
