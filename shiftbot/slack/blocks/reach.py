"""How people are reached: the test with its button, and the window that shows everybody's means. Never an address."""

from collections.abc import Sequence
from datetime import datetime

from shiftbot.domain.local_time import SiteCalendar, local_text
from shiftbot.domain.site import Person
from shiftbot.services.delivery import MeansState
from shiftbot.slack.blocks.modals.window import Modal, message
from shiftbot.slack.blocks.parts import Block, actions, button, context, header, plain, section

BLOCKS_AT_MOST = 95
"""Slack takes 100 in a window."""


def reach_test(text: str, place: str) -> list[Block]:
    """A test by Slack."""
    return [section(plain(text)), actions([button("It reached me", "reach_confirm", place, "primary")], "reach-test")]


def reach_window(people: Sequence[tuple[Person, Sequence[MeansState]]], calendar: SiteCalendar, now: datetime) -> Modal:
    """The window: each person's means in their order, how each is, and a button to test it."""
    blocks: list[Block] = [context(INTRODUCTION)]
    shown = 0
    for person, states in people:
        if len(blocks) + 1 + len(states) > BLOCKS_AT_MOST:
            break
        shown += 1
        blocks.append(header(person.name))
        blocks += [_means(state, calendar, now) for state in states]
    if shown < len(people):
        blocks.append(context(f"and {len(people) - shown} more people"))
    return {**message("How you are reached", "-"), "blocks": blocks}


INTRODUCTION = (
    "Messages go by the first means that works. One that fails is passed by and tested until it works again; "
    "each is verified by an answered test, anew every 90 days. To change your means, tell a manager: they stand in "
    "pharmacy.yaml."
)


def _means(state: MeansState, calendar: SiteCalendar, now: datetime) -> Block:
    value = f"{state.person}|{state.place}"
    return section(
        f"{_mark(state, now)} *{plain(state.by)}*  ·  {plain(standing(state, calendar, now))}",
        button("Test now", "reach_test", value),
        block_id=f"reach-{state.person}-{state.place}",
    )


def standing(state: MeansState, calendar: SiteCalendar, now: datetime) -> str:
    """How a means is, in words: `verified Mon 12 Oct 09:10`, `fails since …: …`, `never verified`."""
    if state.failed_at is not None:
        return f"fails since {local_text(calendar, state.failed_at)}: {state.error}"
    if state.verified_at is None:
        asked = f", test sent {local_text(calendar, state.asked_at)}" if state.asked_at else ""
        return f"never verified{asked}"
    at = local_text(calendar, state.verified_at)
    return f"verified {at}" if state.is_verified(now) else f"not verified since {at}"


def _mark(state: MeansState, now: datetime) -> str:
    if state.failed_at is not None:
        return ":x:"
    return ":white_check_mark:" if state.is_verified(now) else ":grey_question:"
