"""Nine days of a retail pharmacy with all its packs, over a month's end and a change of the clocks.

The staff is as people are, from a seed; what the design promises holds of every row that is left. A year of the same is
measured by `python -m tests.benchmarks year`.
"""

from datetime import date
from pathlib import Path

import pytest

from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from tests.year.checks import broken
from tests.year.days import Year


@pytest.mark.timeout(300)
def test_nine_days_of_a_whole_pharmacy_leaves_nothing_undone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'days.db'}")
    migrate(database)
    year = Year(database, date(2026, 10, 24)).live(9)
    assert broken(year) == []
    assert year.staff.did["answer"] > 500
    everyday = {"undo", "correct", "claim", "count", "restart", "hand over", "read note", "close follow-up"}
    assert everyday <= year.staff.did.keys()
    database.close()
