"""Laying a checklist out for one site: its items become numbered lines, one for each unit, drug, register or mailbox.

Pure; what the site has is its `Ground`. The plan that comes out is frozen with the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shiftbot.domain.checklist import Checklist, Condition, ForEach, Item, ItemKind, Line, Plan, Role


@dataclass(frozen=True, slots=True)
class Ground:
    """What of one site a checklist is laid out on. The first five map id to what stands for it, in their order.

    `limits` maps unit id to (low, high) in the site's `temperature_unit`; `gates` maps a task of the site's policy to
    whose it is. Without `photos` a photo is a tick: somebody looks, and nothing leaves the pharmacy.
    """

    temperature_unit: str
    units: Mapping[str, str] = field(default_factory=dict)
    controlled: Mapping[str, str] = field(default_factory=dict)
    registers: Mapping[str, str] = field(default_factory=dict)
    mailboxes: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    gates: Mapping[str, Role] = field(default_factory=dict)
    photos: bool = False
    pin: bool = False

    def subjects(self, each: ForEach | None) -> list[tuple[str | None, str]]:
        """What one item becomes lines for, as (id, name); a single nameless one when it is asked once."""
        if each is None:
            return [(None, "")]
        named = {
            ForEach.UNIT: self.units,
            ForEach.CONTROLLED: self.controlled,
            ForEach.REGISTER: self.registers,
            ForEach.MAILBOX: self.mailboxes,
        }
        return list(named[each].items())


def lay_out(checklist: Checklist, ground: Ground, *, subject: str | None = None) -> Plan:
    """The plan of a checklist for one site; `subject` narrows what is asked for each unit to one of them.

    A run that an event opened is about the unit of that event, and names it in its title.
    """
    items = {item.id: item for section in checklist.sections for item in section.items}
    asked = [
        (section.title, item, about, name)
        for section in checklist.sections
        for item in section.items
        for about, name in _subjects(ground, item, subject)
    ]
    keys = {_key(item, about) for _, item, about, _ in asked}
    lines: list[Line] = []
    for title, item, about, name in asked:
        when = _condition(items, item, about)
        # What hangs on a line that nobody is asked (for each unit of none) is not asked either.
        if when is None or when.item in keys:
            lines.append(_lay_line(item, title, len(lines) + 1, about, name, when, ground))
    name = ground.units.get(subject or "", "")
    return Plan(
        checklist=checklist.id,
        version=checklist.version,
        title=f"{checklist.title}: {name}" if name else checklist.title,
        escalation=checklist.escalation,
        lines=tuple(lines),
        all_good=tuple(section.title for section in checklist.sections if section.all_good),
        shift=checklist.shift,
        pin=ground.pin,
    )


def _subjects(ground: Ground, item: Item, only: str | None) -> list[tuple[str | None, str]]:
    found = ground.subjects(item.for_each)
    return [each for each in found if only is None or item.for_each is not ForEach.UNIT or each[0] == only]


def _key(item: Item, subject: str | None) -> str:
    return f"{item.id}:{subject}" if subject else item.id


def _condition(items: Mapping[str, Item], item: Item, subject: str | None) -> Condition | None:
    """The item's condition on lines: of the same unit or register where both are asked for each."""
    if item.when is None:
        return None
    on = items.get(item.when.item)
    same = subject if on is not None and on.for_each is item.for_each else None
    return Condition(f"{item.when.item}:{same}" if same else item.when.item, item.when.words)


def _lay_line(
    item: Item, section: str, number: int, subject: str | None, name: str, when: Condition | None, ground: Ground
) -> Line:
    low, high = item.by_degrees.get(ground.temperature_unit, (item.low, item.high))
    if item.for_each is ForEach.UNIT and item.kind in _DEGREES:
        low, high = ground.limits.get(subject or "", (low, high))
    return Line(
        key=_key(item, subject),
        number=number,
        section=section,
        title=f"{name}: {item.title}" if subject else item.title,
        kind=ItemKind.TICK if item.kind is ItemKind.PHOTO and not ground.photos else item.kind,
        role=ground.gates.get(item.gate, item.role) if item.gate else item.role,
        required=item.required,
        on_fail=item.on_fail,
        subject=subject,
        from_sensor=item.from_sensor,
        options=item.options,
        low=low,
        high=high,
        unit=ground.temperature_unit if item.kind in _DEGREES else item.unit,
        witness=item.witness,
        help=item.help,
        words=item.words + ((subject, name.lower()) if subject else ()),
        sop=item.sop,
        when=when,
        look_again=item.look_again,
        meaning=item.meaning,
        valid_for=item.valid_for,
    )


_DEGREES = (ItemKind.TEMPERATURE, ItemKind.MIN_MAX)
