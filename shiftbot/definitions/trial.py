"""What a replay judges readings by: the limits and policy of a unit, or of a storage class without any pharmacy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from shiftbot.definitions.gathering import gather, gather_sensors
from shiftbot.definitions.loading import load
from shiftbot.definitions.mistakes import Mistaken, told
from shiftbot.definitions.storage_units import storage_class
from shiftbot.definitions.times import parse_lasting_span
from shiftbot.domain.alert import STANDARD, Policy
from shiftbot.domain.cold_chain import Limits, limits_of
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.site import Sensor, StorageClass, TemperatureUnit
from shiftbot.errors import DefinitionError, SettingsError


@dataclass(frozen=True, slots=True)
class Trial:
    """The limits readings are held against, and the policy by which people would have been told.

    `limits_by` says what another class would ask of the same unit.
    """

    limits: Limits
    policy: Policy
    class_id: str
    limits_by: Callable[[StorageClass], Limits]
    calendar: SiteCalendar | None = None
    """That of the unit's site, by which steps hold in opening hours or on weekends."""


def find_trial(home: Path, unit: str | None, class_id: str | None, degrees: TemperatureUnit) -> Trial:
    """The trial for a unit of the pharmacy in `home`, or for a class alone, judged in `degrees`.

    A class named beside a unit replaces the unit's own. Raises SettingsError, naming what there is, and
    DefinitionError when the pharmacy has mistakes.
    """
    if class_id is not None and (unit is None or not (home / "pharmacy.yaml").is_file()):
        return _trial(_class(home, class_id), STANDARD, partial(limits_of, unit=degrees))
    if unit is None:
        raise SettingsError("name the storage unit with --unit, or a storage class with --class vaccine-refrigerator")
    pharmacy = load(home)
    if unit not in pharmacy.units:
        raise SettingsError(f"there is no storage unit {unit!r}; {_nearest(unit, pharmacy.units)}")
    found = pharmacy.units[unit]
    held = _class(home, class_id) if class_id is not None else found.storage_class
    site = pharmacy.sites[found.site]
    every = found.sensor.every if found.sensor else Sensor("").every
    policy = pharmacy.policies.get(found.escalation, STANDARD)
    limits_by = partial(limits_of, unit=site.temperature_unit, every=every, probe=found.probe)
    return replace(_trial(held, policy, limits_by), calendar=site.calendar)


def _trial(held: StorageClass, policy: Policy, limits_by: Callable[[StorageClass], Limits]) -> Trial:
    return Trial(limits_by(held), policy, held.id, limits_by)


def find_other(home: Path, trial: Trial, against: Path | None, class_id: str | None) -> Limits | None:
    """What the unit of a trial would have to hold by a changed class; `None` when none is named.

    `against` is a file like those in sensors/ with a class of the same id, or of `class_id`; without a file that is
    another class of the pharmacy's own, or a shipped one. Raises SettingsError, and DefinitionError for mistakes.
    """
    if against is None:
        return None if class_id is None else trial.limits_by(_class(home, class_id))
    found = gather_sensors(against)
    if found.mistakes:
        raise DefinitionError(told(found.mistakes))
    classes = {part.shape.id: part.shape for part in found.classes if part.shape}
    wanted = class_id or trial.class_id
    if wanted not in classes:
        listed = f"it has {', '.join(classes)}" if classes else "it has none"
        raise SettingsError(f"{against}: there is no class {wanted!r} in it; {listed}. Name another: --class-against")
    return trial.limits_by(storage_class(classes[wanted]))


def read_span(words: str) -> timedelta:
    """A span as a definition writes it (`30m`, `1h30m`); a bare number is minutes. Raises SettingsError with a mend."""
    try:
        return parse_lasting_span(f"{words}m" if words.strip().isdecimal() else words)
    except Mistaken as mistaken:
        raise SettingsError(str(mistaken)) from mistaken


def _class(home: Path, class_id: str) -> StorageClass:
    classes = {part.shape.id: part.shape for part in gather(home).classes if part.shape}
    if class_id not in classes:
        raise SettingsError(f"there is no storage class {class_id!r}; {_nearest(class_id, classes)}")
    return storage_class(classes[class_id])


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(word, names, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names) or 'none'}"
