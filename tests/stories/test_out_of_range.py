"""A value outside its limits is told at once, and no longer when it was a slip of the finger."""

from dataclasses import replace

import pytest

from shiftbot.domain.checklist import Checklist, Item, ItemKind, Section
from shiftbot.services import runs
from tests.cast import OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def _humidity(low: float | None, high: float | None) -> Checklist:
    item = Item("humidity", "Humidity of the vault", kind=ItemKind.NUMBER, low=low, high=high, unit="%")
    return replace(OPENING, sections=(Section("Vault", (item, Item("lights", "Lights on"))),))


def _says(pharmacy: PharmacyHarness, humidity: str) -> None:
    assert pharmacy.does("Ben", "retail-opening", humidity=humidity).stored


@pytest.mark.parametrize(
    ("low", "high", "said", "limits"),
    [
        (None, 60.0, "70", "at most 60"),
        (30.0, None, "20", "at least 30"),
        (30.0, 60.0, "70", "30 to 60"),
    ],
)
def test_a_limit_on_one_side_is_a_limit(
    open_pharmacy: Opens, low: float | None, high: float | None, said: str, limits: str
) -> None:
    pharmacy = open_pharmacy(hilltop(_humidity(low, high), units=())).at("07:20")
    _says(pharmacy, said)
    pharmacy.expect_message(to="Amira", about=f"read {said} %, limits: {limits}")


def test_a_slip_that_is_taken_back_takes_its_alert_back(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(_humidity(30.0, 60.0), units=())).at("07:20")
    _says(pharmacy, "510")
    pharmacy.expect_message(to="Amira", about="Humidity of the vault: out of range")
    run, ben = pharmacy.run("retail-opening").run.id, pharmacy.person("Ben")
    pharmacy.act(lambda connection: runs.undo(connection, pharmacy.definitions, run, ben, ["humidity"], pharmacy.now))
    pharmacy.expect_message(
        to="Amira", about="Resolved: Humidity of the vault: out of range. Ben Ortiz took the answer"
    )
    _says(pharmacy, "51")
    assert pharmacy.alerts() == []


def test_a_second_slip_is_another_alert(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(_humidity(30.0, 60.0), units=())).at("07:20")
    _says(pharmacy, "510")
    pharmacy.expect_message(to="Amira", about="read 510")
    run, ben = pharmacy.run("retail-opening").run.id, pharmacy.person("Ben")
    pharmacy.act(lambda connection: runs.undo(connection, pharmacy.definitions, run, ben, ["humidity"], pharmacy.now))
    pharmacy.expect_message(to="Amira", about="Resolved")
    _says(pharmacy, "5")
    pharmacy.expect_message(to="Amira", about="read 5 %")
    assert len(pharmacy.alerts()) == 1
