"""The alert and the case of an excursion, and the checklists that wait for one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.case import CaseKind
from shiftbot.domain.cold_chain import Excursion
from shiftbot.domain.notice import CardKind
from shiftbot.domain.recurrence import Trigger
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain import wording
from shiftbot.services.cold_chain.unit import Unit
from shiftbot.services.escalation import NewAlert
from shiftbot.services.occasions import open_on_event
from shiftbot.storage import cards, cases
from shiftbot.storage.cases import NewCase


def alert_of(unit: Unit, excursion_id: int, excursion: Excursion, detail: str) -> NewAlert:
    """What its alert starts from."""
    return NewAlert(
        site=unit.site.id,
        kind=AlertKind.EXCURSION,
        subject=str(excursion_id),
        title=wording.title(unit, excursion),
        detail=detail,
        severity=Severity.CRITICAL if excursion.critical_at else Severity.NORMAL,
        policy=unit.unit.escalation,
    )


def open_case(
    connection: Connection,
    pharmacy: Pharmacy,
    unit: Unit,
    subject: str,
    title: str,
    facts: Mapping[str, Any],
    now: datetime,
    *,
    actor: str = "",
) -> None:
    """Open its case, once, with its card and the checklists that wait for an excursion; its sensor's unless `actor`."""
    site = unit.site
    case = cases.open_case(connection, NewCase(site.id, CaseKind.EXCURSION, subject, title, facts), now)
    cards.add(connection, [(CardKind.CASE, str(case), site.id, site.channel)], now)
    open_on_event(connection, pharmacy, site, Trigger.EXCURSION, subject, now, actor or unit.actor, subject=unit.id)
