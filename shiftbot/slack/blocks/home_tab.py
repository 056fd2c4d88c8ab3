"""The Home tab: what is open for this person, now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.views import View

from shiftbot.domain.alert import Alert
from shiftbot.domain.case import Case
from shiftbot.domain.checklist import Role
from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services.cold_chain.looking import UnitView
from shiftbot.services.runs import RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks import glance
from shiftbot.slack.blocks.alert_card import alert_message
from shiftbot.slack.blocks.parts import (
    Block,
    button,
    context,
    divider,
    escape,
    header,
    link_button,
    section,
)

SHOWN_OF_EACH = 8
"""At most so many runs, alerts and cases of a site: with five sites it stays below Slack's 100 blocks."""

BLOCKS_MAX = 100


@dataclass(frozen=True, slots=True)
class SitePicture:
    """One site as the Home tab shows it; `links` are by run id."""

    site: Site
    runs: Sequence[RunView]
    links: dict[int, str | None]
    alerts: Sequence[Alert]
    cases: Sequence[Case]
    units: Sequence[UnitView]
    on_duty: Sequence[Person]


def home_tab(person: Person, pharmacy: Pharmacy, pictures: Sequence[SitePicture]) -> dict[str, Any]:
    """The view of somebody's Home tab."""
    blocks: list[Block] = []
    for picture in pictures:
        blocks += _site(person, pharmacy, picture)
    more = len(pharmacy.sites) - len(pictures)
    others = f" {more} more pharmacies are not shown here: `/shift status` in the channel of each." if more > 0 else ""
    foot = context(f"Flag an irregularity with `/shift flag`. `/shift help` shows what else there is.{others}")
    return View(type="home", blocks=[*blocks[: BLOCKS_MAX - 1], foot]).to_dict()


def stranger(pharmacy: Pharmacy) -> dict[str, Any]:
    """The Home tab of somebody whose account nobody defined."""
    return View(type="home", blocks=[section(texts.unknown_person(pharmacy))]).to_dict()


def _site(person: Person, pharmacy: Pharmacy, picture: SitePicture) -> list[Block]:
    blocks = [header(picture.site.name), context(glance.duty_text(picture.on_duty))]
    for alert in picture.alerts[:SHOWN_OF_EACH]:
        blocks += [_distinct(block, f"alert-{alert.id}") for block in alert_message(alert, picture.site, pharmacy)]
    blocks += _runs(person, picture)
    if Role.PHARMACIST in person.roles:
        blocks += [_case(case) for case in picture.cases[:SHOWN_OF_EACH]]
    if picture.units:
        blocks.append(section("\n".join(glance.unit_line(unit, picture.site) for unit in picture.units)))
    return [*blocks, divider()]


def _distinct(block: Block, block_id: str) -> Block:
    return block | {"block_id": block_id} if block["type"] == "actions" else block


def _runs(person: Person, picture: SitePicture) -> list[Block]:
    if not picture.runs:
        return [section(":white_check_mark: No checklist is open now.")]
    return [_run(person, view, picture.links.get(view.run.id)) for view in picture.runs[:SHOWN_OF_EACH]]


def _run(person: Person, view: RunView, link: str | None) -> Block:
    mine = [each.line for each in view.blank if may_answer(each.line, person.roles)]
    left = "nothing left for you" if not mine else f"{len(mine)} for you"
    opener = link_button("Open the card", "card_link", link) if link else None
    return section(f"{glance.run_line(view)}  ·  {left}", opener, f"run-{view.run.id}")


def _case(case: Case) -> Block:
    text = f":clipboard: *Case {case.id}: {escape(case.title)}*  ·  to be signed"
    return section(text, button("Fill in and sign…", "case_fill", str(case.id)), f"case-{case.id}")
