"""Checklists that people open: by name from a command, from the list on the Home tab, or because a delivery came."""

from sqlalchemy import Connection

from shiftbot.domain.naming import find_named
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.recurrence import Trigger
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import occasions, runs
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch
from shiftbot.storage import runs as stored_runs

NO_DELIVERY = "No checklist here waits for a delivery. A manager can add one with `trigger: delivery`."

OFFERED = 8
"""Names that are listed after what is open; the Home tab lists them all."""


def register(switchboard: Switchboard) -> None:
    """The list and the button of the Home tab."""
    switchboard.on_click("checklist_open", open_chosen)
    switchboard.on_click("delivery_come", delivery_here)


def offered(pharmacy: Pharmacy, site: Site) -> list[tuple[str, str]]:
    """What may be opened by hand at a site, as (id, title): what only people open first, then what the clock opens."""
    loaded = pharmacy.checklists.values()
    by_hand = [each for each in loaded if each.schedule.trigger is Trigger.BY_HAND]
    others = [pharmacy.checklists[each] for each in site.checklists]
    return list({each.id: each.title for each in (*by_hand, *others)}.items())


def takes_deliveries(pharmacy: Pharmacy, site: Site) -> bool:
    """Whether a checklist of the site waits for a delivery."""
    return any(pharmacy.checklists[each].schedule.trigger is Trigger.DELIVERY for each in site.checklists)


def offered_line(pharmacy: Pharmacy, site: Site) -> str:
    """The same as a hint after what is open now."""
    names = [plain(title) for _, title in offered(pharmacy, site)]
    more = f" and {len(names) - OFFERED} more" if len(names) > OFFERED else ""
    return f"To open one now: `/shift open NAME`, one of {', '.join(names[:OFFERED])}{more}." if names else ""


def open_named(touch: Touch, site: Site, name: str) -> str:
    """Open a checklist by its name; what to say. Raises Refused with the nearest name."""
    refuse_patient_information(name)
    pharmacy, person = touch.desk.pharmacy(), touch.person
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            named = find_named(name, dict(offered(pharmacy, site)), "checklist")
            _refuse_if_untouched(connection, pharmacy, site, named)
        run = occasions.open_by_hand(connection, pharmacy, site, name, person, touch.key, touch.now)
        said = _opened(runs.view_run(connection, pharmacy, run), site)
    touch.desk.wake()
    return said


def delivery_came(touch: Touch, site: Site) -> str:
    """Open what waits for a delivery; what to say. Raises Refused when nothing does."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    if not takes_deliveries(pharmacy, site):
        raise Refused(NO_DELIVERY)
    with touch.desk.database.transaction() as connection:
        opened = occasions.open_on_event(connection, pharmacy, site, Trigger.DELIVERY, touch.key, touch.now, person.id)
        said = [_opened(runs.view_run(connection, pharmacy, run), site) for run in opened]
    touch.desk.wake()
    return "\n".join(said) or f"It is open already; its card is in <#{site.channel}>."


def _refuse_if_untouched(connection: Connection, pharmacy: Pharmacy, site: Site, checklist: str) -> None:
    """Raise AlreadyDone while one stands open that nobody has begun: a second of it would only be missed."""
    standing = stored_runs.open_of_checklist(connection, site.id, checklist)
    view = runs.view_run(connection, pharmacy, standing.id) if standing is not None else None
    if view is not None and not any(line.answer for line in view.lines):
        due = texts.clock(site, view.run.due_at)
        raise AlreadyDone(
            f"{view.plan.title} is open already, due at {due}, and nobody has begun it. Its card is in the channel."
        )


def _opened(view: runs.RunView | None, site: Site) -> str:
    if view is None:
        return f"Opened; its card is in <#{site.channel}>."
    due = texts.clock(site, view.run.due_at)
    return f":white_check_mark: *{plain(view.plan.title)}* is open, due {due}. Its card is in <#{site.channel}>."


def open_chosen(touch: Touch) -> None:
    """One was chosen from the list on the Home tab; its value is `site|checklist`."""
    chosen = touch.body["actions"][0].get("selected_option") or {}
    site_id, _, checklist = str(chosen.get("value", "")).partition("|")
    site = touch.desk.pharmacy().sites.get(site_id)
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    open_named(touch, site, checklist)


def delivery_here(touch: Touch) -> None:
    """`A delivery came`; the button names the pharmacy."""
    site = touch.desk.pharmacy().sites.get(touch.value)
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    delivery_came(touch, site)
