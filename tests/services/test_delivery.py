"""Delivery: escalations first, nothing lost, what may be a repeat says so, one failure never stops the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind, NoticeState
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, escalation, reaching, undelivered
from shiftbot.services.delivery import IN_HAND_FOR, Pace
from shiftbot.services.delivery.sending import BATCH
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import alerts, cards, outbox, record
from shiftbot.storage.cards import Card
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel
from tests import cast
from tests.fakes import (
    FakeClock,
    FakeSender,
    ProcessDied,
    answer_lost,
    broken,
    killed,
    killed_after,
    lost,
    postponed,
    refused,
)

CHANNEL = "C0HILLTOP"
AMIRA, MORGAN = cast.AMIRA.slack, cast.MORGAN.slack
MAIL, PAGER = "mailto://morgan.example", "json://pager.example"


class Desk:
    """A pharmacy, a sender and a clock; queues what a test wants told, and delivers."""

    def __init__(self, database: Database) -> None:
        morgan = replace(cast.MORGAN, reach=(MAIL, PAGER))
        self.pharmacy: Pharmacy = cast.hilltop(people=(cast.AMIRA, cast.BEN, morgan, cast.PRIYA))
        self.database = database
        self.sender = FakeSender()
        self.clock = FakeClock(datetime(2026, 11, 23, 13, 0, tzinfo=UTC))
        self.pace = Pace()

    def notice(self, key: str, recipient: str = CHANNEL, lane: Lane = Lane.ROUTINE, **more: object) -> None:
        """Queue a notice whose text is its key."""
        made = Notice(key, lane, "hilltop-main", NoticeKind.REMINDER, recipient, key)
        with self.database.transaction() as connection:
            delivery.queue(connection, self.pharmacy, [replace(made, **more)], self.clock.now)  # type: ignore[arg-type]

    def urgent(self, key: str, recipient: str = "morgan", **more: object) -> None:
        """Queue an escalation."""
        self.notice(key, recipient, Lane.ESCALATION, **more)

    def card(self, subject: str = "1", target: str = CHANNEL) -> None:
        """Ask for a run's card."""
        with self.database.transaction() as connection:
            cards.add(connection, [(CardKind.RUN, subject, "hilltop-main", target)], self.clock.now)

    def touch(self, subject: str = "1") -> None:
        """The run changed."""
        with self.database.transaction() as connection:
            delivery.touch(connection, CardKind.RUN, subject, self.clock.now)

    def deliver(self) -> int:
        """One round."""
        return delivery.deliver(self.database, self.pharmacy, self.sender, self.clock.now, self.pace, self.clock)

    def deliver_for(self, *, seconds: float) -> int:
        """Rounds for a while, four a second."""
        sent = self.deliver()
        for _ in range(int(seconds * 4)):
            self.clock.forward(seconds=0.25)
            sent += self.deliver()
        return sent

    @contextmanager
    def dying(self) -> Iterator[None]:
        """The process is killed within, and starts anew afterwards: its pace is forgotten."""
        with pytest.raises(ProcessDied):
            yield
        self.pace = Pace()

    def parcel(self, key: str) -> Parcel:
        """What the outbox says of a notice."""
        with self.database.snapshot() as connection:
            found = outbox.load(connection, key)
        assert found is not None
        return found

    def the_card(self, subject: str = "1") -> Card:
        """What the table says of a run's card."""
        with self.database.snapshot() as connection:
            return cards.of_subject(connection, CardKind.RUN, subject)[0]

    def alert(self, subject: str = "7", severity: Severity = Severity.NORMAL) -> int:
        """Open an alert; its id."""
        new = NewAlert("hilltop-main", AlertKind.MISSED, subject, "Opening checklist missed", "", severity)
        with self.database.transaction() as connection:
            return escalation.open_alert(connection, self.pharmacy, new, self.clock.now)

    def resolve(self, subject: str = "7") -> None:
        """Its cause is gone."""
        with self.database.transaction() as connection:
            escalation.resolve_alert(
                connection, self.pharmacy, AlertKind.MISSED, subject, "It was done late.", self.clock.now
            )


@pytest.fixture
def desk(database: Database) -> Desk:
    """Hilltop, where Morgan may also be reached by mail and by pager."""
    return Desk(database)


# --- order and pace


def test_escalations_go_first_then_cards_then_routine_notices(desk: Desk) -> None:
    order: list[str] = []
    desk.sender.before_each = lambda: order.append(f"{len(desk.sender.said)} said, {len(desk.sender.shown)} shown")
    desk.notice("routine", "amira")
    desk.card(target="C0OTHER")
    desk.urgent("urgent")
    assert desk.deliver() == 3
    assert [said.key for said in desk.sender.said] == ["urgent", "routine"]
    assert order == ["0 said, 0 shown", "1 said, 0 shown", "1 said, 1 shown"]


def test_a_channel_gets_one_message_a_second_and_others_do_not_wait_for_it(desk: Desk) -> None:
    for number in range(3):
        desk.notice(f"channel {number}")
    desk.notice("to Amira", "amira")
    assert desk.deliver() == 2
    assert desk.sender.to(AMIRA) == ["to Amira"]
    desk.clock.forward(seconds=0.9)
    assert desk.deliver() == 0
    desk.clock.forward(seconds=0.1)
    assert desk.deliver() == 1
    desk.clock.forward(seconds=1)
    assert desk.deliver() == 1
    assert desk.sender.to(CHANNEL) == ["channel 0", "channel 1", "channel 2"]


def test_a_flood_to_one_channel_does_not_hide_what_is_for_others(desk: Desk) -> None:
    for number in range(BATCH + 20):
        desk.notice(f"flood {number}")
    desk.notice("to Amira", "amira")
    desk.deliver()
    desk.deliver()
    assert desk.sender.to(AMIRA) == ["to Amira"]


def test_an_escalation_waits_for_one_routine_message_at_most_a_turn(desk: Desk) -> None:
    """A slow Slack: each message takes two seconds; the escalation that comes meanwhile is next."""
    for number in range(10):
        desk.notice(f"slow {number}", f"C{number}")
    desk.sender.before_each = lambda: desk.clock.forward(seconds=2)
    desk.deliver()
    desk.urgent("urgent")
    desk.deliver()
    assert [said.key for said in desk.sender.said][:2] == ["slow 0", "urgent"]


def test_a_wait_that_slack_asks_for_is_obeyed_by_all_of_slack_and_by_nothing_else(desk: Desk) -> None:
    desk.urgent("first", "amira")
    desk.sender.trouble[AMIRA] = [postponed(seconds=30)]
    assert desk.deliver() == 0
    desk.notice("reminder")
    with desk.database.transaction() as connection:
        mail = Notice("by mail", Lane.ESCALATION, "hilltop-main", NoticeKind.REMINDER, "morgan", "by mail")
        outbox.add(connection, [(mail, 1, MAIL)], desk.clock.now)
    assert desk.deliver() == 1
    assert desk.sender.to(MAIL) == ["by mail"]
    desk.clock.forward(seconds=29)
    assert desk.deliver() == 0
    desk.clock.forward(seconds=1)
    assert desk.deliver() == 2
    assert (desk.sender.to(AMIRA), desk.sender.to(CHANNEL)) == (["first"], ["reminder"])


def test_a_wait_that_another_means_asks_for_does_not_hold_slack(desk: Desk) -> None:
    with desk.database.transaction() as connection:
        mail = Notice("by mail", Lane.ESCALATION, "hilltop-main", NoticeKind.REMINDER, "morgan", "by mail")
        outbox.add(connection, [(mail, 1, MAIL)], desk.clock.now)
    desk.sender.trouble[MAIL] = [postponed(minutes=5)]
    desk.notice("reminder")
    assert desk.deliver() == 1
    assert desk.sender.to(CHANNEL) == ["reminder"]


# --- failures


def test_a_postponed_notice_is_tried_again_and_is_no_repeat(desk: Desk) -> None:
    desk.urgent("urgent")
    desk.sender.trouble[MORGAN] = [postponed(seconds=0)]
    desk.deliver_for(seconds=3)
    assert [(said.text, said.may_repeat) for said in desk.sender.said] == [("urgent", False)]
    assert desk.parcel("urgent").state is NoticeState.SENT


def test_waits_grow_to_a_minute_and_stay_there(desk: Desk) -> None:
    desk.notice("reminder")
    desk.sender.trouble[CHANNEL] = [postponed(seconds=0)] * 7
    waits = []
    for _ in range(7):
        desk.deliver()
        with desk.database.snapshot() as connection:
            following = delivery.next_attention(connection)
        assert following is not None
        waits.append((following - desk.clock.now).total_seconds())
        desk.clock.now = following
    assert waits == [2, 5, 15, 30, 60, 60, 60]


@pytest.mark.parametrize("what", ["urgent", "notice"])
def test_one_row_that_breaks_our_own_code_never_stops_the_next(
    desk: Desk, what: str, expected_errors: list[object]
) -> None:
    for key, recipient in (("bad", "amira"), ("good", "ben")):
        getattr(desk, what)(key, recipient)
    desk.sender.trouble[AMIRA] = [broken]
    assert desk.deliver() == 1
    assert desk.sender.to(cast.BEN.slack) == ["good"]
    assert len(expected_errors) == 1
    desk.deliver_for(seconds=3)
    assert desk.parcel("bad").state is NoticeState.SENT


def test_one_card_that_breaks_our_own_code_never_stops_the_next(desk: Desk, expected_errors: list[object]) -> None:
    desk.card("1")
    desk.card("2", "C0OTHER")
    desk.notice("reminder", "amira")
    desk.sender.trouble[CHANNEL] = [broken]
    assert desk.deliver() == 2
    assert desk.the_card("2").state == "shown"
    assert desk.sender.to(AMIRA) == ["reminder"]
    assert len(expected_errors) == 1


def test_a_permanent_failure_goes_on_by_the_next_means_at_once_and_becomes_an_alert(desk: Desk) -> None:
    desk.urgent("urgent")
    desk.sender.trouble[MORGAN] = [refused]
    desk.deliver()
    desk.deliver()
    assert desk.sender.to(MAIL) == ["urgent\n(You get this here because Slack refused it.)"]
    assert desk.parcel("urgent").state is NoticeState.FAILED
    undelivered.alert_of_failures(desk.database, desk.pharmacy, desk.clock.now)
    with desk.database.snapshot() as connection:
        raised = alerts.unresolved(connection)
    assert [(alert.kind, alert.title) for alert in raised] == [
        (AlertKind.DELIVERY, "shiftbot cannot reach Morgan Lee by Slack")
    ]
    with desk.database.transaction() as connection:
        reaching.ask_now(connection, desk.pharmacy, desk.pharmacy.people["morgan"], 0, desk.clock.now)
    desk.deliver_for(seconds=2)
    undelivered.alert_of_failures(desk.database, desk.pharmacy, desk.clock.now)
    with desk.database.snapshot() as connection:
        assert alerts.unresolved(connection) == []


def test_a_means_that_failed_is_passed_by_at_once_the_next_time(desk: Desk) -> None:
    desk.urgent("first")
    desk.sender.trouble[MORGAN] = [refused]
    desk.deliver_for(seconds=1)
    desk.urgent("second")
    desk.notice("routine", "morgan")
    desk.deliver_for(seconds=3)
    assert desk.sender.to(MORGAN) == []
    assert [text.splitlines()[0] for text in desk.sender.to(MAIL)] == ["first", "second", "routine"]
    with desk.database.snapshot() as connection:
        kinds = [(entry.kind, entry.subject) for entry in record.entries_of(connection, "hilltop-main")]
    assert ("means-failed", "person:morgan") in kinds


def test_every_means_is_tried_in_its_order(desk: Desk) -> None:
    desk.urgent("urgent")
    desk.sender.trouble = {MORGAN: [refused], MAIL: [refused]}
    for _ in range(3):
        desk.deliver()
    assert [(said.target, said.text.splitlines()[0]) for said in desk.sender.said] == [(PAGER, "urgent")]


@pytest.mark.parametrize(("severity", "seconds"), [(Severity.CRITICAL, 30), (Severity.NORMAL, 120)])
def test_an_escalation_that_does_not_get_out_in_time_goes_by_the_next_means_too(
    desk: Desk, severity: Severity, seconds: int
) -> None:
    number = desk.alert(severity=severity)
    desk.urgent("urgent", kind=NoticeKind.ALERT, alert=number)
    desk.sender.trouble[MORGAN] = [postponed(seconds=0)] * 6
    desk.deliver_for(seconds=seconds - 1)
    assert desk.sender.said == []
    desk.deliver_for(seconds=1)
    (told,) = desk.sender.to(MAIL)
    assert told.splitlines() == [
        "urgent",
        "(You get this here because Slack did not take it in time; it may come there as well.)",
    ]
    desk.deliver_for(seconds=180)
    assert desk.sender.to(MORGAN) == ["urgent"]
    assert desk.sender.to(MAIL) == [told]
    assert desk.sender.to(PAGER) == []


def test_what_went_out_in_time_goes_by_no_other_means(desk: Desk) -> None:
    number = desk.alert(severity=Severity.CRITICAL)
    desk.urgent("urgent", kind=NoticeKind.ALERT, alert=number)
    assert desk.deliver_for(seconds=150) == 1
    assert desk.parcel("urgent|1").state is NoticeState.SUPPRESSED
    assert desk.parcel("urgent|1").error == "not needed: it went out by Slack"
    with desk.database.snapshot() as connection:
        assert delivery.next_attention(connection) is None


@pytest.mark.parametrize("death", [killed, killed_after])
def test_what_a_dead_process_had_in_hand_goes_by_the_next_means_in_time(desk: Desk, death: object) -> None:
    number = desk.alert(severity=Severity.CRITICAL)
    desk.urgent("urgent", kind=NoticeKind.ALERT, alert=number)
    desk.sender.trouble[MORGAN] = [death]  # type: ignore[list-item]
    with desk.dying():
        desk.deliver()
    desk.clock.forward(seconds=30)
    desk.deliver()
    assert len(desk.sender.to(MAIL)) == 1


def test_nobody_is_told_by_a_further_means_what_somebody_has_already(desk: Desk) -> None:
    number = desk.alert()
    desk.urgent("urgent", kind=NoticeKind.ALERT, alert=number)
    desk.sender.trouble[MORGAN] = [postponed(seconds=0)] * 9
    desk.deliver()
    with desk.database.transaction() as connection:
        escalation.acknowledge(connection, desk.pharmacy, number, cast.AMIRA, desk.clock.now)
    desk.deliver_for(seconds=125)
    assert desk.sender.to(MAIL) == []


# --- nobody knows


def test_an_escalation_without_an_answer_is_sent_again_and_says_that_it_may_be_a_repeat(desk: Desk) -> None:
    desk.urgent("urgent")
    desk.sender.trouble[MORGAN] = [answer_lost]
    desk.deliver_for(seconds=3)
    assert [said.may_repeat for said in desk.sender.said] == [False, True]
    assert desk.sender.looked_for == []


@pytest.mark.parametrize(("trouble", "arrived"), [(answer_lost, 1), (lost, 1)])
def test_a_routine_notice_without_an_answer_is_looked_up_before_a_second_try(
    desk: Desk, trouble: object, arrived: int
) -> None:
    desk.notice("reminder")
    desk.sender.trouble[CHANNEL] = [trouble]  # type: ignore[list-item]
    desk.deliver()
    assert desk.parcel("reminder").state is NoticeState.UNKNOWN
    desk.deliver_for(seconds=3)
    assert len(desk.sender.to(CHANNEL)) == arrived
    assert desk.sender.looked_for == ["reminder"]
    assert desk.parcel("reminder").state is NoticeState.SENT
    assert desk.parcel("reminder").ts is not None


def test_a_lookup_that_fails_leaves_the_notice_unknown(desk: Desk) -> None:
    """Had it become pending, the next try would not look again, and the channel would read it twice."""
    desk.notice("reminder")
    desk.sender.trouble = {CHANNEL: [answer_lost], f"find:{CHANNEL}": [postponed(seconds=0), lost]}
    desk.deliver_for(seconds=3)
    assert desk.parcel("reminder").state is NoticeState.UNKNOWN
    desk.deliver_for(seconds=60)
    assert desk.parcel("reminder").state is NoticeState.SENT
    assert desk.sender.to(CHANNEL) == ["reminder"]


@pytest.mark.parametrize("death", [killed, killed_after])
def test_a_process_that_dies_with_an_escalation_in_hand_leaves_it_to_be_sent_again(desk: Desk, death: object) -> None:
    desk.urgent("urgent")
    desk.sender.trouble[MORGAN] = [death]  # type: ignore[list-item]
    with desk.dying():
        desk.deliver()
    assert desk.deliver() == 0
    desk.clock.forward(seconds=IN_HAND_FOR.total_seconds())
    assert desk.deliver() == 1
    assert desk.sender.said[-1].may_repeat
    assert desk.deliver() == 0


@pytest.mark.parametrize("death", [killed, killed_after])
def test_a_process_that_dies_with_a_routine_notice_in_hand_never_doubles_it(desk: Desk, death: object) -> None:
    desk.notice("reminder")
    desk.sender.trouble[CHANNEL] = [death]  # type: ignore[list-item]
    with desk.dying():
        desk.deliver()
    desk.clock.forward(seconds=IN_HAND_FOR.total_seconds())
    desk.deliver()
    assert desk.sender.to(CHANNEL) == ["reminder"]
    assert desk.parcel("reminder").state is NoticeState.SENT


@pytest.mark.parametrize("death", [killed, killed_after])
def test_a_process_that_dies_with_a_card_in_hand_never_posts_a_second_one(desk: Desk, death: object) -> None:
    desk.card()
    desk.sender.trouble[CHANNEL] = [death]  # type: ignore[list-item]
    with desk.dying():
        desk.deliver()
    desk.clock.forward(seconds=IN_HAND_FOR.total_seconds())
    desk.deliver_for(seconds=3)
    assert desk.the_card().state == "shown"
    assert next(desk.sender._numbers) == 2, "one message was posted"


def test_a_slow_process_does_not_undo_what_another_noted_meanwhile(desk: Desk) -> None:
    """It hears "wait" only after the other has taken over and sent: the notice stays sent."""
    desk.urgent("urgent")

    def other_takes_over(_arrive: object) -> None:
        desk.clock.forward(seconds=IN_HAND_FOR.total_seconds())
        other = Desk(desk.database)
        other.clock.now, other.sender = desk.clock.now, desk.sender
        assert other.deliver() == 1
        postponed(seconds=0)(lambda: None)

    desk.sender.trouble[MORGAN] = [other_takes_over]
    desk.deliver()
    assert desk.parcel("urgent").state is NoticeState.SENT
    desk.deliver_for(seconds=90)
    assert len(desk.sender.said) == 1


# --- no longer true


def test_what_was_resolved_before_its_turn_is_not_sent(desk: Desk) -> None:
    number = desk.alert()
    desk.urgent("amira is told", "amira", kind=NoticeKind.ALERT, alert=number)
    desk.resolve()
    desk.deliver_for(seconds=2)
    assert desk.sender.said == []
    assert desk.parcel("amira is told").state is NoticeState.SUPPRESSED
    assert desk.parcel(f"alert:{number}:resolved:amira").state is NoticeState.SUPPRESSED


def test_who_was_told_hears_that_it_is_resolved(desk: Desk) -> None:
    number = desk.alert()
    desk.urgent("amira is told", "amira", kind=NoticeKind.ALERT, alert=number)
    desk.deliver()
    desk.resolve()
    desk.deliver_for(seconds=2)
    assert desk.sender.to(AMIRA) == ["amira is told", "Resolved: Opening checklist missed. It was done late."]


def test_what_may_have_been_sent_is_sent_again_even_when_it_is_resolved(desk: Desk) -> None:
    number = desk.alert()
    desk.urgent("amira is told", "amira", kind=NoticeKind.ALERT, alert=number)
    desk.sender.trouble[AMIRA] = [lost]
    desk.deliver()
    desk.resolve()
    desk.deliver_for(seconds=5)
    assert [text.split(":")[0] for text in desk.sender.to(AMIRA)] == ["Resolved", "amira is told"]


# --- cards


def test_ten_changes_cost_one_update(desk: Desk) -> None:
    desk.card()
    desk.deliver()
    for _ in range(10):
        desk.touch()
    desk.clock.forward(seconds=1)
    assert desk.deliver() == 1
    assert desk.deliver_for(seconds=5) == 0
    assert [wanted for _, _, wanted in desk.sender.shown] == [1, 11]


def test_a_change_while_the_card_is_in_hand_is_shown_next(desk: Desk) -> None:
    desk.card()
    desk.sender.before_each = lambda: desk.touch() if not desk.sender.shown else None
    desk.deliver()
    assert desk.deliver_for(seconds=2) == 1
    assert [wanted for _, _, wanted in desk.sender.shown] == [1, 2]


def test_a_card_whose_message_is_gone_is_posted_anew(desk: Desk) -> None:
    desk.card()
    desk.deliver()
    first = desk.the_card().ts
    assert first is not None
    desk.sender.gone.add(first)
    desk.touch()
    desk.deliver_for(seconds=3)
    assert desk.the_card().state == "shown"
    assert desk.the_card().ts not in (None, first)


def test_a_card_that_cannot_be_shown_asks_for_a_tick_at_once(desk: Desk) -> None:
    """What follows from it is the tick's to decide, and it need not wait for its next turn."""
    desk.card()
    desk.sender.trouble[CHANNEL] = [refused]
    desk.deliver()
    assert desk.the_card().state == "failed"
    assert desk.pace.has_failed
    desk.deliver()
    assert not desk.pace.has_failed


def test_a_card_that_cannot_be_shown_is_an_alert_and_gets_another_chance_with_the_next_change(desk: Desk) -> None:
    desk.card()
    desk.sender.trouble[CHANNEL] = [refused]
    desk.deliver_for(seconds=5)
    assert desk.the_card().state == "failed"
    assert desk.sender.shown == []
    undelivered.alert_of_failures(desk.database, desk.pharmacy, desk.clock.now)
    with desk.database.snapshot() as connection:
        assert [alert.kind for alert in alerts.unresolved(connection)] == [AlertKind.DELIVERY]
    desk.touch()
    desk.deliver_for(seconds=2)
    assert desk.the_card().state == "shown"


def test_a_card_found_after_a_lost_answer_is_brought_up_to_date(desk: Desk) -> None:
    desk.card()
    desk.sender.trouble[CHANNEL] = [answer_lost]
    desk.deliver()
    desk.touch()
    desk.deliver_for(seconds=5)
    assert desk.sender.looked_for == [desk.the_card().key]
    assert desk.the_card().state == "shown"
    assert desk.the_card().shown == desk.the_card().wanted


def test_an_alert_message_is_adopted_as_a_card_and_edited_when_the_alert_changes(desk: Desk) -> None:
    number = desk.alert()
    desk.urgent("amira is told", "amira", kind=NoticeKind.ALERT, alert=number)
    desk.deliver()
    with desk.database.transaction() as connection:
        escalation.acknowledge(connection, desk.pharmacy, number, cast.AMIRA, desk.clock.now)
        adopted = cards.of_subject(connection, CardKind.ALERT, str(number))
    assert [(card.channel, card.wanted, card.shown) for card in adopted] == [(AMIRA, 2, 1)]


# --- time


def test_delivery_is_next_needed_when_its_earliest_row_is_due(desk: Desk) -> None:
    with desk.database.snapshot() as connection:
        assert delivery.next_attention(connection) is None
    desk.notice("reminder")
    desk.sender.trouble[CHANNEL] = [lost]
    desk.deliver()
    with desk.database.snapshot() as connection:
        assert delivery.next_attention(connection) == desk.clock.now + timedelta(seconds=2)
    desk.deliver_for(seconds=3)
    with desk.database.snapshot() as connection:
        assert delivery.next_attention(connection) is None
