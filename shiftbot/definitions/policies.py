"""State policies: whose each task is at a site, by the rules it names (checklists/policy/), with what those extend."""

from collections.abc import Mapping
from pathlib import Path

from shiftbot.definitions.mistakes import Mistake
from shiftbot.definitions.packs import shipped_packs
from shiftbot.definitions.parts import Gathered, Part, shape_of, yaml_files
from shiftbot.definitions.shapes import PolicyShape
from shiftbot.definitions.shelves import Shelf, Volume
from shiftbot.domain.checklist import Role

DEFAULT_POLICY = "us-default"

FOLDER = "checklists/policy"

Gates = Mapping[str, Role]


def gather_policies(found: Gathered, home: Path) -> None:
    """The policies that sites name, a pharmacy's own, and the common one, whose tasks every checklist may name."""
    shelf = Shelf(found, home, shipped_packs(), FOLDER, "state policy")
    named = {site.text("policy") or DEFAULT_POLICY for site in found.sites} | {DEFAULT_POLICY}
    read: dict[Volume, Part[PolicyShape]] = {}
    for volume in shelf.named(named):
        part, gates = _policy(found, shelf, volume, read)
        found.rules.append(part)
        if gates is not None:
            found.gates.setdefault(volume.id, gates)
    found.mistakes += shelf.mistakes(read)
    for part in read.values():
        found.mistakes += _tasks_twice(part)


def shipped_policies() -> list[str]:
    """The ids of all shipped policies."""
    return [path.stem for path in yaml_files(shipped_packs() / FOLDER)]


def _policy(
    found: Gathered, shelf: Shelf, volume: Volume, read: dict[Volume, Part[PolicyShape]]
) -> tuple[Part[PolicyShape], Gates | None]:
    """One policy, and whose each of its tasks is; `None` when it, or what it extends, is mistaken."""
    part = read.get(volume) or _part(found, volume)
    read[volume] = part
    below = shelf.below(volume)
    inherited = _policy(found, shelf, below, read)[1] if below is not None else {}
    if part.shape is None or inherited is None or (below is None and part.shape.extends is not None):
        return part, None
    return part, {**inherited, **{rule.task: rule.role for rule in part.shape.rules}}


def _part(found: Gathered, volume: Volume) -> Part[PolicyShape]:
    document = volume.document
    shape = shape_of(found, document, (), document.content, PolicyShape)
    return Part(document, (), document.content, shape, volume.shipped)


def _tasks_twice(part: Part[PolicyShape]) -> list[Mistake]:
    tasks = [rule.get("task") if isinstance(rule, dict) else None for rule in part.listed("rules")]
    return [
        Mistake(part.document, ("rules", place, "task"), f'the task "{task}" stands here twice', "keep one of the two")
        for place, task in enumerate(tasks)
        if isinstance(task, str) and task in tasks[:place]
    ]
