"""The forms of `/shift temps`: a reading by hand, maintenance, other limits on trial, a sensor to pair."""

import math
from collections.abc import Sequence
from datetime import timedelta

from shiftbot.domain.cold_chain import Limits
from shiftbot.domain.local_time import local_text
from shiftbot.domain.maintenance import Kind
from shiftbot.domain.replay import Replay, ReplayedExcursion
from shiftbot.domain.site import Probe, Site, StorageUnit
from shiftbot.domain.what_if import Changed
from shiftbot.services.cold_chain.comparing import Compared
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, message, window
from shiftbot.slack.blocks.parts import context, plain, radio, section, select, text_input
from shiftbot.storage.discovered import DiscoveredSensor

EXCURSIONS_SHOWN = 8

LASTS = (("30", "30 minutes"), ("60", "1 hour"), ("120", "2 hours"), ("240", "4 hours"), ("480", "8 hours"))
"""How long maintenance may last, in minutes."""


def read(unit: StorageUnit, site: Site, limits: Limits, back: str) -> Modal:
    """Ask what the display shows now. `back` says where the form was opened from."""
    degrees = f"°{site.temperature_unit.value}"
    blocks = [
        section(f"*{plain(unit.name)}*\nRead the display now; the time is now, and the reading is yours by name."),
        text_input("value", f"The display shows ({degrees})", hint=_range_hint(limits), placeholder="41.2", most=20),
        text_input("note", "A note", hint=NO_PATIENT, optional=True, most=200),
    ]
    return window("temps_read", "Enter a reading", f"{site.id}|{unit.id}|{back}", blocks)


def _range_hint(limits: Limits) -> str:
    ends = [f"from {limits.low:g}"] if math.isfinite(limits.low) else []
    ends += [f"to {limits.high:g}"] if math.isfinite(limits.high) else []
    return (
        f"In range {' '.join(ends)} °{limits.unit.value}; out of range the pharmacist is told at once." if ends else ""
    )


def maintain(unit: StorageUnit, site: Site) -> Modal:
    """Announce work on a unit."""
    kinds = [(kind.value, kind.value.capitalize()) for kind in Kind]
    blocks = [
        section(f"*{plain(unit.name)}*\nJudging and the record go on. What is not critical is told when it ends."),
        radio("kind", "What is done?", kinds, initial=kinds[0][0]),
        select("lasts", "For how long?", LASTS, initial="60"),
        text_input("reason", "Why?", hint=NO_PATIENT, most=200),
    ]
    return window("temps_maintain", "Maintenance", f"{site.id}|{unit.id}", blocks, submit="Begin now")


def try_limits(unit: StorageUnit, site: Site, limits: Limits) -> Modal:
    """Ask which limits to try on the last 30 days."""
    degrees = f"°{limits.unit.value}"
    blocks = [
        section(f"*{plain(unit.name)}*: its last 30 days against other limits. This changes nothing."),
        text_input("low", f"Lowest ({degrees})", initial=_written(limits.low), optional=True, most=10),
        text_input("high", f"Highest ({degrees})", initial=_written(limits.high), optional=True, most=10),
        text_input("delay", "Told after (minutes out of range)", initial=_minutes(limits.alarm_delay), most=4),
        text_input("critical", "Critical after (minutes)", initial=_minutes(limits.critical_after), most=4),
    ]
    if unit.probe is Probe.AIR:
        words = "Its probe is in air, so delays are doubled, up to an hour: write them as its class does."
        blocks.append(context(words))
    return window("temps_try", "What if", f"{site.id}|{unit.id}", blocks, submit="Try")


def _written(limit: float) -> str:
    return f"{limit:g}" if math.isfinite(limit) else ""


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):g}"


def tried(unit: StorageUnit, site: Site, compared: Compared, days: int, words: str) -> Modal:
    """What the other limits, in `words`, would have done."""
    difference = compared.difference
    degrees = site.temperature_unit.value
    lines = [
        f"*{plain(unit.name)}*, last {days} days, {words}",
        f"now: {_summary(compared.before)}",
        f"with these: {_summary(compared.after)}",
    ]
    if difference.is_none:
        lines.append("Both do the same with these readings.")
    for heading, found in (("No excursion any more:", difference.gone), ("Excursions that are new:", difference.new)):
        lines += _listed(heading, [_excursion(each, site, degrees) for each in found])
    lines += _listed("Otherwise than now:", [_changed(each, site, degrees) for each in difference.changed])
    lines.append("_Nothing was changed: limits stand in sensors/._")
    return message("What if", "\n".join(lines))


def _listed(heading: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"and {len(lines) - EXCURSIONS_SHOWN} more"] if len(lines) > EXCURSIONS_SHOWN else []
    return [f"*{heading}*", *(f"•  {line}" for line in lines[:EXCURSIONS_SHOWN]), *more]


def _summary(replayed: Replay) -> str:
    told = sum(1 for each in replayed.excursions if each.excursion.told_at)
    out = replayed.totals.out_high + replayed.totals.out_low
    count = len(replayed.excursions)
    many = "1 excursion" if count == 1 else f"{count} excursions"
    return f"{many}, {told} told, {texts.minutes_text(round(out / timedelta(minutes=1)))} out of range"


def _excursion(replayed: ReplayedExcursion, site: Site, degrees: str) -> str:
    excursion = replayed.excursion
    side = "warm" if excursion.direction == "high" else "cold"
    out = texts.minutes_text(round(excursion.out / timedelta(minutes=1)))
    told = "told" if excursion.told_at else "nobody told"
    begun = local_text(site.calendar, excursion.started_at)
    return f"{begun} too {side}, {texts.degrees(excursion.extreme, degrees)} at worst, {out} out, {told}"


def _changed(changed: Changed, site: Site, degrees: str) -> str:
    before, after, later = changed.before.excursion, changed.after.excursion, changed.told_later
    said = [_excursion(changed.after, site, degrees)]
    if later:
        minutes = round(abs(later) / timedelta(minutes=1))
        said.append(f"{texts.minutes_text(minutes)} {'later' if later > timedelta(0) else 'sooner'} than now")
    if (before.critical_at is None) != (after.critical_at is None):
        said.append("critical" if after.critical_at else "not critical any more")
    return "; ".join(said)


def pair(found: DiscoveredSensor, site: Site, units: Sequence[StorageUnit]) -> Modal:
    """Ask which unit a discovered sensor belongs to."""
    value = f"It last said {found.value:g} {found.unit}." if found.value is not None else "It said no value yet."
    choices = [(unit.id, unit.name) for unit in units]
    blocks = [
        section(f"*{plain(found.name or found.topic)}*\n`{plain(found.topic)}`  {plain(value)}"),
        select("unit", "It belongs to", choices, initial=choices[0][0] if len(choices) == 1 else None),
    ]
    if found.metric == "temperature":
        degrees = [("C", "Celsius"), ("F", "Fahrenheit")]
        blocks.append(radio("degrees", "It measures in", degrees, initial=found.unit if found.unit in "CF" else "C"))
    blocks.append(context("The unit keeps its history; its log says from when on it has this sensor."))
    return window("temps_pair", "Pair a sensor", f"{site.id}|{found.id}", blocks, submit="Pair")
