"""A year of a retail pharmacy with all its packs, both clock changes and holidays, on a seeded staff; then the checks.

What a simulated day costs, at its beginning and at its end, and whether anything is left that should not be.
"""

import sys
import time
from collections.abc import Sequence
from datetime import date

from tests.benchmarks.databases import fresh
from tests.benchmarks.figures import Figure, percentile
from tests.year.checks import broken
from tests.year.days import Year

BEGINS = date(2027, 1, 1)
DAYS = 365
MONTH = 30


def run(words: Sequence[str]) -> list[Figure]:
    """Live through the year; `--days=30` through fewer."""
    days = next((int(word.partition("=")[2]) for word in words if word.startswith("--days=")), DAYS)
    with fresh("SQLite") as database:
        year = Year(database, BEGINS).live(days, _say)
        began = time.perf_counter()
        found = broken(year)
        checked = time.perf_counter() - began
    for each in found[:20]:
        sys.stderr.write(f"  {each}\n")
    staff = year.staff
    lived = f"{staff.did['answer']:,} answers, {year.letters:,} messages, {staff.did['excursion']} excursions"
    return [
        Figure(f"a simulated day of {days}, one retail site: {lived}", _of(year.took)),
        Figure("the same, in the first and in the last month", f"{_of(year.took[:MONTH])}; {_of(year.took[-MONTH:])}"),
        Figure("what does not hold at its end", f"{len(found)} ({checked:.1f} s to look at every row)", "0"),
    ]


def _say(on: date) -> None:
    if on.day == 1:
        sys.stderr.write(f"  {on:%B %Y}\n")


def _of(seconds: Sequence[float]) -> str:
    return f"p50 {percentile(seconds, 0.5):.2f} s, p99 {percentile(seconds, 0.99):.2f} s"
