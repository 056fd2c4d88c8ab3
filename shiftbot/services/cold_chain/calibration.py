"""Calibration of the loggers: said to the managers 60, 30 and 7 days ahead, and every day once it is overdue."""

from datetime import date, datetime, time

from sqlalchemy import Connection

from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.site import Pharmacy, Site, StorageUnit
from shiftbot.services.cold_chain.saying import tell_managers

AHEAD = (7, 30, 60)
"""Days before it is due at which it is said; when several have passed unsaid, only the nearest is."""

SAID_AT = time(9)
"""Local time from which on it is said: nobody is woken for it."""


def look(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> None:
    """Say what is due at a site. Saying it again says nothing: each has a key of its own."""
    today = local_date(site.calendar, now)
    if now < instant(site.calendar.timezone, today, SAID_AT):
        return
    overdue = []
    for unit in pharmacy.units_of(site.id):
        if unit.calibration_due is None:
            continue
        days = (unit.calibration_due - today).days
        if days < 0:
            overdue.append(unit)
        elif (ahead := next((each for each in AHEAD if days <= each), None)) is not None:
            key = f"calibration:{unit.id}:{unit.calibration_due}:{ahead}"
            tell_managers(connection, pharmacy, site, key, _ahead(unit, unit.calibration_due, days), now)
    if overdue:
        tell_managers(
            connection, pharmacy, site, f"calibration:{site.id}:overdue:{today}", _overdue(site, overdue), now
        )


def _ahead(unit: StorageUnit, due: date, days: int) -> str:
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{unit.name}: its logger's calibration{_certificate(unit)} is due {when}, on {due:%d %b %Y}."


def _overdue(site: Site, units: list[StorageUnit]) -> str:
    listed = ", ".join(f"{unit.name}{_certificate(unit)} since {unit.calibration_due:%d %b %Y}" for unit in units)
    return f"{site.name}: calibration is overdue: {listed}. Readings without a valid certificate may not count."


def _certificate(unit: StorageUnit) -> str:
    return f" ({unit.calibration_certificate})" if unit.calibration_certificate else ""
