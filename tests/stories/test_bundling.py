"""Many messages at once for one person are one message that lists them all; none is dropped, whatever breaks."""

from dataclasses import replace

import pytest

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.notice import Lane, Notice, NoticeKind, NoticeState
from shiftbot.errors import DeliveryFailed
from shiftbot.services import delivery, escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import outbox
from shiftbot.storage.outbox import Parcel
from tests.cast import AMIRA, BEN, MORGAN, PRIYA, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

PAGER = "json://amira.example"


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Hilltop without a checklist: Amira is on duty from six."""
    return open_pharmacy(hilltop(units=(), quiet=True), at="09:00")


def wrong(pharmacy: PharmacyHarness, count: int) -> list[int]:
    """So many things go wrong in the same instant; the ids of their alerts."""
    news = [
        NewAlert("hilltop-main", AlertKind.FAILED_ITEM, f"item:{number}", f"Item {number} failed", "", Severity.NORMAL)
        for number in range(1, count + 1)
    ]
    return pharmacy.act(lambda connection: escalation.open_alerts(connection, pharmacy.definitions, news, pharmacy.now))


def parcels(pharmacy: PharmacyHarness, ids: list[int]) -> list[Parcel]:
    """What the outbox says of each alert's first message."""
    return pharmacy.look(lambda connection: [outbox.of_alert(connection, number)[0] for number in ids])


def test_three_alerts_are_three_messages(pharmacy: PharmacyHarness) -> None:
    wrong(pharmacy, 3)
    for number in (1, 2, 3):
        pharmacy.expect_message(to="Amira", about=f"Item {number} failed")


def test_four_alerts_are_one_message_that_lists_them_and_each_is_sent(pharmacy: PharmacyHarness) -> None:
    ids = wrong(pharmacy, 4)
    told = pharmacy.expect_message(to="Amira", about="4 messages at once")
    assert [f"{number}. Item {number} failed" in told.text for number in (1, 2, 3, 4)] == [True] * 4
    assert [each["alert"] for each in told.about["together"]] == ids
    sent = parcels(pharmacy, ids)
    assert {each.state for each in sent} == {NoticeState.SENT}
    assert len({each.ts for each in sent}) == 1


def test_more_than_one_message_holds_go_in_as_few_as_can_be(pharmacy: PharmacyHarness) -> None:
    ids = wrong(pharmacy, 90)
    lists = [pharmacy.expect_message(to="Amira", about="messages at once") for _ in range(3)]
    assert [len(each.about["together"]) for each in lists] == [40, 40, 10]
    assert sorted(entry["alert"] for each in lists for entry in each.about["together"]) == ids


def test_a_list_that_is_refused_goes_by_the_next_means_as_a_list(open_pharmacy: Opens) -> None:
    people = (replace(AMIRA, reach=(PAGER,)), BEN, MORGAN, PRIYA)
    pharmacy = open_pharmacy(hilltop(units=(), quiet=True, people=people), at="09:00")
    pharmacy.inbox.trouble[AMIRA.slack] = DeliveryFailed("Slack refused it: user_not_found")
    wrong(pharmacy, 5)
    told = pharmacy.expect_message(to=PAGER, about="6 messages at once")
    assert "cannot reach Amira Hassan by Slack" in told.text
    pharmacy.expect_message(to="Morgan", about="cannot reach Amira Hassan by Slack")


class Killed(BaseException):
    """What a kill -9 looks like from inside."""


def test_a_process_that_dies_with_a_list_in_hand_leaves_all_of_it_to_be_sent_again(pharmacy: PharmacyHarness) -> None:
    sends = pharmacy.inbox.send

    def dies_after(parcel: Parcel) -> None:
        sends(parcel)
        raise Killed

    pharmacy.inbox.send = dies_after  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        wrong(pharmacy, 4)
    pharmacy.inbox.send = sends  # type: ignore[method-assign]
    pharmacy.expect_message(to="Amira", about="4 messages at once")
    delivery.take_up(pharmacy.database, pharmacy.now)
    pharmacy.fast_forward(seconds=1)
    again = pharmacy.expect_message(to="Amira", about="4 messages at once")
    assert again.may_repeat
    assert [each["may_repeat"] for each in again.about["together"]] == [True] * 4


def routine(pharmacy: PharmacyHarness, count: int) -> None:
    """So many notices of the day for Ben."""
    notices = [
        Notice(f"note:{number}", Lane.ROUTINE, "hilltop-main", NoticeKind.FOLLOW_UP, "ben", f"Note {number}")
        for number in range(1, count + 1)
    ]
    pharmacy.act(lambda connection: delivery.queue(connection, pharmacy.definitions, notices, pharmacy.now))


def test_five_routine_notices_come_one_by_one_and_six_as_a_list(pharmacy: PharmacyHarness) -> None:
    routine(pharmacy, 5)
    for number in range(1, 6):
        pharmacy.expect_message(to="Ben", about=f"Note {number}")
    notices = [
        Notice(f"more:{number}", Lane.ROUTINE, "hilltop-main", NoticeKind.FOLLOW_UP, "ben", f"More {number}")
        for number in range(6)
    ]
    pharmacy.act(lambda connection: delivery.queue(connection, pharmacy.definitions, notices, pharmacy.now))
    pharmacy.expect_message(to="Ben", about="6 messages at once")


def test_what_stands_in_a_channel_is_never_a_list(pharmacy: PharmacyHarness) -> None:
    notices = [
        Notice(f"note:{number}", Lane.ROUTINE, "hilltop-main", NoticeKind.FOLLOW_UP, "C0HILLTOP", f"Note {number}")
        for number in range(8)
    ]
    pharmacy.act(lambda connection: delivery.queue(connection, pharmacy.definitions, notices, pharmacy.now))
    for number in range(8):
        pharmacy.expect_message(to="channel", about=f"Note {number}")
