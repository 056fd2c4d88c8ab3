"""Whether somebody can be reached: what is known of each of their means, in order. Asks, and changes nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.site import Person, Pharmacy
from shiftbot.services.delivery.choosing import targets_of
from shiftbot.services.delivery.going_on import scheme
from shiftbot.storage import means
from shiftbot.storage.means import Means

VERIFIED_FOR = timedelta(days=90)
"""A means is verified anew after so long."""

ANSWERED_WITHIN = timedelta(days=14)
"""A test that is due is answered within so long, closed days included; until then the last answer holds."""


@dataclass(frozen=True, slots=True)
class MeansState:
    """One means of somebody. `place` 0 is Slack; `by` is `Slack` or an Apprise scheme, never the address itself.

    `asked_at` is when the newest test was sent, whether or not it was answered.
    """

    person: str
    place: int
    by: str
    verified_at: datetime | None = None
    failed_at: datetime | None = None
    asked_at: datetime | None = None
    failures: int = 0
    error: str = ""

    def is_verified(self, now: datetime) -> bool:
        """Whether the person answered a test of it lately enough."""
        return self.verified_at is not None and now < self.verified_at + VERIFIED_FOR + ANSWERED_WITHIN

    def works(self, now: datetime) -> bool:
        """Whether it was verified, and nothing went wrong since."""
        return self.failed_at is None and self.is_verified(now)


def reach_of(connection: Connection, pharmacy: Pharmacy, person: Person) -> list[MeansState]:
    """Every means of somebody as they are defined now, in their order."""
    return reach_of_all(connection, [pharmacy.people.get(person.id, person)])[person.id]


def reach_of_all(connection: Connection, people: Collection[Person]) -> dict[str, list[MeansState]]:
    """The same of several people at once, by their ids."""
    known = means.of_people(connection, [person.id for person in people])
    return {
        person.id: [
            _state(person, place, target, known.get((person.id, means.address_of(target))))
            for place, target in enumerate(targets_of(person))
        ]
        for person in people
    }


def is_reachable(connection: Connection, pharmacy: Pharmacy, person: Person, now: datetime) -> bool:
    """Whether any means of somebody was verified and does not fail."""
    return any(state.works(now) for state in reach_of(connection, pharmacy, person))


def _state(person: Person, place: int, target: str, known: Means | None) -> MeansState:
    if known is None:
        return MeansState(person.id, place, scheme(target))
    return MeansState(
        person.id,
        place,
        scheme(target),
        known.verified_at,
        known.failed_at,
        known.asked_at,
        known.failures,
        known.error,
    )
