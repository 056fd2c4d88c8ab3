"""What was written, piece by piece: a part keeps it beside its shape, which is `None` when it was mistaken; so what
refers to a mistaken part is not called unknown because of that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shiftbot.definitions import wording
from shiftbot.definitions.mistakes import Location, Mistake, Placed
from shiftbot.definitions.shapes import (
    CalendarShape,
    ChecklistShape,
    FormatShape,
    PersonShape,
    PolicyShape,
    RosterShape,
    SiteShape,
    StepShape,
    StorageClassShape,
    UnitShape,
)
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
    base: "Part[Form] | None" = None
    """What it extends: mistakes that stand there already are told there."""

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
    calendars: list[Part[CalendarShape]] = field(default_factory=list)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    teams_in: Placed | None = None
    """Where the teams are written."""
    policies: dict[str, list[Part[StepShape]]] = field(default_factory=dict)
    groups: dict[Role, str] = field(default_factory=dict)
    checklists: list[Part[ChecklistShape]] = field(default_factory=list)
    rules: list[Part[PolicyShape]] = field(default_factory=list)
    gates: dict[str, Mapping[str, Role]] = field(default_factory=dict)
    """Id of a state policy → whose each of its tasks is, with what it extends; mistaken policies are not in it."""
    units: list[Part[UnitShape]] = field(default_factory=list)
    classes: list[Part[StorageClassShape]] = field(default_factory=list)
    formats: list[Part[FormatShape]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    contents: dict[str, Any] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    """Names of checklist and policy files that are no YAML at all: what they would have defined is not unknown."""

    def site(self, site_id: str | None) -> Part[SiteShape] | None:
        """The site with this id, mistaken or not."""
        return next((site for site in self.sites if site.id == site_id), None) if site_id else None


def shape_of(found: Gathered, document: Placed, at: Location, raw: Any, shape: type[Form]) -> Form | None:
    """The shape of what stands at a place; `None`, and its mistakes are noted, when it does not fit."""
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        found.mistakes += wording.in_words(document, at, shape, error)
        return None


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files that lie in a folder, in the order of their names."""
    return sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


def items_of(raw: Any) -> Iterator[tuple[Location, Any]]:
    """Every item of a checklist as written, with its place in it, however mistaken the rest is."""
    sections = raw.get("sections") if isinstance(raw, dict) else None
    for place, section in enumerate(sections if isinstance(sections, list) else ()):
        items = section.get("items") if isinstance(section, dict) else None
        for number, item in enumerate(items if isinstance(items, list) else ()):
            yield ("sections", place, "items", number), item
