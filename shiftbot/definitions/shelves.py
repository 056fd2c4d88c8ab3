"""Files that may extend one another, checklists and state policies: a pharmacy's own stand before the shipped ones,
and a shipped one is only read when somebody names it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shiftbot.definitions import wording
from shiftbot.definitions.mistakes import Mistake, one_of
from shiftbot.definitions.names import made_id
from shiftbot.definitions.parts import Gathered, yaml_files
from shiftbot.definitions.reading import Document, read_yaml


@dataclass(frozen=True, eq=False)
class Volume:
    """One file whose content is a mapping."""

    document: Document
    shipped: bool

    @property
    def id(self) -> str:
        """Its id as written, or nothing."""
        return str(self.document.content.get("id") or "")

    @property
    def extends(self) -> str | None:
        """The id of the one it extends, as written."""
        name = self.document.content.get("extends")
        return name if isinstance(name, str) else None


class Shelf:
    """All files of one kind. `folder` is where both a pharmacy and the packs keep them, below their own top."""

    def __init__(self, found: Gathered, home: Path, packs: Path, folder: str, what: str) -> None:
        self._found, self._packs, self._folder, self._what = found, packs / folder, folder, what
        self.shipped_ids = [path.stem for path in yaml_files(self._packs)]
        own = [self._read(path, f"{folder}/{path.name}") for path in yaml_files(home / folder)]
        self.own = [volume for volume in own if volume is not None]
        self._by_id = {volume.id: volume for volume in reversed(self.own)}
        self._shipped: dict[str, Volume | None] = {}

    @property
    def ids(self) -> list[str]:
        """Every id there is."""
        return list(dict.fromkeys([*self._by_id, *self.shipped_ids]))

    def named(self, names: Iterable[str]) -> list[Volume]:
        """A pharmacy's own volumes, all of them, and the shipped ones among `names` that it does not replace."""
        found = [self._read_shipped(name) for name in sorted({*names} - {*self._by_id})]
        return [*self.own, *(volume for volume in found if volume is not None)]

    def below(self, volume: Volume) -> Volume | None:
        """What a volume extends. One that has the id of what it extends replaces the shipped one of that id."""
        name = volume.extends
        if name is None or volume in self._circle(volume):
            return None
        return self._next(volume, name)

    def mistakes(self, volumes: Iterable[Volume]) -> list[Mistake]:
        """Volumes that extend what is not there, or one another in a circle."""
        found = [self._mistaken(volume) for volume in volumes]
        return [mistake for mistake in found if mistake is not None]

    def _mistaken(self, volume: Volume) -> Mistake | None:
        name = volume.extends
        if name is None or made_id(name) != name:
            return None
        circle = self._circle(volume)
        if volume in circle:
            first = volume is min(circle, key=lambda each: each.document.name)
            chain = " → ".join([*(each.id for each in circle), volume.id])
            mend = f"let one of them stand by itself, or extend a shipped {self._what}"
            return Mistake(volume.document, ("extends",), f"this extends itself: {chain}", mend) if first else None
        if self._next(volume, name) is None and name not in self._found.unread:
            wrong, known = f'no {self._what} is called "{name}"', [each for each in self.ids if each != volume.id]
            return Mistake(volume.document, ("extends",), wrong, one_of(name, known))
        return None

    def _circle(self, volume: Volume) -> list[Volume]:
        """The circle that a volume stands in, from itself on; empty when following it comes to an end or elsewhere."""
        way, current = [volume], volume
        while current.extends is not None:
            following = self._next(current, current.extends)
            if following is volume:
                return way
            if following is None or following in way:
                return []
            way.append(following)
            current = following
        return []

    def _next(self, volume: Volume, name: str) -> Volume | None:
        own = None if volume.shipped or name == volume.id else self._by_id.get(name)
        return own or self._read_shipped(name)

    def _read_shipped(self, name: str) -> Volume | None:
        if name not in self._shipped:
            path = self._packs / f"{name}.yaml"
            label = f"shipped {self._folder}/{name}.yaml"
            self._shipped[name] = self._read(path, label, shipped=True) if name in self.shipped_ids else None
        return self._shipped[name]

    def _read(self, path: Path, name: str, *, shipped: bool = False) -> Volume | None:
        document, mistakes = read_yaml(path, name)
        self._found.mistakes += mistakes
        if document is None:
            self._found.unread.append(path.stem)
            return None
        self._found.contents[document.name] = document.content
        if isinstance(document.content, dict):
            return Volume(document, shipped)
        self._found.mistakes.append(wording.wrong_type(document, (), "dict_type", document.content))
        return None
