"""One mistake in what a pharmacy edits: where it is, what is wrong, what to write instead; and words to say it in.

Knows nothing of YAML, CSV or pydantic: a document tells the place of a location, whatever it was read from.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

Location = tuple[str | int, ...]
"""The way into a document: keys and list positions from its top."""


class Placed(Protocol):
    """What a mistake needs of its document."""

    name: str
    """The path as people know it, relative to the pharmacy's folder."""

    def place(self, location: Location, *, on_key: bool) -> tuple[int, int]:
        """Line and column, both from 1, of the nearest thing that exists on the way to `location`."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """`wrong` says what is wrong, `mend` what to write instead. `on_key` points at the key, not at its value."""

    document: Placed
    location: Location
    wrong: str
    mend: str
    on_key: bool = False


class Mistaken(ValueError):
    """What every parser raises: what is wrong, and what to write instead."""

    def __init__(self, wrong: str, mend: str) -> None:
        super().__init__(f"{wrong}; {mend}")
        self.wrong = wrong
        self.mend = mend


def told(mistakes: Iterable[Mistake]) -> list[str]:
    """Every mistake as `file:line:column: what is wrong; what to write`, in the order of the files, each once."""
    placed = []
    for mistake in mistakes:
        line, column = mistake.document.place(mistake.location, on_key=mistake.on_key)
        placed.append((mistake.document.name, line, column, f"{mistake.wrong}; {mistake.mend}"))
    lines = [f"{name}:{line}:{column}: {text}" for name, line, column, text in sorted(placed, key=_order)]
    return list(dict.fromkeys(lines))


def _order(placed: tuple[str, int, int, str]) -> tuple[bool, str, int, int]:
    name, line, column, _ = placed
    return name != "pharmacy.yaml", name, line, column


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word most like the one written, or `None` when none is like it."""
    return _nearest(str(word).lower(), tuple(known))


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word, by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def one_of(word: object, known: Sequence[str]) -> str:
    """The mend for an unknown word: the nearest known one, or what there is to choose from."""
    near = nearest(word, known)
    if near is not None:
        return f"did you mean {near}?"
    if not known:
        return "nothing of that kind is defined yet"
    listed = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    return f"write {listed}" if len(known) == 1 else f"write one of {listed}"


def shown(value: object) -> str:
    """A value as it looks in the file."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value if len(value) <= 60 else value[:57] + "..."}"'
        case int() | float():
            return str(value)
        case list() | tuple():
            return "a list"
    return "a mapping"
