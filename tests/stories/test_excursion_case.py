"""The case of an excursion: what was in the unit, who was asked, what becomes of it, and when it may be signed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shiftbot.domain.case import Case, Details, Disposition
from shiftbot.domain.site import TemperatureUnit
from shiftbot.errors import AlreadyDone, PatientInformation, Refused
from shiftbot.services import cases, signing
from shiftbot.services.cold_chain.reading_by_hand import read_by_hand
from shiftbot.services.signing import Proof
from shiftbot.storage import cases as stored
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, VACCINE_REFRIGERATOR, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
TEXTS = {"cause": "door ajar", "action": "quarantined, asked the maker", "outcome": "kept"}
SAID = Details(
    contents="Lot 4KX21, VFC, 40 doses\nLot B771, private, 12 doses", room=71.5, manufacturer="Maker: usable",
    programme="State programme told", reference="A-17", disposition=Disposition.USABLE,
)  # fmt: skip


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """A vaccine fridge that was too warm for 25 minutes and is back in range; its case is open."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,), quiet=True), at="12:00")
    pharmacy.reading(FRIDGE.id, 5.0).readings_until("13:00", FRIDGE.id, 5.0)
    return warm(pharmacy, "13:25", "13:45")


def warm(pharmacy: PharmacyHarness, until: str, well: str) -> PharmacyHarness:
    pharmacy.readings_until(until, FRIDGE.id, 9.0).readings_until(well, FRIDGE.id, 5.0)
    pharmacy.inbox.unread.clear()
    return pharmacy


def the_case(pharmacy: PharmacyHarness) -> Case:
    return pharmacy.look(lambda connection: stored.open_cases(connection, "hilltop-main"))[-1]


def signs(pharmacy: PharmacyHarness, name: str, said: Details = SAID, proof: Proof | None = None) -> None:
    case, person = the_case(pharmacy).id, pharmacy.person(name)
    pharmacy.act(
        lambda connection: cases.sign_case(
            connection, pharmacy.definitions, case, person, TEXTS, pharmacy.now, said, proof=proof
        )
    )
    pharmacy.inbox.unread.clear()


def drafts(pharmacy: PharmacyHarness, name: str, said: Details) -> None:
    case, person = the_case(pharmacy).id, pharmacy.person(name)
    pharmacy.act(lambda connection: cases.save_draft(connection, case, person, TEXTS, pharmacy.now, said))


def signed(pharmacy: PharmacyHarness) -> dict[str, Any]:
    ((_, body),) = pharmacy.recorded("case-signed")
    return body


def test_what_was_in_the_unit_and_what_becomes_of_it_is_signed_and_on_the_record(fridge: PharmacyHarness) -> None:
    signs(fridge, "Amira")
    assert signed(fridge)["details"] == SAID.to_json()
    assert fridge.look(lambda connection: stored.open_cases(connection, "hilltop-main")) == []
    assert fridge.look(verify).holds


def test_a_technician_writes_down_what_was_in_it_and_the_pharmacist_says_the_rest(fridge: PharmacyHarness) -> None:
    drafts(fridge, "Ben", Details(contents="Lot 4KX21, VFC, 40 doses", room=71.5))
    assert the_case(fridge).details.room == 71.5
    with pytest.raises(Refused, match="Only a pharmacist says"):
        drafts(fridge, "Ben", SAID)
    drafts(fridge, "Amira", replace(SAID, disposition=Disposition.AWAITING))
    drafts(fridge, "Ben", replace(SAID, reference="A-18", disposition=Disposition.AWAITING))
    assert the_case(fridge).details.reference == "A-18"
    assert fridge.look(verify).holds
    with pytest.raises(Refused, match="still wait for an answer"):
        signs(fridge, "Amira", replace(SAID, disposition=Disposition.AWAITING))


def test_nothing_about_a_patient_gets_into_it(fridge: PharmacyHarness) -> None:
    with pytest.raises(PatientInformation):
        drafts(fridge, "Ben", Details(contents="for pt Jane Smith DOB 4/5/1960"))


def test_it_cannot_be_closed_while_the_unit_is_out_of_range_again(fridge: PharmacyHarness) -> None:
    case = the_case(fridge)
    fridge.at("13:50").reading(FRIDGE.id, 9.0)
    with pytest.raises(Refused, match="out of range, or was a moment ago"):
        signs(fridge, "Amira")
    fridge.readings_until("13:55", FRIDGE.id, 5.0)
    with pytest.raises(Refused, match="out of range, or was a moment ago"):
        signs(fridge, "Amira")
    fridge.readings_until("14:10", FRIDGE.id, 5.0)
    assert the_case(fridge).id == case.id
    signs(fridge, "Amira")


def test_it_cannot_be_closed_while_nobody_knows_how_warm_it_is(fridge: PharmacyHarness) -> None:
    fridge.at("14:30")
    fridge.inbox.unread.clear()
    with pytest.raises(Refused, match="not known to be in range"):
        signs(fridge, "Amira")
    reads(fridge, 52.0)
    with pytest.raises(Refused, match="out of range"):
        signs(fridge, "Amira")
    reads(fridge, 41.0)
    fridge.fast_forward(minutes=40)
    with pytest.raises(Refused, match="not known to be in range"):
        signs(fridge, "Amira")
    reads(fridge, 41.0)
    signs(fridge, "Amira")


def test_it_cannot_be_closed_on_a_reading_of_hours_ago_though_no_tick_found_the_silence_yet(
    fridge: PharmacyHarness,
) -> None:
    case, amira = the_case(fridge).id, fridge.person("Amira")
    later = fridge.now + timedelta(hours=3)
    with pytest.raises(Refused, match="not known to be in range"), fridge.database.transaction() as connection:
        cases.sign_case(connection, fridge.definitions, case, amira, TEXTS, later, SAID)


def test_it_cannot_be_closed_while_what_the_sensor_says_is_in_doubt(open_pharmacy: Opens) -> None:
    rated = replace(FRIDGE, storage_class=replace(VACCINE_REFRIGERATOR, rate={FAHRENHEIT: 36.0, CELSIUS: 20.0}))
    pharmacy = open_pharmacy(hilltop(units=(rated,), quiet=True), at="12:00")
    pharmacy.reading(FRIDGE.id, 5.0).readings_until("13:00", FRIDGE.id, 5.0)
    warm(pharmacy, "13:25", "13:45")
    pharmacy.at("13:46").reading(FRIDGE.id, 70.0)
    with pytest.raises(Refused, match="not known to be in range"):
        signs(pharmacy, "Amira")
    pharmacy.at("13:47").reading(FRIDGE.id, 5.0)
    signs(pharmacy, "Amira")


def test_it_cannot_be_closed_while_somebody_read_otherwise_off_the_display(fridge: PharmacyHarness) -> None:
    reads(fridge, 52.0)
    with pytest.raises(Refused, match=r"Ben Ortiz read 52\.0 °F off the display"):
        signs(fridge, "Amira")
    reads(fridge, 41.0)
    signs(fridge, "Amira")


def reads(pharmacy: PharmacyHarness, fahrenheit: float) -> None:
    ben = pharmacy.person("Ben")
    pharmacy.fast_forward(minutes=1).act(
        lambda connection: read_by_hand(
            connection, pharmacy.definitions, FRIDGE.id, ben, fahrenheit, "spare thermometer", pharmacy.now
        )
    )
    pharmacy.inbox.unread.clear()


def test_where_the_site_asks_for_it_the_pin_signs_and_nobody_elses(fridge: PharmacyHarness) -> None:
    site = replace(fridge.site, pin=True)
    fridge.definitions = replace(fridge.definitions, sites={site.id: site})
    amira = fridge.person("Amira")
    fridge.act(lambda connection: signing.set_pin(connection, amira, "4827", fridge.now, site=site.id))
    proof = signing.check_pin(fridge.database, fridge.definitions, amira, "4827", site.id, fridge.now)
    for wrong in (None, replace(proof, person="priya"), replace(proof, at=fridge.now - timedelta(hours=1))):
        with pytest.raises(Refused, match="signed with your PIN"):
            signs(fridge, "Amira", proof=wrong)
    signs(fridge, "Amira", proof=proof)
    assert signed(fridge)["pin"] is True


def test_the_record_says_what_the_unit_went_through_before(fridge: PharmacyHarness) -> None:
    warm(fridge, "14:15", "14:40")
    signs(fridge, "Amira")
    assert signed(fridge)["exposure"] == {
        "seconds_out_72h": 3300.0, "excursions_72h": 2, "seconds_out_30d": 3300.0, "excursions_30d": 2,
    }  # fmt: skip


def test_a_signed_case_is_not_changed(fridge: PharmacyHarness) -> None:
    case, ben = the_case(fridge).id, fridge.person("Ben")
    signs(fridge, "Amira")
    with pytest.raises(AlreadyDone):
        fridge.act(lambda connection: cases.save_draft(connection, case, ben, TEXTS, fridge.now, Details()))


def test_the_case_of_a_unit_that_is_no_longer_defined_can_be_signed(fridge: PharmacyHarness) -> None:
    fridge.definitions = replace(fridge.definitions, units={}, digest="without the fridge")
    fridge.fast_forward(minutes=40)
    signs(fridge, "Amira")
