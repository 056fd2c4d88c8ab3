"""`/shift temps`: units with their last day and charts, readings by hand, maintenance, other limits, pairing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.demo.emulator.blockkit import problems_in_view
from shiftbot.demo.emulator.modals import View
from shiftbot.domain.alert import AlertKind
from shiftbot.domain.cold_chain import Limits
from shiftbot.domain.site import Probe, TemperatureUnit
from shiftbot.services.cold_chain.concerning import Concern
from shiftbot.services.cold_chain.days import UnitDay
from shiftbot.services.cold_chain.looking import Condition, UnitView
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.slack import texts
from shiftbot.slack.blocks.glance import unit_line
from shiftbot.slack.blocks.temps import sparkline, unit_text
from shiftbot.slack.blocks.temps import temps as temps_window
from shiftbot.storage import alerts, by_hand, discovered, maintenance
from shiftbot.storage.discovered import DiscoveredSensor, Sighting
from shiftbot.storage.temperatures import Span
from tests.cast import FRIDGE as FRIDGE_UNIT
from tests.cast import HILLTOP, MORGAN, hilltop
from tests.slack.begun import entries, form, said, shown
from tests.slack.workplace import CHANNEL, Workplace

FRIDGE = "vaccine-fridge"


def warm(work: Workplace, *fahrenheit: float, until: str = "07:20", every: int = 5) -> None:
    """Readings of the vaccine fridge every few minutes, the last at `until`."""
    for back, value in enumerate(reversed(fahrenheit)):
        work.receive(FRIDGE, value, work.local(until) - timedelta(minutes=every * back))


@pytest.fixture(autouse=True)
def _no_window(ben: Person, amira: Person, morgan: Person) -> Iterator[None]:
    """Nobody has a window open from the story before."""
    yield
    for who in (ben, amira, morgan):
        while who.views:
            who.dismiss(clear=True)


def temps(work: Workplace, who: Person, words: str = "") -> View:
    """The window that `/shift temps` opens."""
    assert said(who, f"temps {words}".strip()) == ""
    return form(work, who)


def notice(work: Workplace, who: Person, words: str) -> str:
    """The window once it says what has been done."""
    work.until(lambda: bool(who.views) and words in shown(who.views[-1]))
    return shown(who.views[-1])


def press(who: Person, action_id: str, unit: str = FRIDGE, option: str | None = None) -> None:
    who.click_view(action_id, f"temps-{unit}", option=option).wait()


def errors(who: Person, values: dict[str, str]) -> dict[str, str]:
    """Submit the form on top; what it refuses beside which field."""
    return dict((who.submit(values).wait().response or {}).get("errors") or {})


# --- the window


def test_a_unit_shows_its_state_lowest_and_highest_and_its_day(work: Workplace, ben: Person) -> None:
    work.at("07:20")
    warm(work, 39.1, 43.0, 41.2)
    work.settle()
    window = shown(temps(work, ben))
    assert ":large_green_circle: *Vaccine fridge*  *41.2 °F*  (36 to 46)" in window
    assert "min 39.1 °F  ·  max 43 °F  since Sun 22 Nov 07:20" in window
    assert re.search("`[·▁▂▃▄▅▆▇█]{24}`  last 24 hours", window)
    assert "last reading Mon 23 Nov 07:20" in window
    assert "Maintenance…" not in window


def test_a_silent_unit_is_unknown_whatever_it_showed_last(work: Workplace, ben: Person) -> None:
    work.at("07:20")
    warm(work, 41.2)
    work.at("07:50")
    window = shown(temps(work, ben))
    assert ":no_bell: *Vaccine fridge*  *temperature unknown*: silent since Mon 23 Nov 07:20" in window
    assert "it last said 41.2 °F" in window


def seen(condition: Condition, **more: object) -> str:
    """What the window says of it."""
    return unit_text(view(condition, **more), HILLTOP)


def view(condition: Condition, **more: object) -> UnitView:
    """A fridge that showed 41.2 °F last, at 07:20."""
    at = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)
    fridge = UnitView(
        id=FRIDGE, name="Vaccine fridge", condition=condition, current=41.2, at=at, low=39.0, high=43.0, since=at,
        temperature_unit=TemperatureUnit.FAHRENHEIT, limits=(36.0, 46.0), excursion_since=None, silent_since=None,
        battery=None, rejected=0, reasons=(),
    )  # fmt: skip
    return replace(fridge, **more)  # type: ignore[arg-type]


def test_a_temperature_that_nobody_knows_is_called_unknown_and_says_why() -> None:
    at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    still = seen(Condition.UNKNOWN, concern=Concern(stuck_since=at))
    assert "*temperature unknown*: its sensor stands still since Mon 23 Nov 07:00; it last said 41.2 °F" in still
    assert "faster than any probe can" in seen(Condition.UNKNOWN, concern=Concern(in_doubt_since=at))
    assert "silent since Mon 23 Nov 07:20; it last said" in seen(Condition.SILENT)
    assert unit_line(view(Condition.UNKNOWN), HILLTOP) == ":white_circle: *Vaccine fridge*  temperature unknown"


def test_a_unit_just_back_in_range_is_not_called_well_while_its_excursion_goes_on() -> None:
    at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    said = seen(Condition.IN_RANGE, excursion_since=at)
    assert said.startswith(":large_yellow_circle:")
    assert unit_line(view(Condition.IN_RANGE, excursion_since=at), HILLTOP).startswith(":large_yellow_circle:")
    assert "*back in range, but not for long enough: the excursion since Mon 23 Nov 07:00 goes on*" in said


def test_however_many_units_and_sensors_there_are_slack_takes_the_window() -> None:
    fridge = replace(view(Condition.IN_RANGE), facts=("A sentence about its sensor. " * 9,) * 12)
    days = [UnitDay(replace(fridge, id=f"fridge-{number}"), (None,) * 24, None, None) for number in range(60)]
    at = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)
    heard = [
        DiscoveredSensor(number, "t" * 300, "p" * 100, "temperature", "", "plain", 4.0, "C", "n" * 200, at, at, 1)
        for number in range(40)
    ]
    window = temps_window(HILLTOP, hilltop(), MORGAN, days, heard, words="fridge", notice="Done.")
    assert problems_in_view(window) == []


@pytest.mark.parametrize("value", [0.0, -0.0, -0.04])
def test_a_freezer_near_zero_is_not_at_minus_zero(value: float) -> None:
    """Neither in Slack nor in the words of alerts."""
    assert texts.degrees(value, "F") == "0 °F"
    assert Unit(FRIDGE_UNIT, HILLTOP, Limits(TemperatureUnit.FAHRENHEIT)).degrees(value) == "0.0 °F"


def test_words_after_the_command_narrow_it_down(work: Workplace, ben: Person) -> None:
    work.at("07:20")
    assert "Vaccine fridge" in shown(temps(work, ben, "VACC"))
    ben.dismiss()
    assert "no storage unit called “zebra”" in shown(temps(work, ben, "zebra"))


def test_an_unknown_account_sees_nothing(work: Workplace, guest: Person) -> None:
    work.at("07:20")
    assert "do not know your Slack account" in said(guest, "temps")
    assert guest.views == []


def test_a_sparkline_shows_the_worse_end_of_each_hour_and_leaves_gaps(work: Workplace) -> None:
    calm, hot, cold = Span(40.0, 42.0, 12), Span(41.0, 56.0, 12), Span(36.0, 41.0, 12)
    assert sparkline([calm, None, hot, cold], (36.0, 46.0)) == "▃·█▁"
    assert sparkline([None] * 3, (36.0, 46.0)) == "···"
    assert sparkline([calm, calm], (float("-inf"), float("inf"))) == "▅▅"
    freezer = Span(-6.0, -5.0, 12)
    assert sparkline([freezer, Span(-6.0, 4.0, 12)], (-58.0, 5.0)) == "▅█"


# --- charts


def test_a_chart_comes_as_a_picture_by_direct_message_and_only_once(work: Workplace, ben: Person) -> None:
    work.at("07:20")
    warm(work, *[41.0] * 30)
    temps(work, ben)
    press(ben, "temps_day")
    assert "is in your messages with me" in notice(work, ben, "chart")
    sent = [message for message in work.emulator.messages("U0BEN") if message.files]
    assert len(sent) == 1
    (file,) = sent[0].files
    assert (file["name"], file["mimetype"]) == ("vaccine-fridge-day.png", "image/png")
    assert "Vaccine fridge, last 24 hours, to Mon 23 Nov 07:20" in file["title"]
    assert not [message for message in work.emulator.messages(CHANNEL) if message.files]


def test_a_week_and_a_month_can_be_asked_for_too(work: Workplace, amira: Person) -> None:
    work.at("07:20")
    warm(work, *[41.0] * 30, every=240)
    temps(work, amira)
    for action_id, words in (("temps_week", "last 7 days"), ("temps_month", "last 30 days")):
        press(amira, action_id)
        notice(work, amira, f"({words})")
    assert len([each for each in work.emulator.messages("U0AMIRA") if each.files]) == 2


def test_when_slack_refuses_the_file_the_person_hears_why(work: Workplace, ben: Person) -> None:
    work.at("07:20")
    temps(work, ben)
    work.emulator.fail("files.getUploadURLExternal", "error", error="missing_scope")
    press(ben, "temps_day")
    work.until(lambda: any("files:write" in each.text for each in work.emulator.messages("U0BEN")))


# --- readings by hand


def test_a_reading_by_hand_is_stored_by_name_and_shown(work: Workplace, ben: Person) -> None:
    work.at("07:50")
    temps(work, ben)
    press(ben, "temps_read")
    work.until(lambda: "Enter a reading" in ben.views[-1].title)
    assert "logs in °F" in errors(ben, {"value": "5 C"})["value"]
    assert errors(ben, {"value": "41,5", "note": "spare thermometer"}) == {}
    assert "Ben O. read 41.5 °F off the display, Mon 23 Nov 07:50" in notice(work, ben, "is stored")
    with work.database.snapshot() as connection:
        (stored,) = by_hand.newest_readings(connection, [FRIDGE]).values()
    assert (stored.person, stored.value, stored.note) == ("ben", 41.5, "spare thermometer")
    assert [entry.actor for entry in entries(work, "manual-reading")] == ["ben"]


def test_a_reading_out_of_range_is_told_at_once(work: Workplace, ben: Person) -> None:
    work.at("07:50")
    temps(work, ben)
    press(ben, "temps_read")
    work.until(lambda: "Enter a reading" in ben.views[-1].title)
    assert errors(ben, {"value": "52"}) == {}
    assert "Label DO NOT USE" in notice(work, ben, "is stored")
    with work.database.snapshot() as connection:
        found = [each for each in alerts.unresolved(connection) if each.kind is AlertKind.FAILED_ITEM]
    assert [each.title for each in found] == ["Vaccine fridge: out of range"]
    assert "Ben Ortiz read 52.0 °F off the display, limits: 36 to 46 °F" in found[0].detail


def test_the_alert_of_a_silent_sensor_offers_the_form(work: Workplace, amira: Person) -> None:
    work.at("07:20")
    warm(work, 41.0)
    work.at("07:45")
    told = next(each for each in work.emulator.messages("U0AMIRA") if "no readings" in each.text)
    amira.click(told, "temps_read").wait()
    form(work, amira)
    assert errors(amira, {"value": "41"}) == {}
    work.until(lambda: bool(entries(work, "manual-reading")))
    assert amira.views == []


def test_patient_information_in_the_note_is_refused_beside_it(work: Workplace, ben: Person) -> None:
    work.at("07:50")
    temps(work, ben)
    press(ben, "temps_read")
    work.until(lambda: "Enter a reading" in ben.views[-1].title)
    assert "note" in errors(ben, {"value": "41", "note": "for pt Jane Smith DOB 4/5/1960"})
    assert entries(work, "manual-reading") == []


# --- maintenance


def test_a_pharmacist_announces_maintenance_and_ends_it(work: Workplace, amira: Person) -> None:
    work.at("08:30")
    temps(work, amira)
    press(amira, "temps_more", option=f"{FRIDGE}|work")
    work.until(lambda: amira.views[-1].title == "Maintenance")
    assert errors(amira, {"kind": "defrost", "lasts": "120", "reason": "ice on the coil"}) == {}
    assert ":wrench: defrost until 10:30 (Amira H.: ice on the coil)" in notice(work, amira, "Defrost of")
    press(amira, "temps_more", option=f"{FRIDGE}|end")
    notice(work, amira, "has ended")
    with work.database.snapshot() as connection:
        assert maintenance.open_of(connection, [FRIDGE]) == {}


# --- other limits


def test_other_limits_are_tried_on_the_last_days_and_change_nothing(work: Workplace, amira: Person) -> None:
    work.at("08:30")
    warm(work, *[41.0] * 6, *[45.0] * 6, *[41.0] * 6, until="08:30")
    work.settle()
    before = len(entries(work, "excursion-started"))
    temps(work, amira)
    press(amira, "temps_more", option=f"{FRIDGE}|try")
    work.until(lambda: amira.views[-1].title == "What if")
    assert "above the lowest" in errors(amira, {"low": "46", "high": "36"})["high"]
    assert "whole number" in errors(amira, {"low": "36", "high": "44", "delay": "soon"})["delay"]
    assert errors(amira, {"low": "36", "high": "44", "delay": "15", "critical": "60"}) == {}
    result = shown(amira.views[-1])
    assert "last 30 days, against 36 to 44 °F, told after 15 min" in result
    assert "now: 0 excursions" in result
    assert "with these: 1 excursion, 1 told, 30 min out of range" in result
    assert "Nothing was changed" in result
    assert len(entries(work, "excursion-started")) == before


def test_the_limits_of_a_probe_in_air_tried_as_they_stand_do_the_same(work: Workplace, amira: Person) -> None:
    """Its delays are doubled: what the form offers is what its class says, not what becomes of it."""
    unit = replace(work.pharmacy.units[FRIDGE], probe=Probe.AIR)
    work.pharmacy = replace(work.pharmacy, units=dict(work.pharmacy.units) | {FRIDGE: unit}, digest="in air")
    work.at("08:30")
    warm(work, *[41.0] * 6, *[50.0] * 5, *[41.0] * 6, until="08:30")
    temps(work, amira)
    press(amira, "temps_more", option=f"{FRIDGE}|try")
    work.until(lambda: amira.views[-1].title == "What if")
    assert "Its probe is in air" in shown(amira.views[-1])
    assert errors(amira, {}) == {}
    assert "Both do the same with these readings." in shown(amira.views[-1])


def test_a_technician_is_offered_neither(work: Workplace, ben: Person) -> None:
    work.at("08:30")
    assert "temps_more" not in shown(temps(work, ben))


# --- discovered sensors


def heard(work: Workplace) -> None:
    """A sensor that nobody configured speaks."""
    with work.database.transaction() as connection:
        sighting = Sighting("zigbee2mqtt/new", "", "temperature", "", "zigbee2mqtt", 4.5, "C", "New probe", work.now)
        discovered.store(connection, [sighting])


def test_a_manager_pairs_a_discovered_sensor_in_two_clicks(work: Workplace, morgan: Person) -> None:
    work.at("08:30")
    heard(work)
    window = temps(work, morgan)
    assert "*Heard, and of no unit* (1)" in shown(window)
    assert "New probe  `zigbee2mqtt/new`" in shown(window)
    morgan.click_view("temps_pair").wait()
    work.until(lambda: morgan.views[-1].title == "Pair a sensor")
    assert errors(morgan, {"unit": FRIDGE}) == {}
    work.until(lambda: bool(entries(work, "sensor-paired")))
    assert "has this sensor from now on" in shown(morgan.views[-1])


def test_others_do_not_see_what_nobody_configured(work: Workplace, amira: Person) -> None:
    work.at("08:30")
    heard(work)
    assert "zigbee2mqtt/new" not in shown(temps(work, amira))
