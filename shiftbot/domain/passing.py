"""Whether a step of a policy is taken at an instant: only when critical, in opening hours, on weekends … Pure.

Judged at the instant at which the step is due, by the local calendar of the site; several conditions must all hold.
"""

from collections.abc import Callable
from datetime import datetime

from shiftbot.domain.alert import Only, Severity, Step
from shiftbot.domain.local_time import SiteCalendar, is_open_at, local_date

SATURDAY = 5

Holds = Callable[[Step], bool]
"""Whether a step is taken now."""

IN_WORDS = {
    Only.CRITICAL: "only when it is critical",
    Only.NOT_CRITICAL: "only when it is not critical",
    Only.OPEN_HOURS: "only in opening hours",
    Only.CLOSED_HOURS: "only outside opening hours",
    Only.WEEKENDS: "only on weekends",
    Only.WEEKDAYS: "only on weekdays",
}


def holds_at(severity: Severity, calendar: SiteCalendar | None, now: datetime) -> Holds:
    """What tells of a step whether it is taken now. Without a calendar (a site that was taken out) any time will do."""

    def holds(step: Step) -> bool:
        return all(_holds(only, severity, calendar, now) for only in step.only)

    return holds


def _holds(only: Only, severity: Severity, calendar: SiteCalendar | None, now: datetime) -> bool:
    if only in (Only.CRITICAL, Only.NOT_CRITICAL):
        return (severity is Severity.CRITICAL) is (only is Only.CRITICAL)
    if calendar is None:
        return True
    if only in (Only.OPEN_HOURS, Only.CLOSED_HOURS):
        return is_open_at(calendar, now) is (only is Only.OPEN_HOURS)
    return (local_date(calendar, now).weekday() >= SATURDAY) is (only is Only.WEEKENDS)
