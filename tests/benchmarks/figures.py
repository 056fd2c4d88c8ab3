"""What a benchmark hands back: figures for one table, each with what to reach and what it stands beside."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, its value in words, what design and peers say about it."""

    what: str
    value: str
    reach: str = ""
    beside: str = ""


COLUMNS = ("measured", "here", "to reach", "beside it")


def table(figures: Iterable[Figure]) -> str:
    """The figures as a table in Markdown, its columns aligned."""
    return aligned([COLUMNS, *((each.what, each.value, each.reach, each.beside) for each in figures)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows, the first one the heads of the columns, as a table in Markdown."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_lines(rows, widths))


def _lines(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def spread(milliseconds: Sequence[float]) -> str:
    """The median and the 99th percentile in words."""
    return f"p50 {percentile(milliseconds, 0.5):.1f} ms, p99 {percentile(milliseconds, 0.99):.1f} ms"
