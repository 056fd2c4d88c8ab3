"""Whom a step of the ladder means now: see domain/whom.py, which look-ahead and preview ask as well."""

from datetime import datetime

from shiftbot.domain import whom
from shiftbot.domain.alert import Telling
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.domain.whom import Recipients, managers

__all__ = ["Recipients", "managers", "who"]


def who(pharmacy: Pharmacy, site: Site, telling: Telling, now: datetime) -> Recipients:
    """Whom a step means now, each once: never nobody. Who stands in is told why."""
    return whom.who(pharmacy, site, telling.tell, now)
