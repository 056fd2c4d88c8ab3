"""What people do with follow-ups: open, take, move and close them, and take their cause back. All on the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import (
    FollowUp,
    FollowUpState,
    refuse_unless_ahead,
    refuse_unless_movable,
    refuse_unless_theirs,
)
from shiftbot.domain.local_time import local_text
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, escalation
from shiftbot.services.follow_ups.carrying import name_of, touch_shift_cards
from shiftbot.storage import alerts, follow_ups, record

WORDS_MAX = 500
"""Letters of a title, a closing or a reason: a few words, not a letter."""


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
    whom: Person | Role | None = None,
) -> int:
    """Something a person wants followed up, by `whom` (themselves when nobody is named); its id. Raises Refused.

    `key` makes a repeated request one follow-up. Somebody else whose it becomes is told at once.
    """
    what = _words(title, "Say in a few words what is to be followed up.")
    if due_at is not None:
        refuse_unless_ahead(due_at, now)
    owner = None if isinstance(whom, Role) else whom or person
    role = whom if isinstance(whom, Role) else _role_of(whom or person)
    owner_id = owner.id if owner else None
    new = NewFollowUp(site.id, f"hand:{key}", what, "", role, owner=owner_id, due_at=due_at)
    opened = open_follow_up(connection, pharmacy, new, now, actor=person.id)
    if owner is not None and owner.id != person.id:
        delivery.queue(connection, pharmacy, [_given(site, opened, person, owner, what)], now)
    return opened


def _role_of(person: Person) -> Role:
    """Whose it is beside its owner: a pharmacist's is no technician's."""
    return next(role for role in (Role.PHARMACIST, Role.TECHNICIAN, Role.MANAGER) if role in person.roles)


def _given(site: Site, follow_up_id: int, person: Person, owner: Person, what: str) -> Notice:
    return Notice(
        key=f"follow-up:{follow_up_id}:given:{owner.id}",
        lane=Lane.ROUTINE,
        site=site.id,
        kind=NoticeKind.FOLLOW_UP,
        recipient=owner.id,
        text=f"{person.name} asks you to follow up: {what}",
        about={"follow_up": follow_up_id},
    )


def take(connection: Connection, pharmacy: Pharmacy, follow_up_id: int, person: Person, now: datetime) -> None:
    """`person` has it from now on. Raises Refused or AlreadyDone."""
    follow_up = _open(connection, pharmacy, follow_up_id)
    refuse_unless_theirs(follow_up, person)
    if follow_up.owner == person.id:
        raise AlreadyDone(f"“{follow_up.title}” is yours already.")
    _change(connection, follow_up, owner=person.id)
    note(connection, follow_up, "follow-up-taken", person.id, {"owner": person.id, "before": follow_up.owner}, now)


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
    note(connection, follow_up, "follow-up-moved", person.id, body, now)
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
    note(connection, follow_up, "follow-up-closed", person.id, {"how": done}, now)
    _resolve(connection, pharmacy, follow_up, f"{person.name}: {done}", now)


def withdraw(
    connection: Connection, pharmacy: Pharmacy, source: str, how: str, now: datetime, actor: str = "shiftbot"
) -> bool:
    """The cause was taken back: its follow-up, if it is open, is closed; whether there was one to close."""
    follow_up = follow_ups.find(connection, source)
    if follow_up is None or follow_up.state is FollowUpState.CLOSED:
        return False
    _close(connection, follow_up, actor, how, now)
    note(connection, follow_up, "follow-up-withdrawn", actor, {"how": how}, now)
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
    by = name_of(pharmacy, follow_up.closed_by)
    return f"{by} closed “{follow_up.title}” on {at}: {follow_up.closing}"


def _close(connection: Connection, follow_up: FollowUp, by: str, how: str, now: datetime) -> None:
    closed = {"closed_by": by, "closed_at": now, "closing": how, "attention_at": None}
    _change(connection, follow_up, state=FollowUpState.CLOSED.value, **closed)


def _change(connection: Connection, follow_up: FollowUp, **changed: object) -> None:
    if not follow_ups.change(connection, follow_up, **changed):
        raise AlreadyDone(f"Somebody changed “{follow_up.title}” a moment before you; look again.")


def note(
    connection: Connection, follow_up: FollowUp, kind: str, actor: str, body: Mapping[str, object], now: datetime
) -> None:
    """Put what became of a follow-up on the record; the cards that carry it are out of date."""
    record.append(connection, [Entry(follow_up.site, now, actor, kind, f"follow-up:{follow_up.id}", body)])
    touch_shift_cards(connection, follow_up.site, now)


def _resolve(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, how: str, now: datetime) -> None:
    alert = alerts.look_at(connection, follow_up.alert) if follow_up.alert is not None else None
    if alert is not None:
        escalation.resolve_alert(connection, pharmacy, alert.kind, alert.subject, how, now)
