"""PINs in Slack: `/shift pin` and its form, and a manager's `/shift pin reset`. Nothing here logs or keeps a PIN."""

import re

from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.services import signing
from shiftbot.slack import texts
from shiftbot.slack.blocks import pin_modals
from shiftbot.slack.blocks.modals.window import message
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def register(switchboard: Switchboard) -> None:
    """The button that opens the form, and the form."""
    switchboard.on_click("pin_set", open_here)
    switchboard.on_form("pin_set", set_pin)


def open_here(touch: Touch) -> None:
    """`Set your PIN…`; the button names the pharmacy."""
    site = touch.desk.pharmacy().sites.get(touch.value)
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    open_form(touch, site)


def open_form(touch: Touch, site: Site) -> None:
    """The form for the person's own PIN. `site` is on whose record it is noted."""
    person = touch.person
    with touch.desk.database.snapshot() as connection:
        change = signing.has_pin(connection, person)
        locked = signing.is_locked(connection, person)
    if locked:
        raise Refused(signing.LOCKED)
    touch.open(pin_modals.set_pin(person, site.id, change=change))


def set_pin(touch: Touch) -> Json | None:
    """Keep a PIN that was typed twice alike."""
    desk, person, pin = touch.desk, touch.person, touch.entered("pin")
    if pin.strip() != touch.entered("again").strip():
        raise FieldRefused("again", "The two are not the same. Type both once more.")
    site, _, change = touch.about.partition("|")
    if change:
        _change(touch, person, pin, site)
    else:
        with desk.database.transaction() as connection:
            if touch.first_time(connection):
                signing.set_pin(connection, person, pin, touch.now, site=site)
    said = ":white_check_mark: Your PIN is set. It signs in your name from now on: tell it to nobody."
    return {"response_action": "update", "view": message("PIN set", said)}


def _change(touch: Touch, person: Person, pin: str, site: str) -> None:
    old = touch.entered("old")
    try:
        signing.change_pin(
            touch.desk.database,
            touch.desk.pharmacy(),
            person,
            old,
            pin,
            site,
            touch.now,
            first_time=touch.first_attempt,
        )
    except Refused as why:
        raise FieldRefused("old" if str(why).startswith("That is not your PIN") else "pin", str(why)) from None


def reset(touch: Touch, site: Site, words: str) -> str:
    """`/shift pin reset @person`. Raises Refused."""
    pharmacy, manager = touch.desk.pharmacy(), touch.person
    whom = find_person(pharmacy, words)
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            signing.reset_pin(connection, pharmacy, manager, whom, site.id, touch.now)
    return f"{plain(whom.name)}'s PIN is reset. They set another with `/shift pin`."


def find_person(pharmacy: Pharmacy, words: str) -> Person:
    """Whom a mention, a handle, an id or a name means. Raises Refused when it is nobody, or several."""
    mentioned = MENTION.search(words)
    known = pharmacy.person_by_slack(mentioned.group(1)) if mentioned else None
    if known is not None:
        return known
    name = " ".join(words.casefold().replace("@", " ").split())
    found = [person for person in pharmacy.people.values() if _answers_to(person, name)]
    if name and len(found) == 1:
        return found[0]
    several = (
        f"{len(found)} people answer to that name: {texts.joined([each.name for each in found])}. " if found else ""
    )
    raise Refused(f"{several}Say whose PIN to reset, like `/shift pin reset @name` or with their whole name.")


def _answers_to(person: Person, name: str) -> bool:
    whole = person.name.casefold()
    return name in (person.id.casefold(), whole, *whole.split()) or name.replace(".", " ") == whole
