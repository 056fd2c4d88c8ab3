"""Handing over the shift: the form, from a card, the Home tab, a shortcut or a command; and who has read it."""

from shiftbot.domain.hand_over import NOTE_MAX
from shiftbot.domain.site import Site
from shiftbot.errors import Refused
from shiftbot.services import hand_over
from shiftbot.slack import sites, texts
from shiftbot.slack.blocks import hand_over_card as blocks
from shiftbot.slack.blocks.modals.window import Modal, message
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Json, Touch, number_in
from shiftbot.storage import runs


def register(switchboard: Switchboard) -> None:
    """Buttons, forms and the shortcut."""
    switchboard.on_click("hand_over_write", open_here)
    switchboard.on_click("hand_over_read", read)
    switchboard.on_shortcut("hand_over_shift", open_anywhere)
    switchboard.on_form("hand_over_site", choose)
    switchboard.on_form("hand_over_write", write)


def open_here(touch: Touch) -> None:
    """`Hand over the shift…`: the button names the pharmacy, or the run whose card it stands on."""
    pharmacy, value = touch.desk.pharmacy(), touch.value
    site, run = pharmacy.sites.get(value), None
    if site is None:
        run = number_in(value)
        site = pharmacy.sites.get(_site_of_run(touch, run))
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    touch.open(form(touch, site, run))


def _site_of_run(touch: Touch, run: int) -> str:
    with touch.desk.database.snapshot() as connection:
        found = runs.look_at_run(connection, run)
    return found.site if found else ""


def open_anywhere(touch: Touch) -> None:
    """The shortcut: whoever works at several pharmacies is asked which."""
    start(touch, sites.sites_for(touch.desk.pharmacy(), touch.person, touch.desk.whereabouts))


def start(touch: Touch, choices: list[Site], said: str = "") -> None:
    """Open the form for the only one of these pharmacies, or ask which; `said` begins the note."""
    said = said[:NOTE_MAX]
    one = form(touch, choices[0], None, said) if len(choices) == 1 else None
    touch.open(one or blocks.choose_site(choices, said))


def choose(touch: Touch) -> Json | None:
    """The pharmacy was chosen: the same window goes on to the note."""
    site = touch.desk.pharmacy().sites.get(touch.entered("site"))
    if site is None:
        raise Refused("Choose the pharmacy.")
    return {"response_action": "update", "view": form(touch, site, None, touch.about)}


def form(touch: Touch, site: Site, run: int | None, said: str = "") -> Modal:
    """The note's form with what is open now, begun with what was `said`."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    with touch.desk.database.snapshot() as connection:
        facts = hand_over.facts(connection, pharmacy, site, touch.now)
    return blocks.write(site, person, facts, run, said=said)


def write(touch: Touch) -> Json | None:
    """The note: kept, with what is open at this instant, and posted."""
    pharmacy, person, note = touch.desk.pharmacy(), touch.person, touch.entered("note")
    site_id, _, run = touch.about.partition("|")
    site = pharmacy.sites.get(site_id)
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    about = number_in(run) if run else None
    if about is not None and _site_of_run(touch, about) != site.id:
        raise Refused(texts.OLD_BUTTON)
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            hand_over.write(connection, pharmacy, site, person, note, touch.key, touch.now, about)
    touch.desk.wake()
    said = f"Your note is in <#{site.channel}>. The next shift says there that they have read it."
    return {"response_action": "update", "view": message("Handed over", said)}


def read(touch: Touch) -> None:
    """`I have read it`."""
    note = number_in(touch.value)
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            hand_over.read(connection, touch.desk.pharmacy(), note, touch.person, touch.now)
    touch.desk.wake()
