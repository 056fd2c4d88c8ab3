"""Preparing runs: what each site's checklists ask today and tomorrow, frozen as plans before they open."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Plan, lay_out
from shiftbot.domain.recurrence import instant, local_date, occurrences
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.batches import each_alone
from shiftbot.storage import runs, schedules
from shiftbot.storage.database import Database

BATCH = 500

LOOK_BACK_DAYS = 7
"""After a stop, runs of at most this many past days are prepared, to be shown as missed instead of vanishing."""


def plan_for(pharmacy: Pharmacy, site: Site, checklist_id: str) -> Plan:
    """What the next run of a checklist asks at a site, as defined now."""
    units = pharmacy.units_of(site.id)
    degrees = site.temperature_unit
    limits = {unit.id: (unit.storage_class.low[degrees], unit.storage_class.high[degrees]) for unit in units}
    return lay_out(
        pharmacy.checklists[checklist_id],
        temperature_unit=degrees.value,
        units={unit.id: unit.name for unit in units},
        controlled={drug.id: drug.name for drug in site.controlled},
        limits=limits,
    )


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions: every site's runs not yet open are prepared again at the next tick."""
    with database.transaction() as connection:
        for site in pharmacy.sites.values():
            today = local_date(site.calendar, now)
            if not schedules.add(connection, site.id, "prepare", now, today):
                known = schedules.load(connection, site.id, "prepare")
                if known is not None and known[0] > now:
                    schedules.move(connection, site.id, "prepare", known[0], now, known[1])


def prepare_runs(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Prepare today's and tomorrow's runs of every site whose turn it is; each site in a transaction of its own."""

    def find(connection: Connection) -> list[tuple[str, date | None, datetime]]:
        return [due for due in schedules.find_due(connection, "prepare", now) if due[0] in pharmacy.sites][:BATCH]

    def take(connection: Connection, due: list[tuple[str, date | None, datetime]]) -> None:
        for site_id, since_on, since in due:
            _prepare_site(connection, pharmacy, pharmacy.sites[site_id], since_on, since, now)

    each_alone(database, find, take, name=lambda due: f"the runs of {due[0]}")


def _prepare_site(
    connection: Connection, pharmacy: Pharmacy, site: Site, since_on: date | None, since: datetime, now: datetime
) -> None:
    today = local_date(site.calendar, now)
    first = max(min(since_on or today, today), today - timedelta(days=LOOK_BACK_DAYS))
    known = runs.has_any(connection, site.id)
    runs.forget_prepared(connection, site.id, now)
    for checklist_id in site.checklists:
        plan = plan_for(pharmacy, site, checklist_id)
        if not plan.lines:
            continue
        schedule = pharmacy.checklists[checklist_id].schedule
        days = ((today + timedelta(days=1)) - first).days + 1
        due = [
            each
            for day in range(days)
            for each in occurrences(schedule, site.calendar, first + timedelta(days=day))
            if known or each.missed_at > now
        ]
        runs.prepare(connection, site.id, checklist_id, runs.save_plan(connection, plan), due)
    midnight = instant(site.calendar.timezone, today + timedelta(days=1), datetime.min.time())
    schedules.move(connection, site.id, "prepare", since, midnight, today + timedelta(days=1))
