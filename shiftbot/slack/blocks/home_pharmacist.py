"""The Home tab's part for pharmacists: what waits for their signature, the alerts to answer, who is at work."""

from datetime import datetime

from shiftbot.domain.case import Case
from shiftbot.domain.checklist import ItemKind
from shiftbot.domain.local_time import local_clock, local_date, local_text
from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.services.rostering import span_text
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack.blocks import glance
from shiftbot.slack.blocks.alert_card import alert_message
from shiftbot.slack.blocks.home_picture import SitePicture
from shiftbot.slack.blocks.parts import Block, actions, button, context, plain, section


def to_sign(person: Person, picture: SitePicture) -> list[Block]:
    """Signature lines that are open, and cases; each with the button that opens its form."""
    lines = [_line(view, each) for view in picture.runs for each in view.blank if _is_to_sign(person, each)]
    found = [*lines, *(_case(case) for case in picture.cases)]
    return [section(":lower_left_ballpoint_pen: *To sign*"), *found] if found else []


def _is_to_sign(person: Person, each: LineView) -> bool:
    return each.line.kind is ItemKind.SIGNATURE and may_answer(each.line, person.roles)


def _line(view: RunView, each: LineView) -> Block:
    value = f"{view.run.id}|{each.line.key}"
    text = f"*{plain(view.plan.title)}*: {each.line.number}. {plain(each.line.title)}"
    return section(text, button("Sign…", "line_sign", value), f"sign-{view.run.id}-{each.line.number}")


def _case(case: Case) -> Block:
    text = f":clipboard: *Case {case.id}: {plain(case.title)}*"
    return section(text, button("Fill in and sign…", "case_fill", str(case.id)), f"case-{case.id}")


def alert_blocks(picture: SitePicture, pharmacy: Pharmacy, shown: int) -> list[Block]:
    """The alerts as they stand, with the buttons that answer them."""
    return [
        _distinct(block, f"alert-{alert.id}")
        for alert in picture.alerts[:shown]
        for block in alert_message(alert, picture.site, pharmacy)
    ]


def _distinct(block: Block, block_id: str) -> Block:
    return block | {"block_id": block_id} if block["type"] == "actions" else block


def duty_blocks(picture: SitePicture, now: datetime) -> list[Block]:
    """Somebody's own duty: until when it lasts, or when it comes next, with what they may do about it."""
    mine, site = picture.mine, picture.site
    if mine is None:
        return []
    if mine.starts_at <= now:
        same = local_date(site.calendar, mine.ends_at) == local_date(site.calendar, now)
        end = local_clock(site.calendar, mine.ends_at) if same else local_text(site.calendar, mine.ends_at)
        words = f":bust_in_silhouette: *You are on duty until {end}.*"
    else:
        words = f"You are on duty next {span_text(site, mine.starts_at, mine.ends_at)}."
    row = [button("Sign on", "duty_sign_on", site.id, "primary")] if mine.signs_on else []
    row += [button("Hand over the duty…", "duty_hand_over", site.id), button("The week", "duty_show", site.id)]
    return [section(words), actions(row, f"duty-{site.id}")]


def at_work(picture: SitePicture) -> Block:
    """Who is on duty, and who else is on shift."""
    others = [person for person in picture.on_shift if person not in picture.on_duty]
    names = ", ".join(plain(person.name) for person in others)
    return context(
        (picture.duty_line or glance.duty_text(picture.on_duty)) + (f"  ·  On shift: {names}" if names else "")
    )
