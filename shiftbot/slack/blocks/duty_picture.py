"""What the window of the week shows, as read from the database, and the words about a shift that its parts share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shiftbot.domain.checklist import Role
from shiftbot.domain.coverage import Hole
from shiftbot.domain.duty_change import Agreement
from shiftbot.domain.local_time import local_clock, local_date, local_text
from shiftbot.domain.roster import Shift, roster_of, shifts
from shiftbot.domain.site import Person, Pharmacy, RosterCalendar, Site
from shiftbot.slack.blocks.parts import plain
from shiftbot.storage.roster_shifts import CalendarState


@dataclass(frozen=True, slots=True)
class DutyPicture:
    """What the window shows one person of one site. `pharmacy` is with duty as it is agreed at `now`.

    `agreed` are offers that wait and changes that stand, by their start; `signs_on` says whether they are due to.
    """

    site: Site
    pharmacy: Pharmacy
    person: Person
    now: datetime
    agreed: Sequence[Agreement] = ()
    holes: Sequence[Hole] = ()
    calendars: Sequence[tuple[RosterCalendar, CalendarState | None]] = ()
    signs_on: bool = False

    @property
    def is_manager(self) -> bool:
        """Whether they act for others."""
        return Role.MANAGER in self.person.roles

    @property
    def is_pharmacist(self) -> bool:
        """Whether they may have the duty."""
        return Role.PHARMACIST in self.person.roles


def held(seen: DutyPicture, since: datetime, until: datetime) -> list[Shift]:
    found = shifts(roster_of(seen.pharmacy, seen.site.id, Role.PHARMACIST), since, until)
    return sorted(found, key=lambda shift: (shift.starts_at, shift.rank))


def change_text(seen: DutyPicture, shift: Shift) -> str:
    """Whom somebody replaces, and why; empty for what the roster says."""
    if shift.change is None:
        return ""
    agreement = next((each for each in seen.agreed if each.id == shift.change), None)
    instead = f"instead of {name_of(seen, shift.instead_of)}" if shift.instead_of else "taken over"
    why = f": {plain(agreement.reason)}" if agreement and agreement.reason else ""
    return f"  :arrows_counterclockwise: {instead}{why}"


def name_of(seen: DutyPicture, person_id: str | None) -> str:
    person = seen.pharmacy.people.get(person_id or "")
    return plain(person.name if person else person_id or "somebody")


def end_text(site: Site, since: datetime, ends_at: datetime) -> str:
    same = local_date(site.calendar, since) == local_date(site.calendar, ends_at)
    return local_clock(site.calendar, ends_at) if same else local_text(site.calendar, ends_at)
