"""`/shift temps`: each storage unit with its last day, what is known of its sensor, and what can be done about it."""

import math
from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_text
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services.cold_chain.days import UnitDay
from shiftbot.services.cold_chain.looking import Condition, UnitView
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals.window import Modal
from shiftbot.slack.blocks.parts import Block, actions, button, context, divider, overflow, plain, section
from shiftbot.storage.discovered import DiscoveredSensor
from shiftbot.storage.temperatures import Span

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"

AROUND = 10.0
"""A limit further away than this, in degrees, does not flatten the line: a freezer may be far colder than it must."""

UNITS_SHOWN = 21
"""A form holds 100 blocks; a unit takes up to four, what is said above and below them up to a dozen."""

DISCOVERED_SHOWN = 8

CHARTS = {"temps_day": "Chart 24 h", "temps_week": "7 days", "temps_month": "30 days"}
"""The buttons that send a chart."""

_DOTS = {
    Condition.IN_RANGE: ":large_green_circle:",
    Condition.OUT_OF_RANGE: ":red_circle:",
    Condition.SILENT: ":no_bell:",
    Condition.UNKNOWN: ":white_circle:",
}


def temps(
    site: Site,
    pharmacy: Pharmacy,
    person: Person,
    days: Sequence[UnitDay],
    discovered: Sequence[DiscoveredSensor],
    *,
    words: str = "",
    notice: str = "",
) -> Modal:
    """The window; `words` is what the units were narrowed down to, `notice` what has just been done."""
    blocks = [section(notice)] if notice else []
    for day in days[:UNITS_SHOWN]:
        blocks += [*_unit(day, site, pharmacy, person), divider()]
    if not days:
        named = f" called “{plain(words)}”" if words else ""
        blocks.append(section(f"{plain(site.name)} has no storage unit{named}."))
    if len(days) > UNITS_SHOWN:
        blocks.append(context(f"and {len(days) - UNITS_SHOWN} more: `/shift temps NAME` shows those you name."))
    blocks += _discovered(discovered)
    return View(
        type="modal",
        callback_id="temps",
        title=PlainTextObject(text="Temperatures"),
        close=PlainTextObject(text="Close"),
        private_metadata=f"{site.id}|{words}",
        blocks=blocks,
    ).to_dict()


def _unit(day: UnitDay, site: Site, pharmacy: Pharmacy, person: Person) -> list[Block]:
    view = day.view
    known = [unit_text(view, site), f"`{sparkline(day.hours, view.limits)}`  last 24 hours"]
    blocks = [section("\n".join(known), block_id=f"temps-of-{view.id}")]
    facts = _facts(day, site, pharmacy)
    blocks += [context("\n".join(facts))] if facts else []
    return [*blocks, _row(day, person)]


def _dot(view: UnitView) -> str:
    recovering = view.condition is Condition.IN_RANGE and view.excursion_since is not None
    return ":large_yellow_circle:" if recovering else _DOTS[view.condition]


def unit_text(view: UnitView, site: Site) -> str:
    """`:large_green_circle: *Vaccine fridge*  41.2 °F`, its lowest and highest since when, its limits."""
    head = f"{_dot(view)} *{plain(view.name)}*"
    unit = view.temperature_unit.value
    if view.current is None:
        return f"{head}  no reading yet{_limits(view)}"
    now = f"  *{texts.degrees(view.current, unit)}*"
    if view.condition in (Condition.SILENT, Condition.UNKNOWN):
        now = f"  *temperature unknown*: {_why_unknown(view, site)}; it last said {texts.degrees(view.current, unit)}"
    elif view.condition is Condition.OUT_OF_RANGE:
        now += f"  *out of range{_since(site, view.excursion_since)}*"
    elif view.excursion_since is not None:
        now += f"  *back in range, but not for long enough: the excursion{_since(site, view.excursion_since)} goes on*"
    return f"{head}{now}{_limits(view)}{_span(view, site)}"


def _since(site: Site, instant: datetime | None) -> str:
    return f" since {local_text(site.calendar, instant)}" if instant else ""


def _why_unknown(view: UnitView, site: Site) -> str:
    """Why what the sensor said last is no temperature."""
    if view.condition is Condition.SILENT:
        return f"silent{_since(site, view.silent_since or view.at)}"
    if view.concern.stuck_since is not None:
        return f"its sensor stands still{_since(site, view.concern.stuck_since)}"
    return f"it changed faster than any probe can{_since(site, view.concern.in_doubt_since)}"


def _limits(view: UnitView) -> str:
    low, high = view.limits
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(low):
        return f"  (up to {high:g})"
    return f"  ({low:g} to {high:g})" if math.isfinite(high) else f"  (from {low:g})"


def _span(view: UnitView, site: Site) -> str:
    if view.low is None or view.high is None:
        return ""
    since = local_text(site.calendar, view.since)
    unit = view.temperature_unit.value
    return f"\nmin {texts.degrees(view.low, unit)}  ·  max {texts.degrees(view.high, unit)}  since {since}"


def sparkline(hours: Sequence[Span | None], limits: tuple[float, float]) -> str:
    """One sign an hour: how high its reading furthest from the middle of the range was; a dot where there is none."""
    shown = [_furthest(span, limits) for span in hours]
    known = [value for value in shown if value is not None]
    if not known:
        return GAP * len(shown)
    low = min(*known, max(limits[0], min(known) - AROUND))
    high = max(*known, min(limits[1], max(known) + AROUND))
    height = max(high - low, 1e-9)
    return "".join(
        GAP if value is None else BARS[min(int((value - low) / height * len(BARS)), len(BARS) - 1)] for value in shown
    )


def _furthest(span: Span | None, limits: tuple[float, float]) -> float | None:
    if span is None:
        return None
    if not all(map(math.isfinite, limits)):
        return span.high
    middle = sum(limits) / 2
    return span.high if span.high - middle >= middle - span.low else span.low


def _facts(day: UnitDay, site: Site, pharmacy: Pharmacy) -> list[str]:
    """What else is to be known: who read it, who works on it, battery, clock, what was refused."""
    view = day.view
    facts = []
    if day.by_hand is not None:
        value = texts.degrees(day.by_hand.value, day.by_hand.temperature_unit.value)
        who = plain(texts.short_name(pharmacy, day.by_hand.person))
        facts.append(f":eye: {who} read {value} off the display, {local_text(site.calendar, day.by_hand.taken_at)}")
    if day.window is not None:
        who, until = plain(texts.short_name(pharmacy, day.window.author)), texts.clock(site, day.window.ends_at)
        facts.append(f":wrench: {day.window.kind.value} until {until} ({who}: {plain(day.window.reason)})")
    facts += _trends(view, site)
    said = [f"last reading {local_text(site.calendar, view.at)}"] if view.at else []
    said += [f"battery {view.battery:g} %"] if view.battery is not None else []
    said += [f"{plain(each.metric)} {each.value:g} {plain(each.unit)}" for each in view.others]
    facts += ["  ·  ".join(said)] if said else []
    facts += [plain(fact) for fact in view.facts]
    facts += [f"{view.rejected} messages refused: {plain(', '.join(view.reasons))}"] if view.rejected else []
    return facts


def _trends(view: UnitView, site: Site) -> list[str]:
    """Near a limit or in and out of range: to be known though the temperature is in range."""
    concern, said = view.concern, []
    if concern.near_limit_since is not None:
        said.append(f":warning: near its limit{_since(site, concern.near_limit_since)}")
    if concern.flapping_since is not None:
        said.append(f":warning: in and out of range{_since(site, concern.flapping_since)}")
    return said


def _row(day: UnitDay, person: Person) -> Block:
    unit = day.view.id
    unknown = day.view.condition in (Condition.SILENT, Condition.UNKNOWN)
    buttons = [button(words, action_id, unit) for action_id, words in CHARTS.items()]
    buttons.append(button("Enter a reading…", "temps_read", unit, "primary" if unknown else None))
    if person.roles & {Role.PHARMACIST, Role.MANAGER}:
        work = (f"{unit}|end", "Maintenance is done") if day.window else (f"{unit}|work", "Maintenance…")
        choices = [work, (f"{unit}|try", "What if other limits…")]
        return actions([*buttons, overflow("temps_more", choices)], block_id=f"temps-{unit}")
    return actions(buttons, block_id=f"temps-{unit}")


def _discovered(found: Sequence[DiscoveredSensor]) -> list[Block]:
    """Sensors that nobody configured, for a manager to pair with a unit."""
    if not found:
        return []
    blocks = [section(f"*Heard, and of no unit* ({len(found)})")]
    for each in found[:DISCOVERED_SHOWN]:
        name = f"{plain(each.name)}  " if each.name else ""
        probe = f" probe {plain(each.probe)}" if each.probe else ""
        value = f"{each.value:g} {_degrees(each.unit)}" if each.value is not None else "no value yet"
        said = f"{name}`{plain(each.topic)}`{probe}\n{plain(each.metric)} {value}  ·  {plain(each.format)}"
        blocks.append(section(said, button("Pair…", "temps_pair", str(each.id)), block_id=f"temps-pair-{each.id}"))
    if len(found) > DISCOVERED_SHOWN:
        blocks.append(context(f"and {len(found) - DISCOVERED_SHOWN} more: `shiftbot sensors` lists them all."))
    return blocks


def _degrees(unit: str) -> str:
    return f"°{unit}" if unit in ("C", "F") else plain(unit)
