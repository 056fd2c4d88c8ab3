"""The hand-over between two shifts: the note written by form, posted, and read."""

from collections.abc import Callable

import pytest

from tests.crash.killing import kill_everywhere_in


@pytest.mark.timeout(900)
def test_killed_at_any_boundary_it_goes_on_and_everybody_is_told_once(
    engine_name: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Invariants 2, 3, 4, 6, 9 and 12, and every inbox as in the story without a kill."""
    kill_everywhere_in("hand-over", engine_name, lambda: request.getfixturevalue("postgres"), record_property)
