"""A message in its parts: between line breaks and semicolons, of which those inside somebody's own words do not split.

Pure.
"""

import re

from shiftbot.domain.checklist import Plan
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.lines import name_lines
from shiftbot.domain.replies.reading import is_undo, read_one, read_part
from shiftbot.domain.replies.understood import Page
from shiftbot.errors import Unreadable


def split(words: str, page: Page) -> list[str]:
    """The parts of a plain message."""
    parts: list[str] = []
    for text in words.split("\n"):
        pieces = [piece for piece in re.split(r"\s*;\s*", text.strip()) if piece]
        for number, piece in enumerate(pieces):
            if number and _ends_in_words(parts[-1], page) and not _starts_anew(piece, page):
                parts[-1] += f"; {piece}"
            else:
                parts.append(piece)
    return parts


def _ends_in_words(part: str, page: Page) -> bool:
    """Whether `part` ends in the writer's own words: a reason, a note, a text."""
    if re.match(rf"(?:{'|'.join(verbs.CORRECT)})\b", part, re.IGNORECASE):
        return True
    return any(_gives_reason(said, page.plan) for said in (part, part.rpartition(",")[2].strip())) or _has_words(
        part, page
    )


def _gives_reason(part: str, plan: Plan) -> bool:
    try:
        rest = name_lines(part, plan).rest if part else ""
    except Unreadable:
        return False
    return bool(verbs.after_verb(rest, verbs.NOT_APPLICABLE + verbs.FAILED))


def _has_words(part: str, page: Page) -> bool:
    try:
        understood = read_part(part, page)
    except Unreadable:
        return False
    if understood.because:
        return True
    last = understood.replies[-1] if understood.replies else None
    return last is not None and bool(last.note or last.reason or "text" in (last.value or {}))


def _starts_anew(piece: str, page: Page) -> bool:
    """Whether what follows own words is a reply of its own: `undo`, a line's number with a value, or one that reads.

    Without a number in front it stays with the words: `7 fail seal torn; all good` ticks nothing.
    """
    if is_undo(piece) or re.match(r"\d{1,3}(?:\s*[:=]\s*|\s+)[-+.]?\d", piece):
        return True
    if re.match(r"(?:correct|correction)\s+\d", piece, re.IGNORECASE):
        return True
    if not piece[0].isdecimal():
        return False
    try:
        read_one(piece, page)
    except Unreadable:
        return False
    return True
