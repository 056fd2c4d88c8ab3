"""The auditor: the last step of the tick looks for what should have moved and did not, and tells of it once.

One alert for each kind of row at each site, however many rows; it ends by itself when they move.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind
from shiftbot.domain.site import Pharmacy
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert, open_alert, resolve_alert
from shiftbot.storage import alerts, stuck
from shiftbot.storage.database import Database
from shiftbot.storage.stuck import Stuck

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=20)
"""The tables are looked through so often; a tick may come many times a second."""

SEEN_FOR = timedelta(seconds=30)
"""What is found must still be there after this: another process may have it in hand just now."""

SAID: Mapping[str, str] = {
    "opening": "checklists were not opened",
    "missing": "checklists are past their deadline and were not marked missed",
    "reminding": "checklists were not looked at in time",
    "escalating": "alerts were not escalated in time",
    "following up": "follow-ups were not looked at in time",
    "handing over": "hand-over notes were not looked at in time",
    "changing duty": "changes of duty were not settled in time",
    "planning": "regular work was not done in time",
    "judging": "sensors have readings that were not judged",
    "watching": "storage units were not looked at in time",
    "settling": "excursions were not settled in time",
    "failing over": "messages failed and nobody was told",
    "escalation notices": "escalations are not being sent",
    "routine notices": "messages are not being sent",
    "cards": "cards are not being shown",
}
"""What each kind of finding is to people."""


@dataclass
class _Seen:
    """When a database was last looked through, and since when each finding is known. Forgetting it does no harm."""

    at: datetime
    since: dict[tuple[str, str], datetime] = field(default_factory=dict)


_seen: WeakKeyDictionary[Database, _Seen] = WeakKeyDictionary()


def audit(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Look for what is stuck: log it, open an alert for what is new, end the alerts of what moves again; how many."""
    seen = _seen.get(database)
    if seen is not None and abs(now - seen.at) < EVERY:
        return 0
    with database.snapshot() as connection:
        found = [each for each in stuck.find(connection, now) if each.site in pharmacy.sites]
        told = {alert.subject.partition("@")[0]: alert.subject for alert in _open(connection)}
    lasting = _lasting(database, found, now)
    fresh = [each for each in lasting if _place(each) not in told]
    over = sorted(set(told) - {_place(each) for each in found})
    _tell(database, pharmacy, fresh, now)
    _end(database, pharmacy, [told[place] for place in over], now)
    return len(found)


def _open(connection: Connection) -> list[Alert]:
    return alerts.unresolved(connection, kind=AlertKind.STUCK)


def _place(each: Stuck) -> str:
    return f"{each.site}:{each.what}"


def _lasting(database: Database, found: Collection[Stuck], now: datetime) -> list[Stuck]:
    """Those among `found` that were there before, and long enough."""
    before = _seen.get(database)
    known = before.since if before and before.at <= now else {}
    since = {(each.site, each.what): known.get((each.site, each.what), now) for each in found}
    _seen[database] = _Seen(now, since)
    return [each for each in found if now - since[each.site, each.what] >= SEEN_FOR]


def _tell(database: Database, pharmacy: Pharmacy, fresh: list[Stuck], now: datetime) -> None:
    for each in fresh:
        log.warning("%s: %s", each.site, in_words(each), extra={"action": "stuck"})
    waiting = list(fresh)

    def find(_: Connection) -> list[Stuck]:
        taken = waiting[:]
        waiting.clear()
        return taken

    def take(connection: Connection, rows: list[Stuck]) -> None:
        for each in rows:
            open_alert(connection, pharmacy, _alert(each), now)

    if fresh:
        each_alone(database, find, take, name=_place)


def _alert(each: Stuck) -> NewAlert:
    return NewAlert(
        site=each.site,
        kind=AlertKind.STUCK,
        subject=f"{_place(each)}@{each.first}:{each.since.isoformat()}",
        title=f"shiftbot itself is stuck: {SAID[each.what]}",
        detail=f"{in_words(each)}. Its log says why; whoever looks after it runs `shiftbot doctor`.",
    )


def in_words(each: Stuck) -> str:
    """What is stuck, in a line: how many rows, the first of them, and since when."""
    number = f"{each.rows} rows, the first" if each.rows > 1 else "row"
    return f"{SAID[each.what]} ({number} {each.first}, since {each.since:%Y-%m-%d %H:%M:%S} UTC)"


def _end(database: Database, pharmacy: Pharmacy, subjects: list[str], now: datetime) -> None:
    for subject in subjects:
        with database.transaction() as connection:
            resolve_alert(connection, pharmacy, AlertKind.STUCK, subject, "It moves again.", now)
        log.info("no longer stuck: %s", subject.partition("@")[0], extra={"action": "moves_again"})
