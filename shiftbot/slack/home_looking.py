"""Reading from the database what a Home tab shows; every function reads within the caller's view."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.duty_change import shift_of
from shiftbot.domain.follow_up import may_close
from shiftbot.domain.local_time import local_date
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import duty, follow_ups, hand_over, patterns, rostering, runs, signing
from shiftbot.services.cold_chain.looking import unit_overview
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.services.hand_over import HandOverView
from shiftbot.services.runs import RunView
from shiftbot.slack import opening, sites
from shiftbot.slack.blocks.glance import duty_line
from shiftbot.slack.blocks.home_picture import ManagedPicture, MyDuty, SitePicture
from shiftbot.storage import alerts, cards, cases, glances
from shiftbot.storage.cards import Card

WORKING = frozenset({Role.TECHNICIAN, Role.PHARMACIST})
"""Who does the work of a shift: takes it over, and signs."""

SOON = timedelta(hours=12)
"""Somebody's next duty is named on their tab from so long before."""

SITES_AT_A_GLANCE = 40
"""At most so many sites of a manager are shown, those with trouble first."""


def site_picture(connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, now: datetime) -> SitePicture:
    """One site for one person, without the links to its cards, which Slack is asked for.

    `pharmacy` is with duty as it is agreed now.
    """
    return SitePicture(
        site=site,
        runs=runs.unfinished(connection, pharmacy, site.id, now),
        alerts=alerts.unresolved(connection, site.id),
        cases=cases.open_cases(connection, site.id),
        units=unit_overview(connection, pharmacy, site.id, now),
        on_duty=duty.on_duty(pharmacy, site.id, now),
        on_shift=duty.on_shift(pharmacy, site.id, now),
        follow_ups=_follow_ups(connection, pharmacy, site, person, now),
        note=_note(connection, pharmacy, site, person),
        offered=opening.offered(pharmacy, site),
        takes_deliveries=opening.takes_deliveries(pharmacy, site),
        needs_pin=_needs_pin(connection, site, person),
        duty_line=duty_line(pharmacy, site, now),
        mine=_own_duty(connection, pharmacy, site, person, now),
    )


def _own_duty(connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, now: datetime) -> MyDuty | None:
    """The shift of theirs that runs or comes within half a day."""
    shift = shift_of(pharmacy, site.id, person.id, now)
    if shift is None or shift.starts_at > now + SOON:
        return None
    return MyDuty(shift.starts_at, shift.ends_at, rostering.due_to_sign_on(connection, pharmacy, site, person, now))


def _follow_ups(
    connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, now: datetime
) -> list[CarriedFollowUp]:
    """Those this person may close; a colleague's are only for a pharmacist to see here."""
    carried = follow_ups.carried(connection, pharmacy, site.id, now)
    theirs = [each for each in carried if may_close(each.follow_up, person)]
    return sorted(theirs, key=lambda each: (not each.overdue, each.follow_up.owner != person.id))


def _note(connection: Connection, pharmacy: Pharmacy, site: Site, person: Person) -> HandOverView | None:
    if not person.roles & WORKING:
        return None  # a manager's word that it was read would keep the next shift from being asked
    unread = hand_over.unread(connection, pharmacy, site.id)
    waiting = [each for each in unread if each.written_by != person.id and person.id not in each.read_by]
    return hand_over.view(connection, pharmacy, waiting[0].id) if waiting else None


def _needs_pin(connection: Connection, site: Site, person: Person) -> bool:
    return bool(site.pin and person.roles & WORKING) and not signing.has_pin(connection, person)


def posted_cards(connection: Connection, views: Sequence[RunView]) -> dict[int, list[Card]]:
    """Where the cards of these runs stand."""
    return {view.run.id: cards.of_subject(connection, CardKind.RUN, str(view.run.id)) for view in views}


def managed_picture(
    connection: Connection, pharmacy: Pharmacy, person: Person, troubled: Mapping[str, int], now: datetime
) -> ManagedPicture:
    """A manager's sites; figures are counted only for those that are shown."""
    mine = sorted(sites.managed(pharmacy, person), key=lambda site: -troubled.get(site.id, 0))
    shown, rest = mine[:SITES_AT_A_GLANCE], mine[SITES_AT_A_GLANCE:]
    figures = glances.figures(connection, {site.id: local_date(site.calendar, now) for site in shown}, now)
    ordered = sorted(shown, key=lambda site: -figures[site.id].trouble)
    return ManagedPicture(
        sites=[(site, figures[site.id]) for site in ordered],
        more=len(rest),
        more_troubled=sum(1 for site in rest if site.id in troubled),
    )


class Patterns:
    """What of a site's last weeks is worth a question, in lines. Four weeks are read for it, so it is kept a while."""

    KEPT = timedelta(hours=1)

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, list[str]]] = {}
        self._lock = Lock()

    def lines(self, connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> list[str]:
        """The lines of a site, at most an hour old."""
        with self._lock:
            known = self._known.get(site.id)
        if known is not None and now - self.KEPT < known[0] <= now:
            return known[1]
        found = patterns.recent(connection, site.id, now)
        lines = [patterns.pattern_line(pharmacy, each) for each in found]
        with self._lock:
            self._known[site.id] = (now, lines)
        return lines
