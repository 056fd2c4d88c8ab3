"""The lowest and the highest temperature of a unit since it was last looked at, out of one line of words. Pure."""

import re

from shiftbot.domain.plain_text import plain_text
from shiftbot.domain.values.numbers import TEMPERATURE_POSSIBLE, number_text, read_number, read_temperature
from shiftbot.errors import Unreadable

NUMBER = r"[-+]?(?:\d+(?:[.,]\d+)*|\.\d+)"
DEGREES = r"(?:\s*(?:°|deg(?:rees?)?\b)\s*)?(?:\s*(?:celsius|fahrenheit|[cf])\b)?"
"""What may follow a temperature: `°`, `degrees`, its unit."""

_ONE = rf"{NUMBER}{DEGREES}"
_LOW = r"(?:min(?:imum)?|low(?:est)?|lo|l)(?![a-z])"
_HIGH = r"(?:max(?:imum)?|high(?:est)?|hi|h)(?![a-z])"
_BETWEEN = r"\s*[,/;]?\s*(?:and\s+)?"
_IS = r"\.?\s*[:=]?\s*"
_LABELLED = re.compile(
    rf"{_LOW}{_IS}(?P<low>{_ONE}){_BETWEEN}{_HIGH}{_IS}(?P<high>{_ONE})"
    rf"|{_HIGH}{_IS}(?P<high2>{_ONE}){_BETWEEN}{_LOW}{_IS}(?P<low2>{_ONE})"
    rf"|(?P<low3>{_ONE})\s*{_LOW}{_BETWEEN}(?P<high3>{_ONE})\s*{_HIGH}"
    rf"|(?P<high4>{_ONE})\s*{_HIGH}{_BETWEEN}(?P<low4>{_ONE})\s*{_LOW}"
)
_BARE = re.compile(
    rf"(?:(?:between|from|min/?max)\s+)?(?P<first>{_ONE})"
    rf"(?P<sep>\s*(?:/|\.\.+|\bto\b|\band\b|\bthrough\b|&|,\s)\s*|\s*[-–—]\s*(?=[\d.])(?<!\s[-–—])|\s*[-–—]\s*(?=-)|\s+)"
    rf"(?P<second>{_ONE})"
)
NEED_BOTH = "I need the lowest and the highest, for example 38 to 43"


def find_pair(words: str) -> str | None:
    """The front of `words`, in plain text, that looks like a lowest and a highest; None when there is none."""
    text = plain_text(words).casefold()
    found = _LABELLED.match(text) or _BARE.match(text)
    return found.group() if found else None


def read_min_max(words: str, unit: str) -> tuple[float, float]:
    """Lowest and highest in `unit`: `38 43`, `38-43`, `38/43`, `38 to 43`, `min 38 max 43`, `-25 -18`.

    Without names the lower one is the lowest, in whatever order they come. Raises Unreadable where a sign or a comma
    can be read in two ways, and where the one called lowest is above the one called highest.
    """
    text = plain_text(words).strip().casefold()
    labelled = _LABELLED.fullmatch(text)
    if labelled:
        said = {name.rstrip("234"): part for name, part in labelled.groupdict().items() if part is not None}
        low, high = _degrees(said["low"], unit), _degrees(said["high"], unit)
        if low > high:
            raise Unreadable(
                f"The lowest cannot be above the highest. Did you mean min {number_text(high)} max {number_text(low)}?"
            )
        return low, high
    bare = _BARE.fullmatch(text)
    if bare is None:
        raise Unreadable(_why_no_pair(text))
    first, second = _degrees(bare["first"], unit), _degrees(bare["second"], unit)
    _refuse_doubtful_sign(bare["first"], bare["sep"], bare["second"])
    return min(first, second), max(first, second)


def _why_no_pair(text: str) -> str:
    if re.fullmatch(r"\d+,\d+", text):
        return f"“{text}” can be read in two ways. {NEED_BOTH}"
    return NEED_BOTH


def _refuse_doubtful_sign(first: str, separator: str, second: str) -> None:
    """`-25-18` and `38 -43`: nobody knows which dash is a minus."""
    dash = separator.strip() in ("-", "–", "—")
    below = first.startswith("-")
    if (dash and below != second.startswith("-")) or (not separator.strip() and second.startswith("-") and not below):
        raise Unreadable("I cannot tell a dash from a minus there. Write it like -25 to -18, or 38 to 43")


def _degrees(words: str, unit: str) -> float:
    return read_temperature(words, unit) if unit in TEMPERATURE_POSSIBLE else read_number(words)
