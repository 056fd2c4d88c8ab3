"""From the words of the command line to what is to be simulated."""

from datetime import UTC, datetime, time
from pathlib import Path

from shiftbot.clock import WallClock
from shiftbot.definitions import load
from shiftbot.simulation.outcome import Asking
from shiftbot.simulation.weather import CALM, USUAL

BEGINS = datetime(2027, 1, 1, tzinfo=UTC)


def ask(
    days: int, sites: int, seed: int, home: Path | None, since: datetime | None, *, calm: bool, database: str
) -> Asking:
    """Raises SettingsError for what cannot be simulated, DefinitionError for a folder with mistakes."""
    if since is not None:
        starts_at = datetime.combine(since.date(), time(), UTC)
    elif home is not None:
        starts_at = datetime.combine(WallClock().now().date(), time(), UTC)
    else:
        starts_at = BEGINS
    pharmacy = load(home) if home is not None else None
    return Asking(days, sites, seed, starts_at, CALM if calm else USUAL, pharmacy, database)
