"""A message as people type it, made plain before it is read: Slack's names of emoji, emphasis, odd spaces. Pure."""

import re

from shiftbot.domain.plain_text import plain_text
from shiftbot.domain.values.numbers import NUMBER_WORDS

_EMOJI = {
    ":+1:": "👍", ":thumbsup:": "👍", ":ok_hand:": "👍", ":ok:": "ok", ":white_check_mark:": "✅",
    ":heavy_check_mark:": "✔", ":ballot_box_with_check:": "☑", ":question:": "?", ":grey_question:": "?",
    "👌": "👍", ":keycap_ten:": "10", ":hash:": "#",
} | {f":{word}:": str(number) for word, number in NUMBER_WORDS.items()}  # fmt: skip
_TONE = re.compile(r":skin-tone-[2-6]:|[\U0001F3FB-\U0001F3FF]")
_NAMED = re.compile(r":[a-z0-9_+]+:|👌")


def plain_message(text: str) -> str:
    """Full-width digits, odd spaces, emoji and emphasis made plain; the writer's case is kept for the notes."""
    plain = _NAMED.sub(lambda found: _EMOJI.get(found.group(), found.group()), _TONE.sub("", plain_text(text)))
    plain = "\n".join(" ".join(line.split()) for line in plain.strip().splitlines()).strip(" \n*_~`")
    return plain.rstrip(" .!") or plain


_WORD = "|".join(word for word in NUMBER_WORDS if word != "zero")
_LEAD = re.compile(r"(?:(?:lines?|items?|numbers?|no\.|nr\.?)\s*#?|#)\s*(?=\d|(?:" + _WORD + r")\b)", re.IGNORECASE)
_JOIN = r"(?:\s*(?:,|&|\+|[-–—]|\band\b|\bto\b|\bthrough\b)\s*|\s+)"
_WORDED = re.compile(rf"(?:(?:{_WORD})\b|\d{{1,3}}\b)(?:{_JOIN}(?:(?:{_WORD})\b|\d{{1,3}}\b))*", re.IGNORECASE)
_FOLLOWS = re.compile(r"\s*$|\s*[:=]|\s+[-+.]?\d")


def numbered(part: str, verbs: str) -> str:
    """`part` with figures for the number words it begins with, where they can only be lines: `three done` → `3 done`.

    `verbs` is a pattern of what may follow them. `one box is missing` is left as it is.
    """
    part = _LEAD.sub("", part, count=1) if _LEAD.match(part) else part
    found = _WORDED.match(part)
    if found is None or found.group().isdecimal():
        return part
    after = part[found.end() :]
    if not _FOLLOWS.match(after) and not re.match(rf"[\s,]+{verbs}(?!\w)", after, re.IGNORECASE):
        return part
    return re.sub(rf"\b(?:{_WORD})\b", _figure, found.group(), flags=re.IGNORECASE) + after


def _figure(found: re.Match[str]) -> str:
    return str(NUMBER_WORDS[found.group().casefold()])
