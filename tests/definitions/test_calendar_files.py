"""A roster out of a calendar: what calendars write, and what must not hold anything up or slip through unsaid."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.definitions.calendar_files import ReadCalendar, read_calendar
from shiftbot.definitions.mistakes import Mistaken
from shiftbot.domain.site import RosterCalendar
from tests.cast import hilltop

NEW_YORK = ZoneInfo("America/New_York")
SINCE = datetime(2026, 10, 26, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=60)

OUTLOOK = """BEGIN:VTIMEZONE
TZID:Eastern Standard Time
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*events: str, more: str = "") -> bytes:
    written = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test\n{more}{written}END:VCALENDAR\n".encode()


def shift(day: str, start: str, end: str, summary: str = "Amira Hassan", *more: str, zone: str = "") -> str:
    tz = f";TZID={zone}" if zone else ""
    return "\n".join([f"DTSTART{tz}:{day}T{start}", f"DTEND{tz}:{day}T{end}", f"SUMMARY:{summary}", *more])


def read(content: bytes, people: Mapping[str, str] | None = None) -> ReadCalendar:
    named = RosterCalendar("hilltop-main", "roster.ics", people or {})
    return read_calendar(content, named, NEW_YORK, hilltop().people, SINCE, UNTIL)


def told(found: ReadCalendar) -> list[str]:
    return [
        f"{each.person} {each.starts_at.astimezone(NEW_YORK):%m-%d %H:%M} {each.ends_at.astimezone(NEW_YORK):%H:%M}"
        for each in found.shifts
    ]


def test_times_without_a_zone_are_the_sites_own() -> None:
    assert told(read(calendar(shift("20261123", "080000", "140000")))) == ["amira 11-23 08:00 14:00"]


def test_outlooks_own_zone_keeps_the_local_time_over_a_change_of_clocks() -> None:
    weekly = shift("20261026", "080000", "140000", "Amira", "RRULE:FREQ=WEEKLY;COUNT=2", zone='"Eastern Standard Time"')
    found = read(calendar(weekly, more=OUTLOOK))
    assert told(found) == ["amira 10-26 08:00 14:00", "amira 11-02 08:00 14:00"]
    assert found.shifts[1].starts_at - found.shifts[0].starts_at == timedelta(days=7, hours=1)


def test_a_day_taken_out_and_a_day_covered_by_somebody_else() -> None:
    series = shift("20261123", "080000", "140000", "Amira Hassan", "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261124T080000")
    cover = f"RECURRENCE-ID:20261125T080000\n{shift('20261125', '090000', '140000', 'Priya')}"
    content = calendar(series).replace(
        b"END:VCALENDAR", f"BEGIN:VEVENT\nUID:0\n{cover}\nEND:VEVENT\nEND:VCALENDAR".encode()
    )
    assert told(read(content)) == ["amira 11-23 08:00 14:00", "priya 11-25 09:00 14:00", "amira 11-26 08:00 14:00"]


def test_a_day_of_its_own_is_the_whole_local_day() -> None:
    assert told(read(calendar("DTSTART;VALUE=DATE:20261123\nSUMMARY:Amira"))) == ["amira 11-23 00:00 00:00"]


def test_people_are_known_by_what_the_calendar_calls_them_by_id_by_name_and_by_attendee() -> None:
    events = [
        shift("20261123", "080000", "090000", "Dr. A on call"),
        shift("20261124", "080000", "090000", "priya"),
        shift("20261125", "080000", "090000", "Amira Hassan (late)"),
        shift("20261126", "080000", "090000", "Duty", "ATTENDEE:mailto:amira@hilltop.example"),
    ]
    found = read(calendar(*events), {"Dr. A": "amira", "amira@hilltop.example": "amira"})
    assert [line.split()[0] for line in told(found)] == ["amira", "priya", "amira", "amira"]


def test_two_people_in_one_event_are_both_on_duty() -> None:
    assert [each.person for each in read(calendar(shift("20261123", "080000", "140000", "Amira / Priya"))).shifts] == [
        "amira",
        "priya",
    ]


def test_a_name_within_another_word_is_nobody() -> None:
    found = read(calendar(shift("20261123", "080000", "140000", "Benefits meeting")))
    assert found.shifts == ()
    assert "names nobody in pharmacy.yaml" in found.remarks[0]


def test_a_cancelled_event_is_no_shift() -> None:
    assert read(calendar(shift("20261123", "080000", "140000", "Amira", "STATUS:CANCELLED"))) == ReadCalendar(())


@pytest.mark.parametrize(
    ("event", "remark"),
    [
        (shift("20261123", "080000", "080000"), "ends when it starts"),
        ("DTSTART:20261123T080000\nDTEND:20261223T080000\nSUMMARY:Amira", "lasts 30 days"),
        (shift("20261101", "080000", "140000", "Amira", "RRULE:FREQ=SECONDLY"), "repeats too often"),
        (shift("20261101", "080000", "140000", "Amira", "RRULE:FREQ=DAILY;INTERVAL=0"), "repeats too often"),
        (
            shift(
                "20261101", "080000", "140000", "Amira", f"RRULE:FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))}"
            ),
            "repeats too often",
        ),
        ("DTSTART:00010101T080000\nDTEND:00010101T090000\nSUMMARY:Amira\nRRULE:FREQ=DAILY", "begins in 1"),
        ("SUMMARY:Amira", "has no start"),
        ("DTSTART:20261123T080000\nDTSTART;VALUE=DATE:tomorrow\nSUMMARY:Amira", "cannot be read"),
        ("DTSTART:at eight\nDTEND:20261123T140000\nSUMMARY:Amira", "cannot be read"),
        ("DTSTART:20261123T080000\nDTEND:whenever\nSUMMARY:Amira", "cannot be read"),
        ("DTSTART:20261123T080000\nDURATION:six hours\nSUMMARY:Amira", "cannot be read"),
        ("DTSTART:20261123T080000\nDTEND:20261123T140000\nRRULE:FREQ=OFTEN\nSUMMARY:Amira", "cannot be read"),
    ],
)
def test_what_is_no_shift_does_not_count_and_is_said_while_the_rest_counts(event: str, remark: str) -> None:
    found = read(calendar(event, shift("20261124", "080000", "140000", "Priya")))
    assert told(found) == ["priya 11-24 08:00 14:00"]
    assert any(remark in each for each in found.remarks)


def test_a_shift_of_forty_hours_counts_and_is_remarked() -> None:
    found = read(calendar("DTSTART:20261127T080000\nDTEND:20261129T000000\nSUMMARY:Amira"))
    assert len(found.shifts) == 1
    assert "lasts 40 hours" in found.remarks[0]


def test_a_rule_that_fits_no_day_ends() -> None:
    never = shift("20260901", "080000", "140000", "Amira", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
    assert read(calendar(never)).shifts == ()


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "does not begin with BEGIN:VCALENDAR"),
        (b"<!doctype html><title>Sign in</title>", "a web page, perhaps a login"),
        (b"\xef\xbb\xbf  <html>", "a web page, perhaps a login"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "cannot be read as a calendar"),
        (b"BEGIN:VCALENDAR\n" + b"X" * 10_000_000, "larger than 2 MB"),
        (calendar(*(shift("20261123", "080000", "140000", "Amira") for _ in range(3)))[:-40], "cannot be read"),
    ],
)
def test_what_is_no_calendar_is_refused_in_words(content: bytes, wrong: str) -> None:
    with pytest.raises(Mistaken, match=wrong):
        read(content)


@given(st.binary(max_size=300), st.text(max_size=200))
def test_nothing_but_mistaken_comes_of_any_bytes(noise: bytes, text: str) -> None:
    for content in (noise, b"BEGIN:VCALENDAR\n" + noise, calendar(f"DTSTART:20261123T080000\n{text}")):
        try:
            found = read(content)
        except Mistaken:
            continue
        assert all(each.starts_at < each.ends_at for each in found.shifts)


FIELDS = st.sampled_from(
    ("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID", "DTSTART;TZID=X")
)
VALUES = st.sampled_from(
    ("20261123T080000", "20261123T080000Z", "20261124", "P1D", "-PT6H", "FREQ=DAILY", "FREQ=WEEKLY;UNTIL=20261201",
     "FREQ=DAILY;COUNT=-1", "FREQ=YEARLY;BYDAY=9MO", "at eight", "", "99999999T999999", "20261123T080000/PT1H")
)  # fmt: skip


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=5))
def test_nothing_but_mistaken_comes_of_fields_in_disorder(fields: list[tuple[str, str]]) -> None:
    event = "\n".join(f"{name}:{value}" for name, value in [*fields, ("SUMMARY", "Amira")])
    try:
        found = read(calendar(event))
    except Mistaken:
        return
    assert all(each.starts_at < each.ends_at for each in found.shifts)
