"""The grammar of a Block Kit rule: small functions that look at one value and note what Slack would say, and where.

Knows no block or element by name. The sentences are Slack's own, as far as they are known from its answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """`pointer` is a JSON pointer from where the check began, for example `/0/text/text`."""

    pointer: str
    message: str

    def line(self, root: str) -> str:
        return f"[ERROR] {self.message} [json-pointer:{root}{self.pointer}]"


Rule = Callable[[Any, str, list[Problem]], None]


def string(most: int | None = None, least: int = 1) -> Rule:
    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if not isinstance(value, str):
            problems.append(Problem(at, "must provide a string"))
        elif len(value) < least:
            problems.append(Problem(at, f"must be more than {least - 1} characters"))
        elif most is not None and len(value) > most:
            problems.append(Problem(at, f"must be less than {most + 1} characters"))

    return check


def url(most: int = 3000) -> Rule:
    length = string(most)

    def check(value: Any, at: str, problems: list[Problem]) -> None:
        before = len(problems)
        length(value, at, problems)
        if len(problems) == before and "://" not in value and not value.startswith(("mailto:", "slack:")):
            problems.append(Problem(at, "must be a valid URL"))

    return check


def boolean(value: Any, at: str, problems: list[Problem]) -> None:
    if not isinstance(value, bool):
        problems.append(Problem(at, "must provide a boolean"))


def integer(least: int | None = None, most: int | None = None) -> Rule:
    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problems.append(Problem(at, "must provide an integer"))
        elif (least is not None and value < least) or (most is not None and value > most):
            problems.append(Problem(at, f"must be between {least} and {most}"))

    return check


def number(value: Any, at: str, problems: list[Problem]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.append(Problem(at, "must provide a number"))


def one_of(*allowed: str) -> Rule:
    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if value not in allowed:
            problems.append(Problem(at, "must be a valid enum value"))

    return check


def anything(value: Any, at: str, problems: list[Problem]) -> None:
    """For the few parts that the emulator does not look into."""


def each(rule: Rule, most: int, least: int = 1) -> Rule:
    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if not isinstance(value, list):
            problems.append(Problem(at, "must provide an array"))
            return
        if len(value) > most:
            problems.append(Problem(at, f"no more than {most} items allowed"))
        if len(value) < least:
            problems.append(Problem(at, f"no fewer than {least} items allowed"))
        for index, item in enumerate(value):
            rule(item, f"{at}/{index}", problems)

    return check


def shape(required: Mapping[str, Rule] | None = None, optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these keys and no others. An optional key may be null, which Slack takes as absent."""
    needed, further = dict(required or {}), dict(optional or {})

    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if not isinstance(value, dict):
            problems.append(Problem(at, "must provide an object"))
            return
        problems.extend(Problem(at, f"missing required field: {key}") for key in needed if value.get(key) is None)
        for key, item in value.items():
            if key not in needed and key not in further:
                problems.append(Problem(at, f"invalid additional property: {key}"))
            elif item is not None:
                (needed.get(key) or further[key])(item, f"{at}/{key}", problems)

    return check


def by_type(shapes: Mapping[str, Rule], allowed: frozenset[str] | None = None) -> Rule:
    """An object whose `type` chooses its shape."""

    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if not isinstance(value, dict):
            problems.append(Problem(at, "must provide an object"))
            return
        kind = value.get("type")
        if kind is None:
            problems.append(Problem(at, "missing required field: type"))
        elif not isinstance(kind, str) or kind not in shapes or (allowed is not None and kind not in allowed):
            problems.append(Problem(f"{at}/type", f"unsupported type: {kind}"))
        else:
            shapes[kind](value, at, problems)

    return check


def also(rule: Rule, extra: Rule) -> Rule:
    """`extra` looks only at what `rule` found well formed."""

    def check(value: Any, at: str, problems: list[Problem]) -> None:
        before = len(problems)
        rule(value, at, problems)
        if len(problems) == before:
            extra(value, at, problems)

    return check
