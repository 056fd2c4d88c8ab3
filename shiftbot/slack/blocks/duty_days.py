"""The days of the week to come: each with its hours, who has the duty, what was changed, where nobody is."""

from datetime import date, datetime, time, timedelta

from shiftbot.domain.checklist import Role
from shiftbot.domain.duty_change import Agreement, Kind, Standing
from shiftbot.domain.local_time import instant, local_clock, local_text, opening_span
from shiftbot.domain.roster import Shift, gaps, roster_of, shifts
from shiftbot.domain.site import Site
from shiftbot.slack.blocks.duty_picture import DutyPicture, change_text, end_text, held, name_of
from shiftbot.slack.blocks.parts import plain

LINES_A_DAY = 12

_DAY = timedelta(days=1)


def day_text(seen: DutyPicture, on: date) -> str:
    site = seen.site
    since, until = day_span(site, on)
    opens = opening_span(site.calendar, on)
    hours = f"open {local_clock(site.calendar, opens[0])}–{local_clock(site.calendar, opens[1])}" if opens else "closed"
    lines = [_line(seen, shift) for shift in held(seen, since, until) if shift.ends_at > since]
    lines += [_away_line(seen, each, since, until) for each in seen.agreed if _is_away(each, since, until)]
    lines += _nobody(seen, max(since, seen.now), until)
    others = [_line(seen, shift, quiet=True) for shift in _others(seen, since, until)]
    if not lines and opens:
        lines = ["nobody"]
    shown = [*lines, *others][:LINES_A_DAY]
    more = len(lines) + len(others) - len(shown)
    head = f"*{date_text(site, since)}*  ·  {hours}"
    return "\n".join([head, *(f"      {line}" for line in shown), *([f"      and {more} more"] if more else [])])


def day_span(site: Site, on: date) -> tuple[datetime, datetime]:
    """The instants at which a local day begins and ends."""
    zone = site.calendar.timezone
    return instant(zone, on, time()), instant(zone, on + _DAY, time())


def _line(seen: DutyPicture, shift: Shift, *, quiet: bool = False) -> str:
    begins = local_clock(seen.site.calendar, shift.starts_at)
    span = f"{begins}–{end_text(seen.site, shift.starts_at, shift.ends_at)}"
    name = name_of(seen, shift.person)
    return f"_{span}  {name}_" if quiet else f"{span}  *{name}*{change_text(seen, shift)}"


def _nobody(seen: DutyPicture, since: datetime, until: datetime) -> list[str]:
    """The stretches of opening hours without a pharmacist."""
    if since >= until:
        return []
    found = gaps(roster_of(seen.pharmacy, seen.site.id, Role.PHARMACIST), since, until)
    clock = seen.site.calendar
    return [f":warning: {local_clock(clock, a)}–{local_clock(clock, b)}  *nobody*" for a, b in found]


def _is_away(each: Agreement, since: datetime, until: datetime) -> bool:
    standing = each.kind is Kind.ABSENCE and each.state is Standing.STANDING
    return standing and each.starts_at < until and since < each.ends_at


def _away_line(seen: DutyPicture, away: Agreement, since: datetime, until: datetime) -> str:
    why = f": {plain(away.reason)}" if away.reason else ""
    clock = seen.site.calendar
    span = f"{local_clock(clock, max(away.starts_at, since))}–{local_clock(clock, min(away.ends_at, until))}"
    return f":no_entry_sign: {span}  {name_of(seen, away.instead_of)} is away{why}"


def _others(seen: DutyPicture, since: datetime, until: datetime) -> list[Shift]:
    """The shifts of those whose duty it is not."""
    found = shifts(roster_of(seen.pharmacy, seen.site.id), since, until)
    pharmacists = {person.id for person in seen.pharmacy.people_with(Role.PHARMACIST)}
    return [shift for shift in found if shift.person not in pharmacists]


def date_text(site: Site, at: datetime) -> str:
    return local_text(site.calendar, at).rpartition(" ")[0]
