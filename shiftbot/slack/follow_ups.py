"""Follow-ups in Slack: the buttons and forms that add, take, move and close them, on the Home tab and on cards."""

from collections.abc import Sequence
from datetime import date, datetime, time

from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import refuse_unless_theirs
from shiftbot.domain.local_time import instant
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import follow_ups
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.slack import sites, texts
from shiftbot.slack.blocks import follow_ups as blocks
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, number_in

PEOPLE_AT_ONCE = 90
"""With more people than this only those of the pharmacy's roster are offered by name."""


def register(switchboard: Switchboard) -> None:
    """Buttons and forms."""
    switchboard.on_click("follow_up_close", open_close)
    switchboard.on_click("follow_up_take", take)
    switchboard.on_click("follow_up_move", open_move)
    switchboard.on_click("follow_up_add", open_add_here)
    switchboard.on_form("follow_up_close", close)
    switchboard.on_form("follow_up_move", move)
    switchboard.on_form("follow_up_add", add)


def open_close(touch: Touch) -> None:
    """`Close…`."""
    carried, _ = _look(touch)
    refuse_unless_theirs(carried.follow_up, touch.person)
    touch.open(blocks.close(carried))


def open_move(touch: Touch) -> None:
    """`Later…`."""
    carried, site = _look(touch)
    touch.open(blocks.move(carried, site, touch.now))


def take(touch: Touch) -> None:
    """`Take it`: from now on it is this person's."""
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            follow_ups.take(connection, touch.desk.pharmacy(), _id(touch.value), touch.person, touch.now)
    touch.desk.wake()


def open_add_here(touch: Touch) -> None:
    """`Add a follow-up`; the button names the pharmacy."""
    pharmacy = touch.desk.pharmacy()
    site = pharmacy.sites.get(touch.value)
    open_add(touch, [site] if site else sites.sites_for(pharmacy, touch.person, touch.desk.whereabouts))


def open_add(touch: Touch, choices: Sequence[Site], said: str = "") -> None:
    """The form to add one at one of these pharmacies, begun with what the person said. Raises Refused."""
    refuse_patient_information(said)
    pharmacy, person = touch.desk.pharmacy(), touch.person
    due_at = touch.now + choices[0].follow_up_within
    touch.open(blocks.add(choices, person, due_at, said=said, people=_colleagues(pharmacy, choices)))


def _colleagues(pharmacy: Pharmacy, choices: Sequence[Site]) -> list[Person]:
    """Whom a follow-up may be for by name: everybody, or in a chain those on these pharmacies' rosters."""
    if len(pharmacy.people) <= PEOPLE_AT_ONCE:
        return list(pharmacy.people.values())
    rostered = (rule.person for site in choices for rule in pharmacy.roster_of(site.id))
    named = dict.fromkeys([*rostered, *(site.fallback for site in choices)])
    return [pharmacy.people[person] for person in named if person in pharmacy.people]


def close(touch: Touch) -> Json | None:
    """What was done."""
    how = touch.entered("how")
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            follow_ups.close(connection, touch.desk.pharmacy(), _id(touch.about), touch.person, how, touch.now)
    touch.desk.wake()
    return None


def move(touch: Touch) -> Json | None:
    """Another time, and why."""
    pharmacy, person, why = touch.desk.pharmacy(), touch.person, touch.entered("why")
    with touch.desk.database.transaction() as connection:
        carried = follow_ups.view(connection, pharmacy, _id(touch.about), touch.now)
        if carried is None:
            raise Refused(texts.OLD_BUTTON)
        if touch.first_time(connection):
            due_at = _chosen(touch, pharmacy.sites[carried.follow_up.site])
            follow_ups.move_due(connection, pharmacy, carried.follow_up.id, person, due_at, why, touch.now)
    touch.desk.wake()
    return None


def add(touch: Touch) -> Json | None:
    """A new one, for whoever was chosen."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    site = pharmacy.sites.get(touch.entered("site") or touch.about)
    if site is None:
        raise Refused("Choose the pharmacy.")
    due_at, title, whom = _chosen(touch, site), touch.entered("what"), _whom(touch, pharmacy)
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            follow_ups.add_by_hand(connection, pharmacy, site, person, title, due_at, touch.key, touch.now, whom)
    touch.desk.wake()
    return None


def _chosen(touch: Touch, site: Site) -> datetime:
    """The day and time that were chosen, by the pharmacy's clock. Raises FieldRefused."""
    try:
        at = instant(
            site.calendar.timezone,
            date.fromisoformat(touch.entered("day")),
            time.fromisoformat(touch.entered("clock")),
        )
    except ValueError:
        raise FieldRefused("day", "Choose a day and a time.") from None
    if at <= touch.now:
        raise FieldRefused("clock", "That time has passed. Choose one that is still to come.")
    return at


def _whom(touch: Touch, pharmacy: Pharmacy) -> Person | Role:
    kind, _, name = touch.entered("whom").partition(":")
    if kind == "role" and name in set(Role):
        return Role(name)
    person = pharmacy.people.get(name)
    if person is None:
        raise FieldRefused("whom", "Choose a person or a role.")
    return person


def _look(touch: Touch) -> tuple[CarriedFollowUp, Site]:
    """The follow-up of a pressed button, still open. Raises Refused or AlreadyDone."""
    pharmacy = touch.desk.pharmacy()
    touch.refuse_stranger()
    with touch.desk.database.snapshot() as connection:
        carried = follow_ups.view(connection, pharmacy, _id(touch.value), touch.now)
    if carried is None:
        raise Refused(texts.OLD_BUTTON)
    if carried.follow_up.closed_by is not None:
        who = texts.short_name(pharmacy, carried.follow_up.closed_by)
        raise AlreadyDone(f"{who} closed “{carried.follow_up.title}” already: {carried.follow_up.closing}")
    return carried, pharmacy.sites[carried.follow_up.site]


def _id(value: str) -> int:
    return number_in(value)
