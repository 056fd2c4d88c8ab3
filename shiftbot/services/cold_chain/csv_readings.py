"""Readings out of a CSV file: what a logger exports, whatever stands between its cells. Knows no limits, no database.

What cannot be read costs its row and is named by its place in the file, as `file:line:column`.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shiftbot.domain.cold_chain import Reading
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.temperature import sensor_fault
from shiftbot.errors import SettingsError

COLUMNS = ("taken_at", "temperature")

DELIMITERS = (",", ";", "\t")
"""What may stand between cells; with another than the comma, a temperature may be written `4,2`."""


@dataclass(slots=True)
class FileReadings:
    """The readings of a file in order of time, and what was refused: `file:line:column: why`, in the file's order."""

    readings: list[Reading] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_file(path: Path, unit: TemperatureUnit) -> FileReadings:
    """The readings of a CSV file with the columns `taken_at` and `temperature` among others, rows in any order.

    An instant without an offset is taken as UTC, with one warning: durations and delays stay right, and a logger's
    export can be tried as it is. Of two rows for one instant the first counts. Raises SettingsError.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return _read_lines(file, unit, str(path))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the lines of a file are cut into cells, and which of them are meant."""

    name: str
    delimiter: str
    when: int
    what: int

    def at(self, number: int, line: str, cell: int) -> str:
        """Where a cell begins, or the line ends that has no such cell: `file:line:column`."""
        return f"{self.name}:{number}:{_column(line, self.delimiter, cell)}"


class _Refused(ValueError):
    """A row that is no reading: why, and which of its cells says so."""

    def __init__(self, cell: int, why: str) -> None:
        super().__init__(why)
        self.cell = cell


def _read_lines(lines: Iterable[str], unit: TemperatureUnit, name: str) -> FileReadings:
    numbered = enumerate(lines, start=1)
    shape = _shape_of(next(numbered, (1, ""))[1], name)
    read, seen = FileReadings(), set[datetime]()

    def refuse(number: int, line: str, cell: int, why: str) -> None:
        read.rejected.append(f"{shape.at(number, line, cell)}: {why}")

    for number, line in numbered:
        if not line.strip():
            continue
        try:
            reading = _read_line(line, number, unit, shape, read)
        except _Refused as refused:
            refuse(number, line, refused.cell, str(refused))
            continue
        if reading.taken_at in seen:
            written = _cells(line, shape.delimiter)[shape.when].strip()
            refuse(number, line, shape.when, f"a second reading for {written}")
            continue
        seen.add(reading.taken_at)
        read.readings.append(reading)
    read.readings.sort()
    return read


def _shape_of(first: str, name: str) -> _Shape:
    """By the first line, which names the columns. Raises SettingsError."""
    delimiter = max(DELIMITERS, key=first.count)
    header = [cell.strip().casefold() for cell in _cells(first, delimiter)]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise SettingsError(
            f"{name}:1:1: no column {' and '.join(missing)}; the first line must name {','.join(COLUMNS)}"
        )
    twice = [column for column in COLUMNS if header.count(column) > 1]
    if twice:
        place = _column(first, delimiter, len(header) - 1 - header[::-1].index(twice[0]))
        raise SettingsError(
            f"{name}:1:{place}: a second column {twice[0]}; name the one that is meant so, and no other"
        )
    return _Shape(name, delimiter, *(header.index(column) for column in COLUMNS))


def _read_line(line: str, number: int, unit: TemperatureUnit, shape: _Shape, read: FileReadings) -> Reading:
    """The reading of one line. Raises _Refused."""
    try:
        cells = _cells(line, shape.delimiter)
    except csv.Error as error:
        raise _Refused(0, str(error)) from error
    if len(cells) <= max(shape.when, shape.what):
        raise _Refused(len(cells), "too few columns")
    try:
        taken_at = _instant(cells[shape.when])
    except (ValueError, OverflowError) as error:
        raise _Refused(shape.when, str(error)) from error
    if taken_at.tzinfo is None:
        if not read.warnings:
            read.warnings.append(f"{shape.at(number, line, shape.when)}: {TAKEN_AS_UTC}")
        taken_at = taken_at.replace(tzinfo=UTC)
    written = cells[shape.what] if shape.delimiter == "," else cells[shape.what].replace(",", ".")
    try:
        return Reading(taken_at, taken_at, _degrees(written, unit), unit)
    except ValueError as error:
        raise _Refused(shape.what, str(error)) from error


def _column(line: str, delimiter: str, cell: int) -> int:
    """At which character, from 1 on, a cell begins; the end of a line that has no such cell."""
    quoted, cells = False, 0
    for place, character in enumerate(line.rstrip("\r\n")):
        if cells == cell:
            return place + 1
        quoted ^= character == '"'
        cells += character == delimiter and not quoted
    return len(line.rstrip("\r\n")) + 1


def _cells(line: str, delimiter: str) -> list[str]:
    # Line by line, so that one stray quotation mark costs one row and not the rest of the file.
    return next(csv.reader((line,), delimiter=delimiter), []) if '"' in line else line.rstrip("\r\n").split(delimiter)


TAKEN_AS_UTC = "instants without an offset are taken as UTC"


def _instant(text: str) -> datetime:
    """The instant that is written, in UTC where it has an offset. Raises ValueError."""
    written = text.strip()
    try:
        taken_at = datetime.fromisoformat(written)
    except ValueError:
        taken_at = None
    if taken_at is None or not (":" in written or "T" in written):  # a day alone is no instant
        raise ValueError(f"{written[:40]!r} is not an instant; write it like 2026-11-23T14:05:31Z")
    if not 1970 <= taken_at.year < 2200:
        raise ValueError(f"{written[:40]!r} is not of this time")
    return taken_at if taken_at.tzinfo in (UTC, None) else taken_at.astimezone(UTC)


def _degrees(text: str, unit: TemperatureUnit) -> float:
    try:
        value = float(text) + 0.0  # there is no -0 °C
    except ValueError:
        value = None
    if value is None or "_" in text:  # Python's 4_2 is 42
        raise ValueError(f"{text.strip()[:40]!r} is not a temperature")
    fault = sensor_fault(value, unit)
    if fault:
        raise ValueError(f"{text.strip()[:40]} is {fault}")
    return value
