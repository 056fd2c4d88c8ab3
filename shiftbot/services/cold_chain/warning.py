"""What is said in the channel and calls nobody: a unit near a limit; and readings that no probe can have taken."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.cold_chain import Direction, Nearing
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.saying import tell_channel
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.storage import record

STALE_AFTER = timedelta(minutes=30)
"""Nobody is warned of what was so earlier: readings that come late make no warning, only entries in the record."""


def converge(connection: Connection, pharmacy: Pharmacy, unit: Unit, judged: Judged, now: datetime) -> None:
    """Say what there is to warn of, and keep in the record which readings were not believed."""
    for nearing in judged.judgement.warned:
        _warn(connection, pharmacy, unit, nearing, now)
    refused = judged.judgement.refused
    if refused:
        body = {
            "temperature_unit": unit.limits.unit.value,
            "readings": [[each.at.isoformat(), each.value] for each in refused],
            "because": "no probe changes so fast",
        }
        record.append(connection, [Entry(unit.site.id, now, unit.actor, "readings-doubted", f"unit:{unit.id}", body)])


def _warn(connection: Connection, pharmacy: Pharmacy, unit: Unit, nearing: Nearing, now: datetime) -> None:
    since, told_at = nearing.started_at, nearing.told_at or now
    body = {"since": since.isoformat(), "direction": nearing.direction.value, "extreme": nearing.extreme}
    record.append(connection, [Entry(unit.site.id, now, unit.actor, "unit-warned", f"unit:{unit.id}", body)])
    if now - told_at > STALE_AFTER or unit.is_in_maintenance(now):
        return
    which = "upper" if nearing.direction is Direction.HIGH else "lower"
    text = (
        f"{unit.unit.name} is near its {which} limit since {unit.clock(since)}: {unit.degrees(nearing.extreme)} at "
        f"worst, still within {unit.range}. Look at the door and the setting."
    )
    key = f"warning:{unit.id}:{since.isoformat()}"
    tell_channel(connection, pharmacy, unit.site, key, text, now)
