"""Who would not be reached is told to the manager while there is time: once, and once more before it begins."""

from dataclasses import replace
from datetime import date, time, timedelta

from shiftbot.domain.alert import Policy, Step
from shiftbot.domain.notice import NoticeKind
from shiftbot.domain.site import Pharmacy, RosterRule
from shiftbot.services import coverage, rostering
from shiftbot.storage import schedules
from tests.cast import FRIDGE, WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

LADDER = Policy("standard", (Step(("on-duty-pharmacist",)), Step(("priya",), timedelta(minutes=10))))
ALL_DAY = RosterRule("hilltop-main", "amira", WEEK, time(0), time(0))
NOT_FRIDAY = replace(ALL_DAY, weekdays=WEEK - {4})
TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in (24, 25, 26))


def covered(*roster: RosterRule) -> Pharmacy:
    return hilltop(units=(), roster=roster, policy=LADDER, quiet=True)


def quiet(pharmacy: PharmacyHarness) -> None:
    """Nothing was said but what is said every evening."""
    daily = (NoticeKind.SUMMARY, NoticeKind.HEAD)
    pharmacy.inbox.unread = [each for each in pharmacy.inbox.unread if each.kind not in daily]
    pharmacy.expect_silence()


def test_a_covered_fortnight_is_silent(open_pharmacy: Opens) -> None:
    quiet(open_pharmacy(covered(ALL_DAY), looks_ahead=True).at("09:00", on=THURSDAY))


def test_a_hole_is_told_once_when_it_appears_and_once_more_before_it_begins(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(NOT_FRIDAY), looks_ahead=True).at("07:00")
    letter = pharmacy.expect_message(to="Morgan", about="somebody would not be reached")
    assert "no pharmacist is on duty while the pharmacy is open: Fri 27 Nov 08:00–20:00" in letter.text
    assert "To mend it: put somebody on the roster of hilltop-main" in letter.text
    quiet(pharmacy.at("23:00", on=TUESDAY))
    quiet(pharmacy.at("07:00", on=WEDNESDAY))
    pharmacy.at("08:00", on=THURSDAY).expect_message(to="Morgan", about="begins within two days")
    quiet(pharmacy.at("23:00", on=THURSDAY))


def test_a_hole_that_was_mended_is_not_told_again(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(NOT_FRIDAY), looks_ahead=True).at("07:00")
    pharmacy.expect_message(to="Morgan", about="would not be reached")
    pharmacy.definitions = covered(ALL_DAY)
    coverage.look_anew(pharmacy.database, pharmacy.now)
    quiet(pharmacy.at("23:00", on=THURSDAY))


def test_an_absence_makes_a_hole_at_once(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(ALL_DAY), looks_ahead=True).at("09:00")
    amira = pharmacy.person("Amira")
    pharmacy.act(
        lambda connection: rostering.call_in_absent(
            connection, pharmacy.definitions, pharmacy.site, amira, pharmacy.now, pharmacy.local("14:00"), "sick",
            amira, "sick", pharmacy.now,
        )
    )  # fmt: skip
    for name in ("Morgan", "Priya", "channel"):
        pharmacy.expect_message(to=name, about="Amira Hassan is away")
    pharmacy.fast_forward(seconds=1)
    letter = pharmacy.expect_message(to="Morgan", about="would not be reached")
    assert "Mon 23 Nov 09:00–14:00" in letter.text
    pharmacy.act(
        lambda connection: rostering.take_over(
            connection, pharmacy.definitions, pharmacy.site, pharmacy.person("Priya"), pharmacy.local("14:00"), "take",
            pharmacy.now,
        )
    )  # fmt: skip
    pharmacy.expect_message(to="channel", about="Priya Nair is on duty")
    quiet(pharmacy.at("20:00"))


def test_a_restart_tells_nothing_twice(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(NOT_FRIDAY), looks_ahead=True).at("07:00")
    pharmacy.expect_message(to="Morgan", about="would not be reached")
    quiet(pharmacy.down_until("07:00", on=TUESDAY).at("08:00", on=TUESDAY))


def test_a_chain_is_looked_at_bit_by_bit_within_an_hour(open_pharmacy: Opens) -> None:
    """Two thousand sites at once would hold escalation up."""
    whole = covered(ALL_DAY)
    sites = {f"hilltop-{number}": replace(whole.sites["hilltop-main"], id=f"hilltop-{number}") for number in range(60)}
    pharmacy = open_pharmacy(replace(whole, sites=sites))
    with pharmacy.database.transaction() as connection:
        schedules.add(connection, coverage.KIND, ((site, pharmacy.now, None) for site in sites))
    looked_at = [coverage.look_ahead(pharmacy.database, pharmacy.definitions, pharmacy.now) for _ in range(4)]
    assert looked_at == [20, 20, 20, 0]
    with pharmacy.database.snapshot() as connection:
        due = [loaded[0] for site in sites if (loaded := schedules.load(connection, site, coverage.KIND))]
    assert min(due) >= pharmacy.local("07:00")
    assert timedelta(seconds=10) < max(due) - min(due) <= timedelta(seconds=30)
    pharmacy.inbox.unread.clear()


def test_what_was_told_a_moment_ago_is_not_told_again_because_duty_changed(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(replace(ALL_DAY, weekdays=WEEK - {1})), looks_ahead=True).at("07:00")
    pharmacy.expect_message(to="Morgan", about="Tue 24 Nov 08:00–20:00")
    coverage.look_anew(pharmacy.database, pharmacy.now)
    pharmacy.at("08:00").expect_silence()


def away(pharmacy: PharmacyHarness, on: date, key: str) -> None:
    """Amira will be away from 08:00 to 14:00 on a day."""
    amira, begins, ends = pharmacy.person("Amira"), pharmacy.local("08:00", on), pharmacy.local("14:00", on)
    pharmacy.act(
        lambda connection: rostering.call_in_absent(
            connection, pharmacy.definitions, pharmacy.site, amira, begins, ends, "leave", amira, key, pharmacy.now
        )
    )
    pharmacy.fast_forward(seconds=1)


def test_the_same_hours_a_week_later_are_told_too(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(ALL_DAY), looks_ahead=True).at("09:00")
    away(pharmacy, THURSDAY, "this week")
    pharmacy.expect_message(to="Morgan", about="Thu 26 Nov 08:00–14:00. To mend it")
    away(pharmacy, THURSDAY + timedelta(days=7), "next week")
    pharmacy.expect_message(to="Morgan", about="Thu 3 Dec 08:00–14:00. To mend it")
    pharmacy.inbox.unread.clear()


def test_a_hole_that_grows_is_told_anew(open_pharmacy: Opens) -> None:
    morning = RosterRule("hilltop-main", "amira", WEEK, time(0), time(18))
    evening = RosterRule("hilltop-main", "priya", WEEK, time(18), time(0))
    pharmacy = open_pharmacy(covered(morning, evening), looks_ahead=True).at("09:00")
    pharmacy.definitions = covered(morning, replace(evening, weekdays=WEEK - {3}))
    coverage.look_anew(pharmacy.database, pharmacy.now)
    pharmacy.fast_forward(seconds=1).expect_message(to="Morgan", about="Thu 26 Nov 18:00–20:00")
    away(pharmacy, THURSDAY, "the morning, too")
    pharmacy.expect_message(to="Morgan", about="on duty while the pharmacy is open: Thu 26 Nov 08:00–14:00")
    pharmacy.inbox.unread.clear()


def test_a_hole_that_is_always_there_is_told_once(open_pharmacy: Opens) -> None:
    """A fridge, and Morgan alone to hear of it: that stays so until somebody changes it."""
    alone = Policy("standard", (Step(("manager",)), Step(("morgan",))))
    minded = hilltop(units=(FRIDGE,), roster=(ALL_DAY,), policy=alone, quiet=True)
    pharmacy = open_pharmacy(minded, looks_ahead=True).at("07:00")
    pharmacy.expect_message(to="Morgan", about="ends with Morgan Lee alone")
    pharmacy.at("12:00", on=date(2026, 11, 25))
    pharmacy.inbox.unread = [each for each in pharmacy.inbox.unread if each.kind is NoticeKind.DUTY]
    pharmacy.expect_silence()


def test_a_hole_of_every_week_is_not_told_every_week(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(covered(NOT_FRIDAY), looks_ahead=True).at("07:00")
    pharmacy.expect_message(to="Morgan", about="Fri 27 Nov 08:00–20:00, Fri 4 Dec 08:00–20:00")
    pharmacy.at("23:00", on=date(2026, 12, 16))
    again = [each.text for each in pharmacy.inbox.unread if each.kind is NoticeKind.DUTY]
    assert len(again) == 2, again
    assert "Fri 27 Nov" in again[0]
    assert "Fri 4 Dec" in again[1]
    pharmacy.inbox.unread.clear()
