"""The forms that change duty: take it over, hand it over, swap, be away, put somebody on duty.

Each begins with what is most likely meant, so that it needs one press.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shiftbot.domain.local_time import local_clock, local_date, local_text, opening_span
from shiftbot.domain.roster import Shift
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services.rostering import span_text
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, window
from shiftbot.slack.blocks.parts import (
    OPTIONS_MAX,
    Block,
    context,
    date_input,
    plain,
    section,
    select,
    text_input,
    time_input,
)

LASTS = (1, 2, 4, 8, 12)
"""Hours for which somebody takes over."""

ON_TOP = "-"
"""Nobody is replaced: whoever is put on duty comes first."""

_LETTERS = str.maketrans("0123456789-", "abcdefghijk")

_PART = "Leave both empty for the whole shift."


def take(site: Site, holder: Person | None, shift: Shift | None, now: datetime) -> Modal:
    """Take the duty over from now on, until somebody's shift ends, or for some hours."""
    has_it = f"*{plain(holder.name)}* has the duty now." if holder else "Nobody has the duty now."
    choices = _until(site, holder, shift, now)
    blocks = [
        section(f"*{plain(site.name)}*\n{has_it} From now on you have it; everybody concerned is told at once."),
        select("until", "Until when?", choices, initial=choices[0][0]),
    ]
    return window("duty_take", "Take over the duty", site.id, blocks, submit="Take over")


def _until(site: Site, holder: Person | None, shift: Shift | None, now: datetime) -> list[tuple[str, str]]:
    """The end of the shift that runs comes first, then closing time, then some hours."""
    ends: dict[datetime, str] = {}
    if shift is not None:
        first_name = holder.name.partition(" ")[0] if holder else "the"
        ends[shift.ends_at] = f"{_when(site, shift.ends_at, now)}, when {first_name}'s shift ends"
    span = opening_span(site.calendar, local_date(site.calendar, now))
    if span and now < span[1]:
        ends.setdefault(span[1], f"{_when(site, span[1], now)}, closing time")
    for hours in LASTS:
        at = (now + timedelta(hours=hours)).replace(second=0, microsecond=0)
        ends.setdefault(at, f"{_when(site, at, now)}, for {texts.minutes_text(hours * 60)}")
    return [(at.isoformat(), words) for at, words in ends.items()]


def hand_over(site: Site, mine: Sequence[Shift], takers: Sequence[Person], pharmacy: Pharmacy, person: Person) -> Modal:
    """Whose shift goes to whom, whole or in part; it counts when that one accepts."""
    blocks = [
        _shift("shift", "Which shift?", mine, site, pharmacy, person),
        select("taker", "Who takes it?", _people(takers), initial=takers[0].id if takers else None),
        time_input("from", "Only from", optional=True),
        time_input("until", "Only until", optional=True),
        _reason(),
        context(f"{_PART} Nothing changes until the other accepts."),
    ]
    return window("duty_hand_over", "Hand over the duty", site.id, blocks, submit="Ask")


def swap(site: Site, mine: Sequence[Shift], theirs: Sequence[Shift], pharmacy: Pharmacy, person: Person) -> Modal:
    """One's own shift for somebody else's, out of the coming two weeks."""
    blocks = [
        _shift("mine", "This shift", mine, site, pharmacy, person),
        _shift("theirs", "for this one", theirs, site, pharmacy, None),
        _reason(),
        context("Nothing changes until the other accepts; then both shifts change hands."),
    ]
    return window("duty_swap", "Swap shifts", site.id, blocks, submit="Ask")


def away(site: Site, mine: Sequence[Shift], pharmacy: Pharmacy, person: Person) -> Modal:
    """Who is sick for which shift, or until which day."""
    blocks = [
        _shift("shift", "Which shift?", mine, site, pharmacy, person),
        date_input("last", "Away until the end of", hint="Leave it empty for this shift only.", optional=True),
        _reason(initial="sick"),
        context("It counts at once. Managers and those who could take the duty are asked now."),
    ]
    return window("duty_away", "Call in sick", site.id, blocks, submit="Call in sick")


def put(
    site: Site, people: Sequence[Person], replaced: Sequence[Person], span: tuple[datetime, datetime], first: str
) -> Modal:
    """A manager puts somebody on duty for hours or days; `first` is whom they most likely replace."""
    zone = site.calendar.timezone
    begins, ends = (at.astimezone(zone) for at in span)
    instead = [(ON_TOP, "nobody: they come first"), *_people(replaced)]
    blocks = [
        select("person", "Who has the duty?", _people(people), initial=people[0].id if people else None),
        select("instead", "Instead of", instead, initial=first or ON_TOP),
        date_input("from_day", "From", initial=begins.date().isoformat()),
        time_input("from", "at", initial=f"{begins:%H:%M}"),
        date_input("until_day", "Until", initial=ends.date().isoformat()),
        time_input("until", "at", initial=f"{ends:%H:%M}"),
        _reason(),
    ]
    return window("duty_put", "Put somebody on duty", site.id, blocks, submit="Put on duty")


def shift_value(shift: Shift) -> str:
    """What stands for a shift in a list: whose, and when it begins, in letters: so many digits look like a phone's."""
    return f"{shift.person}|{str(int(shift.starts_at.timestamp())).translate(_LETTERS)}"


def _shift(
    block_id: str, label: str, choices: Sequence[Shift], site: Site, pharmacy: Pharmacy, own: Person | None
) -> Block:
    """Shifts by when they are; whose it is is said where it is not the asker's own. The first own one is chosen."""
    named = [(shift_value(each), _label(each, site, pharmacy, own)) for each in choices[:OPTIONS_MAX]]
    mine = next((each for each in choices if own and each.person == own.id), choices[0])
    return select(block_id, label, named, initial=shift_value(mine))


def _label(shift: Shift, site: Site, pharmacy: Pharmacy, own: Person | None) -> str:
    span = span_text(site, shift.starts_at, shift.ends_at)
    return span if own and shift.person == own.id else f"{span}  {pharmacy.people[shift.person].name}"


def _people(people: Sequence[Person]) -> list[tuple[str, str]]:
    return [(person.id, person.name) for person in people]


def _reason(initial: str = "") -> Block:
    hint = f"Everybody concerned reads it. {NO_PATIENT}"
    return text_input("reason", "Why?", hint=hint, initial=initial, optional=True, most=200)


def _when(site: Site, at: datetime, now: datetime) -> str:
    same = local_date(site.calendar, at) == local_date(site.calendar, now)
    return local_clock(site.calendar, at) if same else local_text(site.calendar, at)
