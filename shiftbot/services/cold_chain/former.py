"""Units that a site had and that nobody defines any more: their readings are its own to record, keep and let go.

A unit belongs to the site that had it last. Where no definition names that site any more, nobody says how long its
readings are kept: they stay.
"""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from shiftbot.domain.site import Pharmacy
from shiftbot.storage import pairings

_known: WeakKeyDictionary[Engine, tuple[str, Mapping[str, frozenset[str]]]] = WeakKeyDictionary()
"""By database, for the definitions with this digest. Only saves a look: forgetting it does no harm."""


def units_ever_of(connection: Connection, pharmacy: Pharmacy, site: str) -> frozenset[str]:
    """The units of a site, and those that were its own when they were taken out of the definitions."""
    return frozenset(unit.id for unit in pharmacy.units_of(site)) | _former(connection, pharmacy).get(site, frozenset())


def _former(connection: Connection, pharmacy: Pharmacy) -> Mapping[str, frozenset[str]]:
    digest, former = _known.get(connection.engine, ("", {}))
    if digest == pharmacy.digest:
        return former
    gathered: dict[str, set[str]] = {}
    for unit, site in pairings.last_sites(connection).items():
        if unit not in pharmacy.units:
            gathered.setdefault(site, set()).add(unit)
    former = {site: frozenset(units) for site, units in gathered.items()}
    _known[connection.engine] = (pharmacy.digest, former)
    return former
