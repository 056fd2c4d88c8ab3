"""Rows as they really lie in the database, read without trusting them: what does not fit its column is named.

SQLite stores whatever its file says: text in a number's column, bytes that are no UTF-8, an instant in the year 99999.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Float,
    Integer,
    Label,
    LargeBinary,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from shiftbot.storage.database import UtcDateTime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row by column name; a column that could not be read is None and named in `garbled`."""

    values: dict[str, Any]
    garbled: tuple[str, ...]

    def __getitem__(self, name: str) -> Any:
        """The value of one column."""
        return self.values[name]


def raw_rows(
    connection: Connection, table: Table, *where: ColumnElement[bool], by: tuple[Column[Any], ...] = ()
) -> Iterator[RawRow]:
    """A table's rows that fit `where`, in the order of `by`, whatever their bytes are."""
    return _rows(connection, tuple(table.columns), lambda query: query.where(*where).order_by(*by))


def raw_values(connection: Connection, column: Column[Any]) -> list[Any]:
    """The different values of one column that can be read."""
    found = _rows(connection, (column,), lambda query: query.distinct())
    return [row[column.name] for row in found if not row.garbled]


def _rows(
    connection: Connection, columns: tuple[Column[Any], ...], shaped: Callable[[Select[Any]], Select[Any]]
) -> Iterator[RawRow]:
    if connection.dialect.name == "sqlite":
        for row in connection.execution_options(yield_per=1000).execute(shaped(_in_parts(columns))):
            thirds = [iter(row)] * 3
            yield _read(zip(columns, (_sqlite_value(*parts) for parts in zip(*thirds, strict=True)), strict=True))
    else:
        for row in connection.execution_options(yield_per=1000).execute(shaped(_as_stored(columns))):
            yield _read(zip(columns, row, strict=True))


# Made once for each table: a check asks for the same columns site by site.
@cache
def _in_parts(columns: tuple[Column[Any], ...]) -> Select[Any]:
    return select(*(part for column in columns for part in _sqlite_parts(column)))


@cache
def _as_stored(columns: tuple[Column[Any], ...]) -> Select[Any]:
    return select(*(_plain(column) for column in columns))


def _sqlite_parts(column: Column[Any]) -> list[Label[Any]]:
    """The kind of value that lies there, the value if it is a number, its bytes if it is text or a blob."""
    plain = type_coerce(column, NullType())
    kind = func.typeof(plain)
    number = case((kind.in_(("integer", "real")), plain))
    content = case((kind.in_(("text", "blob")), cast(plain, LargeBinary)))
    parts: list[ColumnElement[Any]] = [
        type_coerce(kind, Text()), type_coerce(number, NullType()), type_coerce(content, LargeBinary()),
    ]  # fmt: skip
    return [part.label(f"{column.name}_{index}") for index, part in enumerate(parts)]


def _sqlite_value(kind: str, number: float | None, content: bytes | None) -> Any:
    if kind == "text":
        return (content or b"").decode("utf-8", "surrogateescape")
    return content if kind == "blob" else number


def _plain(column: Column[Any]) -> Label[Any]:
    if isinstance(column.type, JSON):
        return cast(column, Text()).label(column.name)
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, BigInteger()).label(column.name)
    return column.label(column.name)


def _read(found: Iterable[tuple[Column[Any], Any]]) -> RawRow:
    values: dict[str, Any] = {}
    garbled: list[str] = []
    for column, value in found:
        try:
            values[column.name] = _value(column, value)
        except (ValueError, TypeError, OverflowError):
            values[column.name] = None
            garbled.append(column.name)
    return RawRow(values, tuple(garbled))


def _value(column: Column[Any], value: Any) -> Any:
    """The value as its column means it. Raises ValueError, TypeError or OverflowError for one that does not fit."""
    kind = column.type
    if value is None:
        if column.nullable:
            return None
        raise ValueError(f"{column.name} is never empty")
    if isinstance(kind, UtcDateTime):
        return _EPOCH + timedelta(microseconds=_checked(value, int))
    if isinstance(kind, JSON):
        return json.loads(_text(value))
    if isinstance(kind, Text):
        return _text(value)
    if isinstance(kind, Boolean):
        return {0: False, 1: True}[value] if value in (0, 1) else _checked(value, bool)
    if isinstance(kind, Date):
        return value if isinstance(value, date) else date.fromisoformat(_text(value))
    if isinstance(kind, Float):
        return float(_checked(value, int, float))
    if isinstance(kind, Integer):
        return _checked(value, int)
    raise TypeError(f"no way to read a {kind!r}")


def _checked(value: Any, *kinds: type) -> Any:
    if not isinstance(value, kinds):
        raise TypeError(f"{value!r} does not belong in this column")
    return value


def _text(value: Any) -> str:
    text: str = _checked(value, str)
    text.encode()  # an escaped byte that was no UTF-8 raises UnicodeEncodeError, which is a ValueError
    return text
