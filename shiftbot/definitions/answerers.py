"""Whether every line of a site's checklists has somebody who may answer it, and a witness where it needs one."""

from collections.abc import Iterator
from typing import Any

from shiftbot.definitions.mistakes import Location, Mistake
from shiftbot.definitions.parts import Gathered, Part
from shiftbot.definitions.policies import DEFAULT_POLICY, Gates
from shiftbot.definitions.shapes import ChecklistShape, ItemShape, SiteShape
from shiftbot.domain.checklist import ForEach, Role

Needs = dict[Role, ItemShape]
"""Each role a checklist asks for, with the first item that does."""


def check_answerers(found: Gathered) -> Iterator[Mistake]:
    """Checklists of a site that ask something of a role that nobody has."""
    held = {role for person in found.people if person.shape for role in person.shape.roles}
    if not found.people or any(person.shape is None for person in found.people) or held == set(Role):
        return
    may = held | ({Role.TECHNICIAN} if Role.PHARMACIST in held else set())
    checklists = {part.shape.id: part.shape for part in reversed(found.checklists) if part.shape is not None}
    with_units = {unit.text("site") for unit in found.units}
    asked: dict[Any, Needs] = {}
    for site in found.sites:
        if site.shape is None or site.shape.policy not in found.gates:
            continue
        has = _has(site.shape, has_units=site.id in with_units)
        for place, name in enumerate(site.shape.checklists):
            if name in checklists:
                key = (name, site.shape.policy, has)
                if key not in asked:
                    asked[key] = _needs(checklists[name], found.gates[site.shape.policy], has)
                yield from _lacking(site, ("checklists", place), name, asked[key], may)


def _has(site: SiteShape, *, has_units: bool) -> frozenset[ForEach]:
    there = {
        ForEach.UNIT: has_units,
        ForEach.CONTROLLED: bool(site.controlled),
        ForEach.REGISTER: bool(site.registers),
        ForEach.MAILBOX: bool(site.mailboxes),
    }
    return frozenset(each for each, some in there.items() if some)


def _needs(checklist: ChecklistShape, gates: Gates, has: frozenset[ForEach]) -> Needs:
    needs: Needs = {}
    for section in checklist.sections:
        for item in section.items:
            if item.for_each is None or item.for_each in has:
                needs.setdefault(gates.get(item.gate or "", item.role), item)
                if item.witness is not None:
                    needs.setdefault(item.witness, item)
    return needs


def _lacking(site: Part[SiteShape], at: Location, name: str, needs: Needs, may: set[Role]) -> Iterator[Mistake]:
    for role, item in needs.items():
        if role not in may:
            wrong = f'"{name}" asks a {role} ({item.id}), and nobody has that role'
            at_policy = f" (by the policy {site.shape.policy if site.shape else DEFAULT_POLICY})" if item.gate else ""
            mend = f"give somebody roles: [{role}], or take the checklist off"
            yield Mistake(site.document, (*site.at, *at), wrong + at_policy, mend)
