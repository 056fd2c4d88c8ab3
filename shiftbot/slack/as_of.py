"""What the buttons of an alert carry: which alert, and how it stood when they were drawn: `7@2`, with an `a` behind
when somebody had it. What older versions drew says the alert alone, and is still understood.
"""

import re

from shiftbot.domain.alert import Alert, AsOf, as_of
from shiftbot.errors import Refused
from shiftbot.slack import texts

_CARRIED = re.compile(r"([0-9]{1,18})(?:@([0-9]{1,9})(a?))?")


def carried(alert: Alert) -> str:
    """What the buttons of an alert carry now."""
    stands = as_of(alert)
    return f"{alert.id}@{stands.told}{'a' if stands.taken else ''}"


def read(value: str) -> tuple[int, AsOf | None]:
    """Which alert a button is of, and how it stood. Raises Refused for one that no card of ours holds."""
    found = _CARRIED.fullmatch(value)
    if found is None:
        raise Refused(texts.OLD_BUTTON)
    number, told, taken = found.groups()
    return int(number), AsOf(int(told), taken=bool(taken)) if told is not None else None
