"""Laying an overlay over the checklist it extends: a new whole, as if it had been written in one file.

What is mistaken in the whole is placed where the overlay wrote it, never in the file of another. Which file extends
which is `shelves`' business; what the whole may look like is that of the shapes.
"""

from dataclasses import dataclass, field
from typing import Any

from shiftbot.definitions.mistakes import Location, Mistake, nearest, one_of
from shiftbot.definitions.reading import Document
from shiftbot.definitions.shapes import OverlayShape
from shiftbot.definitions.shapes.schedule import WAYS_TO_DATE

OVERLAY_KEYS = tuple(OverlayShape.model_fields)

_DISPLACED = {
    "opens": ("every", "from", "until", "trigger"),
    "every": ("opens", "trigger"),
    "trigger": ("opens", "every", "from", "until", *WAYS_TO_DATE, "when_closed", "shows"),
} | {key: tuple(other for other in WAYS_TO_DATE if other != key) for key in WAYS_TO_DATE}
"""Key of an overlay → keys of the checklist below that say the same in another way, and go."""

_TIMES = ("opens", "every", "from", "until", "trigger", *WAYS_TO_DATE, "due", "grace", "remind", "expires", "shows")


@dataclass(eq=False)
class Woven:
    """An overlay and the checklist below it as one document, for placing mistakes."""

    name: str
    overlay: Document
    content: dict[str, Any]
    origins: dict[Location, Location]
    """Where in the whole something of the overlay ended up → where in the overlay it is written."""

    def place(self, location: Location, *, on_key: bool) -> tuple[int, int]:
        """Where the overlay wrote it, or what it wrote that makes it a mistake."""
        return self.overlay.place(self._written(location), on_key=on_key)

    def _written(self, location: Location) -> Location:
        for length in range(len(location), 0, -1):
            if location[:length] in self.origins:
                return (*self.origins[location[:length]], *location[length:])
        if location and location[0] in _TIMES:
            return next(((key,) for key in _TIMES if key in self.overlay.content), ("extends",))
        return ("extends",)


@dataclass(eq=False)
class _Item:
    raw: Any
    origins: dict[Location, Location] = field(default_factory=dict)
    """Way within the item → place in the overlay; the empty way is the item itself."""

    @property
    def id(self) -> str:
        return str(self.raw.get("id")) if isinstance(self.raw, dict) else ""


@dataclass(eq=False)
class _Section:
    raw: dict[str, Any]
    items: list[_Item]

    @property
    def title(self) -> str:
        return str(self.raw.get("title"))


def lay_over(below: dict[str, Any], overlay: Document, shape: OverlayShape | None) -> tuple[Woven, list[Mistake]]:
    """The whole, and what the overlay says about items that is not so. `below` is right by itself.

    Without a shape (the overlay's own keys are mistaken, and that was told) only its other keys are laid over.
    """
    weaving = _Weaving(overlay, below)
    if shape is not None:
        weaving.change(shape)
        dropped = weaving.dropped(shape)
        weaving.add(shape, dropped)
        weaving.drop(dropped)
    return weaving.woven(below), weaving.mistakes


class _Weaving:
    """The sections on their way from below to the whole."""

    def __init__(self, overlay: Document, below: dict[str, Any]) -> None:
        self.overlay = overlay
        self.mistakes: list[Mistake] = []
        self.sections = [
            _Section(section, [_Item(item) for item in section["items"]]) for section in below.get("sections", ())
        ]

    def change(self, shape: OverlayShape) -> None:
        items = self._items()
        for item_id, changes in shape.change.items():
            at: Location = ("change", item_id)
            if "id" in changes:
                mend = "remove it, or drop the item and add another"
                self._mistake((*at, "id"), "the id of an item cannot be changed: its answers stand under it", mend)
            if item_id not in items:
                self._unknown(at, item_id, on_key=True)
                continue
            item, changed = items[item_id], {key: value for key, value in changes.items() if key != "id"}
            item.raw = {key: value for key, value in (item.raw | changed).items() if changed.get(key, 0) is not None}
            item.origins = {(): at} | {(key,): (*at, key) for key in changed}

    def dropped(self, shape: OverlayShape) -> dict[_Item, Location]:
        """The items to drop, with the places that say so."""
        items = self._items()
        found: dict[_Item, Location] = {}
        for number, item_id in enumerate(shape.drop):
            if item_id not in items:
                self._unknown(("drop", number), item_id)
            elif item_id in shape.change:
                self._mistake(("drop", number), f'"{item_id}" is dropped and changed', "keep one of the two")
            elif items[item_id] in found:
                self._mistake(("drop", number), f'"{item_id}" stands here twice', "keep one of the two")
            else:
                found[items[item_id]] = ("drop", number)
        return found

    def add(self, shape: OverlayShape, dropped: dict[_Item, Location]) -> None:
        for place, added in enumerate(shape.add):
            section = next((each for each in self.sections if each.title == added.section), None)
            if section is None:
                section = _Section({"title": added.section}, [])
                self.sections.append(section)
            position = self._position(section, added.after, ("add", place, "after"))
            for number, raw in enumerate(added.items):
                at: Location = ("add", place, "items", number)
                if self._is_new(raw, at, dropped):
                    section.items.insert(position, _Item(raw, {(): at}))
                    position += 1

    def drop(self, dropped: dict[_Item, Location]) -> None:
        """An item that another waits for stays, so that it is told once."""
        left = {item.id for section in self.sections for item in section.items if item not in dropped}
        for item, at in dropped.items():
            waiting = None if item.id in left else self._waiting_for(item.id, dropped)
            if waiting is not None:
                mend = f"drop {waiting} as well, or change its when"
                self._mistake(at, f'"{waiting}" waits for the answer to "{item.id}"', mend)
        needed = {mistake.location for mistake in self.mistakes}
        going = {item for item, at in dropped.items() if at not in needed}
        if not set(self._kept({})) - going:
            self._mistake(("drop",), "nothing is left to ask", "keep an item, or take the checklist off the site")
            return
        for section in self.sections:
            section.items = [item for item in section.items if item not in going]

    def woven(self, below: dict[str, Any]) -> Woven:
        written = {key: value for key, value in self.overlay.content.items() if key not in OVERLAY_KEYS}
        if written.pop("sections", None) is not None:
            mend = "write drop:, change: and add: for its items, or remove extends"
            self._mistake(("sections",), "sections cannot stand beside extends", mend, on_key=True)
        gone = {other for key in written for other in _DISPLACED.get(key, ())}
        kept = {key: value for key, value in below.items() if key not in gone | {"id"}}
        whole = {key: value for key, value in (kept | written).items() if value is not None}
        origins: dict[Location, Location] = {(key,): (key,) for key in written}
        whole["sections"] = self._sections(origins)
        return Woven(self.overlay.name, self.overlay, whole, origins)

    def _sections(self, origins: dict[Location, Location]) -> list[dict[str, Any]]:
        sections = [section for section in self.sections if section.items]
        for place, section in enumerate(sections):
            for number, item in enumerate(section.items):
                for way, at in item.origins.items():
                    origins["sections", place, "items", number, *way] = at
        return [section.raw | {"items": [item.raw for item in section.items]} for section in sections]

    def _items(self) -> dict[str, _Item]:
        return {item.id: item for section in self.sections for item in section.items}

    def _is_new(self, raw: Any, at: Location, dropped: dict[_Item, Location]) -> bool:
        item_id = raw.get("id") if isinstance(raw, dict) else None
        there = next((item for item in self._kept(dropped) if item.id == item_id), None)
        if there is not None:
            mend = f"write it under change: {{ {item_id}: … }}, or give it another id"
            self._mistake((*at, "id"), f'there is an item "{item_id}" already', mend)
        return there is None

    def _kept(self, dropped: dict[_Item, Location]) -> list[_Item]:
        return [item for section in self.sections for item in section.items if item not in dropped]

    def _position(self, section: _Section, after: str | None, at: Location) -> int:
        ids = [item.id for item in section.items]
        if after is None:
            return len(ids)
        if after in ids:
            return ids.index(after) + 1
        where = next((other.title for other in self.sections if after in [item.id for item in other.items]), None)
        if where is not None:
            self._mistake(at, f'"{after}" does not stand in {section.title}', f"write section: {where}")
        else:
            self._unknown(at, after)
        return len(ids)

    def _waiting_for(self, item_id: str, dropped: dict[_Item, Location]) -> str | None:
        for item in self._kept(dropped):
            when = item.raw.get("when") if isinstance(item.raw, dict) else None
            if isinstance(when, dict) and when.get("item") == item_id:
                return item.id
        return None

    def _unknown(self, at: Location, item_id: str, *, on_key: bool = False) -> None:
        known = list(self._items())
        mend = one_of(item_id, known) if nearest(item_id, known) or len(known) <= 12 else "look its id up there"
        self._mistake(at, f'{self.overlay.content["extends"]} has no item "{item_id}"', mend, on_key=on_key)

    def _mistake(self, at: Location, wrong: str, mend: str, *, on_key: bool = False) -> None:
        self.mistakes.append(Mistake(self.overlay, at, wrong, mend, on_key))
