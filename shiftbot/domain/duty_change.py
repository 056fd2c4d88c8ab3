"""What people agree against the roster: taking over, handing over, swapping, standing in, being away. Pure decisions.

A change that needs the other's word is *asked* until that comes; until then, and without it, nothing changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from shiftbot.domain.checklist import Role
from shiftbot.domain.roster import Shift, Span, roster_of, shifts, without
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused

LONGEST = timedelta(days=14)
"""A change that lasts longer is a new roster, and belongs into pharmacy.yaml."""

AHEAD = timedelta(days=92)
"""So far ahead people agree on duty: a quarter's roster."""

ANSWER_WITHIN = timedelta(hours=12)
"""An offer that nobody answered for so long is over, or when its shift begins; the one who made it is told."""


class Kind(StrEnum):
    """How a change came about; all but those that are asked stand at once."""

    TAKE_OVER = "take-over"
    HAND_OVER = "hand-over"
    SWAP = "swap"
    OVERRIDE = "override"
    ABSENCE = "absence"


class Standing(StrEnum):
    """Where a change stands."""

    ASKED = "asked"  # waits for the other's word
    STANDING = "standing"  # the roster is read with it
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # taken back before it began; one that began ends early instead
    EXPIRED = "expired"  # nobody answered in time


@dataclass(frozen=True, slots=True)
class Agreement:
    """One change as stored. `together` is the key of the other half of a swap; `attention_at` when an offer is over."""

    id: int
    key: str
    site: str
    kind: Kind
    person: str | None
    instead_of: str | None
    starts_at: datetime
    ends_at: datetime
    state: Standing
    reason: str
    asked_by: str
    asked_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None
    together: str | None = None
    attention_at: datetime | None = None


def refuse_unless_plannable(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raise Refused for a stretch that is over, turned round, too long or too far ahead."""
    if ends_at <= starts_at:
        raise Refused("It must end after it begins.")
    if ends_at <= now:
        raise Refused("That is over; what was is not changed any more.")
    if ends_at - starts_at > LONGEST:
        raise Refused(f"That is longer than {LONGEST.days} days; put it into the roster in pharmacy.yaml.")
    if starts_at > now + AHEAD:
        raise Refused(f"That is more than {AHEAD.days} days ahead; nobody knows that yet.")


def refuse_unless_may(by: Person, *concerned: str | None) -> None:
    """Raise Refused unless `by` is among those concerned, or a manager."""
    if Role.MANAGER not in by.roles and by.id not in concerned:
        raise Refused("This is between the two of them, or for a manager. Ask one of them.")


def refuse_unless_pharmacist(person: Person) -> None:
    """Raise Refused for somebody who cannot have the duty."""
    if Role.PHARMACIST not in person.roles:
        raise Refused(f"{person.name} is no pharmacist, and duty is a pharmacist's.")


def refuse_unless_asked(agreement: Agreement) -> None:
    """Raise AlreadyDone for an offer that was answered, taken back or is over."""
    if agreement.state is not Standing.ASKED:
        raise AlreadyDone(f"This offer {_BECAME[agreement.state]} already; nothing was changed.")


_BECAME = {
    Standing.STANDING: "was accepted",
    Standing.DECLINED: "was declined",
    Standing.WITHDRAWN: "was taken back",
    Standing.EXPIRED: "is over",
}


def expiry_of(starts_at: datetime, now: datetime) -> datetime:
    """When an offer made now for a shift that begins then is over; one for a shift that runs has an hour."""
    latest = starts_at if starts_at > now + timedelta(hours=1) else now + timedelta(hours=1)
    return min(now + ANSWER_WITHIN, latest)


def who_can(
    pharmacy: Pharmacy, site_id: str, starts_at: datetime, ends_at: datetime, but: Sequence[str], most: int = 100
) -> list[Person]:
    """The pharmacists who are on duty nowhere in a stretch, those who work at this site first, then by name.

    At most so many: a chain has thousands who are free.
    """
    own = {shift.person for shift in _all_shifts(pharmacy, site_id, starts_at - LONGEST, ends_at + LONGEST)}
    ordered = sorted(pharmacy.people_with(Role.PHARMACIST), key=lambda person: (person.id not in own, person.name))
    named = _sites_by_person(pharmacy)
    free = (
        person
        for person in ordered
        if person.id not in but
        and not any(_has_shift(pharmacy, site, person.id, starts_at, ends_at) for site in named.get(person.id, ()))
    )
    return list(islice(free, most))


def _sites_by_person(pharmacy: Pharmacy) -> dict[str, list[str]]:
    """On which sites' rosters each person stands, so that those of a chain are not all looked at."""
    found: dict[str, dict[str, None]] = {}
    for part in (pharmacy.roster, pharmacy.dated_shifts, pharmacy.duty_changes):
        for each in part:
            if each.person is not None and each.site in pharmacy.sites:
                found.setdefault(each.person, {})[each.site] = None
    return {person: list(sites) for person, sites in found.items()}


def _has_shift(pharmacy: Pharmacy, site_id: str, person: str, starts_at: datetime, ends_at: datetime) -> bool:
    return any(shift.person == person for shift in _all_shifts(pharmacy, site_id, starts_at, ends_at))


def busy_elsewhere(
    pharmacy: Pharmacy, site_id: str, person: str, starts_at: datetime, ends_at: datetime
) -> list[tuple[str, Shift]]:
    """The shifts of a person at other sites in a stretch, by site."""
    return [
        (site, shift)
        for site in _sites_by_person(pharmacy).get(person, ())
        if site != site_id
        for shift in _all_shifts(pharmacy, site, starts_at, ends_at)
        if shift.person == person
    ]


def shift_of(pharmacy: Pharmacy, site_id: str, person: str, at: datetime) -> Shift | None:
    """The shift of a pharmacist at a site that holds at an instant, or the next one that begins within a week."""
    found = _all_shifts(pharmacy, site_id, at, at + timedelta(days=7))
    return next((shift for shift in found if shift.person == person), None)


def vacated(pharmacy: Pharmacy, away: Agreement, now: datetime) -> list[Span]:
    """What of an absent person's duty is still to come and nobody has taken since, in order."""
    roster = roster_of(pharmacy, away.site, Role.PHARMACIST)
    before = replace(roster, changes=[change for change in roster.changes if change.id < away.id])
    since = max(away.starts_at, now)
    later = (change for change in roster.changes if change.id > away.id and change.person is not None)
    taken = sorted((change.starts_at, change.ends_at) for change in later)
    theirs = (shift for shift in shifts(before, since, away.ends_at) if shift.person == away.instead_of)
    return [
        span
        for shift in theirs
        for span in without((max(shift.starts_at, since), min(shift.ends_at, away.ends_at)), taken)
    ]


def coming_shifts(pharmacy: Pharmacy, site_id: str, now: datetime) -> list[Shift]:
    """The shifts of pharmacists at a site that run or begin within the two weeks for which people change duty."""
    return [shift for shift in _all_shifts(pharmacy, site_id, now, now + LONGEST) if shift.ends_at > now]


def _all_shifts(pharmacy: Pharmacy, site_id: str, since: datetime, until: datetime) -> tuple[Shift, ...]:
    return shifts(roster_of(pharmacy, site_id, Role.PHARMACIST), since, until)
