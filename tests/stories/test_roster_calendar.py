"""A roster out of a calendar: read, kept when it cannot be read any more, and told when it says something odd."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from shiftbot.domain.site import Pharmacy, RosterCalendar
from shiftbot.rosters import RosterReader
from shiftbot.services import duty
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


class HarnessClock:
    """The story's own time."""

    def __init__(self, pharmacy: PharmacyHarness) -> None:
        self._pharmacy = pharmacy

    def now(self) -> datetime:
        return self._pharmacy.now

    def seconds_until(self, at: datetime) -> float:
        return (at - self._pharmacy.now).total_seconds()


def ics(*shifts: tuple[str, str, str]) -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\nUID:{number}\nDTSTART:20261123T{start}00\nDTEND:20261123T{end}00\nSUMMARY:{who}\nEND:VEVENT\n"
        for number, (who, start, end) in enumerate(shifts)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test\n{events}END:VCALENDAR\n".encode()


def by_calendar(source: str) -> Pharmacy:
    return replace(hilltop(units=(), roster=(), quiet=True), calendars=(RosterCalendar("hilltop-main", source),))


def on_duty(pharmacy: PharmacyHarness) -> list[str]:
    pharmacy.look_up_duty()
    return [person.id for person in duty.on_duty(pharmacy.definitions, "hilltop-main", pharmacy.now)]


def reader(pharmacy: PharmacyHarness, home: Path) -> RosterReader:
    return RosterReader(pharmacy.database, lambda: pharmacy.definitions, HarnessClock(pharmacy), home)


def read_again(pharmacy: PharmacyHarness, home: Path) -> int:
    pharmacy.fast_forward(minutes=15)
    read = reader(pharmacy, home).read_due()
    pharmacy.fast_forward(seconds=1)
    return read


def test_a_file_of_the_home_folder_says_who_is_on_duty(open_pharmacy: Opens, tmp_path: Path) -> None:
    (tmp_path / "roster.ics").write_bytes(ics(("Amira Hassan", "0800", "1400"), ("Priya", "1400", "2000")))
    pharmacy = open_pharmacy(by_calendar("roster.ics")).at("09:00")
    assert on_duty(pharmacy) == []
    assert read_again(pharmacy, tmp_path) == 1
    assert on_duty(pharmacy) == ["amira"]
    pharmacy.at("14:00")
    assert on_duty(pharmacy) == ["priya"]


def test_the_last_good_one_stays_and_the_manager_hears_how_old_it_is_once_a_day(
    open_pharmacy: Opens, tmp_path: Path
) -> None:
    file = tmp_path / "roster.ics"
    file.write_bytes(ics(("Amira", "0800", "1400")))
    pharmacy = open_pharmacy(by_calendar("roster.ics")).at("09:00")
    read_again(pharmacy, tmp_path)
    file.write_bytes(b"<!doctype html><title>Sign in</title>")
    for _ in range(3):
        assert read_again(pharmacy, tmp_path) == 0
    letter = pharmacy.expect_message(to="Morgan", about="perhaps a login")
    assert "The one of Mon 23 Nov 09:15 stays in force" in letter.text
    assert on_duty(pharmacy) == ["amira"]
    pharmacy.expect_silence()
    file.write_bytes(ics(("Priya", "0800", "1400")))
    assert read_again(pharmacy, tmp_path) == 1
    pharmacy.expect_message(to="Morgan", about="can be read again")
    assert on_duty(pharmacy) == ["priya"]


def test_what_a_calendar_says_that_cannot_be_used_is_told_once(open_pharmacy: Opens, tmp_path: Path) -> None:
    (tmp_path / "roster.ics").write_bytes(ics(("Amira", "0800", "1400"), ("Somebody else", "1400", "2000")))
    pharmacy = open_pharmacy(by_calendar("roster.ics")).at("09:00")
    for _ in range(3):
        read_again(pharmacy, tmp_path)
    letter = pharmacy.expect_message(to="Morgan", about="names nobody in pharmacy.yaml")
    assert '"Somebody else" on 2026-11-23' in letter.text
    assert on_duty(pharmacy) == ["amira"]


def test_a_calendar_that_the_roster_names_no_more_counts_no_more(open_pharmacy: Opens, tmp_path: Path) -> None:
    (tmp_path / "roster.ics").write_bytes(ics(("Amira", "0800", "1400")))
    pharmacy = open_pharmacy(by_calendar("roster.ics")).at("09:00")
    read_again(pharmacy, tmp_path)
    assert on_duty(pharmacy) == ["amira"]
    pharmacy.definitions = replace(pharmacy.definitions, calendars=())
    assert on_duty(pharmacy) == []


class Served(BaseHTTPRequestHandler):
    """A calendar's server, as it answers at the moment."""

    status, content = 200, b""

    def do_GET(self) -> None:
        self.send_response(Served.status)
        self.end_headers()
        self.wfile.write(Served.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Served)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/private-5cr3t/basic.ics"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_fetched_and_a_server_in_trouble_changes_nothing(
    open_pharmacy: Opens, tmp_path: Path, address: str
) -> None:
    Served.status, Served.content = 200, ics(("Amira", "0800", "1400"))
    pharmacy = open_pharmacy(by_calendar(address)).at("09:00")
    assert read_again(pharmacy, tmp_path) == 1
    assert on_duty(pharmacy) == ["amira"]
    Served.status, Served.content = 500, b"out of order"
    assert read_again(pharmacy, tmp_path) == 0
    letter = pharmacy.expect_message(to="Morgan", about="its server answered 500")
    assert "5cr3t" not in letter.text, "the address is a secret"
    assert on_duty(pharmacy) == ["amira"]


def test_a_server_that_is_not_there_is_said_in_words(open_pharmacy: Opens, tmp_path: Path) -> None:
    pharmacy = open_pharmacy(by_calendar("http://127.0.0.1:1/roster.ics")).at("09:00")
    assert read_again(pharmacy, tmp_path) == 0
    letter = pharmacy.expect_message(to="Morgan", about="its server was not reached")
    assert "never read: nobody is on duty by it" in letter.text


def test_ten_megabytes_are_refused_without_reading_them_all(open_pharmacy: Opens, tmp_path: Path, address: str) -> None:
    Served.status, Served.content = 200, b"BEGIN:VCALENDAR\n" + b"X" * 10_000_000
    pharmacy = open_pharmacy(by_calendar(address)).at("09:00")
    assert read_again(pharmacy, tmp_path) == 0
    pharmacy.expect_message(to="Morgan", about="larger than 2 MB")


def test_a_calendar_is_looked_at_each_quarter_of_an_hour_only(open_pharmacy: Opens, tmp_path: Path) -> None:
    (tmp_path / "roster.ics").write_bytes(ics(("Amira", "0800", "1400")))
    pharmacy = open_pharmacy(by_calendar("roster.ics")).at("09:00")
    assert reader(pharmacy, tmp_path).read_due() == 1
    pharmacy.now += timedelta(minutes=14)
    assert reader(pharmacy, tmp_path).read_due() == 0
    pharmacy.now += timedelta(minutes=1)
    assert reader(pharmacy, tmp_path).read_due() == 1
