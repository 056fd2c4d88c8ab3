"""A message of our own that does not get out is itself an alert, ends when its place is reached, and feeds nothing."""

from dataclasses import replace

import pytest

from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import CardKind
from shiftbot.errors import DeliveryFailed, Refused
from tests.cast import AMIRA, BEN, MORGAN, ON_DUTY_ALL_WEEK, PRIYA, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

MAIL = "mailto://amira:secret@mail.example.org"


def test_a_pharmacist_who_is_not_reached_is_told_by_the_next_means_and_the_manager_hears_of_it(
    open_pharmacy: Opens,
) -> None:
    people = (replace(AMIRA, reach=(MAIL,)), BEN, MORGAN, PRIYA)
    pharmacy = open_pharmacy(hilltop(units=(), people=people))
    pharmacy.at("08:09").expect_reminders("Ben", "Amira")
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryFailed("account_inactive")
    pharmacy.at("08:10")
    pharmacy.expect_message(to=MAIL, about="Opening checklist missed")
    pharmacy.expect_message(to=MAIL, about="shiftbot cannot reach Amira Hassan by Slack")
    told = pharmacy.expect_message(to="Morgan", about="shiftbot cannot reach Amira Hassan by Slack")
    assert "secret" not in told.text
    assert all("secret" not in alert.subject for alert in pharmacy.alerts())


def test_failures_by_every_means_make_one_alert_each_and_do_not_feed_themselves(open_pharmacy: Opens) -> None:
    people = (AMIRA, BEN, replace(MORGAN, reach=(MAIL,)), PRIYA)
    pharmacy = open_pharmacy(hilltop(units=(), people=people))
    pharmacy.inbox.trouble = {MORGAN.slack: DeliveryFailed("account_inactive"), MAIL: DeliveryFailed("no such host")}
    pharmacy.at("12:00")
    titles = [alert.title for alert in pharmacy.alerts()]
    assert titles.count("shiftbot cannot reach Morgan Lee by Slack") == 1
    assert titles.count("shiftbot cannot reach Morgan Lee by means 1 of their `reach`") == 1
    assert len(titles) == 3
    pharmacy.inbox.unread.clear()


def test_a_step_that_reached_nobody_is_followed_by_the_next_one_at_once(pharmacy: PharmacyHarness) -> None:
    """Amira has Slack only, and nobody else is on duty: the manager hears of the miss at once, not in 25 minutes."""
    pharmacy.at("08:09").expect_reminders("Ben", "Amira")
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryFailed("Slack refused it: user_not_found")
    told = pharmacy.at("08:10").expect_message(to="Morgan", about="cannot reach Amira Hassan")
    pharmacy.expect_message(to="Morgan", about="Opening checklist missed")
    assert "In pharmacy.yaml it is `slack: U0AMIRA` of the person `amira`." in told.text
    unreached = [body["recipient"] for _, body in pharmacy.recorded("alert-unreached")]
    assert unreached == ["amira", "amira"]


def test_it_ends_when_messages_go_through_again(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("08:09").expect_reminders("Ben", "Amira")
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryFailed("account_inactive")
    pharmacy.at("08:10").expect_message(to="Morgan", about="cannot reach Amira Hassan")
    pharmacy.expect_message(to="Morgan", about="missed")
    pharmacy.inbox.trouble.clear()
    pharmacy.hurries("Morgan")
    pharmacy.expect_message(to="Morgan", about="missed")
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.expect_message(to="Morgan", about="Resolved: Opening checklist missed")
    pharmacy.at("09:10").expect_message(to="Amira", about="cannot reach Amira Hassan")
    pharmacy.expect_message(to="Morgan", about="cannot reach Amira Hassan")
    pharmacy.expect_message(to="Morgan", about="Resolved: shiftbot cannot reach Amira Hassan")
    pharmacy.expect_message(to="Amira", about="Resolved: shiftbot cannot reach Amira Hassan")


def test_it_ends_when_the_person_is_taken_out_of_the_definitions(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("08:09").expect_reminders("Ben", "Amira")
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryFailed("account_inactive")
    pharmacy.at("08:10").expect_message(to="Morgan", about="cannot reach Amira Hassan")
    pharmacy.expect_message(to="Morgan", about="missed")
    pharmacy.definitions = hilltop(units=(), people=(BEN, MORGAN, PRIYA), roster=())
    pharmacy.fast_forward(minutes=1).expect_message(to="Morgan", about="not in pharmacy.yaml")
    assert [alert.kind for alert in pharmacy.alerts()] == ["missed"]


def test_a_card_that_could_not_be_posted_is_posted_when_its_channel_is_reached_again(open_pharmacy: Opens) -> None:
    """Nobody is known to be on shift, so the reminder goes to the channel."""
    pharmacy = open_pharmacy(hilltop(units=(), roster=()))
    pharmacy.inbox.trouble[pharmacy.site.channel] = DeliveryFailed("not_in_channel")
    pharmacy.at("07:15").expect_message(to="Morgan", about="cannot reach the channel C0HILLTOP")
    assert pharmacy.inbox.cards == []
    pharmacy.inbox.trouble.clear()
    pharmacy.at("07:50").expect_reminders("channel")
    pharmacy.expect_message(to="Morgan", about="Resolved")
    assert (CardKind.RUN, str(pharmacy.run("retail-opening").run.id)) in pharmacy.inbox.cards
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")


def test_a_miss_may_be_closed_by_hand_by_a_pharmacist_with_a_reason_and_stays_missed(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("08:10").expect_reminders("Ben", "Amira")
    pharmacy.expect_message(to="Amira", about="missed")
    with pytest.raises(Refused, match="pharmacist or manager"):
        pharmacy.closes("Ben", "power cut")
    with pytest.raises(Refused, match="what was done"):
        pharmacy.closes("Amira", "  ")
    pharmacy.closes("Amira", "power cut, opened on paper")
    pharmacy.expect_message(to="Amira", about="Resolved: Opening checklist missed. Amira Hassan: power cut")
    assert pharmacy.alerts() == []
    assert pharmacy.run("retail-opening").run.state == "missed"


def test_when_nobody_at_all_is_reached_the_sites_channel_hears_of_it(open_pharmacy: Opens) -> None:
    """Whoever reads the channel can go and tell them, or see that an id in pharmacy.yaml is wrong."""
    alone = replace(AMIRA, roles=frozenset({Role.PHARMACIST, Role.MANAGER}))
    whole = hilltop(units=(), people=(alone, BEN), roster=ON_DUTY_ALL_WEEK)
    site = replace(whole.sites["hilltop-main"], fallback="amira")
    pharmacy = open_pharmacy(replace(whole, sites={site.id: site}))
    pharmacy.at("07:00").inbox.trouble[AMIRA.slack] = DeliveryFailed("Slack refused it: user_not_found")
    pharmacy.at("08:09")
    pharmacy.inbox.unread.clear()
    told = pharmacy.at("08:11").expect_message(to="channel", about="Opening checklist missed")
    assert "nobody whom this should reach could be reached" in told.text
    pharmacy.at("08:39").inbox.unread.clear()
    pharmacy.at("08:41").expect_message(to="channel", about="Opening checklist missed")
    pharmacy.at("10:00").expect_message(to="channel", about="shiftbot cannot reach Amira Hassan by Slack")
    pharmacy.inbox.unread.clear()
