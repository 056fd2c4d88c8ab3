"""The Home tab's part for whoever does the work of a shift: the note, what is open now, follow-ups, units, buttons."""

from collections.abc import Sequence
from datetime import datetime

from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person
from shiftbot.services.runs import RunView
from shiftbot.slack.blocks import glance
from shiftbot.slack.blocks.follow_ups import follow_up_blocks
from shiftbot.slack.blocks.hand_over_card import hand_over_home
from shiftbot.slack.blocks.home_picture import SitePicture
from shiftbot.slack.blocks.parts import Block, actions, button, link_button, menu, plain, section

OPTION_VALUE_MAX = 150
"""Slack's limit of what an option carries."""


def site_buttons(picture: SitePicture) -> Block:
    """What somebody can begin by themselves at this site."""
    site = picture.site.id
    row = [
        button("Flag an irregularity…", "irregularity_flag", site, "danger"),
        button("Hand over the shift…", "hand_over_write", site),
        button("Add a follow-up…", "follow_up_add", site),
        *([button("A delivery came", "delivery_come", site)] if picture.takes_deliveries else []),
    ]
    choices = [(f"{site}|{checklist}", title) for checklist, title in picture.offered]
    choices = [choice for choice in choices if len(choice[0]) <= OPTION_VALUE_MAX]
    lists = [menu("Open a checklist…", "checklist_open", choices)] if choices else []
    return actions([*row, *lists], f"begin-{site}")


def note_blocks(picture: SitePicture) -> list[Block]:
    """The hand-over note that nobody has read, and what a signature still needs."""
    blocks = hand_over_home(picture.note) if picture.note else []
    if picture.needs_pin:
        words = ":key: Signatures here ask for your PIN, and you have none yet."
        blocks.append(section(words, button("Set your PIN…", "pin_set", picture.site.id), f"pin-{picture.site.id}"))
    return blocks


def open_blocks(person: Person, picture: SitePicture, now: datetime, shown: int) -> list[Block]:
    """The runs that can be answered, those overdue first, then those with most left for this person."""
    if not picture.runs:
        return [section(":white_check_mark: *No checklist is open now.*")]
    ordered = sorted(picture.runs, key=lambda view: (view.run.due_at > now, view.run.due_at, view.run.id))
    head = section("*Open now*")
    return [head, *(_run(person, view, picture.links.get(view.run.id), now) for view in ordered[:shown])]


def _run(person: Person, view: RunView, link: str | None, now: datetime) -> Block:
    mine = _mine(person, view)
    left = "nothing left for you" if not mine else f"*{mine} for you*"
    opener = link_button("Open the card", "card_link", link) if link else None
    return section(f"{glance.run_line(view, now=now)}  ·  {left}", opener, f"run-{view.run.id}")


def _mine(person: Person, view: RunView) -> int:
    return sum(1 for each in view.blank if may_answer(each.line, person.roles))


def follow_ups_blocks(person: Person, picture: SitePicture, shown: int) -> list[Block]:
    """What this person may close, their own first, with buttons."""
    if not picture.follow_ups:
        return []
    return [
        section("*To follow up*"),
        *(block for carried in picture.follow_ups[:shown] for block in follow_up_blocks(carried, person)),
    ]


def unit_blocks(picture: SitePicture) -> list[Block]:
    """The storage units, a line each."""
    lines = [glance.unit_line(unit, picture.site) for unit in picture.units]
    return [section("\n".join(["*Fridges and freezers*", *lines]))] if lines else []


def alert_lines(picture: SitePicture, shown: int) -> list[Block]:
    """The alerts as lines, for somebody who is not asked to take them."""
    titles: Sequence[str] = [plain(alert.title) for alert in picture.alerts[:shown]]
    return [section("\n".join(f":rotating_light: {title}" for title in titles))] if titles else []
