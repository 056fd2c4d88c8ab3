"""Everybody's means are verified by tests they answer, never at night; what fails is passed by until it works again."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from shiftbot.domain.notice import NoticeKind
from shiftbot.errors import DeliveryFailed, Refused
from shiftbot.services import escalation, reaching
from shiftbot.services.delivery import MeansState
from tests.cast import AMIRA, BEN, MORGAN, PRIYA, hilltop
from tests.pharmacy import Letter, PharmacyHarness
from tests.stories.conftest import Opens

PAGER = "json://amira:secret@pager.example"
TUESDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 29)


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Hilltop without a checklist, where Amira has a pager that nobody ever tested."""
    people = (replace(AMIRA, reach=(PAGER,)), BEN, MORGAN, PRIYA)
    return open_pharmacy(hilltop(units=(), quiet=True, people=people), verified=False)


def reach(pharmacy: PharmacyHarness, name: str = "Amira") -> list[MeansState]:
    """What is known of somebody's means."""
    return pharmacy.look(lambda connection: reaching.reach_of(connection, pharmacy.definitions, pharmacy.person(name)))


def reachable(pharmacy: PharmacyHarness, name: str = "Amira") -> bool:
    """Whether somebody counts as reachable."""
    return pharmacy.look(
        lambda connection: reaching.is_reachable(connection, pharmacy.definitions, pharmacy.person(name), pharmacy.now)
    )


def types(pharmacy: PharmacyHarness, name: str, code: str) -> None:
    """`name` types a code in Slack."""
    who = pharmacy.person(name)
    pharmacy.act(lambda connection: reaching.confirm(connection, pharmacy.definitions, who, code, pharmacy.now))


def presses(pharmacy: PharmacyHarness, name: str) -> None:
    """`name` presses the button of a test in Slack."""
    who = pharmacy.person(name)
    pharmacy.act(lambda connection: reaching.press(connection, pharmacy.definitions, who, 0, pharmacy.now))


def without_reports(pharmacy: PharmacyHarness) -> PharmacyHarness:
    """The day's summary and the head of its record are other stories."""
    reports = (NoticeKind.SUMMARY, NoticeKind.HEAD)
    pharmacy.inbox.unread = [each for each in pharmacy.inbox.unread if each.kind not in reports]
    return pharmacy


def flags(pharmacy: PharmacyHarness, what: str) -> None:
    """Ben flags something."""
    pharmacy.act(
        lambda connection: escalation.flag_irregularity(
            connection, pharmacy.definitions, pharmacy.site, BEN, what, "", what, pharmacy.now
        )
    )


def both_tests(pharmacy: PharmacyHarness) -> str:
    """The tests of Amira's means have come; the code of the one by pager."""
    pharmacy.expect_message(to="Amira", about="This is a test of how shiftbot reaches you")
    return code_of(pharmacy.expect_message(to=PAGER, about="shiftbot test for Amira"))


def code_of(test: Letter) -> str:
    assert test.text.startswith("shiftbot test for Amira. In Slack type /shift reach ")
    return test.text.rpartition(" ")[2]


def test_each_means_is_tested_when_the_pharmacy_opens_and_whoever_has_slack_only_is_not(
    pharmacy: PharmacyHarness,
) -> None:
    pharmacy.at("07:59").expect_silence()
    code = both_tests(pharmacy.at("08:00"))
    assert not reachable(pharmacy)
    types(pharmacy, "Amira", code)
    slack, pager = reach(pharmacy)
    assert (slack.by, slack.verified_at, pager.by, pager.verified_at) == ("Slack", None, "json", pharmacy.now)
    assert reachable(pharmacy)
    presses(pharmacy, "Amira")
    assert reach(pharmacy)[0].verified_at == pharmacy.now
    done = [(actor, body["by"], body["how"]) for actor, body in pharmacy.recorded("means-verified")]
    assert done == [("amira", "json", "code"), ("amira", "Slack", "button")]
    assert "secret" not in str(pharmacy.recorded("means-tested"))
    without_reports(pharmacy.at("08:00", TUESDAY)).expect_silence()


def test_a_code_is_good_once_and_for_its_own_person(pharmacy: PharmacyHarness) -> None:
    code = both_tests(pharmacy.at("08:00"))
    for name, typed in (("Ben", code), ("Amira", "1"), ("Amira", "")):
        with pytest.raises(Refused, match="not the code"):
            types(pharmacy, name, typed)
    types(pharmacy, "Amira", code)
    with pytest.raises(Refused, match="not the code"):
        types(pharmacy, "Amira", code)


def test_a_test_that_nobody_answers_is_sent_again_after_a_week(pharmacy: PharmacyHarness) -> None:
    presses_only_slack(pharmacy)
    without_reports(pharmacy.at("23:59", SUNDAY)).expect_silence()
    pharmacy.at("08:00", SUNDAY + timedelta(days=1)).expect_message(to=PAGER, about="shiftbot test")


def presses_only_slack(pharmacy: PharmacyHarness) -> None:
    both_tests(pharmacy.at("08:00"))
    presses(pharmacy, "Amira")


def test_a_means_is_tested_anew_after_ninety_days_and_counts_a_while_longer(pharmacy: PharmacyHarness) -> None:
    types(pharmacy, "Amira", both_tests(pharmacy.at("08:00")))
    presses(pharmacy, "Amira")
    state = reach(pharmacy)[1]
    later = date(2027, 2, 22)  # 91 days on, because the 90th is a Sunday
    pharmacy.now = pharmacy.local("07:59", later)
    assert state.works(pharmacy.now)
    without_reports(pharmacy.start()).expect_silence()
    both_tests(pharmacy.at("08:00", later))
    assert not state.works(pharmacy.now + timedelta(days=14))


def test_nobody_is_tested_in_their_quiet_hours(open_pharmacy: Opens) -> None:
    amira = replace(AMIRA, reach=(PAGER,), quiet=(time(20), time(10)))
    pharmacy = open_pharmacy(hilltop(units=(), quiet=True, people=(amira, BEN, MORGAN, PRIYA)), verified=False)
    pharmacy.at("09:59").expect_silence()
    both_tests(pharmacy.at("10:00"))


def test_one_test_a_day_is_enough_and_a_managers_waits_for_the_opening(pharmacy: PharmacyHarness) -> None:
    def asks(name: str, by: str, place: int) -> None:
        who, asker = pharmacy.person(name), pharmacy.person(by)
        pharmacy.act(
            lambda connection: reaching.ask_now(connection, pharmacy.definitions, who, place, pharmacy.now, asker)
        )

    asks("Amira", "Amira", 1)
    pharmacy.expect_message(to=PAGER, about="shiftbot test")
    with pytest.raises(Refused, match="one a day is enough"):
        asks("Amira", "Amira", 1)
    with pytest.raises(Refused, match="Only managers"):
        asks("Priya", "Amira", 0)
    asks("Priya", "Morgan", 0)
    pharmacy.at("07:59").expect_silence()
    pharmacy.at("08:00").expect_message(to="Priya", about="This is a test")
    pharmacy.expect_message(to="Amira", about="This is a test")
    pharmacy.at("20:00").expect_silence()


def test_a_means_that_fails_is_passed_by_tested_in_the_background_and_used_again(pharmacy: PharmacyHarness) -> None:
    types(pharmacy, "Amira", both_tests(pharmacy.at("08:00")))
    presses(pharmacy, "Amira")
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryFailed("Slack refused it: user_not_found")
    flags(pharmacy, "A cabinet stands open")
    pharmacy.expect_message(to=PAGER, about="A cabinet stands open")
    pharmacy.expect_message(to=PAGER, about="cannot reach Amira Hassan by Slack")
    pharmacy.expect_message(to="Morgan", about="cannot reach Amira Hassan by Slack")
    assert reach(pharmacy)[0].failed_at is not None
    assert reachable(pharmacy)
    flags(pharmacy, "A key is missing")
    assert pharmacy.expect_message(to=PAGER, about="A key is missing").text.count("\n") == 0
    pharmacy.inbox.trouble.clear()
    pharmacy.fast_forward(minutes=6)
    pharmacy.expect_message(to="Amira", about="This is a test of how shiftbot reaches you")
    assert reach(pharmacy)[0].failed_at is None
    flags(pharmacy, "A door is ajar")
    pharmacy.expect_message(to="Amira", about="A door is ajar")
    kinds = [pharmacy.recorded(kind)[0][1]["by"] for kind in ("means-failed", "means-works")]
    assert kinds == ["Slack", "Slack"]
    pharmacy.inbox.unread = [each for each in pharmacy.inbox.unread if each.kind is not NoticeKind.RESOLVED]
