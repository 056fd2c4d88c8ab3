"""What a process of shiftbot may do: all of it, or one role of the Procfile."""

from enum import StrEnum


class Part(StrEnum):
    """What a process does; `run` does all of it, the Procfile one a process."""

    BOT = "bot"
    INGEST = "ingest"
    WEB = "web"
    TICK = "tick"


EVERYTHING = frozenset(Part)

DEFINED_BY = EVERYTHING - {Part.WEB}
"""The parts that go by the definitions; what is read again must be read again by all of them."""
