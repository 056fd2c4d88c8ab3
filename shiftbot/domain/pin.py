"""Which PIN may be chosen, and how often it may be missed. Pure; how it is kept is not known here.

A PIN of some digits is guessed in no time by whoever may guess as often as they like: it is the lock after a few
misses that protects a signature, and it is a manager who takes the lock off.
"""

import re
import unicodedata

from shiftbot.errors import Refused

MISSES_ALLOWED = 5
"""The miss that locks."""

_RUNS = ("01234567890", "09876543210")


def read_pin(words: str) -> str:
    """A PIN as typed, in any script's digits, with spaces around it; what is no PIN stays as it is and fits none."""
    return unicodedata.normalize("NFKC", words).strip()


_TYPED = re.compile(
    r"\b(?:pin|sign(?:ed|ing|ature)?)\b(?:[\s:=#,-]+(?:code|number|no|is|as|with|off|line|my|pin|\d{1,3}))*"
    r"[\s:=#,-]+\d{4,12}(?![\d./:-]*\d)"
    r"|(?<![\d./:-])\d{4,12}[\s,]+(?:is|was)\s+my\s+pin\b",
    re.IGNORECASE,
)
"""Digits said to be a PIN, or put after `sign`; a date or a telephone number is none."""

_BARE = re.compile(r"(?:(\d{1,3})[\s.:,)]+)?\d{4,12}")


def types_a_pin(words: str) -> bool:
    """Whether somebody seems to have typed their PIN into a message: `14 sign 4827`, `sign 4827`, `pin 4827`."""
    return _TYPED.search(read_pin(words)) is not None


def bare_pin(words: str) -> tuple[bool, int | None]:
    """Whether a message is nothing but digits that may be a PIN, and after which line's number they stand, if any."""
    found = _BARE.fullmatch(read_pin(words))
    return found is not None, int(found.group(1)) if found and found.group(1) else None


def refuse_weak(pin: str) -> None:
    """Raise Refused when a PIN may not be chosen: 4 to 8 digits, and none that everybody tries first."""
    if not re.fullmatch(r"[0-9]{4,8}", pin):
        raise Refused("A PIN has 4 to 8 digits and nothing else. Choose one that only you know.")
    repeated = re.fullmatch(r"(\d{1,4})\1+", pin)
    if repeated or any(pin in run for run in _RUNS):
        raise Refused("That PIN is among the first that anybody would try. Choose one without a pattern.")
