"""A person's quiet hours: local hours of the day in which only what is critical is told. Pure."""

from datetime import datetime, time, timedelta

from shiftbot.domain.local_time import SiteCalendar, instant, local_date

_DAY = timedelta(days=1)


def quiet_until(quiet: tuple[time, time] | None, calendar: SiteCalendar, at: datetime) -> datetime | None:
    """When the quiet hours that hold at an instant end, by the wall clock of a site; `None` when none hold.

    They are half-open: who is quiet until 07:00 is told at 07:00. An end that is not after the begin is on the next
    day. Where the clocks change they begin and end by the wall clock, too.
    """
    if quiet is None:
        return None
    begin, end = quiet
    today = local_date(calendar, at)
    for on in (today - _DAY, today):
        begins_at = instant(calendar.timezone, on, begin)
        ends_at = instant(calendar.timezone, on if end > begin else on + _DAY, end)
        if begins_at <= at < ends_at:
            return ends_at
    return None
