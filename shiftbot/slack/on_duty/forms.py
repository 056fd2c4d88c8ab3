"""The submitted forms that change duty. What is wrong is said beside the field; a repeated one changes nothing."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from shiftbot.domain.duty_change import Agreement, coming_shifts
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.roster import Shift
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import duty, rostering
from shiftbot.slack.blocks.modals.duty import ON_TOP, shift_value
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.on_duty.window import site_of, window
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, update

Change = Callable[[Connection, Pharmacy, Site], Agreement]

GONE = "That shift is not in the roster any more. Close this form and open it again."


def register(switchboard: Switchboard) -> None:
    """The five."""
    switchboard.on_form("duty_take", take)
    switchboard.on_form("duty_hand_over", hand_over)
    switchboard.on_form("duty_swap", swap)
    switchboard.on_form("duty_away", away)
    switchboard.on_form("duty_put", put)


def changed(touch: Touch, site: Site, change: Change) -> Agreement | None:
    """Make a change by duty as it is agreed at this moment, once; nothing when this was handled before."""
    with touch.desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return None
        agreed = change(connection, duty.as_agreed(connection, touch.desk.pharmacy(), touch.now), site)
    touch.desk.wake()
    return agreed


def _shown(touch: Touch, site: Site, agreed: Agreement | None, said: str) -> Json:
    """The window with what has just been done."""
    what = plain(rostering.said(touch.desk.pharmacy(), agreed)) if agreed else ""
    return update(window(touch, site, said.format(what) if agreed else ""))


def take(touch: Touch) -> Json:
    """From now until what was chosen."""
    site = site_of(touch.desk.pharmacy(), touch.about)
    until = _instant_in(touch.entered("until"))
    if until <= touch.now:
        raise FieldRefused("until", "That time has passed. Choose a later one.")

    def change(connection: Connection, pharmacy: Pharmacy, site: Site) -> Agreement:
        return rostering.take_over(connection, pharmacy, site, touch.person, until, touch.key, touch.now)

    return _shown(touch, site, changed(touch, site, change), ":white_check_mark: {}. Everybody concerned is told.")


def _instant_in(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        raise FieldRefused("until", "Choose until when.") from None


def hand_over(touch: Touch) -> Json:
    """A shift, or a part of it, to somebody who is asked."""
    site = site_of(touch.desk.pharmacy(), touch.about)

    def change(connection: Connection, pharmacy: Pharmacy, site: Site) -> Agreement:
        shift = _chosen_shift(touch, pharmacy, site, "shift")
        taker = _chosen_person(touch, pharmacy, "taker")
        if taker.id == shift.person:
            raise FieldRefused("taker", f"{taker.name} has it already. Choose somebody else.")
        span = _part(touch, site, shift)
        giver, why = pharmacy.people[shift.person], touch.entered("reason")
        return rostering.offer(
            connection, pharmacy, site, giver, taker, *span, why, touch.person, touch.key, touch.now
        )  # fmt: skip

    return _shown(
        touch, site, changed(touch, site, change), ":hourglass: Asked: {}. Nothing changes until they accept."
    )


def _part(touch: Touch, site: Site, shift: Shift) -> tuple[datetime, datetime]:
    """The shift, or what of it was chosen. Raises FieldRefused for a time that is not within it."""
    begins, ends = max(shift.starts_at, touch.now), shift.ends_at
    since, until = (_within(touch, site, shift, block_id) for block_id in ("from", "until"))
    if since is not None and since < begins - timedelta(minutes=1):
        raise FieldRefused("from", "That time has passed. Leave it empty for all that is left of the shift.")
    span = (max(since or begins, begins), until or ends)
    if span[0] >= span[1]:
        raise FieldRefused("until", "It must end after it begins.")
    return span


def _within(touch: Touch, site: Site, shift: Shift, block_id: str) -> datetime | None:
    """The instant within a shift that a time of the day means, its end included."""
    words = touch.entered(block_id)
    if not words:
        return None
    zone, on, clock = site.calendar.timezone, local_date(site.calendar, shift.starts_at), _clock(words, block_id)
    while (at := instant(zone, on, clock)) <= shift.ends_at:
        if shift.starts_at <= at:
            return at
        on += timedelta(days=1)
    raise FieldRefused(block_id, "That is not within the shift.")


def swap(touch: Touch) -> Json:
    """One shift for another."""
    site = site_of(touch.desk.pharmacy(), touch.about)

    def change(connection: Connection, pharmacy: Pharmacy, site: Site) -> Agreement:
        mine, theirs = (_chosen_shift(touch, pharmacy, site, block_id) for block_id in ("mine", "theirs"))
        if mine.person == theirs.person:
            raise FieldRefused("theirs", "Both shifts are the same person's. Choose somebody else's.")
        why = touch.entered("reason")
        return rostering.offer_swap(connection, pharmacy, site, mine, theirs, touch.person, touch.key, touch.now, why)

    said = ":hourglass: Asked: {}, and the other way round. Nothing changes until they accept."
    return _shown(touch, site, changed(touch, site, change), said)


def away(touch: Touch) -> Json:
    """Somebody is away for a shift, or until the end of a day."""
    site = site_of(touch.desk.pharmacy(), touch.about)

    def change(connection: Connection, pharmacy: Pharmacy, site: Site) -> Agreement:
        shift = _chosen_shift(touch, pharmacy, site, "shift")
        span = (max(shift.starts_at, touch.now), _last(touch, site, shift))
        absent, why = pharmacy.people[shift.person], touch.entered("reason")
        return rostering.call_in_absent(
            connection, pharmacy, site, absent, *span, why, touch.person, touch.key, touch.now
        )  # fmt: skip

    said = ":no_entry_sign: {}. Managers and those who could take the duty are asked now."
    return _shown(touch, site, changed(touch, site, change), said)


def _last(touch: Touch, site: Site, shift: Shift) -> datetime:
    """The end of the shift, or of the day until which somebody is away."""
    words = touch.entered("last")
    if not words:
        return shift.ends_at
    after = instant(site.calendar.timezone, _day(words, "last") + timedelta(days=1), time())
    if after <= max(shift.starts_at, touch.now):
        raise FieldRefused("last", "That day is before the shift. Choose a later one, or leave it empty.")
    return max(after, shift.ends_at)


def put(touch: Touch) -> Json:
    """A manager puts somebody on duty for a stretch."""
    site = site_of(touch.desk.pharmacy(), touch.about)
    zone = site.calendar.timezone
    since, until = (
        instant(zone, _day(touch.entered(f"{end}_day"), f"{end}_day"), _clock(touch.entered(end), end))
        for end in ("from", "until")
    )
    if until <= touch.now:
        raise FieldRefused("until", "That time has passed. Choose a later one.")
    if until <= since:
        raise FieldRefused("until", "It must end after it begins.")

    def change(connection: Connection, pharmacy: Pharmacy, site: Site) -> Agreement:
        person = _chosen_person(touch, pharmacy, "person")
        instead = None
        if touch.entered("instead") not in ("", ON_TOP):
            instead = _chosen_person(touch, pharmacy, "instead")
        if instead is not None and instead.id == person.id:
            raise FieldRefused("instead", "That is the same person. Choose whom they replace, or nobody.")
        why = touch.entered("reason")
        return rostering.stand_in(
            connection, pharmacy, site, person, instead, since, until, why, touch.person, touch.key, touch.now
        )  # fmt: skip

    return _shown(touch, site, changed(touch, site, change), ":white_check_mark: {}. Everybody concerned is told.")


def _chosen_shift(touch: Touch, pharmacy: Pharmacy, site: Site, block_id: str) -> Shift:
    found = coming_shifts(pharmacy, site.id, touch.now)
    shift = next((each for each in found if shift_value(each) == touch.entered(block_id)), None)
    if shift is None:
        raise FieldRefused(block_id, GONE)
    return shift


def _chosen_person(touch: Touch, pharmacy: Pharmacy, block_id: str) -> Person:
    person = pharmacy.people.get(touch.entered(block_id))
    if person is None:
        raise FieldRefused(block_id, "Choose somebody.")
    return person


def _day(words: str, block_id: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise FieldRefused(block_id, "Choose a day.") from None


def _clock(words: str, block_id: str) -> time:
    try:
        return time.fromisoformat(words)
    except ValueError:
        raise FieldRefused(block_id, "Choose a time.") from None
