"""Who has a row in hand: the number of a process (storage/presence.py), known to every connection of its engine."""

from sqlalchemy import Connection, Engine

_HOLDER = "shiftbot_holder"


def claim_as(engine: Engine, number: int) -> None:
    """From now on, what is taken in hand through this engine is held by this number."""
    engine.update_execution_options(**{_HOLDER: number})


def holder_of(connection: Connection) -> int | None:
    """The number of the process whose connection this is; nothing on SQLite, and for whoever never said it is there."""
    number: int | None = connection.get_execution_options().get(_HOLDER)
    return number
