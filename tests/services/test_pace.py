"""The pace: as fast as Slack takes messages, no faster, escalations first; and nothing is lost for a wait."""

from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.notice import Lane, Notice, NoticeKind, NoticeState
from shiftbot.errors import DeliveryPostponed
from shiftbot.services import delivery
from shiftbot.services.delivery import Pace, Receipt
from shiftbot.services.delivery.pace import Budget
from shiftbot.storage import outbox
from shiftbot.storage.cards import Card
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel
from tests import cast
from tests.fakes import FakeClock

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


class Workspace:
    """A Slack that takes so many messages a second from all channels together, and then asks to wait a second."""

    def __init__(self, clock: FakeClock, per_second: float) -> None:
        self._clock = clock
        self._per_second = per_second
        self._room, self._at = per_second, clock.now
        self.taken: list[Parcel] = []
        self.refused = 0

    def send(self, parcel: Parcel) -> Receipt:
        """Take it, or ask to wait."""
        passed = (self._clock.now - self._at).total_seconds()
        self._room = min(self._per_second, self._room + passed * self._per_second)
        self._at = self._clock.now
        self._clock.forward(milliseconds=5)
        if self._room < 1:
            self.refused += 1
            raise DeliveryPostponed("Slack asks to wait", wait=timedelta(seconds=1))
        self._room -= 1
        self.taken.append(parcel)
        return Receipt(parcel.target, f"{len(self.taken)}.000100")

    def show(self, card: Card) -> Receipt | None:
        """No story here has a card."""
        raise NotImplementedError

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """Nothing is ever unknown here."""
        return None


def queue(database: Database, lane: Lane, count: int, name: str) -> None:
    """Notices to as many channels."""
    notices = [
        Notice(f"{name}:{number}", lane, "hilltop-main", NoticeKind.DELIVERY, f"C{name}{number}", f"{name} {number}")
        for number in range(count)
    ]
    with database.transaction() as connection:
        delivery.queue(connection, cast.hilltop(), notices, NOON)


def deliver_for(database: Database, slack: Workspace, clock: FakeClock, pace: Pace, seconds: float) -> None:
    """Rounds for a while, with the sleep of the loop between two."""
    until = clock.now + timedelta(seconds=seconds)
    while clock.now < until:
        delivery.deliver(database, cast.hilltop(), slack, clock.now, pace, clock)
        clock.forward(milliseconds=50)


def test_a_flood_drains_at_slacks_budget_and_escalations_go_first(database: Database) -> None:
    clock, pace, per_second, lasts = FakeClock(NOON), Pace(), 10, 16
    slack = Workspace(clock, per_second)
    queue(database, Lane.ROUTINE, 5, "routine")
    queue(database, Lane.ESCALATION, per_second * lasts, "urgent")
    deliver_for(database, slack, clock, pace, lasts)
    assert len(slack.taken) >= 0.85 * per_second * lasts
    assert {parcel.notice.lane for parcel in slack.taken} == {Lane.ESCALATION}
    assert slack.refused <= 3
    deliver_for(database, slack, clock, pace, 12)
    assert len({parcel.notice.key for parcel in slack.taken}) == len(slack.taken) == per_second * lasts + 5
    with database.snapshot() as connection:
        parcel = outbox.load(connection, "routine:0")
    assert parcel is not None
    assert parcel.state is NoticeState.SENT


def test_nothing_is_held_back_until_slack_asks_to_wait() -> None:
    budget = Budget()
    for _ in range(1000):
        assert budget.may_go(NOON)
        budget.went(NOON)


def test_a_wait_narrows_the_rate_and_what_goes_through_widens_it_again() -> None:
    budget, now = Budget(), NOON
    for _ in range(50):
        budget.went(now)
    budget.narrow(now)
    assert budget.per_second == pytest.approx(45)
    assert not budget.may_go(now)
    assert budget.may_go(now + timedelta(seconds=0.1))
    for _ in range(3000):
        budget.widen()
    assert budget.per_second is None or budget.per_second > 50


def test_a_wait_after_a_lull_is_about_one_channel() -> None:
    budget = Budget()
    budget.went(NOON - timedelta(minutes=1))
    budget.narrow(NOON)
    assert budget.per_second is None
