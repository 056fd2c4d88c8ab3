"""The chart as a picture: a line where there were readings, none across a gap, excursions and limits in their place."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy
import pytest
from PIL import Image

from shiftbot.domain.chart import ByHand, Chart, OutOfRange, Step
from shiftbot.domain.cold_chain import Direction, Gap
from shiftbot.domain.site import TemperatureUnit
from shiftbot.reports.charts import IN_RANGE, LINE, OUT, png

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
SINCE = NOON - timedelta(hours=24)
NOTHING = Chart(
    title="Vaccine fridge",
    subtitle="last 24 hours, to Mon 23 Nov 12:00",
    degrees=TemperatureUnit.FAHRENHEIT,
    zone=ZoneInfo("America/New_York"),
    since=SINCE,
    until=NOON,
    limits=(36.0, 46.0),
    courses=(),
    gaps=(Gap(SINCE, NOON),),
    out_of_range=(),
    by_hand=(),
    resets=(),
)


def course(first_hour: int, last_hour: int, value: float) -> tuple[Step, ...]:
    instants = [SINCE + timedelta(minutes=minute) for minute in range(first_hour * 60, last_hour * 60 + 1, 5)]
    return tuple(Step(at, at, value, value) for at in instants)


def changed(**fields: object) -> Chart:
    named = {name: getattr(NOTHING, name) for name in Chart.__slots__}
    return Chart(**named | fields)


def columns(chart: Chart, colour: str) -> list[float]:
    """Where along the picture (0 to 1) some column of its plot has several pixels nearly of a colour."""
    whole = numpy.asarray(Image.open(io.BytesIO(png(chart))).convert("RGB")).astype(int)
    picture = whole[32:408]  # without what is written around it
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    near = (abs(picture - wanted).max(axis=2) < 40).sum(axis=0)
    return [float(x) / picture.shape[1] for x in numpy.flatnonzero(near >= 2)]


def test_a_chart_is_a_picture_of_a_phones_width() -> None:
    picture = Image.open(io.BytesIO(png(NOTHING)))
    assert (picture.format, picture.size) == ("PNG", (1152, 480))


def test_the_line_breaks_at_a_gap_and_goes_on_after_it() -> None:
    gap = Gap(SINCE + timedelta(hours=8), SINCE + timedelta(hours=16))
    nowhere = (float("-inf"), float("inf"))
    line = columns(changed(limits=nowhere, courses=(course(0, 8, 41), course(16, 24, 41)), gaps=(gap,)), LINE)
    assert [x for x in line if 0.1 < x < 0.35]
    assert [x for x in line if 0.7 < x < 0.95]
    assert not [x for x in line if 0.4 < x < 0.65]


def test_an_excursion_is_marked_in_its_place_and_one_that_goes_on_to_the_end() -> None:
    over = OutOfRange(SINCE + timedelta(hours=11), SINCE + timedelta(hours=13), Direction.HIGH)
    marked = columns(changed(out_of_range=(over,)), OUT)
    assert marked
    assert all(0.4 < x < 0.65 for x in marked)
    going_on = columns(changed(out_of_range=(OutOfRange(SINCE + timedelta(hours=22), None, Direction.LOW),)), OUT)
    assert going_on
    assert all(x > 0.85 for x in going_on)


@pytest.mark.parametrize(
    "chart",
    [
        changed(limits=(float("-inf"), 46.0), courses=(course(0, 1, 41),), gaps=()),
        changed(limits=(float("-inf"), float("inf"))),
        changed(by_hand=(ByHand(NOON, 52.0),), resets=(NOON - timedelta(hours=5),)),
        changed(since=NOON - timedelta(days=30), courses=((Step(SINCE, NOON, 35.0, 47.0),),)),
    ],
)
def test_whatever_there_is_to_show_is_drawn(chart: Chart) -> None:
    assert png(chart) != png(NOTHING)


def dark_rows(chart: Chart) -> list[int]:
    """Rows of the picture's plot in which a good part of the line is."""
    whole = numpy.asarray(Image.open(io.BytesIO(png(chart))).convert("L")).astype(int)
    return [int(row) for row in numpy.flatnonzero((whole[32:408, 70:1090] < 80).sum(axis=1) >= 20)]


def test_a_limit_that_is_far_away_does_not_flatten_the_line() -> None:
    courses = (course(0, 12, -5.0), course(12, 24, 1.0))
    rows = dark_rows(changed(limits=(-58.0, 5.0), courses=courses, gaps=()))
    assert max(rows) - min(rows) > 150


def test_a_limit_that_was_broken_by_far_is_drawn_all_the_same() -> None:
    thawed = changed(limits=(-130.0, -76.0), courses=(course(0, 24, -4.0),), gaps=())
    assert columns(thawed, IN_RANGE)


def test_a_long_name_leaves_room_for_the_stretch_of_time() -> None:
    """What stands to the right of the title is the same, however long the title is."""
    short, long = (
        numpy.asarray(Image.open(io.BytesIO(png(changed(title=title)))).convert("L"))[:26, 760:]
        for title in ("Freezer", "Vaccine freezer with a very long name, in the back room behind the counter, left")
    )
    assert (short == long).all()


def test_the_same_chart_is_the_same_picture() -> None:
    """So that a copy can be told from another."""
    assert png(NOTHING) == png(NOTHING)
