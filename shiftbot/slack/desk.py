"""What every listener is given: the database, the definitions in force, the clock, and a way to ask for a tick."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import Refused
from shiftbot.slack import texts
from shiftbot.slack.sites import Whereabouts
from shiftbot.storage.database import Database


@dataclass(frozen=True)
class Desk:
    """Made once by bootstrap. `now` gives an aware UTC instant; `wake` asks for a tick and a delivery soon."""

    database: Database
    pharmacy: Callable[[], Pharmacy]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    whereabouts: Whereabouts = field(default_factory=Whereabouts)

    def person(self, slack_id: str) -> Person:
        """Whom a Slack account belongs to. Raises Refused, kindly, for an account that nobody defined."""
        pharmacy = self.pharmacy()
        person = pharmacy.person_by_slack(slack_id)
        if person is None:
            raise Refused(texts.unknown_person(pharmacy))
        return person
