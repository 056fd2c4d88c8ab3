"""Temperature charts as PNG: limits shaded, excursions marked, gaps left open and hatched. Knows no database.

Marks and hatching say what colour says, so that a black-and-white print can be read too (domain.md §7). matplotlib
takes more than a second to import, so it is imported when the first chart is drawn.
"""

import io
import math
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from shiftbot.domain.chart import Chart, Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, DOTS_PER_INCH = 9.6, 4.0, 120
"""In inches, and dots an inch: 1152 × 480, readable on a phone."""

TITLE_CHARACTERS = 55

AROUND = 25.0
"""A limit that everything is further within than this, in degrees, is not drawn: a freezer's lower one would flatten
its line.
"""

IN_RANGE, LINE, OUT, UNKNOWN, HAND = "#dcefe0", "#14532d", "#c0392b", "#8a8f98", "#1f4e9c"

drawing = Lock()
"""One chart at a time: matplotlib's caches of fonts are not made for threads."""


def png(chart: Chart) -> bytes:
    """The chart as a PNG picture."""
    with drawing:
        return _drawn(chart)


def _drawn(chart: Chart) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _lay_out(axes, chart)
    _shade(axes, chart)
    _mark_gaps(axes, chart)
    _mark_excursions(axes, chart)
    for course in chart.courses:
        _draw_course(axes, course)
    _mark_people(axes, chart)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        unique = dict(zip(labels, handles, strict=True))
        figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    written = io.BytesIO()
    figure.savefig(written, format="png", metadata={"Software": "shiftbot", "Title": chart.title})
    return written.getvalue()


def _lay_out(axes: "Axes", chart: Chart) -> None:
    from matplotlib import dates

    ticks: Any = dates  # its classes are not annotated
    axes.set_title(_cut(chart.title), loc="left", fontsize=12, fontweight="bold")
    axes.set_title(chart.subtitle, loc="right", fontsize=9, color="#444444")
    ends: Any = (chart.since, chart.until)
    axes.set_xlim(*ends)
    axes.set_ylim(*_heights(chart))
    axes.set_ylabel(f"°{chart.degrees.value}")
    locator = ticks.AutoDateLocator(tz=chart.zone, minticks=5, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    short = chart.until - chart.since <= timedelta(days=2)
    axes.xaxis.set_major_formatter(ticks.DateFormatter("%a %H:%M" if short else "%a %-d %b", tz=chart.zone))
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _cut(title: str) -> str:
    """A title that leaves room for what stands to its right."""
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1].rstrip()}…"


def _heights(chart: Chart) -> tuple[float, float]:
    """From a little below to a little above everything shown, the limits among it unless they are far away."""
    steps = [value for course in chart.courses for step in course for value in (step.low, step.high)]
    known = [*steps, *(each.value for each in chart.by_hand)]
    shown = [*known, *filter(math.isfinite, _near(chart.limits, known))]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    margin = max((high - low) * 0.12, 0.5)
    return low - margin, high + margin


def _near(limits: tuple[float, float], known: Sequence[float]) -> tuple[float, float]:
    """The limits without one that everything is far within; one that was broken is always near."""
    if not known:
        return limits
    low, high = limits
    return (
        low if low >= min(known) - AROUND else -math.inf,
        high if high <= max(known) + AROUND else math.inf,
    )


def _shade(axes: "Axes", chart: Chart) -> None:
    low, high = chart.limits
    bottom, top = _heights(chart)
    if math.isinf(low) and math.isinf(high):
        return
    axes.axhspan(max(low, bottom), min(high, top), color=IN_RANGE, zorder=0, label=f"in range {_range(chart)}")
    for limit in (each for each in chart.limits if bottom < each < top):
        axes.axhline(limit, color=LINE, linewidth=0.9, linestyle=(0, (6, 3)), zorder=1)


def _range(chart: Chart) -> str:
    low, high = chart.limits
    if math.isinf(low):
        return f"up to {high:g}"
    return f"{low:g} to {high:g}" if math.isfinite(high) else f"from {low:g}"


def _mark_gaps(axes: "Axes", chart: Chart) -> None:
    for gap in chart.gaps:
        ends: Any = (max(gap.since, chart.since), min(gap.until, chart.until))
        look: Any = {"facecolor": "none", "edgecolor": UNKNOWN, "hatch": "///", "linewidth": 0, "alpha": 0.55}
        axes.axvspan(*ends, **look, label="no reading")


def _mark_excursions(axes: "Axes", chart: Chart) -> None:
    bottom, top = _heights(chart)
    for each in chart.out_of_range:
        since, until = max(each.since, chart.since), min(each.until or chart.until, chart.until)
        ends: Any = (since, until)
        axes.axvspan(*ends, color=OUT, alpha=0.13, linewidth=0, label="excursion")
        middle: Any = [since + (until - since) / 2]
        axes.plot(middle, [bottom + (top - bottom) * 0.97], marker="v", color=OUT, markersize=7, linestyle="none")


def _draw_course(axes: "Axes", course: Sequence[Step]) -> None:
    times: Any = [step.first_at + (step.last_at - step.first_at) / 2 for step in course]
    middles = [(step.low + step.high) / 2 for step in course]
    axes.fill_between(times, [s.low for s in course], [s.high for s in course], color=LINE, alpha=0.35, linewidth=0)
    alone = "." if len(course) == 1 else ""
    axes.plot(times, middles, color=LINE, linewidth=1.3, marker=alone, zorder=3)


def _mark_people(axes: "Axes", chart: Chart) -> None:
    hand: Any = [each.at for each in chart.by_hand]
    if hand:
        values = [each.value for each in chart.by_hand]
        axes.plot(hand, values, color=HAND, marker="D", markersize=6, linestyle="none", label="read by a person")
    resets: Any = chart.resets
    if resets:
        bottom = [_heights(chart)[0]] * len(chart.resets)
        look: Any = {"marker": "|", "markersize": 14, "markeredgewidth": 2, "clip_on": True}
        axes.plot(resets, bottom, color=HAND, linestyle="none", label="min/max confirmed and reset", **look)
