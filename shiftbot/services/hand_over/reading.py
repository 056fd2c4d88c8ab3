"""Reading hand-over notes: who has read which, on the record, and what the next shift still has to read."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.hand_over import HandOver, refuse_unless_to_read, replaced
from shiftbot.domain.local_time import local_clock, local_text
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, duty
from shiftbot.services.follow_ups import touch_shift_cards
from shiftbot.storage import hand_overs, record

LOOKED_THROUGH = 20
"""What nobody read is looked for among so many of a site's newest notes: older ones are history."""


@dataclass(frozen=True, slots=True)
class HandOverView:
    """A note to be shown: names and local times in place of ids and instants; `readers` are (name, clock time)."""

    hand_over: HandOver
    site: Site
    writer: str
    written: str
    readers: tuple[tuple[str, str], ...]
    replaced: bool
    """Whether its writer wrote another before anybody had read it."""


def read(connection: Connection, pharmacy: Pharmacy, hand_over_id: int, person: Person, now: datetime) -> None:
    """`person` has read the note; nobody is asked to any more once the next shift has. Raises Refused for its writer,
    and AlreadyDone.

    Who counts as the next shift: see `duty.next_shift_has_read`.
    """
    hand_over = hand_overs.load(connection, hand_over_id)
    if hand_over is None or hand_over.site not in pharmacy.sites:
        raise Refused("This note is not in the database any more; nothing was changed.")
    refuse_unless_to_read(hand_over, person)
    if not hand_overs.add_read(connection, hand_over_id, person.id, now):
        raise AlreadyDone("You have read this note already; it is on the record.")
    given = replace(hand_over, read_by={**hand_over.read_by, person.id: now})
    if duty.next_shift_has_read(connection, pharmacy, given):
        hand_overs.attend(connection, [hand_over_id], None)
    entry = Entry(hand_over.site, now, person.id, "hand-over-read", f"hand-over:{hand_over_id}", {})
    record.append(connection, [entry])
    delivery.touch(connection, CardKind.HAND_OVER, hand_over_id, now)
    touch_shift_cards(connection, hand_over.site, now)


def latest(connection: Connection, site_id: str) -> HandOver | None:
    """A site's newest note, or nothing."""
    found = hand_overs.newest(connection, site_id, 1)
    return found[0] if found else None


def unread(connection: Connection, pharmacy: Pharmacy, site_id: str) -> list[HandOver]:
    """What the next shift has not read at a site, newest first, without what its writer replaced by another note."""
    notes = hand_overs.newest(connection, site_id, LOOKED_THROUGH)
    gone = replaced(notes)
    return [each for each in notes if each.id not in gone and not duty.next_shift_has_read(connection, pharmacy, each)]


def view(connection: Connection, pharmacy: Pharmacy, hand_over_id: int) -> HandOverView | None:
    """A note to be shown, or nothing when there is none (or its site is no longer defined)."""
    found = hand_overs.look_at(connection, hand_over_id)
    site = pharmacy.sites.get(found.site) if found is not None else None
    if found is None or site is None:
        return None
    notes = hand_overs.newest(connection, site.id, LOOKED_THROUGH)
    return HandOverView(
        hand_over=found,
        site=site,
        writer=name_of(pharmacy, found.written_by),
        written=local_text(site.calendar, found.written_at),
        readers=tuple((name_of(pharmacy, who), local_clock(site.calendar, at)) for who, at in found.read_by.items()),
        replaced=found.id in replaced(notes),
    )


def name_of(pharmacy: Pharmacy, person_id: str) -> str:
    """A person's name, or the id when nobody of that id is defined any more."""
    person = pharmacy.people.get(person_id)
    return person.name if person else person_id
