"""New definitions while shiftbot runs: valid ones are taken and recorded, the mistakes of others told to managers."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.runs.preparing import plan_anew
from shiftbot.storage import record
from shiftbot.storage.database import Database

SHOWN = 10
"""Mistakes told in one message; `shiftbot check` says the others."""


def take_definitions(database: Database, before: Pharmacy, after: Pharmacy, actor: str, now: datetime) -> None:
    """Runs that are neither open nor shown are planned anew; every site's record says who changed what it goes by."""
    body = {"before": before.digest, "after": after.digest}
    sites = dict.fromkeys([*before.sites, *after.sites])
    with database.transaction() as connection:
        plan_anew(connection, after, now)
        record.append(
            connection, [Entry(site, now, actor, "definitions-changed", f"site:{site}", body) for site in sites]
        )


def refuse_definitions(database: Database, pharmacy: Pharmacy, mistakes: Sequence[str], now: datetime) -> None:
    """Tell the managers where the mistakes are; once in a minute, however often the same ones are found."""
    digest = hashlib.sha256("\n".join(mistakes).encode()).hexdigest()[:12]
    site = next(iter(pharmacy.sites.values()))
    told = [person.id for person in pharmacy.people_with(Role.MANAGER)] or [site.fallback]
    notices = [
        Notice(
            key=f"definitions:{digest}:{now:%Y%m%dT%H%M}:{person}",
            lane=Lane.ROUTINE,
            site=site.id,
            kind=NoticeKind.DEFINITIONS,
            recipient=person,
            text=_text(mistakes),
        )
        for person in told
    ]
    with database.transaction() as connection:
        delivery.queue(connection, pharmacy, notices, now)


def _text(mistakes: Sequence[str]) -> str:
    count, more = len(mistakes), len(mistakes) - SHOWN
    wrong = "a mistake" if count == 1 else f"{count} mistakes"
    lines = [f"The new definitions have {wrong}, so shiftbot goes on with the old ones:", *mistakes[:SHOWN]]
    return "\n".join([*lines, f"and {more} more; `shiftbot check` says all of them"] if more > 0 else lines)
