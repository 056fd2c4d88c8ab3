"""Everything a pharmacy wrote, read piece by piece: a mistake in one piece hides no mistake in another.

A part keeps what was written (`raw`) beside its shape, which is `None` when it was mistaken; so what refers to it is
not called unknown because of that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shiftbot.definitions import wording
from shiftbot.definitions.mistakes import Location, Mistake, Placed
from shiftbot.definitions.packs import shipped_packs
from shiftbot.definitions.reading import Document, Unread, read_yaml
from shiftbot.definitions.shapes import (
    ChecklistShape,
    FormatShape,
    GroupsShape,
    PersonShape,
    PharmacyFile,
    RosterShape,
    SensorsFile,
    SiteShape,
    StepShape,
    StorageClassShape,
    UnitShape,
)
from shiftbot.definitions.tables import SITE_COLUMNS, UNIT_COLUMNS, read_table
from shiftbot.domain.checklist import Role

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class Part(Generic[Form]):
    """One thing that was written: where, what, and its shape unless it is mistaken."""

    document: Placed
    at: Location
    raw: Any
    shape: Form | None
    shipped: bool = False

    @property
    def id(self) -> str | None:
        """Its id as written, even when the rest is mistaken."""
        return self.text("id")

    def text(self, key: str) -> str | None:
        """What stands at a key, when it is text."""
        value = self.raw.get(key) if isinstance(self.raw, dict) else None
        return value if isinstance(value, str) else None

    def listed(self, *way: str) -> list[Any]:
        """The list that stands at the end of a way of keys, or an empty one."""
        value = self.raw
        for key in way:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, list) else []


@dataclass
class Gathered:
    """All parts of all files, and the mistakes found so far. `contents` is what the digest is made of."""

    sites: list[Part[SiteShape]] = field(default_factory=list)
    people: list[Part[PersonShape]] = field(default_factory=list)
    roster: list[Part[RosterShape]] = field(default_factory=list)
    policies: dict[str, list[Part[StepShape]]] = field(default_factory=dict)
    groups: dict[Role, str] = field(default_factory=dict)
    checklists: list[Part[ChecklistShape]] = field(default_factory=list)
    units: list[Part[UnitShape]] = field(default_factory=list)
    classes: list[Part[StorageClassShape]] = field(default_factory=list)
    formats: list[Part[FormatShape]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    contents: dict[str, Any] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    """Names of checklist files that are no YAML at all: what they would have defined is not called unknown."""

    def site(self, site_id: str | None) -> Part[SiteShape] | None:
        """The site with this id, mistaken or not."""
        return next((site for site in self.sites if site.id == site_id), None) if site_id else None


def gather(home: Path) -> Gathered:
    """Everything in a pharmacy's folder, and from the shipped packs what it names and does not define itself."""
    found = Gathered()
    _gather_pharmacy(found, home)
    for path in _yaml_files(home / "checklists"):
        _gather_checklist(found, path, f"checklists/{path.name}")
    for path in _yaml_files(home / "sensors"):
        _gather_sensors(found, home, path, f"sensors/{path.name}")
    _gather_shipped(found)
    return found


def _gather_pharmacy(found: Gathered, home: Path) -> None:
    path = home / "pharmacy.yaml"
    if not path.is_file():
        mend = "write one with shiftbot init, or set SHIFTBOT_HOME to the folder that has it"
        found.mistakes.append(Mistake(Unread("pharmacy.yaml"), (), f"there is no such file in {home}", mend))
        return
    document = _document(found, path, "pharmacy.yaml", PharmacyFile)
    if document is None:
        return
    for key in ("sites", "people"):
        if document.content.get(key) is None:
            found.mistakes.append(wording.missing_key(document, (), key))
    found.sites = _list(found, home, document, "sites", SiteShape)
    found.people = _list(found, home, document, "people", PersonShape)
    found.roster = _list(found, home, document, "roster", RosterShape)
    found.units += _list(found, home, document, "units", UnitShape)
    found.policies = dict(_policies(found, document))
    found.groups = _groups(found, document)


def _policies(found: Gathered, document: Document) -> Iterator[tuple[str, list[Part[StepShape]]]]:
    policies = document.content.get("escalation")
    if policies is None:
        return
    if not isinstance(policies, dict):
        found.mistakes.append(wording.wrong_type(document, ("escalation",), "dict_type", policies))
        return
    for name, steps in policies.items():
        at: Location = ("escalation", str(name))
        if not isinstance(steps, list) or not steps:
            mend = "write at least one, for example - { tell: on-duty-pharmacist }"
            found.mistakes.append(Mistake(document, at, f'the policy "{name}" has no steps', mend))
        yield str(name), list(_parts(found, document, at, steps if isinstance(steps, list) else [], StepShape))


def _groups(found: Gathered, document: Document) -> dict[Role, str]:
    written = {key: value for key, value in document.content.items() if key == "groups" and value is not None}
    shape = _shape(found, document, (), written, GroupsShape)
    return shape.groups if shape else {}


def _gather_checklist(found: Gathered, path: Path, name: str, *, shipped: bool = False) -> None:
    document, mistakes = read_yaml(path, name)
    found.mistakes += mistakes
    if document is None:
        found.unread.append(path.stem)
        return
    found.contents[document.name] = document.content
    shape = _shape(found, document, (), document.content, ChecklistShape)
    found.checklists.append(Part(document, (), document.content, shape, shipped))


def _gather_sensors(found: Gathered, home: Path, path: Path, name: str, *, shipped: bool = False) -> None:
    document = _document(found, path, name, SensorsFile)
    if document is not None:
        found.units += _list(found, home, document, "units", UnitShape)
        found.classes += _list(found, home, document, "classes", StorageClassShape, shipped=shipped)
        found.formats += _list(found, home, document, "formats", FormatShape, shipped=shipped)


def _gather_shipped(found: Gathered) -> None:
    """A pharmacy's own definition replaces the shipped one with the same id."""
    packs = shipped_packs()
    own_checklists = {part.id for part in found.checklists}
    named = {name for site in found.sites for name in site.listed("checklists") if isinstance(name, str)}
    for name in sorted(named - own_checklists):
        path = packs / "checklists" / f"{name}.yaml"
        if path.is_file() and path.parent == packs / "checklists":
            _gather_checklist(found, path, f"shipped checklists/{path.name}", shipped=True)
    own_classes, own_formats = {part.id for part in found.classes}, {part.id for part in found.formats}
    for path in _yaml_files(packs / "sensors"):
        _gather_sensors(found, packs, path, f"shipped sensors/{path.name}", shipped=True)
    found.classes = [part for part in found.classes if not (part.shipped and part.id in own_classes)]
    found.formats = [part for part in found.formats if not (part.shipped and part.id in own_formats)]


def shipped_checklists() -> list[str]:
    """The ids of all shipped checklists."""
    return [path.stem for path in _yaml_files(shipped_packs() / "checklists")]


def _document(found: Gathered, path: Path, name: str, shape: type[BaseModel]) -> Document | None:
    """A file that is a mapping of known keys."""
    document, mistakes = read_yaml(path, name)
    found.mistakes += mistakes
    if document is None:
        return None
    found.contents[document.name] = document.content
    if not isinstance(document.content, dict):
        found.mistakes.append(wording.wrong_type(document, (), "dict_type", document.content))
        return None
    known = wording.keys_of(shape)
    unknown = [str(key) for key in document.content if key not in known]
    found.mistakes += [wording.unknown_key(document, (), key, known) for key in unknown]
    return document


def _list(
    found: Gathered, home: Path, document: Document, key: str, shape: type[Form], *, shipped: bool = False
) -> list[Part[Form]]:
    """The parts at one key of a file: written there, or in the CSV file it names."""
    written = document.content.get(key)
    if written is None:
        return []
    if isinstance(written, str) and written.endswith(".csv") and key in ("sites", "units"):
        return _rows(found, home / written, written, shape)
    if not isinstance(written, list):
        found.mistakes.append(wording.wrong_type(document, (key,), "list_type", written))
        return []
    if not written and key in ("sites", "people"):
        found.mistakes.append(wording.wrong_type(document, (key,), "too_short", written))
    return list(_parts(found, document, (key,), written, shape, shipped=shipped))


def _rows(found: Gathered, path: Path, name: str, shape: type[Form]) -> list[Part[Form]]:
    columns = SITE_COLUMNS if shape is SiteShape else UNIT_COLUMNS
    table, mistakes = read_table(path, name, columns)
    found.mistakes += mistakes
    if table is None:
        return []
    found.contents[table.name] = table.content
    return list(_parts(found, table, (), table.content, shape))


def _parts(
    found: Gathered, document: Placed, at: Location, raws: Iterable[Any], shape: type[Form], *, shipped: bool = False
) -> Iterator[Part[Form]]:
    for number, raw in enumerate(raws):
        place = (*at, number)
        yield Part(document, place, raw, _shape(found, document, place, raw, shape), shipped)


def _shape(found: Gathered, document: Placed, at: Location, raw: Any, shape: type[Form]) -> Form | None:
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        found.mistakes += wording.in_words(document, at, shape, error)
        return None


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
