"""Reading a YAML file fast, and finding a line and column in it only when there is a mistake to place.

Scalars mean what YAML 1.2's core schema says: `08:30`, `NO`, `on` and `2026-12-24` stay text. Both passes use the same
parser and the same rules, so that a place is always the place of what was read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from shiftbot.definitions.mistakes import Location, Mistake

_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

NESTED_AT_MOST = 40
"""Deeper than any definition; libyaml's composer ends the whole process at about 30,000."""

_SUSPICIOUS_SIZE, _SUSPICIOUS_BRACKETS = 1_000_000, 2_000

_MENDS = {
    "mapping values are not allowed": 'put text that holds ": " in quotes, and check the indentation',
    "tab character": "indent with spaces, never with tabs",
    "cannot start any token": "put text that begins with a sign such as @, ` or a tab in quotes",
    "expected ',' or ']'": "close the list with ], with a comma between its entries",
    "expected ',' or '}'": "close the mapping with }, with a comma between its entries",
    "expected '-' indicator": "give every entry of the list its own dash, at the same indentation",
    "expected <block end>": "line it up with the entries above it",
    "did not find expected key": "line it up with the keys above it",
    "could not find expected ':'": "write a colon and a space after the key",
    "unexpected end of stream": "close the quotes",
    "undefined alias": "put text that begins with * in quotes",
    "could not determine a constructor": "put text that begins with ! in quotes; tags are not used here",
    "expected a single document": "keep one document a file: remove the line with ---",
    "unhashable key": "write a plain word as the key",
}


@dataclass(eq=False)
class Document:
    """One YAML file: its name for people, its text, and its content as plain lists, dicts and scalars."""

    name: str
    text: str = field(repr=False)
    content: Any = None
    _top: Any = field(default=None, repr=False)

    def place(self, location: Location, *, on_key: bool) -> tuple[int, int]:
        """Line and column from 1; of the deepest thing on the way when `location` itself does not exist."""
        if self._top is None:
            self._top = yaml.compose(self.text, Loader=_CoreLoader)
        if self._top is None:
            return 1, 1
        mark = self._top.start_mark
        for mark, _ in _way(self._top, location, on_key=on_key):  # noqa: B007  the last mark is the answer
            pass
        return mark.line + 1, mark.column + 1


@dataclass(eq=False)
class Unread:
    """A file that could not be read as YAML at all; its one mistake has a fixed place."""

    name: str
    line: int = 1
    column: int = 1

    def place(self, location: Location, *, on_key: bool) -> tuple[int, int]:
        """The place at which reading stopped."""
        return self.line, self.column


def read_yaml(path: Path, name: str) -> tuple[Document | None, list[Mistake]]:
    """The document in a file, or `None`; and what is wrong with it as YAML (syntax, encoding, keys written twice)."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [_not_text(name, error)]
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        return None, [Mistake(Unread(name), (), problem, "check that it is a file you may read")]
    return _parse(text, name)


def _parse(text: str, name: str) -> tuple[Document | None, list[Mistake]]:
    if not text.strip():
        return None, [Mistake(Unread(name), (), "the file is empty", "write its definitions, or remove the file")]
    if _is_nested_deeply(text):
        return None, [Mistake(Unread(name), (), "it is nested too deeply", "check the brackets and the indentation")]
    document = Document(name, text)
    loader = None
    try:
        loader = _CoreLoader(text)
        document.content = loader.get_single_data()
    except yaml.YAMLError as error:
        return None, [_bad_syntax(name, text, error)]
    finally:
        if loader is not None:
            loader.dispose()
    return document, [_written_twice(name, *repeated) for repeated in loader.repeated]


def _is_nested_deeply(text: str) -> bool:
    """Only looked at, event by event, in texts that could be."""
    openers = text.count("[") + text.count("{") + text.count("- ") + text.count("? ")
    if openers < _SUSPICIOUS_BRACKETS and len(text) < _SUSPICIOUS_SIZE:
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_FastLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > NESTED_AT_MOST:
                return True
    except yaml.YAMLError:
        return False  # the parse that follows says where
    return False


def _not_text(name: str, error: UnicodeDecodeError) -> Mistake:
    before = error.object[: error.start]
    line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
    return Mistake(Unread(name, line, column), (), "this is not UTF-8 text", "save the file as UTF-8 in your editor")


def _bad_syntax(name: str, text: str, error: yaml.YAMLError) -> Mistake:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = _start_of_unclosed(error) or error.problem_mark
        problem = str(error.problem).replace("did not find expected", "expected").replace("<block end>", "the end")
        return Mistake(Unread(name, mark.line + 1, mark.column + 1), (), _sentence(problem), _mend(str(error.problem)))
    before = text[: getattr(error, "position", 0)]
    place = Unread(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    return Mistake(place, (), "this character cannot stand in a YAML file", "remove it")


def _start_of_unclosed(error: yaml.MarkedYAMLError) -> Any:
    """Quotes and brackets that are never closed are mended where they begin, not where the file ends."""
    unclosed = ("quoted scalar", "flow sequence", "flow mapping")
    return error.context_mark if error.context and any(word in error.context for word in unclosed) else None


def _sentence(problem: str) -> str:
    return f"this is not YAML ({problem})"


def _mend(problem: str) -> str:
    return next((mend for part, mend in _MENDS.items() if part in problem), "check the indentation and the quotes")


def _written_twice(name: str, key: str, mark: Any, first: Any) -> Mistake:
    place = Unread(name, mark.line + 1, mark.column + 1)
    return Mistake(place, (), f'"{key}" is written twice (first in line {first.line + 1})', "keep one of the two")


def _way(node: Any, location: Location, *, on_key: bool) -> Iterator[tuple[Any, Any]]:
    """(mark, node) for each step into a node tree that exists."""
    for depth, part in enumerate(location):
        key, node = _child(node, part)
        if node is None:
            return
        wants_key = key is not None and on_key and depth == len(location) - 1
        yield (key if wants_key else node).start_mark, node


def _child(node: Any, part: str | int) -> tuple[Any, Any]:
    if isinstance(node, yaml.MappingNode):
        found = [(key, value) for key, value in node.value if key.value == str(part)]
        return found[-1] if found else (None, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None, None


class _CoreLoader(_FastLoader):  # type: ignore[misc]  # its class is chosen when the module is read
    """Resolves only what YAML 1.2's core schema does, and remembers keys that are written twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[str, Any, Any]] = []

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: dict[str, Any] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    self.repeated.append((key.value, key.start_mark, seen[key.value]))
                seen.setdefault(key.value, key.start_mark)
        constructed: dict[Any, Any] = super().construct_mapping(node, deep)
        return constructed


def _integer(_: Any, node: Any) -> int:
    text = node.value
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _number(_: Any, node: Any) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _truth(_: Any, node: Any) -> bool:
    return bool(node.value.lower() == "true")


for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        list("-+.0123456789"),
    ),
):
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)
_CoreLoader.add_constructor("tag:yaml.org,2002:int", _integer)
_CoreLoader.add_constructor("tag:yaml.org,2002:float", _number)
_CoreLoader.add_constructor("tag:yaml.org,2002:bool", _truth)
