"""The roster of a week as PNG: people as bars over the days, opening hours shaded, holes hatched, changes outlined.

What colour says is said by outline, hatching or words, too. Knows no database; matplotlib is imported when the first
picture is drawn, and one is drawn at a time (reports/charts.py).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shiftbot.domain.roster import Span
from shiftbot.reports.charts import DOTS_PER_INCH, OUT, WIDTH, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OPEN, PLANNED, CHANGED, AWAY, NOW = "#eef3fb", "#2f6f4f", "#d9822b", "#8a8f98", "#1f4e9c"

ROWS_AT_MOST = 16
NAME_CHARACTERS = 18
LETTER = timedelta(hours=1, minutes=18)
"""How wide a letter of a bar's label is, measured on the axis; a label that is wider than its bar is left out."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch in somebody's row; a `changed` one was agreed against the roster, an `away` one is an absence."""

    row: str
    since: datetime
    until: datetime
    changed: bool = False
    away: bool = False


@dataclass(frozen=True, slots=True)
class RosterPicture:
    """What the picture shows between two instants; `rows` are people's names from the top."""

    title: str
    subtitle: str
    zone: ZoneInfo
    since: datetime
    until: datetime
    now: datetime
    rows: Sequence[str]
    bars: Sequence[Bar]
    openings: Sequence[Span]
    holes: Sequence[Span]


def roster_png(picture: RosterPicture) -> bytes:
    """The week as a PNG picture."""
    with drawing:
        return _drawn(picture)


def _drawn(picture: RosterPicture) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = list(picture.rows[:ROWS_AT_MOST]) or ["nobody"]
    figure = Figure(figsize=(WIDTH, 1.7 + 0.5 * len(rows)), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _lay_out(axes, picture, rows)
    for span in picture.openings:
        _shade(axes, picture, span, facecolor=OPEN, linewidth=0, zorder=0, label="open")
    for bar in picture.bars:
        if bar.row in rows:
            _draw(axes, picture, bar, rows.index(bar.row))
    for span in picture.holes:
        look = {"facecolor": "none", "edgecolor": OUT, "hatch": "///", "linewidth": 1.2}
        _shade(axes, picture, span, **look, zorder=4, label="open, nobody on duty")
    if picture.since <= picture.now < picture.until:
        at: Any = picture.now
        axes.axvline(at, color=NOW, linewidth=1.4, linestyle=(0, (4, 2)), zorder=5, label="now")
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    written = io.BytesIO()
    figure.savefig(written, format="png", metadata={"Software": "shiftbot", "Title": picture.title})
    return written.getvalue()


def _lay_out(axes: "Axes", picture: RosterPicture, rows: Sequence[str]) -> None:
    from matplotlib import dates

    ticks: Any = dates  # its classes are not annotated
    axes.set_title(_cut(picture.title, 55), loc="left", fontsize=12, fontweight="bold")
    axes.set_title(picture.subtitle, loc="right", fontsize=9, color="#444444")
    ends: Any = (picture.since, picture.until)
    axes.set_xlim(*ends)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [_cut(row, NAME_CHARACTERS) for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(ticks.DayLocator(tz=picture.zone))
    axes.xaxis.set_minor_locator(ticks.HourLocator(byhour=[12], tz=picture.zone))
    axes.xaxis.set_major_formatter("")
    axes.xaxis.set_minor_formatter(ticks.DateFormatter("%a %-d %b", tz=picture.zone))
    axes.tick_params(axis="x", which="minor", length=0, labelsize=9)
    axes.grid(visible=True, axis="x", which="major", color="#c9c9c9", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _shade(axes: "Axes", picture: RosterPicture, span: Span, **look: Any) -> None:
    since, until = max(span[0], picture.since), min(span[1], picture.until)
    ends: Any = (since, until)
    if since < until:
        axes.axvspan(*ends, **look)


def _draw(axes: "Axes", picture: RosterPicture, bar: Bar, row: int) -> None:
    since, until = max(bar.since, picture.since), min(bar.until, picture.until)
    if since >= until:
        return
    look: dict[str, Any] = {"facecolor": PLANNED, "label": "on duty"}
    if bar.away:
        look = {"facecolor": "white", "edgecolor": AWAY, "linestyle": "--", "linewidth": 1.6, "label": "away"}
    elif bar.changed:
        look = {"facecolor": CHANGED, "edgecolor": "black", "linewidth": 1.8, "label": "changed"}
    left: Any = since
    width: Any = until - since
    axes.barh(row, width, left=left, height=0.56, zorder=2 if bar.away else 3, **look)
    label = "away" if bar.away else "–".join(_clock(at, picture.zone) for at in (bar.since, bar.until))
    if until - since >= LETTER * len(label):
        middle: Any = since + (until - since) / 2
        colour = "black" if bar.away else "white"
        look = {"ha": "center", "va": "center", "fontsize": 7, "color": colour, "clip_on": True, "zorder": 6}
        if bar.away:
            look["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axes.text(middle, row, label, **look)


def _clock(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.minute else f"{local:%H}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
