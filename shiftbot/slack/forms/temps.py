"""The submitted forms of `/shift temps`: a reading by hand, maintenance, other limits on trial, a sensor to pair."""

import math
from dataclasses import replace
from datetime import timedelta

from shiftbot.domain.alert import STANDARD
from shiftbot.domain.answer import read_temperature
from shiftbot.domain.checklist import Role
from shiftbot.domain.cold_chain import Limits, limits_of
from shiftbot.domain.maintenance import Kind
from shiftbot.domain.site import Site, StorageClass, StorageUnit, TemperatureUnit
from shiftbot.errors import Refused, Unreadable
from shiftbot.services import cold_chain
from shiftbot.services.cold_chain.comparing import compare_unit, span_to_try
from shiftbot.services.cold_chain.reading_by_hand import read_by_hand
from shiftbot.slack import temps, texts
from shiftbot.slack.blocks.modals import temps as modals
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, update


def register(switchboard: Switchboard) -> None:
    """The four."""
    switchboard.on_form("temps_read", read)
    switchboard.on_form("temps_maintain", maintain)
    switchboard.on_form("temps_try", try_limits)
    switchboard.on_form("temps_pair", pair)


def _unit(touch: Touch) -> tuple[StorageUnit, Site]:
    return temps.unit_of_button(touch.desk.pharmacy(), touch.about.split("|")[1])


def read(touch: Touch) -> Json | None:
    """What somebody reads off the display now."""
    unit, site = _unit(touch)
    value = _degrees(touch, "value", site)
    in_range = True
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            note = touch.entered("note")
            pharmacy, person, now = touch.desk.pharmacy(), touch.person, touch.now
            in_range = read_by_hand(connection, pharmacy, unit.id, person, value, note, now)
    touch.desk.wake()
    said = f":white_check_mark: {texts.degrees(value, site.temperature_unit.value)} of {plain(unit.name)} is stored."
    if not in_range:
        said = f":warning: {said} It is out of range: the pharmacist on duty is being told. Label DO NOT USE."
    back_to_list = touch.about.split("|")[2:] == ["temps"]
    return update(temps.window(touch, site, notice=said)) if back_to_list else None


def _degrees(touch: Touch, block_id: str, site: Site) -> float:
    try:
        return read_temperature(touch.entered(block_id), site.temperature_unit.value)
    except Unreadable as why:
        raise FieldRefused(block_id, str(why)) from why


def maintain(touch: Touch) -> Json | None:
    """Work on a unit, announced with its end."""
    unit, site = _unit(touch)
    reason = touch.entered("reason").strip()
    if not reason:
        raise FieldRefused("reason", "Say in a few words why: it goes on the record.")
    until = touch.now + timedelta(minutes=_minutes(touch, "lasts"))
    pharmacy, kind = touch.desk.pharmacy(), Kind(touch.entered("kind"))
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            cold_chain.begin_maintenance(connection, pharmacy, unit.id, kind, reason, touch.person, until, touch.now)
    touch.desk.wake()
    said = f":wrench: {kind.value.capitalize()} of {plain(unit.name)} until {texts.clock(site, until)}."
    return update(temps.window(touch, site, notice=said))


def _minutes(touch: Touch, block_id: str) -> float:
    words = touch.entered(block_id).strip()
    if not words.isdecimal() or not 0 < int(words) <= 24 * 60:
        raise FieldRefused(block_id, "Write a whole number of minutes, up to a day.")
    return float(words)


def try_limits(touch: Touch) -> Json | None:
    """The unit's last 30 days by other limits. Changes nothing."""
    unit, site = _unit(touch)
    if not touch.person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("This is for a pharmacist or manager. Ask one of them.")
    present = _limits(unit, site, unit.storage_class)
    other = _limits(unit, site, _other(touch, unit, site))
    policy = touch.desk.pharmacy().policies.get(unit.escalation, STANDARD)
    with touch.desk.database.snapshot() as connection:
        span = span_to_try(connection, unit.id, touch.now)
        compared = compare_unit(connection, unit.id, present, other, policy, span, touch.now)
    return update(modals.tried(unit, site, compared, span.days, _in_words(other)))


def _limits(unit: StorageUnit, site: Site, held: StorageClass) -> Limits:
    """What the unit would have to hold by a class, with its own sensor and probe."""
    every = unit.sensor.every if unit.sensor else timedelta(minutes=5)
    return limits_of(held, site.temperature_unit, every, unit.probe)


def _other(touch: Touch, unit: StorageUnit, site: Site) -> StorageClass:
    """The unit's class with what was written instead, as it would stand in sensors/."""
    degrees = site.temperature_unit
    low = _degrees(touch, "low", site) if touch.entered("low").strip() else None
    high = _degrees(touch, "high", site) if touch.entered("high").strip() else None
    if low is None and high is None:
        raise FieldRefused("high", "Without any limit nothing is ever out of range. Write one of the two.")
    if low is not None and high is not None and low >= high:
        raise FieldRefused("high", "The highest must lie above the lowest. Have the two been swapped?")
    delay, critical = (timedelta(minutes=_minutes(touch, each)) for each in ("delay", "critical"))
    return replace(
        unit.storage_class, low={degrees: low}, high={degrees: high}, alarm_delay=delay, critical_after=critical
    )


def _in_words(limits: Limits) -> str:
    ends = [f"{limit:g}" for limit in (limits.low, limits.high) if math.isfinite(limit)]
    delay = texts.minutes_text(round(limits.alarm_delay / timedelta(minutes=1)))
    return f"against {' to '.join(ends)} °{limits.unit.value}, told after {delay}"


def pair(touch: Touch) -> Json | None:
    """A discovered sensor becomes a unit's."""
    pharmacy = touch.desk.pharmacy()
    unit, site = temps.unit_of_button(pharmacy, touch.entered("unit"))
    number, degrees = touch.about.split("|")[1], touch.entered("degrees")
    if not number.isdigit():
        raise Refused(texts.OLD_BUTTON)
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            chosen = TemperatureUnit(degrees) if degrees else None
            cold_chain.pair(
                connection, pharmacy, int(number), unit.id, touch.person, touch.now, temperature_unit=chosen
            )
    touch.desk.wake()
    said = f":white_check_mark: {plain(unit.name)} has this sensor from now on."
    return update(temps.window(touch, site, notice=said))
