"""Reading rows one by one: what a newer program wrote is passed over, and never hides the others."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import Row

log = logging.getLogger(__name__)

Value = TypeVar("Value")


def readable(rows: Iterable[Row[Any]], read: Callable[[Row[Any]], Value]) -> list[Value]:
    """The values of the rows that `read` understands, in their order; the others are logged by their first column."""
    values = []
    for row in rows:
        try:
            values.append(read(row))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("row %s cannot be read: %r", row[0], error, extra={"action": "row_unreadable"})
    return values
