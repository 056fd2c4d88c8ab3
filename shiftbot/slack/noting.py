"""Putting on the record that words were refused because they look like patient information: the class, never the words.

Knows nothing of Slack's payloads; who called it and where is given.
"""

import logging

from sqlalchemy import Connection

from shiftbot.domain.site import Pharmacy, Site
from shiftbot.errors import PatientInformation, StorageUnavailable
from shiftbot.services import privacy
from shiftbot.slack import sites
from shiftbot.slack.desk import Desk
from shiftbot.storage import events, runs

log = logging.getLogger(__name__)


def class_of(error: BaseException | None) -> str | None:
    """The class of patient information that a refusal is about, itself or what led to it; nothing for any other."""
    while error is not None:
        if isinstance(error, PatientInformation):
            return error.what
        error = error.__cause__ or error.__context__
    return None


def note_refusal(desk: Desk, user: str, channel: str | None, about: str, key: str, what: str) -> None:
    """Note it once for each `key` and class, at the pharmacy of the channel, or of what a form is `about`.

    A database that is away keeps nobody from hearing why they are refused.
    """
    pharmacy, now = desk.pharmacy(), desk.now()
    person = pharmacy.person_by_slack(user)
    if person is None:
        return  # what an unknown account sends is refused before anybody reads it
    try:
        with desk.database.transaction() as connection:
            found = sites.find_site(pharmacy, channel) or _site_of(connection, pharmacy, about)
            site = found or sites.sites_for(pharmacy, person, desk.whereabouts)[0]
            if events.first_time(connection, f"{key}:privacy:{what}", now):
                privacy.note_refusal(connection, site, person.id, what, now)
    except StorageUnavailable as error:
        log.warning("a refusal is not on the record: %s", error, extra={"action": "refusal_not_noted"})


def _site_of(connection: Connection, pharmacy: Pharmacy, about: str) -> Site | None:
    """The pharmacy of a form, which is about `site`, `site|…` or `run|line`; nothing for one that is about neither."""
    first, bar, _ = about.partition("|")
    if bar and first.isdecimal() and len(first) < 19 and first not in pharmacy.sites:
        run = runs.look_at_run(connection, int(first))
        return pharmacy.sites.get(run.site) if run else None
    return pharmacy.sites.get(first)
