"""The forms about alerts: a note beside one, and what is not to be told for a while."""

from collections.abc import Sequence

from shiftbot.domain.local_time import local_text
from shiftbot.domain.mute import Mute
from shiftbot.domain.site import Pharmacy, Site, StorageUnit
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, window
from shiftbot.slack.blocks.parts import Block, actions, button, context, plain, section, select, text_input

WHOLE_SITE = "-"
"""What the list of places holds for the whole pharmacy."""

SPANS = (
    ("30", "30 minutes"),
    ("60", "1 hour"),
    ("120", "2 hours"),
    ("240", "4 hours"),
    ("480", "8 hours"),
    ("1440", "1 day"),
    ("4320", "3 days"),
    ("10080", "7 days"),
)
"""For how long a mute may last, in minutes."""


def note(title: str, alert_id: int) -> Modal:
    """A note beside an alert, for whoever has it next."""
    blocks = [
        section(f"*{plain(title)}*"),
        text_input("note", "What should the others know?", hint=NO_PATIENT, most=300),
    ]
    return window("alert_note", "Add a note", str(alert_id), blocks)


def mute(
    site: Site,
    units: Sequence[StorageUnit],
    on: Sequence[tuple[Mute, str]],
    pharmacy: Pharmacy,
    *,
    said: str = "",
) -> Modal:
    """What is not to be told for a while; `on` are the mutes that are on, each with what is muted, by its name."""
    places = [(WHOLE_SITE, f"Everything at {site.name}"), *((unit.id, unit.name) for unit in units)]
    blocks: list[Block] = [
        context("Judging goes on, and what is critical is told all the same. It goes on the record with your name."),
        select("place", "What is muted?", places, initial=WHOLE_SITE if not units else None),
        select("lasts", "For how long?", SPANS, initial="120"),
        text_input("reason", "Why?", hint=NO_PATIENT, initial=said, most=300),
    ]
    return window("mute_begin", "Mute", site.id, [*_on_now(on, site, pharmacy), *blocks], submit="Mute")


def _on_now(on: Sequence[tuple[Mute, str]], site: Site, pharmacy: Pharmacy) -> list[Block]:
    blocks = []
    for each, place in on[:20]:
        blocks.append(section(mute_line(each, place, site, pharmacy)))
        blocks.append(actions([button("End it now", "mute_end", str(each.id))], block_id=f"mute-{each.id}"))
    return blocks


def mute_line(mute: Mute, place: str, site: Site, pharmacy: Pharmacy) -> str:
    """`Vaccine fridge is muted until Mon 23 Nov 14:00 (Amira H.: defrosting)`."""
    who = plain(texts.short_name(pharmacy, mute.author))
    until = local_text(site.calendar, mute.ends_at)
    return f":no_bell: {plain(place)} is muted until {until} ({who}: {plain(mute.reason)})"
