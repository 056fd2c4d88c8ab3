"""The roster of a week as a picture: bars where somebody is on duty, hatched where nobody is, changes outlined."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy
import pytest
from PIL import Image

from shiftbot.domain.site import DutyChange
from shiftbot.reports.charts import OUT
from shiftbot.reports.roster_picture import CHANGED, PLANNED, Bar, RosterPicture, roster_png
from shiftbot.slack.blocks.duty_picture import DutyPicture
from shiftbot.slack.on_duty.window import picture_of
from tests.cast import AMIRA, hilltop

MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""Midnight in New York."""


def at(day: int, hour: float) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


WEEK = RosterPicture(
    title="Hilltop Pharmacy, Main Street",
    subtitle="on duty, Mon 23 Nov to Sun 29 Nov",
    zone=ZoneInfo("America/New_York"),
    since=at(0, 0),
    until=at(7, 0),
    now=at(0, 10),
    rows=["Amira Hassan"],
    bars=[Bar("Amira Hassan", at(2, 0), at(3, 0))],
    openings=[],
    holes=[],
)


def columns(picture: RosterPicture, colour: str) -> list[float]:
    """Where along the days (0 to 7) several pixels of the plot are nearly of a colour."""
    whole = numpy.asarray(Image.open(io.BytesIO(roster_png(picture))).convert("RGB")).astype(int)
    plot = whole[30:110, 128:1148]
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    near = (abs(plot - wanted).max(axis=2) < 30).sum(axis=0)
    return [7 * float(x) / plot.shape[1] for x in numpy.flatnonzero(near >= 3)]


def test_a_bar_stands_where_somebody_is_on_duty() -> None:
    found = columns(WEEK, PLANNED)
    assert min(found) == pytest.approx(2, abs=0.1)
    assert max(found) == pytest.approx(3, abs=0.1)


def test_a_change_and_a_hole_stand_out_in_their_places() -> None:
    changed = replace(WEEK.bars[0], changed=True)
    seen = replace(WEEK, bars=[changed], holes=[(at(4, 8), at(4, 20))])
    assert columns(seen, PLANNED) == []
    assert pytest.approx(min(columns(seen, CHANGED)), abs=0.1) == 2
    assert all(4.2 < x < 5 for x in columns(seen, OUT))
    assert columns(seen, OUT)


@pytest.mark.parametrize(
    "picture",
    [
        replace(WEEK, rows=[], bars=[]),
        replace(WEEK, rows=[f"Person {number} with a very long name" for number in range(60)], bars=[]),
        replace(WEEK, bars=[Bar("Amira Hassan", at(-9, 0), at(90, 0), away=True), Bar("Nobody", at(0, 0), at(1, 0))]),
        replace(WEEK, bars=[Bar("Amira Hassan", at(8, 0), at(9, 0))], openings=[(at(9, 0), at(10, 0))], now=at(20, 0)),
    ],
    ids=["nobody", "a crowd", "far beyond both ends", "all of it later"],
)
def test_whatever_the_week_is_like_it_is_a_picture_of_a_phones_width(picture: RosterPicture) -> None:
    drawn = Image.open(io.BytesIO(roster_png(picture)))
    assert (drawn.format, drawn.width) == ("PNG", 1152)
    assert drawn.height < 1300


def test_the_weeks_picture_is_of_whole_local_days_and_marks_what_was_agreed() -> None:
    pharmacy = replace(hilltop(), duty_changes=(DutyChange(1, "hilltop-main", "priya", "amira", at(1, 10), at(1, 12)),))
    seen = picture_of(DutyPicture(pharmacy.sites["hilltop-main"], pharmacy, AMIRA, at(0, 10)))
    assert (seen.since, seen.until) == (at(0, 0), at(7, 0))
    assert [bar for bar in seen.bars if bar.changed] == [Bar("Priya Nair", at(1, 10), at(1, 12), changed=True)]
    assert seen.rows == ["Amira Hassan", "Priya Nair"]
    assert seen.subtitle == "on duty, Mon 23 Nov to Sun 29 Nov"
