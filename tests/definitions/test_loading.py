"""What a right folder becomes: values, shipped packs behind a pharmacy's own, CSV files of a chain, digests."""

import shutil
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.definitions import load
from shiftbot.definitions.mistakes import Mistaken
from shiftbot.definitions.reading import read_yaml
from shiftbot.definitions.times import parse_days, parse_due, parse_hours, parse_moment, parse_reminder, parse_span
from shiftbot.domain.alert import Step
from shiftbot.domain.checklist import Condition, LookAgain, Meaning, Role
from shiftbot.domain.local_time import is_open_on
from shiftbot.domain.recurrence import Anchor, Every, Moment, span_text
from shiftbot.domain.site import Override, Place, Probe, RosterRule, TemperatureUnit
from shiftbot.errors import DefinitionError

HILLTOP = Path(__file__).parent / "hilltop"


@pytest.fixture
def hilltop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HILLTOP, tmp_path / "hilltop"))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_hilltop_is_what_it_says() -> None:
    pharmacy = load(HILLTOP)
    site = pharmacy.sites["hilltop-main"]
    assert site.name == "Hilltop Pharmacy, Main Street"
    assert site.calendar.timezone.key == "America/New_York"
    assert site.calendar.hours[0] == (time(8), time(20))
    assert site.calendar.hours[5] == (time(9), time(17))
    assert 6 not in site.calendar.hours
    assert site.temperature_unit is TemperatureUnit.FAHRENHEIT
    assert site.summary == Moment(Anchor.CLOSE, timedelta(hours=1))
    assert [person.id for person in pharmacy.people_with(Role.PHARMACIST)] == ["amira", "priya"]
    assert pharmacy.roster[0] == RosterRule("hilltop-main", "amira", frozenset(range(5)), time(7), time(21))
    assert len(pharmacy.units_of("hilltop-main")) == 4
    assert pharmacy.units["vaccine-fridge"].calibration_due == date(2027, 10, 1)


def test_a_pharmacy_without_a_policy_has_the_standard_one(hilltop: Path) -> None:
    written = load(hilltop).policies["standard"]
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    (hilltop / "pharmacy.yaml").write_text(text.split("escalation:")[0], encoding="utf-8")
    assert load(hilltop).policies["standard"] == written
    assert written.steps[3] == Step(("manager",), timedelta(minutes=15), timedelta(minutes=30))


def test_closed_days_are_holidays_and_further_dates_but_not_those_worked_on(hilltop: Path) -> None:
    calendar = load(hilltop).sites["hilltop-main"].calendar
    assert not is_open_on(calendar, date(2026, 11, 26)), "Thanksgiving"
    assert not is_open_on(calendar, date(2026, 12, 24))
    assert not is_open_on(calendar, date(2040, 7, 4)), "holidays have no end"
    assert is_open_on(calendar, date(2026, 11, 27))
    replace(hilltop / "pharmacy.yaml", 'also: ["2026-12-24"]', 'open_anyway: [thanksgiving day, "2026-12-25"]')
    calendar = load(hilltop).sites["hilltop-main"].calendar
    assert is_open_on(calendar, date(2026, 11, 26))
    assert is_open_on(calendar, date(2026, 12, 25))
    assert not is_open_on(calendar, date(2028, 12, 25))


def test_a_checklist_of_the_pharmacys_own_replaces_the_shipped_one(hilltop: Path) -> None:
    (hilltop / "checklists").mkdir()
    own = "id: voicemail\ntitle: Our sweep\nevery: 1h\nfrom: open + 30m\nuntil: '17:00'\ndue: 20m\nremind: none\n"
    sections = "sections: [{ title: S, items: [{ id: a, title: A, required: no, range: [null, 4], kind: number }] }]\n"
    (hilltop / "checklists" / "phone.yaml").write_text(own + sections, encoding="utf-8")
    found = load(hilltop).checklists["voicemail"]
    first, last = Moment(Anchor.OPEN, timedelta(minutes=30)), Moment(Anchor.CLOCK, at=time(17))
    assert found.schedule.opens == Every(timedelta(hours=1), first, last)
    assert found.schedule.remind_before is None
    (item,) = found.sections[0].items
    assert (item.required, item.low, item.high) == (False, None, 4)


def test_a_storage_class_of_the_pharmacys_own_replaces_the_shipped_one(hilltop: Path) -> None:
    own = "{ id: usp-refrigerator, name: Ours, high: { F: 45 }, alarm_delay: 2h, delay_reason: Air probe }"
    (hilltop / "sensors" / "classes.yaml").write_text(f"classes: [{own}]\n", encoding="utf-8")
    found = load(hilltop).units["insulin-fridge"].storage_class
    assert (found.name, found.high, found.alarm_delay) == ("Ours", {"C": None, "F": 45}, timedelta(hours=2))


def test_vaccine_kept_otherwise_than_the_rules_say_names_the_manager_who_answers_for_it(hilltop: Path) -> None:
    limits = "low: { C: 2, F: 36 }, high: { C: 8, F: 48 }, critical: { delay: 5m, after: 2h }"
    why = 'override: { by: morgan, reason: "Letter of the programme", on: 2026-11-23 }'
    own = f"{{ id: vaccine-refrigerator, name: Ours, {limits}, {why} }}"
    (hilltop / "sensors" / "classes.yaml").write_text(f"classes: [{own}]\n", encoding="utf-8")
    found = load(hilltop).units["vaccine-fridge"].storage_class
    assert found.high[TemperatureUnit.FAHRENHEIT] == 48
    assert (found.critical_delay, found.critical_after) == (timedelta(minutes=5), timedelta(hours=2))
    assert found.override == Override("morgan", "Letter of the programme", date(2026, 11, 23))


def test_a_unit_says_what_its_probe_is_in_and_its_sensor_what_it_speaks_through(hilltop: Path) -> None:
    units = hilltop / "sensors" / "hilltop.yaml"
    replace(units, "insulin-fridge, every: 5m }", "insulin-fridge, every: 5m, gateway: back-room }\n    probe: air")
    found = load(hilltop).units["insulin-fridge"]
    assert found.probe is Probe.AIR
    assert found.sensor is not None
    assert found.sensor.gateway == "back-room"


def test_a_format_of_the_pharmacys_own_is_a_json_path(hilltop: Path) -> None:
    own = "formats: [{ id: acme, name: Acme, path: data.temp, unit: F, taken_at: data.ts }]\n"
    (hilltop / "sensors" / "acme.yaml").write_text(own, encoding="utf-8")
    replace(hilltop / "sensors" / "hilltop.yaml", "format: plain", "format: acme")
    sensor = load(hilltop).units["vaccine-freezer"].sensor
    assert sensor is not None
    assert (sensor.format, sensor.path, sensor.time_path, sensor.unit) == ("json-path", "data.temp", "data.ts", "F")


def test_units_share_a_device_when_each_names_its_probe(hilltop: Path) -> None:
    shared = 'sensor: { topic: tele/fridges/SENSOR, format: tasmota, probe: "%s" }'
    replace(
        hilltop / "sensors" / "hilltop.yaml", "sensor: { topic: hilltop/insulin-fridge, every: 5m }", shared % "01A"
    )
    text = (hilltop / "sensors" / "hilltop.yaml").read_text(encoding="utf-8")
    (freezer,) = [line.strip() for line in text.splitlines() if "hilltop/vaccine-freezer" in line]
    replace(hilltop / "sensors" / "hilltop.yaml", freezer, shared % "01B")
    sensors = [load(hilltop).units[unit].sensor for unit in ("insulin-fridge", "vaccine-freezer")]
    assert [sensor and sensor.probe for sensor in sensors] == ["01A", "01B"]


def test_the_digest_changes_with_the_meaning_and_not_with_comments(hilltop: Path) -> None:
    before = load(hilltop)
    replace(hilltop / "pharmacy.yaml", "people:", "# the people\npeople:")
    assert load(hilltop).digest == before.digest
    replace(hilltop / "sensors" / "hilltop.yaml", "name: Insulin fridge", "name: Insulin")
    after = load(hilltop)
    assert after.digest != before.digest
    assert after.checklists == before.checklists


def test_sites_and_units_of_a_chain_come_from_csv(hilltop: Path) -> None:
    before = load(hilltop)
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    people = text[text.index("people:") :]
    (hilltop / "pharmacy.yaml").write_text(f"sites: sites.csv\nunits: units.csv\n{people}", encoding="utf-8")
    (hilltop / "sites.csv").write_text(SITES_CSV, encoding="utf-8")
    (hilltop / "units.csv").write_text(UNITS_CSV, encoding="utf-8")
    (hilltop / "sensors" / "hilltop.yaml").unlink()
    after = load(hilltop)
    assert after.sites == before.sites
    assert after.units["vaccine-fridge"] == before.units["vaccine-fridge"]


SITES_CSV = (
    "id,name,timezone,temperature_unit,channel,hours,holidays,closed,setting,checklists,fallback,controlled,summary\n"
    'hilltop-main,"Hilltop Pharmacy, Main Street",America/New_York,F,C0HILLTOP,mon-fri 08:00-20:00; sat 09:00-17:00,'
    "US-NY,2026-12-24,retail,retail-opening; retail-midday; retail-closing; voicemail; controlled-count,morgan,"
    "oxycodone-5 Oxycodone 5 mg tablet; hydromorphone-2 Hydromorphone 2 mg tablet; "
    "methylphenidate-10 Methylphenidate 10 mg tablet,close + 1h\n"
)
UNITS_CSV = (
    "id,site,name,class,topic,format,every,certificate,calibration_due\n"
    "vaccine-fridge,hilltop-main,Vaccine fridge,vaccine-refrigerator,zigbee2mqtt/hilltop/vaccine-fridge,zigbee2mqtt,5m,"
    "NIST-4711,2027-10-01\n"
    "spare-fridge,hilltop-main,Spare fridge,usp-refrigerator,,,,,\n"
)


def test_the_further_keys_of_a_site_have_columns(hilltop: Path) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    people = text[text.index("people:") :]
    (hilltop / "pharmacy.yaml").write_text(f"sites: sites.csv\n{people}", encoding="utf-8")
    header, row = SITES_CSV.splitlines()
    header += ",registers,mailboxes,photos,signing,policy,follow_up_within,follow_up_escalate_after"
    row += ",front Front register; drive Drive-through,line Doctors' line,yes,pin,us-mn,4h,30m"
    (hilltop / "sites.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    site = load(hilltop).sites["hilltop-main"]
    assert site.registers == (Place("front", "Front register"), Place("drive", "Drive-through"))
    assert site.mailboxes == (Place("line", "Doctors' line"),)
    assert (site.photos, site.pin, site.gates["cii-reconcile"]) == (True, True, Role.TECHNICIAN)
    assert (site.follow_up_within, site.follow_up_grace) == (timedelta(hours=4), timedelta(minutes=30))


def test_the_further_keys_of_an_item_are_what_they_say(hilltop: Path) -> None:
    (hilltop / "checklists").mkdir()
    (hilltop / "checklists" / "own.yaml").write_text(FULL, encoding="utf-8")
    (section,) = load(hilltop).checklists["own"].sections
    door, lamp, expiry, sign, room = section.items
    assert section.all_good
    assert (door.options, door.sop) == (("Locked", "Open"), "https://example.org/doors?page=2")
    assert lamp.when == Condition("door", ("open", "not-applicable", "failed"))
    assert lamp.look_again == LookAgain(timedelta(hours=2))
    assert (expiry.valid_for, expiry.look_again) == (timedelta(days=30), LookAgain(timedelta(days=1), only_failed=True))
    assert (sign.meaning, sign.gate) == (Meaning.REVIEWED, "sign-daily-log")
    assert room.by_degrees == {"C": (None, 20), "F": (None, 68)}


FULL = """\
id: own
title: Own
opens: open
due: 30m
sections:
  - title: S
    all_good: true
    items:
      - { id: door, title: Door, kind: choice, options: [Locked, Open], sop: "https://example.org/doors?page=2" }
      - { id: lamp, title: Lamp, when: { item: door, is: [Open, n/a, not-applicable, failed] }, look_again: 2h }
      - { id: expiry, title: Expiry, kind: date, valid_for: 30d, look_again: { after: 1d, on: fail } }
      - { id: sign, title: Signed, kind: signature, meaning: reviewed, gate: sign-daily-log }
      - { id: room, title: Room, kind: temperature, range: { C: [null, 20], F: [null, 68] } }
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("America/New_York", "New York", 'sites.csv:2:46: "New York" is not a time zone; write America/New_York'),
        ("mon-fri 08:00-20:00", "mon-fri 8-20", 'sites.csv:2:75: "8" is not a time of day; write hours and minutes'),
        (",morgan,", ",morgn,", 'sites.csv:2:211: nobody is called "morgn"; did you mean morgan?'),
        ("voicemail;", "voicmail;", 'sites.csv:2:136: no checklist is called "voicmail"; did you mean voicemail?'),
        ("temperature_unit", "degrees", 'sites.csv:1:18: "degrees" is not a column here; write one of id, name'),
        ("2026-12-24", "24.12.", 'sites.csv:2:118: "24.12." is not a date; write year-month-day, like "2026-12-24"'),
    ],
)
def test_a_mistake_in_a_csv_file_has_its_cells_place(hilltop: Path, old: str, new: str, expected: str) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    people = text[text.index("people:") :]
    (hilltop / "pharmacy.yaml").write_text(f"sites: sites.csv\n{people}", encoding="utf-8")
    (hilltop / "sites.csv").write_text(SITES_CSV.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load(hilltop)
    assert any(mistake.startswith(expected) for mistake in raised.value.mistakes), raised.value.mistakes


def test_a_csv_file_that_is_not_there(hilltop: Path) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    (hilltop / "pharmacy.yaml").write_text("sites: shops.csv\n" + text[text.index("people:") :], encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"shops\.csv:1:1: cannot be read"):
        load(hilltop)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("08:30", "08:30"),
        ("12:30:45", "12:30:45"),
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("2026-12-24", "2026-12-24"),
        ("1_000", "1_000"),
        ("=", "="),
        ("<<", "<<"),
        ("0830", 830),
        ("010", 10),
        ("0o10", 8),
        ("0x10", 16),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(tmp_path: Path, written: str, means: object) -> None:
    (tmp_path / "x.yaml").write_text(f"value: {written}\n", encoding="utf-8")
    document, mistakes = read_yaml(tmp_path / "x.yaml", "x.yaml")
    assert mistakes == []
    assert document is not None
    assert document.content == {"value": means}
    assert type(document.content["value"]) is type(means)


def test_windows_files_read_the_same(hilltop: Path) -> None:
    before = load(hilltop)
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    (hilltop / "pharmacy.yaml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(hilltop) == before


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=300)).map(lambda span: timedelta(seconds=span.seconds or 1)))
def test_a_span_reads_back_as_it_is_written(span: timedelta) -> None:
    assert parse_span(span_text(span)) == span


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat", {5}),
        ("mon,wed", {0, 2}),
        ("mon, wed-thu", {0, 2, 3}),
        ("fri-mon", {4, 5, 6, 0}),
        ("Monday–Friday", {0, 1, 2, 3, 4}),
        ("daily", set(range(7))),
    ],
)
def test_days_may_be_written_so(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


def test_moments_hours_and_reminders_may_be_written_so() -> None:
    assert parse_moment("open - 45m") == Moment(Anchor.OPEN, -timedelta(minutes=45))
    assert parse_moment("close+1h30m") == Moment(Anchor.CLOSE, timedelta(minutes=90))
    assert parse_moment("7:30") == Moment(Anchor.CLOCK, at=time(7, 30))
    assert parse_due("1h 30m") == timedelta(minutes=90)
    assert parse_due("08:00") == Moment(Anchor.CLOCK, at=time(8))
    assert parse_hours("00:00-24:00") == (time(), time())
    assert parse_hours("08:00 – 20:00") == (time(8), time(20))
    assert parse_hours("closed") is None
    assert parse_reminder("none") is None


def told(parse: Callable[[object], object], text: str) -> list[str]:
    try:
        parse(text)
    except Mistaken as error:
        return [error.wrong, error.mend]
    return ["read"]


@given(st.text(max_size=12))
def test_whatever_is_written_for_a_time_is_read_or_mistaken(text: str) -> None:
    for parse in (parse_span, parse_days, parse_moment, parse_due, parse_hours, parse_reminder):
        assert all(told(parse, text))
