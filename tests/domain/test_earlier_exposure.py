"""What a unit went through before: sums for 72 hours and 30 days, the excursion that is asked about included."""

from datetime import UTC, datetime, timedelta

from shiftbot.domain.earlier_exposure import Together, reckon

END = datetime(2026, 11, 23, 18, tzinfo=UTC)


def excursion(hours_before: float, minutes: float, out: float | None = None) -> tuple[datetime, datetime, float]:
    start = END - timedelta(hours=hours_before)
    return start, start + timedelta(minutes=minutes), (minutes if out is None else out) * 60


def test_the_windows_end_with_the_excursion_and_count_it() -> None:
    found = reckon([excursion(0.5, 30), excursion(71, 20), excursion(24 * 20, 45), excursion(24 * 40, 600)], END)
    assert found.short == Together(timedelta(minutes=50), 2)
    assert found.long == Together(timedelta(minutes=95), 3)


def test_of_one_that_began_before_the_window_no_more_counts_than_lies_in_it() -> None:
    found = reckon([excursion(72.5, 60)], END)
    assert found.short == Together(timedelta(minutes=30), 1)
    assert found.long == Together(timedelta(minutes=60), 1)


def test_time_that_was_not_measured_does_not_count_however_long_it_lasted() -> None:
    assert reckon([excursion(10, 300, out=25)], END).short.out == timedelta(minutes=25)


def test_what_comes_later_is_no_part_of_it_and_nothing_is_nothing() -> None:
    assert reckon([excursion(-1, 30)], END).long == Together()
    assert reckon([], END).to_json() == {
        "seconds_out_72h": 0.0, "excursions_72h": 0, "seconds_out_30d": 0.0, "excursions_30d": 0,
    }  # fmt: skip
