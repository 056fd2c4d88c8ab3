"""Slack as a whole goes away: who has a second means is told by it at once, and hears it all once more, summed up."""

from dataclasses import replace

import pytest

from shiftbot.domain.notice import CardKind, NoticeKind
from shiftbot.errors import DeliveryFailed, DeliveryUnknown
from shiftbot.services import escalation
from tests.cast import AMIRA, BEN, MORGAN, PRIYA, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

PAGER, MAIL = "json://amira.example", "json://morgan.example"
EVERYBODY = (AMIRA.slack, BEN.slack, MORGAN.slack, PRIYA.slack, "C0HILLTOP")


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Hilltop, where Amira has a pager and Morgan Slack only."""
    opened = open_pharmacy(hilltop(units=(), people=(replace(AMIRA, reach=(PAGER,)), BEN, MORGAN, PRIYA)))
    opened.at("08:09").expect_reminders("Ben", "Amira")
    return opened


def slack_goes_away(pharmacy: PharmacyHarness) -> None:
    for target in EVERYBODY:
        pharmacy.inbox.trouble[target] = DeliveryUnknown("no answer from Slack")


def flags(pharmacy: PharmacyHarness, what: str) -> None:
    """Ben flags something."""
    pharmacy.act(
        lambda connection: escalation.flag_irregularity(
            connection, pharmacy.definitions, pharmacy.site, BEN, what, "", what, pharmacy.now
        )
    )


def test_when_several_are_not_reached_for_twenty_seconds_the_second_means_is_used_at_once(
    pharmacy: PharmacyHarness,
) -> None:
    slack_goes_away(pharmacy)
    pharmacy.at("08:10").fast_forward(seconds=15).expect_silence()
    pharmacy.fast_forward(seconds=7)
    first = pharmacy.expect_message(to=PAGER, about="Opening checklist missed")
    assert "it may come there as well" in first.text
    pharmacy.at("08:13")
    flags(pharmacy, "A cabinet stands open")
    pharmacy.expect_message(to=PAGER, about="A cabinet stands open")


def test_when_slack_is_back_each_hears_once_what_was_told_elsewhere(pharmacy: PharmacyHarness) -> None:
    slack_goes_away(pharmacy)
    pharmacy.at("08:11").expect_message(to=PAGER, about="Opening checklist missed")
    flags(pharmacy, "A cabinet stands open")
    pharmacy.expect_message(to=PAGER, about="A cabinet stands open")
    pharmacy.at("08:13")
    pharmacy.inbox.trouble.clear()
    pharmacy.at("08:14")
    told = pharmacy.expect_message(to="Amira", about="Slack took no messages from Mon 23 Nov 08:10 to Mon 23 Nov 08:13")
    assert "08:10 by json: Opening checklist missed" in told.text
    assert "08:11 by json: Irregularity flagged by Ben Ortiz" in told.text
    assert len(told.about["together"]) == 2
    site = pharmacy.expect_message(to="channel", about="to Amira Hassan by json: Opening checklist missed")
    assert site.kind is NoticeKind.OUTAGE
    pharmacy.expect_silence()
    assert (CardKind.RUN, str(pharmacy.run("retail-opening").run.id)) in pharmacy.inbox.cards
    assert [body["told_elsewhere"] for _, body in pharmacy.recorded("slack-back")] == [2]


def test_who_has_slack_only_is_told_there_as_soon_as_it_is_back(pharmacy: PharmacyHarness) -> None:
    slack_goes_away(pharmacy)
    pharmacy.at("08:11").expect_message(to=PAGER, about="Opening checklist missed")
    pharmacy.hurries("Amira")
    pharmacy.expect_message(to=PAGER, about="Opening checklist missed")
    pharmacy.hurries("Amira")
    pharmacy.at("08:14")
    pharmacy.inbox.trouble.clear()
    pharmacy.at("08:15").expect_message(to="Morgan", about="Opening checklist missed")
    pharmacy.expect_message(to="Amira", about="Slack took no messages")
    pharmacy.expect_message(to="channel", about="Slack took no messages")


def test_what_is_routine_waits_and_what_is_over_by_then_is_not_told_at_all(pharmacy: PharmacyHarness) -> None:
    slack_goes_away(pharmacy)
    pharmacy.at("08:11").expect_message(to=PAGER, about="Opening checklist missed")
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")
    assert pharmacy.alerts() == []
    pharmacy.at("08:14")
    pharmacy.inbox.trouble.clear()
    pharmacy.at("08:16").expect_message(to="Amira", about="Resolved: Opening checklist missed")
    pharmacy.expect_message(to="Amira", about="Slack took no messages")
    pharmacy.expect_message(to="channel", about="Slack took no messages")


def test_a_long_absence_is_one_alert_and_not_one_for_each_who_is_not_reached(pharmacy: PharmacyHarness) -> None:
    for target in EVERYBODY:
        pharmacy.inbox.trouble[target] = DeliveryFailed("Slack refused it: token_revoked", everywhere=True)
    pharmacy.at("08:10").expect_message(to=PAGER, about="Opening checklist missed")
    pharmacy.at("08:30")
    titles = [alert.title for alert in pharmacy.alerts()]
    assert titles.count("Slack takes no messages from shiftbot") == 1
    pharmacy.expect_message(to=PAGER, about="Slack takes no messages from shiftbot")
    pharmacy.inbox.unread.clear()


def test_one_target_in_trouble_is_no_outage(pharmacy: PharmacyHarness) -> None:
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryUnknown("no answer from Slack")
    pharmacy.at("08:11").expect_silence()
    pharmacy.at("08:12").expect_message(to=PAGER, about="Opening checklist missed")
    pharmacy.inbox.trouble.clear()
    pharmacy.at("08:14").expect_message(to="Amira", about="Opening checklist missed")
