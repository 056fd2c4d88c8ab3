"""`/shift mute`: what is not told for a while, in words after the command or by a form; and ending it early."""

import re
from datetime import timedelta

from shiftbot.domain.local_time import local_text
from shiftbot.domain.mute import Mute
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.muting import begin_mute, end_mute, place_of
from shiftbot.slack.blocks.modals import alerts as modals
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch, number_in
from shiftbot.storage import mutes

_SPAN = re.compile(r"(.*?)\s*\b(\d{1,4})\s?(m|min|h|d)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 24 * 60}


def register(switchboard: Switchboard) -> None:
    """The button that ends a mute."""
    switchboard.on_click("mute_end", end_by_button)


def mute(touch: Touch, site: Site, words: str) -> str:
    """`UNIT|site 2h reason`, or `end UNIT|site`; a form when that is not all said."""
    touch.refuse_stranger()
    refuse_patient_information(words)
    first, _, rest = words.partition(" ")
    if first.casefold() == "end":
        return _end_named(touch, site, rest.strip())
    said = _SPAN.fullmatch(words)
    unit = _unit(touch.desk.pharmacy(), site, said[1]) if said else None
    if said is None or unit is None or not said[4].strip():
        open_form(touch, site, said[4].strip() if said else "")
        return ""
    until = touch.now + timedelta(minutes=int(said[2]) * _MINUTES[said[3].casefold()])
    pharmacy = touch.desk.pharmacy()
    with touch.desk.database.transaction() as connection:
        begun = None
        if touch.first_time(connection):
            begun = begin_mute(connection, pharmacy, site, unit, said[4], touch.person, until, touch.now)
    touch.desk.wake()
    place = plain(place_of(pharmacy, begun)) if begun else "It"
    end = local_text(site.calendar, until)
    return f":no_bell: {place} is muted until {end}. `/shift mute end` ends it early; what is critical is told anyway."


def open_form(touch: Touch, site: Site, said: str = "") -> None:
    """The form, with what is muted now."""
    pharmacy = touch.desk.pharmacy()
    on = [(each, place_of(pharmacy, each)) for each in _on(touch, site)]
    touch.open(modals.mute(site, pharmacy.units_of(site.id), on, pharmacy, said=said))


def end_by_button(touch: Touch) -> None:
    """`End it now`, in the form."""
    with touch.desk.database.transaction() as connection:
        found = mutes.load(connection, number_in(touch.value))
        if touch.first_time(connection):
            end_mute(connection, touch.desk.pharmacy(), number_in(touch.value), touch.person, touch.now)
    touch.desk.wake()
    site = touch.desk.pharmacy().sites.get(found.site) if found else None
    if site is not None:
        open_form(touch, site)


def _end_named(touch: Touch, site: Site, name: str) -> str:
    on, pharmacy = _on(touch, site), touch.desk.pharmacy()
    if not on:
        return "Nothing is muted here now."
    unit = _unit(pharmacy, site, name)
    meant = [each for each in on if each.unit == unit] if name else on
    if len(meant) != 1:
        open_form(touch, site)
        return ""
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            end_mute(connection, pharmacy, meant[0].id, touch.person, touch.now)
    touch.desk.wake()
    return f"{plain(place_of(pharmacy, meant[0]))} is not muted any more. What is still wrong is told now."


def _on(touch: Touch, site: Site) -> list[Mute]:
    with touch.desk.database.snapshot() as connection:
        return mutes.on_at(connection, [site.id], touch.now)


def _unit(pharmacy: Pharmacy, site: Site, name: str) -> str | None:
    """The id of the unit that words mean, empty for the whole site; nothing when they mean none, or several."""
    wanted = " ".join(name.split()).casefold()
    if wanted == "site":
        return ""
    units = pharmacy.units_of(site.id)
    exact = [unit.id for unit in units if wanted in (unit.id.casefold(), unit.name.casefold())]
    near = [unit.id for unit in units if wanted and wanted in unit.name.casefold()]
    found = exact or near
    return found[0] if len(found) == 1 else None
