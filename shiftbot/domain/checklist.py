"""What a checklist is: sections of items, and the plan a run follows once items are laid out for one site."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from shiftbot.domain.recurrence import Schedule


class Role(StrEnum):
    """Who may do something. A pharmacist may do all that a technician may (domain.md §4.1)."""

    TECHNICIAN = "technician"
    PHARMACIST = "pharmacist"
    MANAGER = "manager"


class ItemKind(StrEnum):
    """What an item asks for."""

    TICK = "tick"
    CHOICE = "choice"
    NUMBER = "number"
    TEMPERATURE = "temperature"
    MIN_MAX = "min-max"
    COUNT = "count"
    VOICEMAIL = "voicemail"
    DATE = "date"
    TEXT = "text"
    PHOTO = "photo"
    SIGNATURE = "signature"


class OnFail(StrEnum):
    """What a failed item leads to."""

    NOTHING = "nothing"
    FOLLOW_UP = "follow-up"
    ALERT = "alert"


class ForEach(StrEnum):
    """What one item becomes several lines for."""

    UNIT = "unit"
    CONTROLLED = "controlled"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to answer, as written in a checklist file."""

    id: str
    title: str
    kind: ItemKind = ItemKind.TICK
    role: Role = Role.TECHNICIAN
    required: bool = True
    on_fail: OnFail = OnFail.NOTHING
    for_each: ForEach | None = None
    from_sensor: bool = False
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    witness: Role | None = None
    help: str = ""
    words: tuple[str, ...] = ()
    """Further words a typed reply may name the item by, e.g. `fridge`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of items."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist as written in one file."""

    id: str
    title: str
    schedule: Schedule
    sections: tuple[Section, ...]
    escalation: str = "standard"
    version: str = ""
    """Digest of the file's meaning; a running run keeps the plan of its version."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answerable line of a run: an item, laid out for one unit or controlled drug where it says `for_each`."""

    key: str
    number: int
    section: str
    title: str
    kind: ItemKind
    role: Role
    required: bool
    on_fail: OnFail
    subject: str | None
    from_sensor: bool
    options: tuple[str, ...]
    low: float | None
    high: float | None
    unit: str
    witness: Role | None
    help: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run asks, frozen when it was prepared: edits to the file touch the next occurrence only."""

    checklist: str
    version: str
    title: str
    escalation: str
    lines: tuple[Line, ...]

    def line(self, key: str) -> Line:
        """The line with this key; `KeyError` when the plan has none."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)

    @property
    def required(self) -> tuple[Line, ...]:
        """The lines without which the run is not complete."""
        return tuple(line for line in self.lines if line.required)

    def to_json(self) -> str:
        """The plan as canonical JSON text (sorted keys, no spaces), the form it is stored and hashed in."""
        # dataclasses.asdict would copy every word of it, one by one; thousands of plans are written at midnight.
        plan = {name: getattr(self, name) for name in ("checklist", "version", "title", "escalation")}
        lines = [{name: getattr(line, name) for name in _LINE} for line in self.lines]
        return json.dumps(plan | {"lines": lines}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def digest(self) -> str:
        """SHA-256 of `to_json`, in hex: equal plans are stored once."""
        return digest_of(self.to_json())

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The plan that `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        lines = tuple(_line(line) for line in raw.pop("lines"))
        return cls(lines=lines, **raw)


_LINE = tuple(field.name for field in fields(Line))


def digest_of(body: str) -> str:
    """The digest of a plan that is written out already."""
    return hashlib.sha256(body.encode()).hexdigest()


def _line(raw: dict[str, Any]) -> Line:
    return Line(
        **raw
        | {
            "kind": ItemKind(raw["kind"]),
            "role": Role(raw["role"]),
            "on_fail": OnFail(raw["on_fail"]),
            "witness": Role(raw["witness"]) if raw["witness"] else None,
            "options": tuple(raw["options"]),
            "words": tuple(raw["words"]),
        }
    )


def lay_out(
    checklist: Checklist,
    *,
    temperature_unit: str,
    units: Mapping[str, str],
    controlled: Mapping[str, str],
    limits: Mapping[str, tuple[float | None, float | None]],
) -> Plan:
    """The plan of a checklist for one site.

    `units` and `controlled` map id to name in their order; `limits` maps unit id to (low, high) in the site's unit.
    """
    subjects = {ForEach.UNIT: units, ForEach.CONTROLLED: controlled}
    lines: list[Line] = []
    for section in checklist.sections:
        for item in section.items:
            targets: list[tuple[str | None, str]] = [(None, "")]
            if item.for_each:
                targets = list(subjects[item.for_each].items())
            for subject, name in targets:
                lines.append(_lay_line(item, section.title, len(lines) + 1, subject, name, temperature_unit, limits))
    return Plan(checklist.id, checklist.version, checklist.title, checklist.escalation, tuple(lines))


def _lay_line(
    item: Item,
    section: str,
    number: int,
    subject: str | None,
    name: str,
    temperature_unit: str,
    limits: Mapping[str, tuple[float | None, float | None]],
) -> Line:
    low, high = (
        limits.get(subject or "", (item.low, item.high)) if item.for_each is ForEach.UNIT else (item.low, item.high)
    )
    degrees = item.kind in (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)
    return Line(
        key=f"{item.id}:{subject}" if subject else item.id,
        number=number,
        section=section,
        title=f"{name}: {item.title}" if subject else item.title,
        kind=item.kind,
        role=item.role,
        required=item.required,
        on_fail=item.on_fail,
        subject=subject,
        from_sensor=item.from_sensor,
        options=item.options,
        low=low,
        high=high,
        unit=temperature_unit if degrees else item.unit,
        witness=item.witness,
        help=item.help,
        words=item.words + ((subject, name.lower()) if subject else ()),
    )
