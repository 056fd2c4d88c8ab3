"""A site at a glance, in lines: units, open checklists, who is on duty. Used by `/shift` and by the Home tab."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_clock, local_date, local_text
from shiftbot.domain.roster import Shift, roster_of, shifts
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import duty
from shiftbot.services.cold_chain.looking import Condition, UnitView
from shiftbot.services.runs import RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import escape


def unit_line(unit: UnitView, site: Site) -> str:
    """`Vaccine fridge  41.2 °F  (39.1 to 43, limits 36 to 46)`, and what is wrong with it."""
    name = f"*{escape(unit.name)}*"
    refused = f"  ·  {unit.rejected} message{'s' if unit.rejected != 1 else ''} refused" if unit.rejected else ""
    if unit.condition is Condition.SILENT:
        since = f" since {texts.clock(site, unit.silent_since)}" if unit.silent_since else ""
        return f":no_bell: {name}  silent{since}, temperature unknown{refused}"
    if unit.current is None or unit.condition is Condition.UNKNOWN:
        return f":white_circle: {name}  {'no reading yet' if unit.current is None else 'temperature unknown'}{refused}"
    known = unit.low is not None and unit.high is not None
    span = f"  ({unit.low:.1f} to {unit.high:.1f})" if known else ""
    now = f"{name}  {texts.degrees(unit.current, unit.temperature_unit.value)}{span}"
    if unit.condition is Condition.OUT_OF_RANGE:
        since = f" since {texts.clock(site, unit.excursion_since)}" if unit.excursion_since else ""
        return f":red_circle: {now}  *out of range{since}*{refused}"
    if unit.excursion_since is not None:
        return f":large_yellow_circle: {now}  *back in range, but not for long enough yet*{refused}"
    return f":large_green_circle: {now}{refused}"


def run_line(view: RunView, link: str | None = None, *, now: datetime) -> str:
    """`Opening checklist: 7 of 14, due 08:00`; the title is a link to the card where there is one."""
    title = f"<{link}|{escape(view.plan.title)}>" if link else f"*{escape(view.plan.title)}*"
    done = f"{view.answered} of {view.required}"
    due = texts.clock(view.site, view.run.due_at)
    if view.run.state is RunState.MISSED:
        return f":no_entry: {title}  {done}  ·  missed, was due {due}; can still be done late"
    if now > view.run.due_at:
        return f":warning: {title}  {done}  ·  *overdue*, was due {due}"
    return f":hourglass: {title}  {done}  ·  due {due}"


def duty_text(on_duty: Sequence[Person]) -> str:
    """Who is on duty now, by name; nobody is said plainly."""
    names = texts.joined([escape(person.name) for person in on_duty])
    return f"On duty now: *{names}*" if names else "Nobody is on duty as pharmacist now."


def duty_line(pharmacy: Pharmacy, site: Site, now: datetime) -> str:
    """The same, with whom somebody stands in for and until when; `pharmacy` is with duty as it is agreed now."""
    held = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), now, now + timedelta(microseconds=1))
    changed = [_standing_in(shift, pharmacy, site, now) for shift in held if shift.change is not None]
    return "".join([duty_text(duty.on_duty(pharmacy, site.id, now)), *changed])


def _standing_in(shift: Shift, pharmacy: Pharmacy, site: Site, now: datetime) -> str:
    same = local_date(site.calendar, shift.ends_at) == local_date(site.calendar, now)
    until = local_clock(site.calendar, shift.ends_at) if same else local_text(site.calendar, shift.ends_at)
    who, instead = (texts.short_name(pharmacy, each) for each in (shift.person, shift.instead_of))
    what = f"instead of {escape(instead)}" if shift.instead_of else "changed"
    return f"  ·  {escape(who)} {what} until {until}"
