"""`shiftbot simulate`: a year of three sites under its usual faults, and what it costs until its outcome is printed."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from shiftbot.simulation import Asking, as_text, simulate
from tests.benchmarks.figures import Figure

DAYS, SITES, SEED = 365, 3, 1


def run(words: Sequence[str]) -> list[Figure]:
    """Live through it; `--days=30` through fewer."""
    days = next((int(word.partition("=")[2]) for word in words if word.startswith("--days=")), DAYS)
    began, used = time.perf_counter(), time.process_time()
    outcome = simulate(Asking(days, SITES, SEED, datetime(2027, 1, 1, tzinfo=UTC)), _say)
    took, computed = time.perf_counter() - began, time.process_time() - used
    sys.stderr.write(as_text(outcome) + "\n")
    lived = f"{outcome.counts['alerts']:,} alerts, {outcome.counts['messages']:,} messages"
    found = len(outcome.differences)
    return [
        Figure(
            f"simulate: {days} days of {SITES} sites: {lived}", f"{took:.0f} s, {computed:.0f} s of one core", "60 s"
        ),
        Figure("what differs from the model", str(found), "0"),
    ]


def _say(at: datetime) -> None:
    if at.day == 1:
        sys.stderr.write(f"  {at:%B %Y}\n")
