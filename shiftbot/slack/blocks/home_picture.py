"""What a Home tab shows, as read from the database: one picture for each site, one for a manager's many sites."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shiftbot.domain.alert import Alert
from shiftbot.domain.case import Case
from shiftbot.domain.site import Person, Site
from shiftbot.services.cold_chain.looking import UnitView
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.services.hand_over import HandOverView
from shiftbot.services.runs import RunView
from shiftbot.storage.glances import Figures


@dataclass(frozen=True, slots=True)
class SitePicture:
    """One site as the Home tab of one person shows it; `links` are by run id.

    `follow_ups` are those that this person may close, their own first. `note` is the newest that nobody has read and
    that somebody else wrote, for whoever may take the shift over. `offered` are the checklists that may be opened by
    hand, as (id, title). `duty_line` says who is on duty with whom they stand in for; `mine` is this person's own duty.
    """

    site: Site
    runs: Sequence[RunView] = ()
    links: Mapping[int, str | None] = field(default_factory=dict)
    alerts: Sequence[Alert] = ()
    cases: Sequence[Case] = ()
    units: Sequence[UnitView] = ()
    on_duty: Sequence[Person] = ()
    on_shift: Sequence[Person] = ()
    follow_ups: Sequence[CarriedFollowUp] = ()
    note: HandOverView | None = None
    offered: Sequence[tuple[str, str]] = ()
    takes_deliveries: bool = False
    needs_pin: bool = False
    duty_line: str = ""
    mine: "MyDuty | None" = None


@dataclass(frozen=True, slots=True)
class MyDuty:
    """The shift of a pharmacist that runs or begins next, and whether they are due to sign on for it."""

    starts_at: datetime
    ends_at: datetime
    signs_on: bool


@dataclass(frozen=True, slots=True)
class ManagedPicture:
    """A manager's sites at a glance, those with trouble first; `more` are not shown, `more_troubled` of them not well.

    `mistakes` are what keeps new definitions from being in force; `patterns` are lines for people.
    """

    sites: Sequence[tuple[Site, Figures]]
    more: int = 0
    more_troubled: int = 0
    mistakes: Sequence[str] = ()
    patterns: Sequence[str] = ()
