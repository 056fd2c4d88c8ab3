"""The pharmacy of the stories, on both databases; a message that no story expected fails it."""

from collections.abc import Callable, Iterator

import pytest

from shiftbot.domain.site import Pharmacy
from shiftbot.storage.database import Database
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness

Opens = Callable[..., PharmacyHarness]


@pytest.fixture
def open_pharmacy(database: Database) -> Iterator[Opens]:
    """Open a pharmacy with definitions of the story's own; at its end no message may be left unexpected."""
    opened: list[PharmacyHarness] = []

    def opens(definitions: Pharmacy | None = None, **more: object) -> PharmacyHarness:
        opened.append(PharmacyHarness(database, definitions or hilltop(units=()), **more))  # type: ignore[arg-type]
        return opened[-1]

    yield opens
    for harness in opened:
        harness.expect_silence()


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Hilltop with its opening checklist: Amira on duty, Ben, Morgan, and Priya who is off."""
    return open_pharmacy()
