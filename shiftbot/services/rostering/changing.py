"""Duty as people change it: each change with its author, on the record, and told to everybody it concerns."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.duty_change import (
    Agreement,
    Kind,
    Standing,
    expiry_of,
    refuse_unless_asked,
    refuse_unless_may,
    refuse_unless_pharmacist,
    refuse_unless_plannable,
)
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.roster import Shift
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, duty
from shiftbot.services.rostering.telling import tell_agreed, tell_answer, tell_asked
from shiftbot.storage import duty_changes, record, schedules

DEPENDS_ON_DUTY = ("sign-on", "coverage", "duty-group")
"""Regular work of a site that looks at the roster (signing_on.py, coverage.py, reaching/groups.py)."""


def take_over(
    connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, until: datetime, key: str, now: datetime
) -> Agreement:
    """`person` has the duty from now on, in the place of whoever comes first; it stands at once. Raises Refused."""
    refuse_unless_pharmacist(person)
    on_duty = duty.on_duty(pharmacy, site.id, now)
    if on_duty and on_duty[0].id == person.id:
        raise AlreadyDone("You have the duty already.")
    instead_of = on_duty[0].id if on_duty else None
    return agree(connection, pharmacy, begun(Kind.TAKE_OVER, key, site, person.id, instead_of, now, until), person, now)


def stand_in(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    person: Person,
    instead_of: Person | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Person,
    key: str,
    now: datetime,
) -> Agreement:
    """A manager puts `person` on duty for a stretch; it stands at once. Raises Refused."""
    if Role.MANAGER not in by.roles:
        raise Refused("A manager changes the duty of others. You can hand yours over, swap it, or take it over.")
    refuse_unless_pharmacist(person)
    new = begun(Kind.OVERRIDE, key, site, person.id, instead_of.id if instead_of else None, starts_at, ends_at)
    return agree(connection, pharmacy, replace(new, reason=_words(reason)), by, now)


def call_in_absent(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Person,
    key: str,
    now: datetime,
) -> Agreement:
    """`person` is away (called in sick …): nobody has their duty until somebody takes it. Raises Refused."""
    refuse_unless_may(by, person.id)
    new = begun(Kind.ABSENCE, key, site, None, person.id, starts_at, ends_at)
    return agree(connection, pharmacy, replace(new, reason=_words(reason)), by, now)


def offer(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    giver: Person,
    taker: Person,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Person,
    key: str,
    now: datetime,
) -> Agreement:
    """`giver` hands the duty to `taker` for a stretch; it stands when that one accepts. Raises Refused."""
    refuse_unless_may(by, giver.id)
    refuse_unless_pharmacist(taker)
    if giver.id == taker.id:
        raise Refused("Choose somebody else; you have it already.")
    new = begun(Kind.HAND_OVER, key, site, taker.id, giver.id, starts_at, ends_at)
    return _ask(connection, pharmacy, [replace(new, reason=_words(reason))], by, taker, now)


def offer_swap(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    mine: Shift,
    theirs: Shift,
    by: Person,
    key: str,
    now: datetime,
    reason: str = "",
) -> Agreement:
    """Two pharmacists exchange a shift each; both halves stand when the other accepts. Raises Refused."""
    refuse_unless_may(by, mine.person)
    if mine.person == theirs.person:
        raise Refused("Both shifts are the same person's; there is nothing to swap.")
    giver, taker = pharmacy.people[mine.person], pharmacy.people[theirs.person]
    for each in (giver, taker):
        refuse_unless_pharmacist(each)
    first = begun(Kind.SWAP, f"{key}:1", site, taker.id, giver.id, max(mine.starts_at, now), mine.ends_at)
    second = begun(Kind.SWAP, f"{key}:2", site, giver.id, taker.id, max(theirs.starts_at, now), theirs.ends_at)
    why = _words(reason)
    halves = [
        replace(first, together=second.key, reason=why),
        replace(second, together=first.key, reason=why),
    ]
    return _ask(connection, pharmacy, halves, by, taker, now)


def answer(
    connection: Connection, pharmacy: Pharmacy, agreement_id: int, person: Person, accepts: bool, now: datetime
) -> Agreement:
    """The other's word to an offer: it stands, or is declined. Managers may answer. Raises Refused or AlreadyDone."""
    asked = find_agreement(connection, agreement_id)
    refuse_unless_asked(asked)
    refuse_unless_may(person, asked_whom(asked))
    state = Standing.STANDING if accepts else Standing.DECLINED
    halves = halves_of(connection, asked)
    for half in halves if accepts else ():
        refuse_unless_plannable(half.starts_at, half.ends_at, now)
    # Accepted late it stands from now on: who had the duty until now had it, and so says every report.
    since = now if accepts else None
    settled = _settle(connection, halves, state, person.id, now, since=since)
    tell_answer(connection, pharmacy, settled[0], state, person, now)
    return next(half for half in settled if half.id == asked.id)


def withdraw(connection: Connection, pharmacy: Pharmacy, agreement_id: int, person: Person, now: datetime) -> Agreement:
    """Take a change back: one that has not begun never was, one that runs ends now. Raises Refused or AlreadyDone."""
    found = find_agreement(connection, agreement_id)
    if found.state not in (Standing.ASKED, Standing.STANDING) or found.ends_at <= now:
        raise AlreadyDone("This is over already; nothing was changed.")
    refuse_unless_may(person, found.asked_by, found.person, found.instead_of)
    halves = halves_of(connection, found)
    for half in halves:
        runs = half.state is Standing.STANDING and half.starts_at < now < half.ends_at
        state, ends_at = (Standing.STANDING, now) if runs else (Standing.WITHDRAWN, None)
        _settle(connection, [half], state, person.id, now, ends_at=ends_at, kind="duty-withdrawn")
    tell_answer(connection, pharmacy, halves[0], Standing.WITHDRAWN, person, now)
    return found


def let_expire(connection: Connection, pharmacy: Pharmacy, asked: Agreement, now: datetime) -> None:
    """Nobody answered an offer in time: it is over, and those it concerns hear of it, unless its site is gone."""
    halves = [half for half in halves_of(connection, asked) if half.state is Standing.ASKED]
    if halves:
        _settle(connection, halves, Standing.EXPIRED, "shiftbot", now)
    if halves and asked.site in pharmacy.sites:
        tell_answer(connection, pharmacy, halves[0], Standing.EXPIRED, None, now)


def begun(
    kind: Kind, key: str, site: Site, person: str | None, instead_of: str | None, starts_at: datetime, ends_at: datetime
) -> Agreement:
    return Agreement(
        0, key, site.id, kind, person, instead_of, starts_at, ends_at, Standing.STANDING, "", "", starts_at
    )  # fmt: skip


def agree(connection: Connection, pharmacy: Pharmacy, new: Agreement, by: Person, now: datetime) -> Agreement:
    """Note what stands at once, and tell whom it concerns; the same request again changes nothing."""
    refuse_unless_plannable(new.starts_at, new.ends_at, now)
    stands = replace(new, starts_at=max(new.starts_at, now), asked_by=by.id, asked_at=now)
    added = duty_changes.add(connection, stands)
    if added is None:
        return _known(connection, new.key)
    stored = replace(stands, id=added)
    record.append(connection, [_entry(stored, "duty-changed", by.id, now)])
    look_anew(connection, stored, now)
    tell_agreed(connection, pharmacy, stored, by, now)
    return stored


def _ask(
    connection: Connection, pharmacy: Pharmacy, news: Sequence[Agreement], by: Person, whom: Person, now: datetime
) -> Agreement:
    """Note what waits for somebody's word, and ask them; the same request again changes nothing."""
    asked: list[Agreement] = []
    until = min(expiry_of(new.starts_at, now) for new in news)
    for new in news:
        refuse_unless_plannable(new.starts_at, new.ends_at, now)
        waits = replace(new, state=Standing.ASKED, asked_by=by.id, asked_at=now, attention_at=until)
        added = duty_changes.add(connection, waits)
        if added is None:
            return _known(connection, new.key)
        asked.append(replace(waits, id=added))
    record.append(connection, [_entry(each, "duty-asked", by.id, now) for each in asked])
    tell_asked(connection, pharmacy, asked, whom, now)
    return asked[0]


def _settle(
    connection: Connection,
    halves: Iterable[Agreement],
    state: Standing,
    by: str,
    now: datetime,
    *,
    since: datetime | None = None,
    ends_at: datetime | None = None,
    kind: str = "",
) -> list[Agreement]:
    """What becomes of them, as they are then; `since` is the earliest they may begin. Raises AlreadyDone."""
    settled = []
    for half in halves:
        after = replace(half, state=state, ends_at=ends_at or half.ends_at, answered_by=by, answered_at=now)
        after = replace(after, starts_at=max(half.starts_at, since)) if since else after
        if not duty_changes.settle(connection, half, after, by, now):
            raise AlreadyDone("Somebody else answered this a moment before you.")
        record.append(connection, [_entry(after, kind or f"duty-{_PAST[state]}", by, now)])
        look_anew(connection, half, now)
        settled.append(after)
    return settled


def look_anew(connection: Connection, changed: Agreement, now: datetime) -> None:
    """Who signs on, and who would be reached, is asked anew once duty changed; what asked about it shows it."""
    for kind in DEPENDS_ON_DUTY:
        schedules.hasten(connection, kind, now, changed.site)
    delivery.touch(connection, CardKind.DUTY, changed.id, now)


_PAST = {Standing.STANDING: "accepted", Standing.DECLINED: "declined", Standing.EXPIRED: "expired"}


def _entry(agreement: Agreement, kind: str, actor: str, now: datetime) -> Entry:
    body = {
        "kind": agreement.kind,
        "person": agreement.person,
        "instead_of": agreement.instead_of,
        "from": agreement.starts_at,
        "until": agreement.ends_at,
        "state": agreement.state,
        "reason": agreement.reason,
        "asked_by": agreement.asked_by,
    }
    return Entry(agreement.site, now, actor, kind, f"duty:{agreement.id}", body)


def find_agreement(connection: Connection, agreement_id: int) -> Agreement:
    found = duty_changes.load(connection, agreement_id)
    if found is None:
        raise Refused("This is not in the database any more; nothing was changed.")
    return found


def _known(connection: Connection, key: str) -> Agreement:
    found = duty_changes.find(connection, key)
    if found is None:
        raise Refused("This could not be noted; try again.")
    return found


def halves_of(connection: Connection, agreement: Agreement) -> list[Agreement]:
    """Both halves of a swap, the one that was asked about first; any other change alone."""
    other = duty_changes.find(connection, agreement.together) if agreement.together else None
    return sorted([agreement, *([other] if other else [])], key=lambda half: half.id)


def asked_whom(asked: Agreement) -> str | None:
    """Whose word an offer waits for: who is to take the duty in its first half."""
    return asked.person if asked.together is None or asked.key.endswith(":1") else asked.instead_of


def _words(reason: str) -> str:
    return keepable(" ".join(reason.split()))[:200]
