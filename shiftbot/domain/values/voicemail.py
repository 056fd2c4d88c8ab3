"""What a voicemail sweep found: messages by kind, never by name, and the age of the oldest (domain.md §4.2). Pure."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from shiftbot.errors import Unreadable

VOICEMAIL_KINDS = {
    "new": "New prescriptions",
    "refill": "Refill authorisations",
    "request": "Refill requests",
    "clinical": "Clinical questions",
    "transfer": "Transfers",
    "other": "Other",
}
"""Voicemail is counted by kind, never by name (domain.md §4.2)."""

AGE_MINUTES_MAX = 14 * 24 * 60
"""An oldest message above two weeks is a slip of the finger."""

_WORDS = {
    "new": r"new(?: prescriptions?| rx)?",
    "request": r"(?:refill )?requests?",
    "refill": r"refills?(?: auth(?:orisation|orization)?s?)?",
    "clinical": r"clinical(?: questions?)?",
    "transfer": r"transfers?",
    "other": r"others?",
}
_TOTALLED = re.compile(r"(\d{1,4}) messages? \(([^()]*)\)(.*)")
"""How shiftbot itself says it: `3 messages (2 refill, 1 clinical), oldest 40 min`."""


def read_voicemail(words: str) -> Mapping[str, Any]:
    """Counts by kind and the oldest age: `none`, or `2 refill, 1 clinical, oldest 40m`.

    Raises Unreadable unless every word is understood: what is left out would be lost without anybody noticing.
    """
    text = words.strip().casefold()
    if text in ("none", "empty", "0", "zero", "no messages"):
        return voicemail({}, 0)
    totalled = _TOTALLED.fullmatch(text)
    counted, _, oldest = (totalled.expand(r"\2\3") if totalled else text).partition("oldest")
    counts: dict[str, int] = {}
    for part in re.split(r"[,;]|\band\b|(?<=[a-z])\s+(?=\d)", counted):
        if part.strip():
            kind, count = _read_kind(part.strip())
            counts[kind] = count if kind not in counts else _refuse()
    if not counts or (any(counts.values()) and not oldest) or (totalled and sum(counts.values()) != int(totalled[1])):
        _refuse()
    return voicemail(counts, read_age(oldest) if oldest else 0)


def _read_kind(part: str) -> tuple[str, int]:
    for kind, pattern in _WORDS.items():
        found = re.fullmatch(rf"(\d{{1,3}})\s*{pattern}\.?", part)
        if found:
            return kind, int(found.group(1))
    return _refuse()


def _refuse() -> NoReturn:
    kinds = ", ".join(VOICEMAIL_KINDS)
    raise Unreadable(
        f"Write the counts by kind ({kinds}) and the oldest age, for example: 2 refill, 1 clinical, oldest 40m"
    )


def read_age(words: str) -> int:
    """An age in minutes: `40m`, `40`, `2h`, `1h 30m`, `2 hours`. Raises Unreadable, above two weeks too."""
    hours, minutes = r"(\d{1,3})\s*h(?:(?:ou)?rs?)?", r"(\d{1,5})\s*(?:m(?:in(?:ute)?s?)?)?"
    found = re.fullmatch(rf"(?:{hours})?\s*(?:{minutes})?\.?", words.strip(" :\t").casefold())
    if found is None or not any(found.groups()):
        raise Unreadable("How old is the oldest message? Write for example 40m, 2h or 1h 30m")
    age = int(found.group(1) or 0) * 60 + int(found.group(2) or 0)
    if age > AGE_MINUTES_MAX:
        raise Unreadable("That is more than two weeks. How old is the oldest message? Write for example 40m or 2h")
    return age


def voicemail(counts: Mapping[str, int], oldest_minutes: int) -> Mapping[str, Any]:
    """The value of a voicemail line: every kind's count, and the oldest message's age in minutes (0 when none)."""
    return {"counts": {kind: counts.get(kind, 0) for kind in VOICEMAIL_KINDS}, "oldest_minutes": oldest_minutes}
