"""Mutes: judging goes on, nobody is called until the end; what is critical goes through."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shiftbot.domain.mute import Mute
from shiftbot.domain.site import Sensor
from shiftbot.errors import AlreadyDone, PatientInformation, Refused
from shiftbot.services import muting, summary
from shiftbot.storage import cases as stored_cases
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

HOUR = timedelta(hours=1)
EVERY = timedelta(minutes=5)


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """A pharmacy without checklists, its vaccine fridge at 5 °C every five minutes."""
    pharmacy = open_pharmacy(hilltop(units=hilltop().units_of("hilltop-main"), quiet=True), at="12:00")
    return pharmacy.reading("vaccine-fridge", 5.0).readings_until("13:00", "vaccine-fridge", 5.0).expect_silence()


def mutes(
    pharmacy: PharmacyHarness, name: str, unit: str = "vaccine-fridge", lasts: timedelta = HOUR, why: str = "defrosting"
) -> Mute:
    who, until = pharmacy.person(name), pharmacy.now + lasts
    return pharmacy.act(
        lambda connection: muting.begin_mute(
            connection, pharmacy.definitions, pharmacy.site, unit, why, who, until, pharmacy.now
        )
    )


def ends(pharmacy: PharmacyHarness, name: str, mute: Mute) -> None:
    pharmacy.act(
        lambda connection: muting.end_mute(
            connection, pharmacy.definitions, mute.id, pharmacy.person(name), pharmacy.now
        )
    )


def fits(pharmacy: PharmacyHarness) -> bool:
    return pharmacy.look(verify).holds


def test_under_a_mute_the_alert_opens_and_its_ladder_waits_for_the_end(fridge: PharmacyHarness) -> None:
    mutes(fridge, "Amira")
    fridge.expect_message(
        to="channel", about="Vaccine fridge is muted until Mon 23 Nov 14:00 (Amira Hassan: defrosting)"
    )
    fridge.readings_until("13:55", "vaccine-fridge", 9.0).expect_silence()
    (alert,) = fridge.alerts()
    assert alert.escalate_at == fridge.local("14:00")
    assert len(fridge.look(lambda c: stored_cases.open_cases(c, "hilltop-main"))) == 1, "judging goes on"
    fridge.at("14:00").expect_message(to="Amira", about="Vaccine fridge is too warm")
    fridge.expect_message(to="channel", about="Vaccine fridge is not muted any more")
    fridge.readings_until("14:10", "vaccine-fridge", 9.0).expect_message(to="Amira", about="too warm")
    assert [body["unit"] for _, body in fridge.recorded("mute-began")] == ["vaccine-fridge"]
    assert fits(fridge)


def test_what_is_over_by_the_end_of_the_mute_called_nobody(fridge: PharmacyHarness) -> None:
    mutes(fridge, "Amira", unit="")
    fridge.expect_message(to="channel", about="is muted until")
    fridge.readings_until("13:30", "vaccine-fridge", 9.0).readings_until("14:30", "vaccine-fridge", 5.0)
    fridge.expect_message(to="channel", about="not muted any more")
    fridge.expect_silence()
    assert fridge.alerts() == []
    assert fits(fridge)


def test_what_is_critical_goes_through(fridge: PharmacyHarness) -> None:
    mutes(fridge, "Amira")
    fridge.expect_message(to="channel", about="What is critical is told all the same")
    fridge.readings_until("13:30", "vaccine-fridge", 9.0).expect_silence()
    fridge.at("13:35").reading("vaccine-fridge", 13.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge")
    fridge.at("13:36").acknowledges("Amira")


def test_a_mute_ended_early_tells_at_once_what_is_still_wrong(fridge: PharmacyHarness) -> None:
    mute = mutes(fridge, "Amira", lasts=HOUR * 8)
    fridge.expect_message(to="channel", about="is muted until")
    fridge.readings_until("13:40", "vaccine-fridge", 9.0).expect_silence()
    ends(fridge, "Morgan", mute)
    fridge.expect_message(to="channel", about="Morgan Lee ended it early")
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    with pytest.raises(AlreadyDone, match="not muted any more"):
        ends(fridge, "Morgan", mute)
    assert fits(fridge)


def test_a_mute_that_begins_while_an_alert_walks_holds_its_next_step(fridge: PharmacyHarness) -> None:
    fridge.readings_until("13:20", "vaccine-fridge", 9.0).expect_message(to="Amira", about="too warm")
    mutes(fridge, "Amira")
    fridge.expect_message(to="channel", about="is muted until")
    fridge.readings_until("14:15", "vaccine-fridge", 9.0)
    letters = [letter for letter in fridge.inbox.unread if letter.at < fridge.local("14:05")]
    assert letters == [], "only the hour out of range, which is critical, may call before the end"
    fridge.inbox.unread.clear()


def test_escalate_now_goes_through_a_mute(fridge: PharmacyHarness) -> None:
    mutes(fridge, "Amira")
    fridge.expect_message(to="channel", about="is muted until")
    fridge.readings_until("13:30", "vaccine-fridge", 9.0).expect_silence().hurries("Ben")
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")


def test_the_status_says_what_is_muted_by_whom_and_why(fridge: PharmacyHarness) -> None:
    mutes(fridge, "Morgan", unit="", why="power is cut on purpose")
    fridge.expect_message(to="channel", about="is muted until")
    lines = fridge.look(lambda c: summary.status(c, fridge.definitions, "hilltop-main", fridge.now))
    assert any("muted until Mon 23 Nov 14:00 (Morgan Lee: power is cut on purpose)" in line for line in lines)


def test_a_mute_has_an_author_a_reason_and_an_end(fridge: PharmacyHarness) -> None:
    with pytest.raises(Refused, match="pharmacist or manager"):
        mutes(fridge, "Ben")
    with pytest.raises(Refused, match="few words why"):
        mutes(fridge, "Amira", why="  ")
    with pytest.raises(PatientInformation):
        mutes(fridge, "Amira", why="Pt. Johnson waits")
    with pytest.raises(Refused, match="within 7 days"):
        mutes(fridge, "Amira", lasts=HOUR * 24 * 8)
    with pytest.raises(Refused, match="not defined any more"):
        mutes(fridge, "Amira", unit="freezer")
    mutes(fridge, "Amira")
    fridge.expect_message(to="channel", about="is muted until")
    with pytest.raises(AlreadyDone, match="muted already, until Mon 23 Nov 14:00"):
        mutes(fridge, "Morgan")


@pytest.fixture
def silent(open_pharmacy: Opens) -> PharmacyHarness:
    """A pharmacy whose two fridges fell silent together at noon: one alert of two causes, of which Amira heard."""
    units = tuple(
        replace(FRIDGE, id=f"fridge-{number}", name=f"Fridge {number}", sensor=Sensor(f"hilltop/{number}", every=EVERY))
        for number in (1, 2)
    )
    pharmacy = open_pharmacy(hilltop(units=units, quiet=True), at="12:00")
    pharmacy.reading("fridge-1", 5.0).reading("fridge-2", 5.0).at("12:22")
    pharmacy.expect_message(to="Amira", about="no readings, and 1 more")
    return pharmacy


def test_causes_under_several_mutes_are_told_when_the_first_of_these_ends(silent: PharmacyHarness) -> None:
    """Else a mute of days over one unit would keep silent about another that was muted for a quarter of an hour."""
    mutes(silent, "Amira", "fridge-1", HOUR * 72)
    mutes(silent, "Amira", "fridge-2", HOUR / 4)
    for unit in ("Fridge 1", "Fridge 2"):
        silent.expect_message(to="channel", about=f"{unit} is muted until")
    silent.at("12:36").expect_silence()
    silent.at("12:37").expect_message(to="channel", about="Fridge 2 is not muted any more")
    silent.expect_message(to="Amira", about="no readings, and 1 more")


def test_either_of_two_mutes_ended_early_tells_at_once_what_is_still_wrong(silent: PharmacyHarness) -> None:
    longer = mutes(silent, "Amira", "fridge-1", HOUR * 72)
    mutes(silent, "Amira", "fridge-2", HOUR / 4)
    for unit in ("Fridge 1", "Fridge 2"):
        silent.expect_message(to="channel", about=f"{unit} is muted until")
    silent.at("12:35").expect_silence()
    ends(silent, "Amira", longer)
    silent.expect_message(to="channel", about="Amira Hassan ended it early")
    silent.expect_message(to="Amira", about="no readings, and 1 more")
