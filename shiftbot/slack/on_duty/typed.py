"""What may stand after `/shift duty`: `take 14:00`, `sick`, `hand over`, `sign on`, `picture`; else the window."""

import re
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from shiftbot.domain.duty_change import Agreement
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.errors import Unreadable
from shiftbot.services import rostering
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.on_duty import openers
from shiftbot.slack.on_duty.answers import signed_on
from shiftbot.slack.on_duty.forms import changed
from shiftbot.slack.on_duty.window import open_window, send
from shiftbot.slack.touch import Touch

CLOCK = re.compile(r"(?:until |to |till )?(\d{1,2})(?:[:.](\d{2}))?\s*([ap])?\.?m?\.?")

HOW = (
    "Write `/shift duty` for the week, `/shift duty take 14:00` to take over until then, `/shift duty sick`, "
    "`/shift duty hand over`, `/shift swap`, `/shift duty sign on` or `/shift duty picture`."
)

FORMS = {
    "take": openers.open_take,
    "sick": openers.open_away,
    "away": openers.open_away,
    "swap": openers.open_swap,
    "hand": openers.open_hand_over,
    "handover": openers.open_hand_over,
    "put": openers.open_put,
}


def answer(touch: Touch, site: Site, said: str) -> str:
    """What to say to the words after `/shift duty`; nothing when a form or the window opens instead."""
    word, _, rest = said.casefold().partition(" ")
    if word == "take" and rest.strip():
        return take_until(touch, site, rest.strip())
    if word in ("on", "sign", "sign-on"):
        return signed_on(touch, site)
    if word in ("picture", "week", "png"):
        send(touch, site)
        return "The picture of the week is in your messages with me."
    if not word:
        open_window(touch, site)
        return ""
    if word not in FORMS:
        raise Unreadable(HOW)
    FORMS[word](touch, site)
    return ""


def take_until(touch: Touch, site: Site, words: str) -> str:
    """Take the duty over from now until a time of the day, today or tomorrow."""
    until = _next(site, _clock(words), touch.now)

    def change(connection: Connection, pharmacy: Pharmacy, site: Site) -> Agreement:
        return rostering.take_over(connection, pharmacy, site, touch.person, until, touch.key, touch.now)

    agreed = changed(touch, site, change)
    what = plain(rostering.said(touch.desk.pharmacy(), agreed)) if agreed else "That was done already"
    return f":white_check_mark: {what}. Everybody concerned is told."


def _clock(words: str) -> time:
    found = CLOCK.fullmatch(words)
    if found is None:
        raise Unreadable("I understand no such time. Write it like `/shift duty take 14:00`.")
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise Unreadable("I understand no such time. Write it like `/shift duty take 14:00`.")
    return time(hour, minute)


def _next(site: Site, clock: time, now: datetime) -> datetime:
    today = local_date(site.calendar, now)
    at = instant(site.calendar.timezone, today, clock)
    return at if at > now else instant(site.calendar.timezone, today + timedelta(days=1), clock)
