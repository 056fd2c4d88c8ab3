"""Which storage unit a cause of the cold chain is about: its subject says so, or names the row that does."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.cause import Named
from shiftbot.storage.causes import MOST_AT_ONCE
from shiftbot.storage.tables import excursions, sensor_troubles


def units_meant(connection: Connection, causes: Collection[Named]) -> dict[Named, str]:
    """The unit of each of these causes; what is about none, or about several behind one gateway, is not in it."""
    found = {cause: unit for cause in causes if (unit := _said(cause))}
    for kind, prefix, table in (
        (AlertKind.EXCURSION, "", excursions),
        (AlertKind.SENSOR, "stuck:", sensor_troubles),
    ):
        rows = {int(number): cause for cause in causes if cause[0] is kind and (number := _number(cause, prefix))}
        ids = list(rows)
        for at in range(0, len(ids), MOST_AT_ONCE):
            query = select(table.c.id, table.c.unit).where(table.c.id.in_(ids[at : at + MOST_AT_ONCE]))
            found |= {rows[row.id]: row.unit for row in connection.execute(query)}
    return found


def _number(cause: Named, prefix: str) -> str:
    number = cause[1].removeprefix(prefix)
    return number if cause[1].startswith(prefix) and number.isdecimal() else ""


def _said(cause: Named) -> str:
    """What the subject itself names: `UNIT:since` of a silence, `flapping:UNIT:since`."""
    kind, subject = cause
    head, _, rest = subject.partition(":")
    if kind is AlertKind.SILENT and rest and head != "gateway":
        return head
    return rest.partition(":")[0] if kind is AlertKind.EXCURSION and head == "flapping" else ""
