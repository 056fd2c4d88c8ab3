"""What must fit in escalation policies and teams: a ladder ends with somebody, and means more than one person.

Reads what was written, like checks.py, so that every mistake is found at once.
"""

from collections.abc import Iterator
from typing import Any

from shiftbot.definitions.mistakes import Location, Mistake, one_of
from shiftbot.definitions.names import made_id
from shiftbot.definitions.parts import Gathered, Part
from shiftbot.domain import recipients as words
from shiftbot.domain.checklist import Role

STANDARD_POLICY = "standard"

Steps = list[Part[Any]]


def check_teams(found: Gathered) -> Iterator[Mistake]:
    """Teams without anybody, teams of people whom nobody knows, and teams that are called like something else."""
    if found.teams_in is None:
        return
    people = dict.fromkeys(made_id(person.id) for person in found.people if person.id is not None)
    for team, members in found.teams.items():
        at: Location = ("teams", team)
        if not members:
            yield Mistake(
                found.teams_in, at, f'the team "{team}" has nobody in it', "name at least one person", on_key=True
            )
        if team in words.TELL_WORDS or team in people:
            wrong = f'"{team}" means something else in escalation steps already'
            yield Mistake(found.teams_in, at, wrong, f"call the team for example {team}-team", on_key=True)
        for place, member in enumerate(members):
            if member not in people:
                wrong = f'nobody is called "{member}"'
                yield Mistake(found.teams_in, (*at, place), wrong, one_of(member, list(people)))


def check_ladders(found: Gathered) -> Iterator[Mistake]:
    """Ladders that may end with nobody, that always mean the same person, or that mean whom a site has not."""
    for name, steps in found.policies.items():
        if steps:
            yield from _last_step(steps[-1])
            yield from _always_the_same(found, name, steps)
            yield from _missing_at_sites(found, name, steps)


def words_of(step: Part[Any]) -> Iterator[tuple[Location, object]]:
    """The words of a step, each with its place in it."""
    listed = step.listed("tell")
    if listed:
        yield from ((("tell", place), word) for place, word in enumerate(listed))
    else:
        yield ("tell",), step.text("tell")


def _last_step(step: Part[Any]) -> Iterator[Mistake]:
    if isinstance(step.raw, dict) and step.raw.get("only"):
        wrong = "the last step is only taken sometimes, so an alert could end with nobody told"
        mend = "take only away from it, or write a last step without it"
        yield Mistake(step.document, (*step.at, "only"), wrong, mend, on_key=True)


def _always_the_same(found: Gathered, name: str, steps: Steps) -> Iterator[Mistake]:
    """One step may well mean one person; a ladder that goes nowhere else is none."""
    meant = {each for step in steps for _, word in words_of(step) for each in _meant(found, word)}
    people = {str(person.id) for person in found.people}
    if len(steps) > 1 and len(meant) == 1 and meant <= people and len(people) > 1:
        wrong = f'every step of "{name}" means the same person, {meant.pop()}'
        mend = "tell somebody else, or the channel, at one of them"
        yield Mistake(steps[0].document, steps[0].at[:-1], wrong, mend, on_key=True)


def _meant(found: Gathered, word: object) -> set[str]:
    """Everybody whom a word may ever mean; a channel stands for itself."""
    match word:
        case words.ON_DUTY | words.BACKUP | words.RELIEF | words.ALL_PHARMACISTS:
            return _with(found, Role.PHARMACIST)
        case words.ALL_TECHNICIANS:
            return _with(found, Role.TECHNICIAN)
        case words.MANAGER:
            return _with(found, Role.MANAGER)
        case words.AREA_MANAGER:
            return {manager for site in found.sites if (manager := site.text("area_manager"))}
        case words.ON_SHIFT:
            return {str(person.id) for person in found.people}
        case str() if word in found.teams:
            return set(found.teams[word])
    return {str(word)}


def _with(found: Gathered, role: Role) -> set[str]:
    return {str(person.id) for person in found.people if role in person.listed("roles")}


NEEDED = {words.AREA_MANAGER: ("area_manager", "area manager"), words.RELIEF: ("relief", "relief site")}
"""Words that mean nobody where a site does not say whom: its key, and how that is called."""


def _missing_at_sites(found: Gathered, name: str, steps: Steps) -> Iterator[Mistake]:
    for step in steps:
        for at, word in words_of(step):
            key, called = NEEDED.get(str(word), ("", ""))
            missing = (
                [site for site in _sites_using(found, name) if not (site.text(key) or site.listed(key))] if key else []
            )
            if missing:
                more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
                wrong = f"{missing[0].id}{more} has no {called}"
                mend = f"write {key}: at the site, or tell somebody else"
                yield Mistake(step.document, (*step.at, *at), wrong, mend)


def _sites_using(found: Gathered, policy: str) -> list[Part[Any]]:
    """The sites at which something walks a policy: all of them, for the standard one."""
    if policy == STANDARD_POLICY:
        return list(found.sites)
    checklists = {each.id for each in found.checklists if each.text("escalation") == policy}
    of_units = {unit.text("site") for unit in found.units if unit.text("escalation") == policy}
    return [
        site for site in found.sites if site.id in of_units or checklists & set(map(str, site.listed("checklists")))
    ]
