"""Limits and delays looser than the rules for vaccine: who answers for them goes on the record of every site."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from shiftbot.domain.record import Entry
from shiftbot.domain.site import Override, Pharmacy, StorageClass
from shiftbot.storage import cold_chain, record

KIND = "limits-overridden"


class Overridden(NamedTuple):
    """A class that is looser than the rules at a site, and why."""

    site: str
    storage_class: StorageClass
    override: Override


def overrides_of(pharmacy: Pharmacy) -> list[Overridden]:
    """Every override that holds at a site, by site and class."""
    found = {
        (unit.site, unit.storage_class.id): Overridden(unit.site, unit.storage_class, unit.storage_class.override)
        for unit in pharmacy.units.values()
        if unit.storage_class.override is not None and unit.site in pharmacy.sites
    }
    return [found[key] for key in sorted(found)]


def note(connection: Connection, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions: put into the record what is not its newest word on a class yet."""
    record.append(connection, list(_entries(connection, pharmacy, now)))


def _entries(connection: Connection, pharmacy: Pharmacy, now: datetime) -> Iterator[Entry]:
    for site, held, override in overrides_of(pharmacy):
        subject, body = f"class:{held.id}", _body(held, override)
        if cold_chain.last_recorded(connection, site, KIND, subject) != json.loads(json.dumps(body)):
            yield Entry(site, now, override.by, KIND, subject, body)


def _body(held: StorageClass, override: Override) -> dict[str, Any]:
    return {
        "reason": override.reason,
        "on": override.on.isoformat(),
        "low": {unit.value: limit for unit, limit in held.low.items()},
        "high": {unit.value: limit for unit, limit in held.high.items()},
        "alarm_delay_seconds": held.alarm_delay.total_seconds(),
        "critical_delay_seconds": held.critical_delay.total_seconds(),
        "critical_after_seconds": held.critical_after.total_seconds(),
    }
