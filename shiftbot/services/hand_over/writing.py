"""Writing a hand-over note: the words and what was open, kept for ever, with a card in the site's channel."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.hand_over import clean_note, read_until, replaced
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import delivery
from shiftbot.services.follow_ups import touch_shift_cards
from shiftbot.services.hand_over.gathering import facts
from shiftbot.services.hand_over.reading import LOOKED_THROUGH
from shiftbot.storage import cards, hand_overs, record, shifts

LOOK_AGAIN = timedelta(hours=3)
"""While the next shift is not prepared yet (over a weekend), it is looked for so often."""


def write(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    person: Person,
    note: str,
    key: str,
    now: datetime,
    run: int | None = None,
) -> int:
    """Leave a note to the next shift, with what is open now; its id. Raises Refused.

    `key` makes a repeated request one note. A second note of the same writer takes the place of one nobody has read.
    """
    kept, source = clean_note(note), f"{site.id}:{key}"
    found, attention_at = facts(connection, pharmacy, site, now), first_look(connection, site, now)
    added = hand_overs.add(connection, site.id, source, run, person.id, kept, found, attention_at, now)
    if added is None:
        return hand_overs.id_of(connection, source)
    replaces = sorted(replaced(hand_overs.newest(connection, site.id, LOOKED_THROUGH)))
    hand_overs.attend(connection, replaces, None)
    body = {"note": kept, "facts": found, "run": run}
    record.append(connection, [Entry(site.id, now, person.id, "hand-over-written", f"hand-over:{added}", body)])
    cards.add(connection, [(CardKind.HAND_OVER, str(added), site.id, site.channel)], now)
    delivery.touch_all(connection, CardKind.HAND_OVER, replaces, now)
    touch_shift_cards(connection, site.id, now)
    return added


def first_look(connection: Connection, site: Site, now: datetime) -> datetime:
    """When it is looked at whether the next shift has read a note of this instant."""
    start = shifts.next_start(connection, site.id, now)
    return read_until(start.opens_at, start.due_at) if start else now + LOOK_AGAIN
