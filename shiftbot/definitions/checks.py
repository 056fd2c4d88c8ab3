"""What must fit between the things a pharmacy writes: ids, references, reachable people.

These checks read what was written, not only what was right, so that every mistake is found at once.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from shiftbot.definitions.gathering import shipped_checklists
from shiftbot.definitions.ladders import check_ladders, check_teams, words_of
from shiftbot.definitions.mistakes import Location, Mistake, Mistaken, one_of
from shiftbot.definitions.names import made_id
from shiftbot.definitions.parts import Gathered, Part, items_of
from shiftbot.definitions.policies import shipped_policies
from shiftbot.definitions.reach import is_known_recipient
from shiftbot.definitions.times import DAYS, parse_days
from shiftbot.domain.checklist import Role
from shiftbot.domain.recipients import TELL_WORDS

STANDARD_POLICY = "standard"

Known = dict[str, None]
"""Ids in the order they were written, quickly looked up."""


def check(found: Gathered) -> list[Mistake]:
    """Every mistake between things; those within one thing were found when it was read."""
    mistakes: list[Mistake] = []
    for looked_at in (
        _sites, _people, _roster, _policies, check_ladders, check_teams, _checklists, _units, _classes_and_formats,
    ):  # fmt: skip
        mistakes += looked_at(found)
    return mistakes


def _sites(found: Gathered) -> Iterator[Mistake]:
    yield from _twice(found.sites, "id", "two sites have the id", "give each its own")
    yield from _twice(found.sites, "channel", "two sites speak in the channel", "give each site its own channel")
    people, unread = _ids(found.people), found.unread
    checklists = _ids(found.checklists) | dict.fromkeys([*shipped_checklists(), *unread])
    policies = _ids(found.rules) | dict.fromkeys([*shipped_policies(), *unread])
    for site in found.sites:
        for place, name in enumerate(site.listed("checklists")):
            yield from _known(site, ("checklists", place), name, checklists, "checklist")
        for key in ("fallback", "area_manager"):
            yield from _known(site, (key,), site.text(key), people, "person")
        for place, name in enumerate(site.listed("relief")):
            yield from _known(site, ("relief", place), name, _ids(found.sites), "site")
        yield from _repeated(site, ("checklists",), site.listed("checklists"), "checklist")
        yield from _known(site, ("policy",), site.text("policy"), policies, "state policy")
        for key, what in (("controlled", "controlled drug"), ("registers", "register"), ("mailboxes", "mailbox")):
            ids = [each.get("id") if isinstance(each, dict) else None for each in site.listed(key)]
            yield from _repeated(site, (key,), ids, what)
        yield from _days_twice(site)


def _days_twice(site: Part[Any]) -> Iterator[Mistake]:
    hours = site.raw.get("hours") if isinstance(site.raw, dict) else None
    seen: set[int] = set()
    for key in hours if isinstance(hours, dict) else ():
        try:
            days = parse_days(key)
        except Mistaken:
            continue  # said where the key was read
        if doubled := seen & days:
            wrong = f"{DAYS[min(doubled)]} has opening hours twice"
            yield Mistake(site.document, (*site.at, "hours", key), wrong, "name each day once", on_key=True)
        seen |= days


def _people(found: Gathered) -> Iterator[Mistake]:
    yield from _twice(found.people, "id", "two people have the id", "give each their own")
    mend = "give each their own account, or answers cannot be told apart"
    yield from _twice(found.people, "slack", "two people have the Slack id", mend)
    for person in found.people:
        if person.id in TELL_WORDS:
            wrong = f'"{person.id}" has a meaning in escalation steps, so nobody can be called so'
            yield Mistake(person.document, (*person.at, "id"), wrong, f"write another id, for example {person.id}-1")


def _roster(found: Gathered) -> Iterator[Mistake]:
    sites, people = _ids(found.sites), _ids(found.people)
    for rule in found.roster:
        yield from _known(rule, ("site",), rule.text("site"), sites, "site")
        yield from _known(rule, ("person",), rule.text("person"), people, "person")
    for calendar in found.calendars:
        yield from _known(calendar, ("site",), calendar.text("site"), sites, "site")
        named = calendar.raw.get("people")
        for said, person in named.items() if isinstance(named, dict) else ():
            yield from _known(calendar, ("people", said), person, people, "person")


def _policies(found: Gathered) -> Iterator[Mistake]:
    known = dict.fromkeys((*TELL_WORDS, *found.teams)) | _ids(found.people)
    managers = any(Role.MANAGER in person.listed("roles") for person in found.people)
    for steps in found.policies.values():
        for step in steps:
            for at, word in words_of(step):
                if not (isinstance(word, str) and is_known_recipient(word)):
                    yield from _known(step, at, word, known, "person, team or duty word")
                if word == "manager" and not managers:
                    mend = "give somebody roles: [manager], or tell a person by id"
                    yield Mistake(step.document, (*step.at, *at), "nobody has the role manager", mend)
        for step in steps[:-1]:
            if isinstance(step.raw, dict) and step.raw.get("repeat") is not None:
                wrong = "only the last step is repeated"
                yield Mistake(step.document, (*step.at, "repeat"), wrong, "move repeat to the last step", on_key=True)


def _checklists(found: Gathered) -> Iterator[Mistake]:
    yield from _twice(found.checklists, "id", "two checklists have the id", "give each its own, or remove one file")
    yield from _twice(found.rules, "id", "two state policies have the id", "give each its own, or remove one file")
    for checklist in found.checklists:
        if checklist.base is None or checklist.base.text("escalation") != checklist.text("escalation"):
            yield from _policy(found, checklist)
        if checklist.base is None:
            yield from _items_twice(checklist)  # what an overlay adds was looked at when it was laid over


def _items_twice(checklist: Part[Any]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for at, item in items_of(checklist.raw):
        item_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(item_id, str) and item_id in seen:
            mend = "give each item of a checklist its own"
            yield Mistake(checklist.document, (*at, "id"), f'two items have the id "{item_id}"', mend)
        seen.add(str(item_id))


def _units(found: Gathered) -> Iterator[Mistake]:
    yield from _twice(found.units, "id", "two storage units have the id", "give each its own")
    yield from _topics_twice(found.units)
    sites, classes, formats = _ids(found.sites), _ids(found.classes), _ids(found.formats)
    for unit in found.units:
        yield from _known(unit, ("site",), unit.text("site"), sites, "site")
        yield from _known(unit, ("class",), unit.text("class"), classes, "storage class")
        sensor = unit.raw.get("sensor") if isinstance(unit.raw, dict) else None
        if isinstance(sensor, dict):
            yield from _known(unit, ("sensor", "format"), sensor.get("format"), formats, "message format")
        yield from _policy(found, unit)


def _topics_twice(units: Iterable[Part[Any]]) -> Iterator[Mistake]:
    """Two sensors share a topic only when each names its own probe of the device that sends there."""
    owners: dict[str, list[tuple[str | None, str | None]]] = {}
    for unit in units:
        sensor = unit.raw.get("sensor") if isinstance(unit.raw, dict) else None
        topic = sensor.get("topic") if isinstance(sensor, dict) else None
        if not isinstance(sensor, dict) or not isinstance(topic, str):
            continue
        probe, others = _probe(sensor), owners.setdefault(topic, [])
        clash = next((owner for owner, other in others if None in (probe, other) or probe == other), None)
        if clash is not None:
            mend = "give each sensor its own topic" if probe is None else "give each sensor its own topic or probe"
            wrong = f'"{topic}" is already the topic of {clash}'
            yield Mistake(unit.document, (*unit.at, "sensor", "topic"), wrong, mend)
        others.append((unit.id, probe))


def _probe(sensor: dict[str, Any]) -> str | None:
    probe = sensor.get("probe")
    return probe.strip().casefold() if isinstance(probe, str) else None


def _classes_and_formats(found: Gathered) -> Iterator[Mistake]:
    yield from _twice(found.classes, "id", "two storage classes have the id", "give each its own")
    yield from _twice(found.formats, "id", "two message formats have the id", "give each its own")
    people, managers = _ids(found.people), [each.id for each in found.people if Role.MANAGER in each.listed("roles")]
    for each in found.classes:
        override = each.raw.get("override") if isinstance(each.raw, dict) else None
        by = override.get("by") if isinstance(override, dict) else None
        yield from _known(each, ("override", "by"), by, people, "person")
        if isinstance(by, str) and by in people and by not in managers:
            wrong, mend = f"{by} is no manager, who alone answers for this", "name somebody with roles: [manager]"
            yield Mistake(each.document, (*each.at, "override", "by"), wrong, mend)


def _policy(found: Gathered, part: Part[Any]) -> Iterator[Mistake]:
    names = dict.fromkeys([STANDARD_POLICY, *found.policies])
    yield from _known(part, ("escalation",), part.text("escalation"), names, "escalation policy")


def _known(part: Part[Any], at: Location, word: Any, known: Known, what: str) -> Iterator[Mistake]:
    """A reference to something that is not there. What is not text, or has nothing to refer to, was said elsewhere."""
    if isinstance(word, str) and known and made_id(word) not in known:
        wrong = f'no {what} is called "{word}"' if what != "person" else f'nobody is called "{word}"'
        yield Mistake(part.document, (*part.at, *at), wrong, one_of(word, list(known)))


def _repeated(part: Part[Any], at: Location, words: list[Any], what: str) -> Iterator[Mistake]:
    for place, word in enumerate(words):
        if isinstance(word, str) and word in words[:place]:
            wrong = f'the {what} "{word}" stands here twice'
            yield Mistake(part.document, (*part.at, *at, place), wrong, "keep one of the two")


def _twice(parts: Iterable[Part[Any]], key: str, wrong: str, mend: str) -> Iterator[Mistake]:
    """Every later part whose key holds what an earlier one's does; the message says where the first stands."""
    first: dict[str, Part[Any]] = {}
    for part in parts:
        word = part.text(key)
        if word is None:
            continue
        if word in first:
            line, _ = first[word].document.place((*first[word].at, key), on_key=False)
            where = f" (first in {first[word].document.name}, line {line})"
            yield Mistake(part.document, (*part.at, key), f'{wrong} "{word}"{where}', mend)
        first.setdefault(word, part)


def _ids(parts: Iterable[Part[Any]]) -> Known:
    """Ids as written, or as they will be once they are mended."""
    return {made_id(part.id): None for part in parts if part.id is not None}
