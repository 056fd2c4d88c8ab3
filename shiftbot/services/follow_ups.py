"""Follow-ups: opened by an answer or by hand, carried from shift to shift, reminded of, escalated, closed with words.

What changes one also brings the cards of the shift up to date on which it is carried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import (
    FollowUp,
    FollowUpState,
    age_text,
    is_reminded,
    refuse_unless_ahead,
    refuse_unless_movable,
    refuse_unless_theirs,
)
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.recurrence import local_date, local_text
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, duty, escalation
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import alerts, follow_ups, record, shifts
from shiftbot.storage.database import Database
from shiftbot.storage.follow_ups import next_attention

__all__ = [
    "CarriedFollowUp",
    "NewFollowUp",
    "add_by_hand",
    "carried",
    "close",
    "move_due",
    "next_attention",
    "open_follow_up",
    "open_of",
    "remind_and_escalate",
    "take",
    "touch_shift_cards",
    "view",
    "withdraw",
]

BATCH = 200

WORDS_MAX = 500
"""Letters of a title, a closing or a reason: a few words, not a letter."""

CARD_KEPT_FOR = timedelta(days=1)
"""So long after it opened the card of a shift's start is kept up to date with what is carried."""

SITE_GONE_FOR = timedelta(days=1)
"""A follow-up of a site that is no longer defined is looked at again so often: the site may come back."""


@dataclass(frozen=True, slots=True)
class NewFollowUp:
    """What a follow-up starts from. `source` names the cause: one follow-up for each, for ever.

    Without `due_at` it is due when the site says (`follow_ups: within`). Texts are as they may be kept: guarded.
    """

    site: str
    source: str
    title: str
    detail: str
    role: Role
    owner: str | None = None
    run: int | None = None
    line: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarriedFollowUp:
    """An open follow-up as the shift finds it. `shifts`: how many began since it was opened."""

    follow_up: FollowUp
    owner: str
    """The owner's name, or whom it is for: `a technician`."""
    due: str
    """Local day and clock time."""
    age: str
    shifts: int
    overdue: bool


def open_follow_up(
    connection: Connection, pharmacy: Pharmacy, new: NewFollowUp, now: datetime, actor: str = "shiftbot"
) -> int:
    """Open the follow-up of one cause, once; its id."""
    due_at = new.due_at or now + pharmacy.sites[new.site].follow_up_within
    fresh = FollowUp(
        id=0, site=new.site, source=new.source, title=new.title, detail=new.detail, run=new.run, line=new.line,
        role=new.role, owner=new.owner, state=FollowUpState.OPEN, opened_by=actor, opened_at=now, due_at=due_at,
        attention_at=due_at,
    )  # fmt: skip
    added = follow_ups.add(connection, fresh)
    if added is None:
        found = follow_ups.find(connection, new.source)
        return found.id if found else 0
    body = {"title": new.title, "detail": new.detail, "role": new.role, "owner": new.owner, "due": due_at}
    cause = {"source": new.source, "run": new.run, "line": new.line}
    record.append(connection, [Entry(new.site, now, actor, "follow-up-opened", f"follow-up:{added}", body | cause)])
    touch_shift_cards(connection, new.site, now)
    return added


def add_by_hand(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    person: Person,
    title: str,
    due_at: datetime | None,
    key: str,
    now: datetime,
    role: Role | None = None,
) -> int:
    """Something a person wants followed up, theirs until somebody takes it; its id. Raises Refused.

    `key` makes a repeated request one follow-up. A pharmacist's is for pharmacists unless `role` says otherwise.
    """
    what = _words(title, "Say in a few words what is to be followed up.")
    if due_at is not None:
        refuse_unless_ahead(due_at, now)
    meant = role or (Role.PHARMACIST if Role.PHARMACIST in person.roles else Role.TECHNICIAN)
    new = NewFollowUp(site.id, f"hand:{key}", what, "", meant, owner=person.id, due_at=due_at)
    return open_follow_up(connection, pharmacy, new, now, actor=person.id)


def take(connection: Connection, pharmacy: Pharmacy, follow_up_id: int, person: Person, now: datetime) -> None:
    """`person` has it from now on. Raises Refused or AlreadyDone."""
    follow_up = _open(connection, pharmacy, follow_up_id)
    refuse_unless_theirs(follow_up, person)
    if follow_up.owner == person.id:
        raise AlreadyDone(f"“{follow_up.title}” is yours already.")
    _change(connection, follow_up, owner=person.id)
    _note(connection, follow_up, "follow-up-taken", person.id, {"owner": person.id, "before": follow_up.owner}, now)


def move_due(
    connection: Connection,
    pharmacy: Pharmacy,
    follow_up_id: int,
    person: Person,
    due_at: datetime,
    why: str,
    now: datetime,
) -> None:
    """Give it another time, with a reason; an alert that it became is over. Raises Refused or AlreadyDone."""
    follow_up = _open(connection, pharmacy, follow_up_id)
    refuse_unless_movable(follow_up, person, due_at, now)
    reason = _words(why, "Say in a few words why it waits.")
    _change(connection, follow_up, due_at=due_at, attention_at=due_at, alert=None)
    body = {"due": due_at, "before": follow_up.due_at, "why": reason}
    _note(connection, follow_up, "follow-up-moved", person.id, body, now)
    due = local_text(pharmacy.sites[follow_up.site].calendar, due_at)
    _resolve(connection, pharmacy, follow_up, f"{person.name} moved it to {due}: {reason}", now)


def close(
    connection: Connection, pharmacy: Pharmacy, follow_up_id: int, person: Person, how: str, now: datetime
) -> None:
    """It was done, and how in a few words. Raises Refused or AlreadyDone."""
    follow_up = _open(connection, pharmacy, follow_up_id)
    refuse_unless_theirs(follow_up, person)
    done = _words(how, "Say in a few words what was done.")
    _close(connection, follow_up, person.id, done, now)
    _note(connection, follow_up, "follow-up-closed", person.id, {"how": done}, now)
    _resolve(connection, pharmacy, follow_up, f"{person.name}: {done}", now)


def withdraw(
    connection: Connection, pharmacy: Pharmacy, source: str, how: str, now: datetime, actor: str = "shiftbot"
) -> bool:
    """The cause was taken back: its follow-up, if it is open, is closed; whether there was one to close."""
    follow_up = follow_ups.find(connection, source)
    if follow_up is None or follow_up.state is FollowUpState.CLOSED:
        return False
    _close(connection, follow_up, actor, how, now)
    _note(connection, follow_up, "follow-up-withdrawn", actor, {"how": how}, now)
    _resolve(connection, pharmacy, follow_up, how, now)
    return True


def _words(text: str, refusal: str) -> str:
    words = keepable(" ".join(text.split()))
    if not words:
        raise Refused(refusal)
    if len(words) > WORDS_MAX:
        raise Refused(f"That is {len(words)} letters; keep it under {WORDS_MAX}.")
    return words


def _open(connection: Connection, pharmacy: Pharmacy, follow_up_id: int) -> FollowUp:
    follow_up = follow_ups.load(connection, follow_up_id)
    if follow_up is None or follow_up.site not in pharmacy.sites:
        raise Refused("This follow-up is not in the database any more; nothing was changed.")
    if follow_up.state is FollowUpState.CLOSED:
        raise AlreadyDone(_already_closed(pharmacy, follow_up))
    return follow_up


def _already_closed(pharmacy: Pharmacy, follow_up: FollowUp) -> str:
    at = local_text(pharmacy.sites[follow_up.site].calendar, follow_up.closed_at or follow_up.opened_at)
    by = _name(pharmacy, follow_up.closed_by)
    return f"{by} closed “{follow_up.title}” on {at}: {follow_up.closing}"


def _name(pharmacy: Pharmacy, person_id: str | None) -> str:
    person = pharmacy.people.get(person_id or "")
    return person.name if person else (person_id or "Somebody")


def _close(connection: Connection, follow_up: FollowUp, by: str, how: str, now: datetime) -> None:
    closed = {"closed_by": by, "closed_at": now, "closing": how, "attention_at": None}
    _change(connection, follow_up, state=FollowUpState.CLOSED.value, **closed)


def _change(connection: Connection, follow_up: FollowUp, **changed: object) -> None:
    if not follow_ups.change(connection, follow_up, **changed):
        raise AlreadyDone(f"Somebody changed “{follow_up.title}” a moment before you; look again.")


def _note(
    connection: Connection, follow_up: FollowUp, kind: str, actor: str, body: Mapping[str, object], now: datetime
) -> None:
    record.append(connection, [Entry(follow_up.site, now, actor, kind, f"follow-up:{follow_up.id}", body)])
    touch_shift_cards(connection, follow_up.site, now)


def _resolve(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, how: str, now: datetime) -> None:
    alert = alerts.look_at(connection, follow_up.alert) if follow_up.alert is not None else None
    if alert is not None:
        escalation.resolve_alert(connection, pharmacy, alert.kind, alert.subject, how, now)


def touch_shift_cards(connection: Connection, site_id: str, now: datetime) -> None:
    """What is carried changed: the cards of the last day's starts of shifts are out of date."""
    starts = shifts.shown_starts(connection, site_id, now - CARD_KEPT_FOR, now)
    delivery.touch_all(connection, CardKind.RUN, starts, now)


def open_of(connection: Connection, site_id: str) -> list[FollowUp]:
    """A site's open follow-ups, by when they are due."""
    return follow_ups.open_of(connection, site_id)


def view(connection: Connection, pharmacy: Pharmacy, follow_up_id: int, now: datetime) -> CarriedFollowUp | None:
    """One follow-up as it stands, open or closed, or nothing when there is none (or its site is not defined)."""
    found = follow_ups.look_at(connection, follow_up_id)
    if found is None or found.site not in pharmacy.sites:
        return None
    started = shifts.started(connection, found.site, found.opened_at, found.closed_at or now)
    return _carried(pharmacy, found, started, now)


def carried(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> list[CarriedFollowUp]:
    """What a site's shift finds open, by when it is due, each with its age; what this shift opened included."""
    found = follow_ups.open_of(connection, site_id)
    if not found:
        return []
    started = shifts.started(connection, site_id, min(each.opened_at for each in found), now)
    return [_carried(pharmacy, each, started, now) for each in found]


def _carried(pharmacy: Pharmacy, follow_up: FollowUp, started: list[datetime], now: datetime) -> CarriedFollowUp:
    calendar = pharmacy.sites[follow_up.site].calendar
    passed = sum(1 for at in started if at > follow_up.opened_at)
    opened_on, today = local_date(calendar, follow_up.opened_at), local_date(calendar, now)
    return CarriedFollowUp(
        follow_up=follow_up,
        owner=_name(pharmacy, follow_up.owner) if follow_up.owner else f"a {follow_up.role}",
        due=local_text(calendar, follow_up.due_at),
        age=age_text(opened_on, today, passed),
        shifts=passed,
        overdue=follow_up.is_overdue(now),
    )


def remind_and_escalate(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Remind of what is due, and open the alert of what is open past its grace; how many."""

    def find(connection: Connection) -> list[FollowUp]:
        return follow_ups.find_due(connection, now, BATCH)

    def take_due(connection: Connection, due: list[FollowUp]) -> None:
        record.hold(connection, {each.site for each in due})
        for each in due:
            _attend(connection, pharmacy, each, now)

    return each_alone(database, find, take_due, name=lambda each: f"follow-up {each.id}")


def _attend(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, now: datetime) -> None:
    site = pharmacy.sites.get(follow_up.site)
    if site is None:
        follow_ups.change(connection, follow_up, attention_at=now + SITE_GONE_FOR)
        return
    if not is_reminded(follow_up, site.follow_up_grace):
        _remind(connection, pharmacy, site, follow_up, now)
    late_at = follow_up.due_at + site.follow_up_grace
    if now < late_at:
        follow_ups.change(connection, follow_up, attention_at=late_at)
        return
    alert = escalation.open_alert(connection, pharmacy, _alert(connection, pharmacy, follow_up, now), now)
    follow_ups.change(connection, follow_up, attention_at=None, alert=alert)
    touch_shift_cards(connection, site.id, now)


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
    _note(connection, follow_up, "follow-up-reminded", "shiftbot", {"told": list(told)}, now)


def _whom(pharmacy: Pharmacy, site: Site, follow_up: FollowUp, now: datetime) -> tuple[str, ...]:
    """The owner, and when they are not on shift also whoever is and has its role; the channel when it is nobody."""
    owner = (follow_up.owner,) if follow_up.owner in pharmacy.people and follow_up.owner else ()
    working = {person.id for person in duty.on_shift(pharmacy, site.id, now)}
    if owner and owner[0] in working:
        return owner
    others = duty.on_shift(pharmacy, site.id, now, follow_up.role)
    return tuple(dict.fromkeys((*owner, *(person.id for person in others)))) or (site.channel,)


def _alert(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, now: datetime) -> NewAlert:
    """A cause has one alert for ever; a follow-up that was moved after its alert, and is late again, is another."""
    subject = f"follow-up:{follow_up.id}"
    if alerts.find(connection, AlertKind.FOLLOW_UP, subject) is not None:
        subject = f"{subject}:{follow_up.due_at.isoformat()}"
    seen = carried_one(connection, pharmacy, follow_up, now)
    detail = f"due {seen.due}, {seen.age}, with {seen.owner}"
    return NewAlert(
        site=follow_up.site,
        kind=AlertKind.FOLLOW_UP,
        subject=subject,
        title=f"Follow-up still open: {follow_up.title}",
        detail=f"{detail}. {follow_up.detail}" if follow_up.detail else detail,
    )


def carried_one(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, now: datetime) -> CarriedFollowUp:
    """One follow-up with its age at an instant."""
    return _carried(pharmacy, follow_up, shifts.started(connection, follow_up.site, follow_up.opened_at, now), now)
