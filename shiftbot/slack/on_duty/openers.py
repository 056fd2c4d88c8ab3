"""The buttons and words that open a form about duty, filled with what is most likely meant."""

from collections.abc import Callable
from datetime import datetime, timedelta

from shiftbot.domain.checklist import Role
from shiftbot.domain.coverage import NOBODY_ON_DUTY
from shiftbot.domain.duty_change import coming_shifts, refuse_unless_pharmacist, who_can
from shiftbot.domain.roster import Shift
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.services import coverage, duty
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals import duty as modals
from shiftbot.slack.on_duty.window import site_of
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch

PERSONS_AT_MOST = 100
"""Slack lists no more."""


def register(switchboard: Switchboard) -> None:
    """Five buttons, each naming its site."""
    for action_id, opens in OPENERS.items():
        switchboard.on_click(action_id, _pressed(opens))
    switchboard.on_click("duty_put", put_here)


def _pressed(opens: Callable[[Touch, Site], None]) -> Callable[[Touch], None]:
    def pressed(touch: Touch) -> None:
        touch.refuse_stranger()
        opens(touch, site_of(touch.desk.pharmacy(), touch.value))

    return pressed


def lived(touch: Touch) -> Pharmacy:
    """The definitions with duty as it is agreed at this moment."""
    with touch.desk.database.snapshot() as connection:
        return duty.as_agreed(connection, touch.desk.pharmacy(), touch.now)


def open_take(touch: Touch, site: Site) -> None:
    """`Take over now…`."""
    refuse_unless_pharmacist(touch.person)
    pharmacy = lived(touch)
    holders = duty.on_duty(pharmacy, site.id, touch.now)
    holder = holders[0] if holders else None
    running = (each for each in coming_shifts(pharmacy, site.id, touch.now) if each.starts_at <= touch.now)
    shift = next((each for each in running if holder and each.person == holder.id), None)
    touch.open(modals.take(site, holder, shift, touch.now))


def open_hand_over(touch: Touch, site: Site) -> None:
    """`Hand over…`."""
    pharmacy, person = lived(touch), touch.person
    mine = own_first(coming_shifts(pharmacy, site.id, touch.now), person)
    if not mine:
        raise Refused(_no_shift(site, person))
    first = mine[0]
    free = who_can(pharmacy, site.id, first.starts_at, first.ends_at, [first.person])
    rest = [each for each in pharmacy.people_with(Role.PHARMACIST) if each not in free]
    takers = [each for each in [*free, *rest] if Role.MANAGER in person.roles or each.id != person.id]
    if not takers:
        raise Refused("There is no other pharmacist in pharmacy.yaml to hand over to.")
    takers = [each for each in takers if each.id != first.person] + [each for each in takers if each.id == first.person]
    touch.open(modals.hand_over(site, mine, takers[:PERSONS_AT_MOST], pharmacy, person))


def open_swap(touch: Touch, site: Site) -> None:
    """`Swap…`."""
    pharmacy, person = lived(touch), touch.person
    coming = coming_shifts(pharmacy, site.id, touch.now)
    mine = own_first(coming, person)
    if not mine:
        raise Refused(_no_shift(site, person))
    theirs = [each for each in coming if each.person != mine[0].person]
    if Role.MANAGER in person.roles:
        theirs += [each for each in coming if each.person == mine[0].person]
    if not any(each.person != mine[0].person for each in theirs):
        raise Refused(
            f"Nobody else has a shift at {site.name} in the next two weeks to swap with. Hand it over instead."
        )
    touch.open(modals.swap(site, mine, theirs, pharmacy, person))


def open_away(touch: Touch, site: Site) -> None:
    """`Call in sick…`."""
    pharmacy, person = lived(touch), touch.person
    mine = own_first(coming_shifts(pharmacy, site.id, touch.now), person)
    if not mine:
        raise Refused(_no_shift(site, person))
    touch.open(modals.away(site, mine, pharmacy, person))


def own_first(coming: list[Shift], person: Person) -> list[Shift]:
    """One's own shifts in order; for a manager everybody's after them."""
    own = [each for each in coming if each.person == person.id]
    return own + [each for each in coming if each.person != person.id] if Role.MANAGER in person.roles else own


def _no_shift(site: Site, person: Person) -> str:
    if Role.PHARMACIST not in person.roles:
        return "Duty is a pharmacist's. A manager may act for others."
    return f"You have no shift at {site.name} in the next two weeks."


def put_here(touch: Touch) -> None:
    """`Put somebody on duty…`; the button may name for which stretch."""
    touch.refuse_stranger()
    site_id, *ends = touch.value.split("|")
    site = site_of(touch.desk.pharmacy(), site_id)
    try:
        span = (datetime.fromisoformat(ends[0]), datetime.fromisoformat(ends[1])) if len(ends) > 1 else None
    except ValueError:
        raise Refused(texts.OLD_BUTTON) from None
    open_put(touch, site, span)


def open_put(touch: Touch, site: Site, span: tuple[datetime, datetime] | None = None) -> None:
    """The form for managers: for a stretch, the next hole in opening hours, or what is left of the running shift."""
    if Role.MANAGER not in touch.person.roles:
        raise Refused("A manager changes the duty of others. You can take it over yourself: /shift duty.")
    with touch.desk.database.snapshot() as connection:
        pharmacy = duty.as_agreed(connection, touch.desk.pharmacy(), touch.now)
        holes = coverage.holes_of(connection, pharmacy, site, touch.now) if span is None else []
    hole = next((each for each in holes if each.what == NOBODY_ON_DUTY), None)
    chosen = span or ((hole.starts_at, hole.ends_at) if hole else _running(pharmacy, site, touch.now))
    begins, ends = max(chosen[0], touch.now), max(chosen[1], touch.now + timedelta(minutes=5))
    able = who_can(pharmacy, site.id, begins, ends, [])
    people = [*able, *(each for each in pharmacy.people_with(Role.PHARMACIST) if each not in able)]
    if not people:
        raise Refused("There is no pharmacist in pharmacy.yaml to put on duty.")
    holders = {each.person for each in coming_shifts(pharmacy, site.id, touch.now)}
    replaced = [pharmacy.people[each] for each in sorted(holders) if each in pharmacy.people]
    first = next((each.id for each in duty.on_duty(pharmacy, site.id, begins)), "")
    touch.open(modals.put(site, people[:PERSONS_AT_MOST], replaced[: PERSONS_AT_MOST - 1], (begins, ends), first))


def _running(pharmacy: Pharmacy, site: Site, now: datetime) -> tuple[datetime, datetime]:
    coming = coming_shifts(pharmacy, site.id, now)
    return (now, coming[0].ends_at) if coming else (now, now + timedelta(hours=8))


OPENERS: dict[str, Callable[[Touch, Site], None]] = {
    "duty_take": open_take,
    "duty_hand_over": open_hand_over,
    "duty_swap": open_swap,
    "duty_away": open_away,
}
