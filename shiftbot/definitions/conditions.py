"""Whether every item that waits for another's answer can ever be asked, and whether every gate has a rule."""

from collections.abc import Iterator
from typing import Any

from shiftbot.definitions.mistakes import Location, Mistake, one_of, shown
from shiftbot.definitions.parts import Gathered, Part, items_of
from shiftbot.domain.checklist import ItemKind

OUT_OF_RANGE = "out-of-range"

NOT_APPLICABLE = "not-applicable"

WORDS = ("done", "failed", "n/a", NOT_APPLICABLE)
"""Outcomes by the words a `when` may name them by, whatever the kind of the item."""

RANGED = (ItemKind.NUMBER, ItemKind.TEMPERATURE, ItemKind.MIN_MAX, ItemKind.DATE)

_Items = dict[str, dict[str, Any]]


def check_conditions(found: Gathered) -> Iterator[Mistake]:
    """Every mistake of this sort; what a checklist has from one that it extends is told there."""
    for part in found.checklists:
        there = {mistake.wrong for mistake in _conditions(part.base)} if part.base is not None else set()
        yield from (mistake for mistake in _conditions(part) if mistake.wrong not in there)
        yield from _gates(found, part)


def _conditions(part: Part[Any]) -> Iterator[Mistake]:
    items = [(at, item) for at, item in items_of(part.raw) if isinstance(item, dict)]
    every: _Items = {str(item.get("id")): item for _, item in items}
    before: _Items = {}
    for at, item in items:
        when = item.get("when")
        if isinstance(when, dict) and isinstance(when.get("item"), str) and when["item"] != item.get("id"):
            yield from _condition(part, at, item, before, every)
        before[str(item.get("id"))] = item


def _condition(part: Part[Any], at: Location, item: dict[str, Any], before: _Items, every: _Items) -> Iterator[Mistake]:
    name, waits = item["when"]["item"], item.get("id")
    there = (*at, "when", "item")
    if name not in every:
        known = list(before)
        yield Mistake(part.document, there, f'"{waits}" waits for "{name}", which is no item', one_of(name, known))
    elif name not in before:
        wrong = f'"{waits}" waits for "{name}", which comes later'
        yield Mistake(part.document, there, wrong, f"put {waits} below {name}, or name an item above it")
    else:
        yield from _each(part, there, item, before[name])
        yield from _words(part, (*at, "when", "is"), item["when"].get("is"), before[name])


def _each(part: Part[Any], at: Location, item: dict[str, Any], on: dict[str, Any]) -> Iterator[Mistake]:
    """What is asked once cannot wait for a line that is there several times."""
    each = on.get("for_each")
    if each is not None and item.get("for_each") != each:
        wrong = f'"{on.get("id")}" is asked for each {each}, and "{item.get("id")}" is not'
        yield Mistake(part.document, at, wrong, f"write for_each: {each}, or name another item")


def _words(part: Part[Any], at: Location, written: Any, on: dict[str, Any]) -> Iterator[Mistake]:
    options = [str(option) for option in on.get("options") or ()] if isinstance(on.get("options"), list) else []
    ranged = on.get("kind") in list(RANGED)
    known = [*options, "done", "failed", "n/a", *([OUT_OF_RANGE] if ranged else [])]
    meant = {word.lower() for word in (*known, *WORDS)}
    for place, word in enumerate(written if isinstance(written, list) else [written]):
        if isinstance(word, str) and word.strip().lower() not in meant:
            where: Location = (*at, place) if isinstance(written, list) else at
            wrong = f'{shown(word)} is no answer to "{on.get("id")}"'
            yield Mistake(part.document, where, wrong, one_of(word, known))


def _gates(found: Gathered, part: Part[Any]) -> Iterator[Mistake]:
    tasks = list(dict.fromkeys(task for gates in found.gates.values() for task in gates))
    if found.unread or len(found.gates) < len(found.rules):
        return  # a mistaken policy may have the task
    for at, item in items_of(part.raw):
        gate = item.get("gate") if isinstance(item, dict) else None
        inherited = part.base is not None and any(gate == each.get("gate") for _, each in items_of(part.base.raw))
        if isinstance(gate, str) and gate not in tasks and not inherited:
            wrong = f'no policy has the task "{gate}"'
            yield Mistake(part.document, (*at, "gate"), wrong, one_of(gate, tasks))
