"""Rows that cannot be worked on now: noted, so that a tick knows it was not good, and due again a little later.

One such row must neither stop the others nor be looked at without a pause (design.md §4).
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Row

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=1)
"""A row that could not be worked on is tried again after this; soon, since somebody may wait to be told."""

Found = TypeVar("Found")

_noted: ContextVar[list[object] | None] = ContextVar("setbacks", default=None)


@contextmanager
def noted() -> Iterator[list[object]]:
    """A list that gathers every row that is noted inside, in this thread."""
    rows: list[object] = []
    token = _noted.set(rows)
    try:
        yield rows
    finally:
        _noted.reset(token)


def note(row: object) -> None:
    """This row could not be worked on."""
    rows = _noted.get()
    if rows is not None:
        rows.append(row)


def readable(
    rows: Iterable[Row[Any]], parse: Callable[[Row[Any]], Found], what: str
) -> tuple[list[Found], list[Row[Any]]]:
    """The rows that `parse` understands, each read alone, and those that it does not, which are noted and logged.

    A row that a newer version wrote, or a damaged one, hides no other.
    """
    found, unreadable = [], []
    for row in rows:
        try:
            found.append(parse(row))
        except (ValueError, KeyError, TypeError, AttributeError):
            log.exception("%s %s cannot be read", what, row.id, extra={"action": "row_unreadable"})
            note(row)
            unreadable.append(row)
    return found, unreadable
