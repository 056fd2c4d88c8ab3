"""The Home tab, put together by role: whoever has several has the parts of each, what is urgent first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.slack import texts
from shiftbot.slack.blocks import home_pharmacist, home_technician
from shiftbot.slack.blocks.home_overview import managed_blocks
from shiftbot.slack.blocks.home_picture import ManagedPicture, SitePicture
from shiftbot.slack.blocks.parts import Block, context, divider, header, section

BLOCKS_MAX = 100

SHOWN_OF_EACH = {1: 8, 2: 4, 3: 2}
"""Runs, alerts, cases and follow-ups of each site, by how many sites there are: five sites stay below 100 blocks."""


def home_tab(
    person: Person,
    pharmacy: Pharmacy,
    pictures: Sequence[SitePicture],
    managed: ManagedPicture | None,
    now: datetime,
) -> dict[str, Any]:
    """The view of somebody's Home tab. A manager who does nothing else begins with the sites at a glance."""
    shown = SHOWN_OF_EACH.get(len(pictures), 1)
    sites = [block for picture in pictures for block in _site(person, pharmacy, picture, now, shown)]
    glance = managed_blocks(managed) if managed else []
    works = bool(person.roles & {Role.TECHNICIAN, Role.PHARMACIST})
    blocks = [*sites, *glance] if works else [*glance, *sites]
    return View(type="home", blocks=[*blocks[: BLOCKS_MAX - 1], _foot(pharmacy, pictures)]).to_dict()


def stranger(pharmacy: Pharmacy) -> dict[str, Any]:
    """The Home tab of somebody whose account nobody defined."""
    return View(type="home", blocks=[section(texts.unknown_person(pharmacy))]).to_dict()


def _foot(pharmacy: Pharmacy, pictures: Sequence[SitePicture]) -> Block:
    more = len(pharmacy.sites) - len(pictures)
    others = f" {more} more pharmacies are not shown here: `/shift status` in the channel of each." if more > 0 else ""
    return context(f"`/shift help` shows what else there is.{others}")


def _site(person: Person, pharmacy: Pharmacy, picture: SitePicture, now: datetime, shown: int) -> list[Block]:
    blocks = [header(picture.site.name), home_pharmacist.at_work(picture), *home_pharmacist.duty_blocks(picture, now)]
    blocks.append(home_technician.site_buttons(picture))
    blocks += home_technician.note_blocks(picture)
    left_out = _left_out(person, picture, shown)
    if Role.PHARMACIST in person.roles:
        blocks += home_pharmacist.to_sign(person, picture)[: shown + 1]
    if person.roles & {Role.PHARMACIST, Role.MANAGER}:
        blocks += home_pharmacist.alert_blocks(picture, pharmacy, shown)
    else:
        blocks += home_technician.alert_lines(picture, shown)
    if person.roles & {Role.TECHNICIAN, Role.PHARMACIST}:
        blocks += home_technician.open_blocks(person, picture, now, shown)
    blocks += home_technician.follow_ups_blocks(person, picture, shown)
    blocks += home_technician.unit_blocks(picture)
    return [*blocks, *([context(left_out)] if left_out else []), divider()]


def _left_out(person: Person, picture: SitePicture, shown: int) -> str:
    """What there was no room for, so that nobody takes a short list for all there is."""
    found = {"alerts": len(picture.alerts), "follow-ups": len(picture.follow_ups)}
    if Role.PHARMACIST in person.roles:
        found["to sign"] = len(home_pharmacist.to_sign(person, picture)) - 1
    if person.roles & {Role.TECHNICIAN, Role.PHARMACIST}:
        found["checklists"] = len(picture.runs)
    more = [f"{count - shown} more {what}" for what, count in found.items() if count > shown]
    return f"Not shown here: {', '.join(more)}. `/shift status` has them all." if more else ""
