"""What every listener is given: the database, the definitions in force, the clock, and a way to ask for a tick."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import Refused
from shiftbot.slack import texts
from shiftbot.slack.sites import Whereabouts
from shiftbot.storage.database import Database


def _cannot_reload(_: Person) -> list[str]:
    raise Refused("The definitions cannot be read again from here.")


@dataclass(frozen=True)
class Desk:
    """Made once by bootstrap. `now` gives an aware UTC instant; `wake` asks for a tick and a delivery soon."""

    database: Database
    pharmacy: Callable[[], Pharmacy]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    reload: Callable[[Person], list[str]] = _cannot_reload
    """Read the definitions again because somebody asks: the mistakes that keep the old ones, as `file:line:column: …`.

    No mistakes: they are in force. Raises Refused for who may not ask, and where several processes would each need to.
    """

    mistakes: Callable[[], Sequence[str]] = tuple
    """What keeps the newest definitions from being in force, as it was found when they were last read."""

    def person(self, slack_id: str) -> Person:
        """Whom a Slack account belongs to. Raises Refused, kindly, for an account that nobody defined."""
        pharmacy = self.pharmacy()
        person = pharmacy.person_by_slack(slack_id)
        if person is None:
            raise Refused(texts.unknown_person(pharmacy))
        return person
