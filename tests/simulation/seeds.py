"""A seed lived through for five days in which a clock changes somewhere, under faults as of a bad year."""

from datetime import UTC, datetime, timedelta

from shiftbot.simulation.outcome import Asking, Outcome, simulate
from shiftbot.simulation.weather import HARD

DAYS = 5
CLOCKS_CHANGE_AFTER = (
    datetime(2027, 3, 12, tzinfo=UTC),  # New York forward
    datetime(2027, 3, 26, tzinfo=UTC),  # Berlin forward
    datetime(2027, 4, 1, tzinfo=UTC),  # Lord Howe back
    datetime(2027, 10, 29, tzinfo=UTC),  # Berlin back
    datetime(2027, 11, 5, tzinfo=UTC),  # New York back
)
SPARSELY, DENSELY = timedelta(hours=2), timedelta(minutes=20)


def live_through(seed: int) -> Outcome:
    """Five days; the seed says which, how many sites, and how densely sensors speak."""
    starts_at = CLOCKS_CHANGE_AFTER[seed % len(CLOCKS_CHANGE_AFTER)]
    every = SPARSELY if seed % 10 else DENSELY
    return simulate(Asking(DAYS, 1 + seed % 3, seed, starts_at, HARD, answered=0.6, every=every))


def told(outcome: Outcome) -> list[str]:
    """The differences, each with what reproduces it."""
    seed = outcome.asking.seed
    return [f"seed {seed}, {each.site}, {each.at.isoformat()}: {each.what}" for each in outcome.differences]
