"""The buttons that answer what somebody is asked about duty: accept, decline, take it, take it back, sign on.

Pressed in the window, what came of it is shown there; pressed on a message, the message itself is drawn again.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from shiftbot.domain.local_time import local_text
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.services import duty, rostering
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.on_duty.window import site_of, window
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch, number_in
from shiftbot.storage import duty_changes

Answer = Callable[[Connection, Pharmacy, Touch], str]
"""Do it within a transaction; what to say of it."""


def register(switchboard: Switchboard) -> None:
    """Every button that answers."""
    for action_id, answer in ANSWERS.items():
        switchboard.on_click(action_id, _pressed(answer))
    switchboard.on_click("duty_sign_on", sign_on_here)


def _pressed(answer: Answer) -> Callable[[Touch], None]:
    def pressed(touch: Touch) -> None:
        touch.refuse_stranger()
        site = _site(touch)
        try:
            said = answered(touch, answer)
        except Refused as why:
            if not _in_window(touch):
                raise
            said = f":no_entry: {plain(str(why))}"
        if _in_window(touch):
            touch.open(window(touch, site, said))

    return pressed


def answered(touch: Touch, answer: Answer) -> str:
    """Do it once, by duty as it is agreed at this moment; empty when it was done before."""
    with touch.desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return ""
        said = answer(connection, duty.as_agreed(connection, touch.desk.pharmacy(), touch.now), touch)
    touch.desk.wake()
    return said


def _in_window(touch: Touch) -> bool:
    return (touch.body.get("view") or {}).get("callback_id") == "duty"


def _site(touch: Touch) -> Site:
    """Of the change that the button names. Raises Refused for one that is not there, or not at a site any more."""
    with touch.desk.database.snapshot() as connection:
        found = duty_changes.load(connection, number_in(touch.value))
    if found is None:
        raise Refused(texts.OLD_BUTTON)
    return site_of(touch.desk.pharmacy(), found.site)


def _accept(connection: Connection, pharmacy: Pharmacy, touch: Touch) -> str:
    agreed = rostering.answer(connection, pharmacy, number_in(touch.value), touch.person, True, touch.now)
    return f":white_check_mark: Accepted: {plain(rostering.said(pharmacy, agreed))}."


def _decline(connection: Connection, pharmacy: Pharmacy, touch: Touch) -> str:
    rostering.answer(connection, pharmacy, number_in(touch.value), touch.person, False, touch.now)
    return "Declined. Nothing changes; the roster stands."


def _withdraw(connection: Connection, pharmacy: Pharmacy, touch: Touch) -> str:
    found = rostering.withdraw(connection, pharmacy, number_in(touch.value), touch.person, touch.now)
    return f":leftwards_arrow_with_hook: Taken back: {plain(rostering.said(pharmacy, found))}."


def _cover(connection: Connection, pharmacy: Pharmacy, touch: Touch) -> str:
    number = number_in(touch.value)
    taken = rostering.cover(connection, pharmacy, number, touch.person, touch.key, touch.now)
    return f":white_check_mark: {' and '.join(plain(rostering.said(pharmacy, each)) for each in taken)}."


def sign_on_here(touch: Touch) -> None:
    """`Sign on`, in the window, on a message or on the Home tab; the button names the site."""
    site = site_of(touch.desk.pharmacy(), touch.value)
    touch.refuse_stranger()
    try:
        said = signed_on(touch, site)
    except Refused as why:
        if not _in_window(touch):
            raise
        said = f":no_entry: {plain(str(why))}"
    if _in_window(touch):
        touch.open(window(touch, site, said))


def signed_on(touch: Touch, site: Site) -> str:
    """Sign on; what to say of it."""

    def sign_on(connection: Connection, pharmacy: Pharmacy, touch: Touch) -> str:
        shift = rostering.sign_on(connection, pharmacy, site, touch.person, touch.now)
        return f":wave: You signed on. You are on duty until {local_text(site.calendar, shift.ends_at)}."

    return answered(touch, sign_on)


ANSWERS: dict[str, Answer] = {
    "duty_accept": _accept,
    "duty_decline": _decline,
    "duty_withdraw": _withdraw,
    "duty_cover": _cover,
}
