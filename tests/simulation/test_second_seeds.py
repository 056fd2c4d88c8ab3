"""Five seeds, each lived through from beginning to end and held against the model."""

import pytest

from tests.simulation.seeds import live_through, told


@pytest.mark.parametrize("seed", range(6, 11))
def test_everybody_is_told_what_they_are_owed_whatever_breaks(seed: int) -> None:
    """The differences name seed, site and instant; `shiftbot.simulation` with the seed lives through the same again."""
    assert told(live_through(seed)) == []
