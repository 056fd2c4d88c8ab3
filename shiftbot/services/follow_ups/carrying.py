"""Follow-ups as a shift finds them: carried from the shifts before, with their age; and the cards that show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.follow_up import FollowUp, age_text
from shiftbot.domain.local_time import local_date, local_text
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.storage import follow_ups, shifts

CARD_KEPT_FOR = timedelta(days=1)
"""So long after it opened the card of a shift's start is kept up to date with what is carried."""


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
    return with_age(connection, pharmacy, found, found.closed_at or now)


def with_age(connection: Connection, pharmacy: Pharmacy, follow_up: FollowUp, now: datetime) -> CarriedFollowUp:
    """One follow-up with its age at an instant."""
    return _carried(pharmacy, follow_up, shifts.started(connection, follow_up.site, follow_up.opened_at, now), now)


def carried(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> list[CarriedFollowUp]:
    """What a site's shift finds open, by when it is due, each with its age; what this shift opened included."""
    found = follow_ups.open_of(connection, site_id)
    if not found:
        return []
    started = shifts.started(connection, site_id, min(each.opened_at for each in found), now)
    return [_carried(pharmacy, each, started, now) for each in found]


def _carried(pharmacy: Pharmacy, follow_up: FollowUp, started: Sequence[datetime], now: datetime) -> CarriedFollowUp:
    calendar = pharmacy.sites[follow_up.site].calendar
    passed = sum(1 for at in started if at > follow_up.opened_at)
    opened_on, today = local_date(calendar, follow_up.opened_at), local_date(calendar, now)
    return CarriedFollowUp(
        follow_up=follow_up,
        owner=name_of(pharmacy, follow_up.owner) if follow_up.owner else f"a {follow_up.role}",
        due=local_text(calendar, follow_up.due_at),
        age=age_text(opened_on, today, passed),
        shifts=passed,
        overdue=follow_up.is_overdue(now),
    )


def name_of(pharmacy: Pharmacy, person_id: str | None) -> str:
    """A person's name, or the id when nobody of that id is defined any more."""
    person = pharmacy.people.get(person_id or "")
    return person.name if person else (person_id or "Somebody")
