"""Everything a pharmacy wrote, read file by file: a mistake in one piece hides no mistake in another."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from shiftbot.definitions import wording
from shiftbot.definitions.mistakes import Location, Mistake, Placed
from shiftbot.definitions.overlays import OVERLAY_KEYS, lay_over
from shiftbot.definitions.packs import shipped_packs
from shiftbot.definitions.parts import Form, Gathered, Part, shape_of, yaml_files
from shiftbot.definitions.policies import gather_policies
from shiftbot.definitions.reading import Document, Unread, read_yaml
from shiftbot.definitions.shapes import (
    CalendarShape,
    ChecklistShape,
    FormatShape,
    GroupsShape,
    OverlayShape,
    PersonShape,
    PharmacyFile,
    RosterShape,
    SensorsFile,
    SiteShape,
    StepShape,
    StorageClassShape,
    TeamsShape,
    UnitShape,
)
from shiftbot.definitions.shelves import Shelf, Volume
from shiftbot.definitions.tables import SITE_COLUMNS, UNIT_COLUMNS, read_table
from shiftbot.domain.checklist import Role

Woven = dict[Volume, Part[ChecklistShape]]
"""What each checklist file became, so that one that several extend is looked at once."""


def gather(home: Path) -> Gathered:
    """Everything in a pharmacy's folder, and from the shipped packs what it names and does not define itself."""
    found = Gathered()
    _gather_pharmacy(found, home)
    _gather_checklists(found, home)
    gather_policies(found, home)
    for path in yaml_files(home / "sensors"):
        _gather_sensors(found, home, path, f"sensors/{path.name}")
    _gather_shipped_sensors(found)
    return found


def gather_sensors(path: Path) -> Gathered:
    """The units, classes and formats of one file, wherever it lies."""
    found = Gathered()
    _gather_sensors(found, path.parent, path, path.name)
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
    _gather_roster(found, document)
    found.units += _list(found, home, document, "units", UnitShape)
    found.policies = dict(_policies(found, document))
    found.groups = _groups(found, document)
    found.teams = _teams(found, document)


def _gather_roster(found: Gathered, document: Document) -> None:
    """Rules, and calendars: an entry that names one says the rest there."""
    written = document.content.get("roster")
    if written is None:
        return
    if not isinstance(written, list):
        found.mistakes.append(wording.wrong_type(document, ("roster",), "list_type", written))
        return
    for number, raw in enumerate(written):
        at: Location = ("roster", number)
        if isinstance(raw, dict) and "ics" in raw:
            found.calendars.append(Part(document, at, raw, shape_of(found, document, at, raw, CalendarShape)))
        else:
            found.roster.append(Part(document, at, raw, shape_of(found, document, at, raw, RosterShape)))


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
    shape = shape_of(found, document, (), written, GroupsShape)
    return shape.groups if shape else {}


def _teams(found: Gathered, document: Document) -> dict[str, tuple[str, ...]]:
    written = {key: value for key, value in document.content.items() if key == "teams" and value is not None}
    shape = shape_of(found, document, (), written, TeamsShape)
    found.teams_in = document
    return shape.teams if shape else {}


def _gather_checklists(found: Gathered, home: Path) -> None:
    """A pharmacy's own file, or overlay, replaces the shipped one with the same id."""
    shelf, woven = Shelf(found, home, shipped_packs(), "checklists", "checklist"), Woven()
    named = {name for site in found.sites for name in site.listed("checklists") if isinstance(name, str)}
    found.checklists = [_checklist(found, shelf, volume, woven) for volume in shelf.named(named)]
    found.mistakes += shelf.mistakes(woven)


def _checklist(found: Gathered, shelf: Shelf, volume: Volume, woven: Woven) -> Part[ChecklistShape]:
    if volume not in woven:
        below = shelf.below(volume)
        base = _checklist(found, shelf, below, woven) if below is not None else None
        woven[volume] = _weave(found, volume, base)
    return woven[volume]


def _weave(found: Gathered, volume: Volume, base: Part[ChecklistShape] | None) -> Part[ChecklistShape]:
    """A checklist as one whole; of an overlay over nothing that is right only its own keys are looked at."""
    document, content = volume.document, volume.document.content
    own = {key: content[key] for key in OVERLAY_KEYS if key in content}
    overlay = shape_of(found, document, (), own, OverlayShape) if own else None
    if content.get("extends") is None:
        shape = shape_of(found, document, (), content, ChecklistShape)
        return Part(document, (), content, shape, volume.shipped)
    if base is None or base.shape is None:
        return Part(document, (), content, None, volume.shipped, base)
    whole, mistakes = lay_over(base.raw, document, overlay)
    found.mistakes += mistakes
    shape = shape_of(found, whole, (), whole.content, ChecklistShape)
    return Part(whole, (), whole.content, shape, volume.shipped, base)


def _gather_sensors(found: Gathered, home: Path, path: Path, name: str, *, shipped: bool = False) -> None:
    document = _document(found, path, name, SensorsFile)
    if document is not None:
        found.units += _list(found, home, document, "units", UnitShape)
        found.classes += _list(found, home, document, "classes", StorageClassShape, shipped=shipped)
        found.formats += _list(found, home, document, "formats", FormatShape, shipped=shipped)


def _gather_shipped_sensors(found: Gathered) -> None:
    """A pharmacy's own class or format replaces the shipped one with the same id."""
    packs = shipped_packs()
    own_classes, own_formats = {part.id for part in found.classes}, {part.id for part in found.formats}
    for path in yaml_files(packs / "sensors"):
        _gather_sensors(found, packs, path, f"shipped sensors/{path.name}", shipped=True)
    found.classes = [part for part in found.classes if not (part.shipped and part.id in own_classes)]
    found.formats = [part for part in found.formats if not (part.shipped and part.id in own_formats)]


def shipped_checklists() -> list[str]:
    """The ids of all shipped checklists."""
    return [path.stem for path in yaml_files(shipped_packs() / "checklists")]


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
        yield Part(document, place, raw, shape_of(found, document, place, raw, shape), shipped)
