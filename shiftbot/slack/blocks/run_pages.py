"""Which lines of a run stand on its card and which on the cards that continue it in the thread. Pure.

The pages follow from the plan alone, so that a line never moves to another message while people are answering.
"""

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
    """The lines of each message, in their order; the first is the card, always there.

    A section stays together where it can.
    """
    found: list[list[Line]] = [[]]
    taken, text = 0, 0
    room = BLOCKS_MAX - FIRST_TAKES - (LEFT_OPEN_TAKES if plan.shift is ShiftPart.START else 0)
    for section, group in groupby(plan.lines, key=lambda line: line.section):
        lines = list(group)
        heading = 2 if section in plan.all_good else 1
        whole = heading + len(lines)
        apart = taken > room // 2 and taken + whole > room and whole <= BLOCKS_MAX - FURTHER_TAKES
        for at, line in enumerate(lines):
            needed = 1 + (heading if at == 0 else 0)
            full = taken + needed > room or text + _text(line) > TEXT_MAX
            if found[-1] and (full or (apart and at == 0)):
                found.append([])
                taken, text, room, needed = 0, 0, BLOCKS_MAX - FURTHER_TAKES, 1 + heading
            found[-1].append(line)
            taken, text = taken + needed, text + _text(line)
    return tuple(tuple(page) for page in found)


def _text(line: Line) -> int:
    return len(line.title) + len(line.sop) + min(len(line.help), 120) + LINE_TEXT
