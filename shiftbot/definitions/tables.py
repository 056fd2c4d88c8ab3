"""Sites and units of a chain as CSV: each row becomes what the same thing would be in YAML, and knows its place."""

import csv
import re
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from shiftbot.definitions.mistakes import Location, Mistake, one_of
from shiftbot.definitions.reading import Unread

SITE_COLUMNS = {
    "id": ("id",),
    "name": ("name",),
    "timezone": ("timezone",),
    "temperature_unit": ("temperature_unit",),
    "channel": ("channel",),
    "hours": ("hours",),
    "holidays": ("closed", "holidays"),
    "closed": ("closed", "also"),
    "setting": ("setting",),
    "checklists": ("checklists",),
    "fallback": ("fallback",),
    "controlled": ("controlled",),
    "summary": ("summary",),
    "registers": ("registers",),
    "mailboxes": ("mailboxes",),
    "photos": ("photos",),
    "signing": ("signing",),
    "policy": ("policy",),
    "follow_up_within": ("follow_ups", "within"),
    "follow_up_escalate_after": ("follow_ups", "escalate_after"),
}
"""Column → where its value stands in a site. Lists are written `one; two`, hours `mon-fri 08:00-20:00; sat
09:00-17:00`, controlled drugs `oxycodone-5 Oxycodone 5 mg tablet; …`, registers and mailboxes likewise."""

UNIT_COLUMNS = {
    "id": ("id",),
    "site": ("site",),
    "name": ("name",),
    "class": ("class",),
    "topic": ("sensor", "topic"),
    "format": ("sensor", "format"),
    "every": ("sensor", "every"),
    "unit": ("sensor", "unit"),
    "probe": ("sensor", "probe"),
    "gateway": ("sensor", "gateway"),
    "probe_in": ("probe",),
    "certificate": ("calibration", "certificate"),
    "calibration_due": ("calibration", "due"),
    "escalation": ("escalation",),
}

_CELL = re.compile(r'(?:"(?:[^"]|"")*"|[^,"]*)(?:,|$)')


@dataclass(eq=False)
class Table:
    """One CSV file. Locations in it are those of its rows' things, led by the row's position."""

    name: str
    text: str = field(repr=False)
    columns: dict[str, tuple[str, ...]] = field(repr=False)
    header: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list, repr=False)
    content: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @cached_property
    def _split(self) -> list[str]:
        return self.text.splitlines()

    def place(self, location: Location, *, on_key: bool) -> tuple[int, int]:
        """Line of the row, and the column at which the cell begins."""
        if not location:
            return 1, 1
        row = location[0]
        line = self.lines[row] if isinstance(row, int) and row < len(self.lines) else 1
        cells = list(_CELL.finditer(self._split[line - 1]))
        position = self._position(location[1:])
        return line, cells[position].start() + 1 if position < len(cells) else 1

    def _position(self, inner: Location) -> int:
        for column, path in self.columns.items():
            if inner and column in self.header and path == inner[: len(path)]:
                return self.header.index(column)
        return next((place for place, name in enumerate(self.header) if inner and name == inner[0]), 0)


def read_table(path: Path, name: str, columns: dict[str, tuple[str, ...]]) -> tuple[Table | None, list[Mistake]]:
    """The rows of a CSV file, and what is wrong with it as a table."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [Mistake(Unread(name), (), "this is not UTF-8 text", "save it as CSV UTF-8")]
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        return None, [Mistake(Unread(name), (), problem, "check its name; it belongs beside pharmacy.yaml")]
    reader = csv.reader(StringIO(text))
    header = [cell.strip() for cell in next(reader, [])]
    table = Table(name, text, columns, header)
    mistakes = _header_mistakes(table)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            table.lines.append(reader.line_num)
            table.content.append(_thing(table, cells))
    return table, mistakes


def _header_mistakes(table: Table) -> list[Mistake]:
    if not table.header:
        return [Mistake(Unread(table.name), (), "the file is empty", f"begin it with {','.join(table.columns)}")]
    starts = [match.start() + 1 for match in _CELL.finditer(table.text.splitlines()[0])]
    return [
        Mistake(Unread(table.name, 1, start), (), f'"{name}" is not a column here', one_of(name, list(table.columns)))
        for name, start in zip(table.header, starts, strict=False)
        if name not in table.columns
    ]


def _thing(table: Table, cells: list[str]) -> dict[str, Any]:
    """A row as nested keys; empty cells are keys that were not written."""
    thing: dict[str, Any] = {}
    for column, cell in zip(table.header, cells, strict=False):
        path = table.columns.get(column)
        if path is None or not cell.strip():
            continue
        inner = thing
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = _value(column, cell.strip())
    return thing


def _value(column: str, text: str) -> object:
    match column:
        case "hours":
            return dict(_pair(each) for each in _several(text))
        case "controlled" | "registers" | "mailboxes":
            return [dict(zip(("id", "name"), _pair(each), strict=True)) for each in _several(text)]
        case "closed" | "checklists":
            return _several(text)
    return text


def _several(text: str) -> list[str]:
    return [each.strip() for each in text.split(";") if each.strip()]


def _pair(text: str) -> tuple[str, str]:
    first, _, rest = text.partition(" ")
    return first, rest.strip()
