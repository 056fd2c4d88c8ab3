"""A message that does not read as it stands, without what surrounds answers: bullets, quotes, emphasis, mentions.

Tried only after the words themselves: a hyphen may be the sign of a temperature. Pure.
"""

import re

from shiftbot.domain.replies import verbs

_QUOTE = re.compile(r"^\s*(?:(?:>|&gt;)\s*)+")
_VERB = "|".join(map(re.escape, (*verbs.DONE, *verbs.NOT_APPLICABLE, *verbs.FAILED, "not done", "sign", "signed")))
_BULLET = re.compile(
    rf"^\s*(?:[•◦▪‣·●○*]\s+|[-–—]\s+(?=[^\W\d]|\d[\d\s,–-]*[.):]?\s*(?:is\s+)?(?:{_VERB})(?!\w)))", re.IGNORECASE
)
"""A hyphen before a number is a bullet only where a verb follows the number: `- 18 F` is a temperature below zero."""

_LISTED = re.compile(r"^\s*[-–—]\s+(?=\d{1,3}[.):]?\s+\S)")
"""Where answers begin with the number of a line, a hyphen before a number and something more is a bullet too."""

_EMPHASIS = re.compile(r"(?<![\w*_~`])([*_~`]{1,3})(?=\S)([^*_~`\n]{1,60})(?<=\S)\1(?![\w*_~`])")
_SAID = re.compile(rf"(?<!\w){verbs.ANY_DONE}(?!\w)|\bsign(?:ed)?\b|\d[.,]\d", re.IGNORECASE)
"""What makes a line an answer even beside a mention: `4 @ben` may ask Ben to do it."""

_MENTION = re.compile(r"(?:[\s,]+(?:<@[UW]\w+(?:\|[^>]*)?>|@[\w.-]+))+[\s.!]*$")
_REASONED = re.compile(
    rf"\b(?:because|why|reason|not|by|for|{'|'.join(verbs.CORRECT)})\b"
    rf"|(?<!\w)(?:{'|'.join(map(re.escape, verbs.NOT_APPLICABLE + verbs.FAILED))})(?!\w)",
    re.IGNORECASE,
)
"""Words after which somebody's own words follow: a mention in them stays."""

_NUMBERED_DONE = rf"[•*–-]?\s*\d{{1,3}}[.)]?\s*{verbs.ANY_DONE}(?!\w)[\s,]*"
_SEVERAL = re.compile(rf"(?:{_NUMBERED_DONE}){{2,}}", re.IGNORECASE)


def tidy(text: str, *, by_number: bool) -> str:
    """`text` line by line without its trimmings; several numbered `done` in a line get a line each.

    `by_number`: the checklist has several lines, so that every answer names its own.
    """
    return "\n".join(_tidy_line(line, by_number) for line in text.splitlines())


def _tidy_line(line: str, by_number: bool) -> str:
    line = _BULLET.sub("", _QUOTE.sub("", line))
    line = _EMPHASIS.sub(r"\2", _LISTED.sub("", line) if by_number else line)
    line = _MENTION.sub("", line) if _SAID.search(line) and not _REASONED.search(line) else line
    if not _SEVERAL.fullmatch(line.strip()):
        return line
    return "\n".join(piece.strip(" ,•*–-") for piece in re.findall(_NUMBERED_DONE, line, re.IGNORECASE))
