"""Which lines of a run stand on its card and which on the cards that continue it in the thread. Pure.

The pages follow from the plan alone, so that a line never moves to another message while people are answering.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from shiftbot.domain.checklist import Line, Plan, ShiftPart

BLOCKS_MAX = 50
TEXT_MAX = 12_000
"""Slack refuses messages of more than about 13,200 characters in all (github.com/slackapi/bolt-js/issues/2509)."""

FIRST_TAKES = 6
"""Blocks of the first card that are no lines: title, progress, buttons, hints."""
LEFT_OPEN_TAKES = 6
"""Blocks that are kept free for what the shift before left: enough to read all of it, and to take the first."""
FURTHER_TAKES = 3
LINE_TEXT = 110
"""Characters of a line beside its title and its help: its mark, who answered it, when, and a short note."""


@lru_cache(maxsize=512)
def pages(plan: Plan) -> tuple[tuple[Line, ...], ...]:
    """The lines of each message, in their order; the first is the card, always there."""
    found: list[tuple[Line, ...]] = []
    current: list[Line] = []
    blocks, text = 0, 0
    room = BLOCKS_MAX - FIRST_TAKES - (LEFT_OPEN_TAKES if plan.shift is ShiftPart.START else 0)
    for line, heads in _with_heads(plan):
        heading = 2 if line.section in plan.all_good else 1
        needed = 1 + (heading if heads or not current else 0)
        if current and (blocks + needed > room or text + _text(line) > TEXT_MAX):
            found.append(tuple(current))
            current, blocks, text, room = [], 0, 0, BLOCKS_MAX - FURTHER_TAKES
            needed = 1 + heading
        current.append(line)
        blocks, text = blocks + needed, text + _text(line)
    return (*found, tuple(current))


def _with_heads(plan: Plan) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether its section begins with it."""
    for _, group in groupby(plan.lines, key=lambda line: line.section):
        for at, line in enumerate(group):
            yield line, at == 0


def _text(line: Line) -> int:
    return len(line.title) + len(line.sop) + min(len(line.help), 120) + LINE_TEXT
