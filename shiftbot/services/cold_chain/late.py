"""Excursions that were over before anybody could know: readings that were kept and sent later, or a bot that was away.

They are told all the same, but together: one alert and one case for all that come to light within five minutes, however
many pieces the kept readings arrive in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.case import CaseKind
from shiftbot.domain.cold_chain import Direction, Excursion
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.services.cold_chain import opening, wording
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.services.escalation import NewAlert, open_alert, raise_severity, resolve_alert, reword
from shiftbot.storage import alerts, cases, excursions
from shiftbot.storage.database import Database
from shiftbot.storage.excursions import StoredExcursion

SETTLES_AFTER = timedelta(minutes=5)
"""An excursion found only after its end is told of all the same: its alert lives this long, so that somebody hears."""

BATCH = 100


def is_stale(unit: Unit, excursion: Excursion, now: datetime) -> bool:
    """Whether it is judged by readings that say nothing of the present."""
    return now - excursion.last_at > unit.limits.holds_at_most


def may_join(connection: Connection, unit: Unit, excursion: Excursion, now: datetime) -> bool:
    """Whether to wait, for five minutes at most: kept readings are arriving, and the next ones may end it."""
    may_end_soon = excursion.out_since is None or is_stale(unit, excursion, now)
    return may_end_soon and excursions.found_late(connection, unit.id, now) is not None


def attention_at(connection: Connection, unit: Unit, excursion: Excursion | None, now: datetime) -> datetime | None:
    """When a unit that waits so must be judged again."""
    if excursion is None or excursion.told_at is None or not may_join(connection, unit, excursion, now):
        return None
    first = excursions.found_late(connection, unit.id, now)
    return first.settle_at if first else None


def found_over(connection: Connection, unit: Unit, excursion_id: int, excursion: Excursion, now: datetime) -> None:
    """One that was told as going on turns out to have ended long ago: its alert says so, and others may join it."""
    alert = alerts.find(connection, AlertKind.EXCURSION, str(excursion_id))
    if alert is not None:
        reword(connection, alert, alert.title, wording.detail(unit, excursion), now)
    excursions.change_excursion(connection, excursion_id, {"settle_at": now + SETTLES_AFTER})


def tell(connection: Connection, pharmacy: Pharmacy, unit: Unit, ids: Sequence[int], now: datetime) -> None:
    """Tell of excursions that were over when they were found: they join those of a moment ago, or open one alert."""
    if not ids:
        return
    found = excursions.load_excursions(connection, ids)
    first = excursions.found_late(connection, unit.id, now)
    if first is None:
        worst = max(found, key=lambda each: wording.beyond(unit, each))
        _open(connection, pharmacy, unit, worst, found, now)
    else:
        _join(connection, unit, first, found, now)


def _open(
    connection: Connection,
    pharmacy: Pharmacy,
    unit: Unit,
    worst: StoredExcursion,
    found: Sequence[StoredExcursion],
    now: datetime,
) -> None:
    title = f"{unit.unit.name} is too {'warm' if worst.direction is Direction.HIGH else 'cold'}"
    new = NewAlert(
        site=unit.site.id,
        kind=AlertKind.EXCURSION,
        subject=str(worst.id),
        title=title,
        detail=wording.over(unit, found),
        severity=Severity.CRITICAL if any(each.critical_at for each in found) else Severity.NORMAL,
        policy=unit.unit.escalation,
    )
    open_alert(connection, pharmacy, new, now)
    also = [each.id for each in found if each.id != worst.id]
    facts = wording.stored_facts(unit, worst) | ({"also": also} if also else {})
    opening.open_case(connection, pharmacy, unit, str(worst.id), title, facts, now)
    excursions.change_excursion(connection, worst.id, {"settle_at": now + SETTLES_AFTER})


def _join(
    connection: Connection, unit: Unit, first: StoredExcursion, found: Sequence[StoredExcursion], now: datetime
) -> None:
    case = cases.find(connection, CaseKind.EXCURSION, str(first.id))
    before = case.facts.get("also", []) if case else []
    also = [*before, *(each.id for each in found if each.id != first.id and each.id not in before)]
    if case is not None:
        cases.update_facts(connection, CaseKind.EXCURSION, str(first.id), dict(case.facts) | {"also": also})
        delivery.touch(connection, CardKind.CASE, case.id, now)
    alert = alerts.find(connection, AlertKind.EXCURSION, str(first.id))
    if alert is not None:
        together = excursions.load_excursions(connection, [first.id, *also])
        reword(connection, alert, alert.title, wording.over(unit, together), now)
    if any(each.critical_at for each in found):
        raise_severity(connection, AlertKind.EXCURSION, str(first.id), now)


def settle(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Resolve the alerts of excursions that were over when they were found, once somebody was told; how many."""

    def find(connection: Connection) -> list[StoredExcursion]:
        return excursions.find_to_settle(connection, now, BATCH)

    def take(connection: Connection, found: list[StoredExcursion]) -> None:
        for stored in found:
            how = "It was over when it was found. The case stays open until a pharmacist signs it."
            resolve_alert(connection, pharmacy, AlertKind.EXCURSION, str(stored.id), how, now)
            excursions.change_excursion(connection, stored.id, {"settle_at": None})

    return each_alone(database, find, take, name=lambda stored: f"excursion {stored.id}")
