"""The tick's part in follow-ups: the reminder when one is due, and the alert when it is still open after the grace.

Neither comes while nobody is there: what may be handed from shift to shift wakes nobody, and waits for the opening.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import FollowUp, is_reminded
from shiftbot.domain.local_time import local_text, next_open
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import delivery, duty, escalation
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert
from shiftbot.services.follow_ups.carrying import touch_shift_cards, with_age
from shiftbot.services.follow_ups.changing import note
from shiftbot.storage import alerts, follow_ups
from shiftbot.storage.database import Database

BATCH = 200

SITE_GONE_FOR = timedelta(days=1)
"""A follow-up of a site that is no longer defined is looked at again so often: the site may come back."""


def remind_and_escalate(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Remind of what is due, and open the alert of what is open past its grace; how many."""

    def find(connection: Connection) -> list[FollowUp]:
        return follow_ups.find_due(connection, now, BATCH)

    def take_due(connection: Connection, due: list[FollowUp]) -> None:
        for each in due:
            _attend(connection, pharmacy, each, now)

    return each_alone(database, find, take_due, name=lambda each: f"follow-up {each.id}")


def _attend(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, now: datetime) -> None:
    site = pharmacy.sites.get(follow_up.site)
    if site is None:
        follow_ups.change(connection, follow_up, attention_at=now + SITE_GONE_FOR)
        return
    remind_at = _attended(pharmacy, site, follow_up.due_at)
    if now < remind_at:
        follow_ups.change(connection, follow_up, attention_at=remind_at)
        return
    late_at = _attended(pharmacy, site, remind_at + site.follow_up_grace)
    if not is_reminded(follow_up, remind_at, late_at):
        _remind(connection, pharmacy, site, follow_up, now)
    if now < late_at:
        follow_ups.change(connection, follow_up, attention_at=late_at)
        return
    alert = escalation.open_alert(connection, pharmacy, _alert(connection, pharmacy, follow_up, now), now)
    follow_ups.change(connection, follow_up, attention_at=None, alert=alert)
    touch_shift_cards(connection, site.id, now)


def _attended(pharmacy: Pharmacy, site: Site, at: datetime) -> datetime:
    """From an instant on, when somebody is there: at once while the site is open or anybody is on shift."""
    return at if duty.on_shift(pharmacy, site.id, at) else next_open(site.calendar, at)


def _remind(connection: Connection, pharmacy: Pharmacy, site: Site, follow_up: FollowUp, now: datetime) -> None:
    told = _whom(pharmacy, site, follow_up, now)
    due = local_text(site.calendar, follow_up.due_at)
    words = f"To follow up, due {due}: {follow_up.title}"
    text = f"{words}: {follow_up.detail}" if follow_up.detail else words
    notices = [
        Notice(
            key=f"follow-up:{follow_up.id}:{follow_up.due_at.isoformat()}:{each}",
            lane=Lane.ROUTINE,
            site=site.id,
            kind=NoticeKind.FOLLOW_UP,
            recipient=each,
            text=text,
            about={"follow_up": follow_up.id},
        )
        for each in told
    ]
    delivery.queue(connection, pharmacy, notices, now)
    note(connection, follow_up, "follow-up-reminded", "shiftbot", {"told": list(told)}, now)


def _whom(pharmacy: Pharmacy, site: Site, follow_up: FollowUp, now: datetime) -> tuple[str, ...]:
    """The owner, and when they are not on shift also whoever is and has its role; the channel when it is nobody."""
    owner = (follow_up.owner,) if follow_up.owner in pharmacy.people and follow_up.owner else ()
    working = {person.id for person in duty.on_shift(pharmacy, site.id, now)}
    if owner and owner[0] in working:
        return owner
    others = duty.on_shift(pharmacy, site.id, now, follow_up.role) or _managers(pharmacy, follow_up)
    return tuple(dict.fromkeys((*owner, *(person.id for person in others)))) or (site.channel,)


def _managers(pharmacy: Pharmacy, follow_up: FollowUp) -> tuple[Person, ...]:
    """A manager is hardly ever on a roster."""
    return pharmacy.people_with(Role.MANAGER) if follow_up.role is Role.MANAGER else ()


def _alert(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, now: datetime) -> NewAlert:
    """A cause has one alert for ever; a follow-up that was moved after its alert, and is late again, is another."""
    subject = f"follow-up:{follow_up.id}"
    if alerts.find(connection, AlertKind.FOLLOW_UP, subject) is not None:
        subject = f"{subject}:{follow_up.due_at.isoformat()}"
    seen = with_age(connection, pharmacy, follow_up, now)
    detail = f"due {seen.due}, {seen.age}, with {seen.owner}"
    return NewAlert(
        site=follow_up.site,
        kind=AlertKind.FOLLOW_UP,
        subject=subject,
        title=f"Follow-up still open: {follow_up.title}",
        detail=f"{detail}. {follow_up.detail}" if follow_up.detail else detail,
    )
