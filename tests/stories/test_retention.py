"""What a pharmacy still has of the readings it need not keep any longer, and what it keeps all the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from shiftbot.domain.case import Details, Disposition
from shiftbot.domain.cold_chain import limits_of
from shiftbot.domain.site import TemperatureUnit
from shiftbot.services import cases
from shiftbot.services.cold_chain.charting import chart
from shiftbot.services.cold_chain.comparing import compare_unit
from shiftbot.storage import cases as stored
from shiftbot.storage import cold_chain, temperatures
from shiftbot.storage.daily import Day, daily
from shiftbot.storage.retention import KIND
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, STANDARD, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

YEAR = timedelta(days=366)
THEN, NEXT_YEAR = date(2025, 11, 17), date(2026, 11, 23)
TEXTS = {"cause": "door ajar", "action": "quarantined, asked the maker", "outcome": "kept"}
SAID = Details(contents="Lot 4KX21, VFC, 40 doses", disposition=Disposition.USABLE)
Begins = Callable[..., PharmacyHarness]


@pytest.fixture
def begins(open_pharmacy: Opens) -> Begins:
    """Hilltop a year ago: readings from noon on, every ten minutes, too warm from half past on for `warm` minutes."""

    def begins(warm: int = 0, keep: timedelta = YEAR) -> PharmacyHarness:
        quiet = hilltop(
            units=(replace(FRIDGE, storage_class=replace(FRIDGE.storage_class, mkt_window=YEAR)),), quiet=True
        )
        site = replace(quiet.sites["hilltop-main"], keep_readings=keep)
        pharmacy = open_pharmacy(replace(quiet, sites={site.id: site}), on=THEN, at="12:00")
        pharmacy.reading(FRIDGE.id, 5.0).readings_until("12:30", FRIDGE.id, 5.0, every=10)
        for _ in range(warm // 5):
            pharmacy.fast_forward(minutes=5).reading(FRIDGE.id, 9.0)
        pharmacy.readings_until("13:30", FRIDGE.id, 5.0, every=10)
        return unheard(pharmacy)

    return begins


def unheard(pharmacy: PharmacyHarness) -> PharmacyHarness:
    """What was told so far is another story."""
    pharmacy.inbox.unread.clear()
    return pharmacy


def a_year_later(pharmacy: PharmacyHarness) -> PharmacyHarness:
    """The process was dead meanwhile; then the fridge is heard again."""
    pharmacy.on = NEXT_YEAR
    pharmacy.down_until("09:00").reading(FRIDGE.id, 5.0).fast_forward(minutes=15).reading(FRIDGE.id, 5.0)
    return unheard(pharmacy)


def a_day_later(pharmacy: PharmacyHarness) -> PharmacyHarness:
    """The process was dead for a day."""
    pharmacy.on += timedelta(days=1)
    return unheard(pharmacy.down_until("09:30"))


def raw(pharmacy: PharmacyHarness) -> list[datetime]:
    """When the readings of the fridge that are still there were taken, those of a year ago."""
    found = pharmacy.look(lambda connection: temperatures.between(connection, FRIDGE.id))
    return [each.taken_at for each in found if each.taken_at.year == THEN.year]


def days(pharmacy: PharmacyHarness) -> dict[date, Day]:
    zone, span = pharmacy.site.calendar.timezone, (THEN, NEXT_YEAR)
    return pharmacy.look(
        lambda connection: daily(connection, [FRIDGE.id], zone, *span, TemperatureUnit.CELSIUS)[FRIDGE.id]
    )


def test_after_its_time_a_reading_goes_and_the_days_lowest_highest_and_mean_stay(begins: Begins) -> None:
    pharmacy = begins(warm=5)
    before = days(pharmacy)
    a_year_later(pharmacy)
    assert raw(pharmacy) == []
    assert days(pharmacy) == before
    assert (before[THEN].low, before[THEN].high) == (5.0, 9.0)
    ((who, said),) = pharmacy.recorded(KIND)
    assert (who, said["unit"], said["readings"], said["kept_days"]) == (
        "shiftbot",
        FRIDGE.id,
        before[THEN].readings,
        366,
    )
    assert (said["since"][:16], said["until"][:16]) == ("2025-11-17T17:00", "2025-11-17T19:00")
    assert pharmacy.look(verify).findings == ()


def test_a_site_that_keeps_three_years_still_has_it(begins: Begins) -> None:
    pharmacy = begins(keep=3 * YEAR)
    assert len(raw(a_year_later(pharmacy))) == 10
    assert pharmacy.recorded(KIND) == []


def the_case(pharmacy: PharmacyHarness) -> int:
    (case,) = pharmacy.look(lambda connection: stored.open_cases(connection, "hilltop-main"))
    return case.id


def test_the_readings_of_a_case_stay_until_a_pharmacist_signs_it(begins: Begins) -> None:
    pharmacy = begins(warm=25)
    kept = raw(pharmacy)
    a_year_later(pharmacy)
    assert raw(pharmacy) == kept
    case, amira = the_case(pharmacy), pharmacy.person("Amira")
    pharmacy.act(
        lambda connection: cases.sign_case(connection, pharmacy.definitions, case, amira, TEXTS, pharmacy.now, SAID)
    )
    a_day_later(pharmacy)
    assert raw(pharmacy) == []
    assert pharmacy.look(verify).findings == ()


def test_the_readings_of_an_excursion_that_never_ended_stay(begins: Begins) -> None:
    """The sensor died while it was too warm: nobody knows how it went on."""
    pharmacy = begins()
    pharmacy.reading(FRIDGE.id, 9.0).fast_forward(minutes=20)
    unheard(pharmacy.reading(FRIDGE.id, 9.5))
    kept = raw(pharmacy)
    pharmacy.on = NEXT_YEAR
    unheard(pharmacy.down_until("09:00"))
    assert raw(pharmacy) == kept
    assert pharmacy.look(verify).findings == ()


def test_what_looks_back_further_than_that_shows_a_gap(begins: Begins) -> None:
    pharmacy = a_year_later(begins(warm=5))
    span, limits = timedelta(days=400), limits_of(FRIDGE.storage_class, TemperatureUnit.FAHRENHEIT)
    drawn = pharmacy.look(
        lambda connection: chart(connection, pharmacy.definitions, FRIDGE.id, span, pharmacy.now, words="last 400 days")
    )
    assert len(drawn.gaps) >= 1
    assert drawn.gaps[0].since == pharmacy.now - span
    assert drawn.gaps[0].until == pharmacy.local("09:00")
    assert len(drawn.out_of_range) == 1  # what was out of range stays written down
    compared = pharmacy.look(
        lambda connection: compare_unit(connection, FRIDGE.id, limits, limits, STANDARD, span, pharmacy.now)
    )
    assert compared.before.totals.readings == 2
    hours = pharmacy.look(
        lambda connection: temperatures.rolled_up(
            connection, FRIDGE.id, pharmacy.now - span, pharmacy.now, TemperatureUnit.CELSIUS
        )
    )
    assert sum(each.count for each in hours.values()) > 2
    assert pharmacy.look(
        lambda connection: temperatures.span(connection, FRIDGE.id, pharmacy.now - span, TemperatureUnit.CELSIUS)
    ) == temperatures.Span(5.0, 5.0, 2)


def test_a_case_that_is_looked_at_again_has_no_mean_kinetic_temperature_any_more(begins: Begins) -> None:
    """What it said is in the record, with the signature; the readings it came from are gone."""
    pharmacy = begins(warm=25)
    case, amira = the_case(pharmacy), pharmacy.person("Amira")
    pharmacy.act(
        lambda connection: cases.sign_case(connection, pharmacy.definitions, case, amira, TEXTS, pharmacy.now, SAID)
    )
    seen = pharmacy.look(lambda connection: stored.look_at(connection, case))
    assert seen is not None
    assert pharmacy.look(lambda connection: cases.mkt_of(connection, pharmacy.definitions, seen, pharmacy.now))
    a_year_later(unheard(pharmacy))
    assert pharmacy.look(lambda connection: cases.mkt_of(connection, pharmacy.definitions, seen, pharmacy.now)) is None
    assert pharmacy.look(lambda connection: cases.exposure_of(connection, seen, pharmacy.now)).to_json()
    assert pharmacy.look(verify).findings == ()


def test_kept_readings_that_come_a_year_late_open_nothing_of_what_is_gone(begins: Begins) -> None:
    """A device time that old is not believed: the reading counts as of now, so what is gone is never judged again."""
    pharmacy = a_year_later(begins(warm=5))
    before = pharmacy.look(lambda connection: cold_chain.begun_since(connection, FRIDGE.id, pharmacy.now - 2 * YEAR))
    pharmacy.fast_forward(minutes=5).reading(FRIDGE.id, f'{{"temperature": 5.0, "taken_at": "{THEN}T18:05:00Z"}}')
    after = pharmacy.look(lambda connection: cold_chain.begun_since(connection, FRIDGE.id, pharmacy.now - 2 * YEAR))
    assert after == before
    assert raw(pharmacy) == []
    assert unheard(pharmacy).look(verify).findings == ()
