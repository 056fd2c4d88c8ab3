"""Whom a step of the ladder means at an instant. Nobody on duty is a value: who stands in is told, and why. Pure.

The pharmacist on duty at a relief site stands in first, in the order the site names them, then the site's fallback.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shiftbot.domain import recipients as words
from shiftbot.domain.checklist import Role
from shiftbot.domain.roster import on_duty as present
from shiftbot.domain.roster import roster_of
from shiftbot.domain.site import Person, Pharmacy, Site

STANDS_IN = frozenset({words.ON_DUTY, words.BACKUP})
"""Words for which a relief site's pharmacist stands in; for the others it is the fallback alone."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told at a step: people and channels; `why`, for each who stands in for somebody the step names."""

    ids: tuple[str, ...]
    why: Mapping[str, str] = field(default_factory=dict)


def who(
    pharmacy: Pharmacy, site: Site, tell: Iterable[str], now: datetime, on_duty: tuple[str, ...] | None = None
) -> Recipients:
    """Whom a step means now, each once: never nobody. Who stands in is told why.

    `on_duty` are the pharmacists on duty then, for those who know them already.
    """
    ids: dict[str, str] = {}
    on_duty = pharmacists(pharmacy, site.id, now) if on_duty is None else on_duty
    for word in tell:
        found = _meant(pharmacy, site, word, on_duty, now)
        for each, why in dict.fromkeys(found, "").items() if found else _instead(pharmacy, site, word, now):
            # Whom one word means outright is no stand-in for another.
            ids[each] = "" if not why else ids.get(each, why)
    return Recipients(tuple(ids), {each: why for each, why in ids.items() if why})


def managers(pharmacy: Pharmacy) -> Recipients:
    """Who is left to tell of an alert whose site was taken out of the definitions."""
    people = pharmacy.people_with(Role.MANAGER) or tuple(pharmacy.people.values())[:1]
    return Recipients(
        tuple(person.id for person in people), {person.id: "its site is no longer defined" for person in people}
    )


def _meant(pharmacy: Pharmacy, site: Site, word: str, on_duty: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    match word:
        case words.CHANNEL:
            return (site.channel,)
        case words.ON_DUTY:
            return on_duty[:1]
        case words.BACKUP:
            return on_duty[1:2]
        case words.RELIEF:
            return tuple(person for person, _ in _relief(pharmacy, site, now))[:1]
        case words.ON_SHIFT:
            return _known(pharmacy, present(roster_of(pharmacy, site.id), now))
        case words.MANAGER:
            return _ids(pharmacy.people_with(Role.MANAGER))
        case words.AREA_MANAGER:
            return tuple(person for person in (site.area_manager,) if person is not None and person in pharmacy.people)
        case words.ALL_PHARMACISTS:
            return _everybody(pharmacy, site, Role.PHARMACIST)
        case words.ALL_TECHNICIANS:
            return _everybody(pharmacy, site, Role.TECHNICIAN)
        case team if team in pharmacy.teams:
            return tuple(person for person in pharmacy.teams[team] if person in pharmacy.people)
        case person if person in pharmacy.people:
            return (person,)
    return (word,) if words.is_channel(word) else ()


def _instead(pharmacy: Pharmacy, site: Site, word: str, now: datetime) -> list[tuple[str, str]]:
    """Who stands in for a word that means nobody now, and why they are told."""
    nobody = _nobody(site, word)
    if word in STANDS_IN:
        for person, place in _relief(pharmacy, site, now):
            return [(person, f"{nobody} at {site.name}, and you are on duty at {place}, its relief")]
    return [(site.fallback, nobody)]


def _relief(pharmacy: Pharmacy, site: Site, now: datetime) -> Iterable[tuple[str, str]]:
    """The first pharmacist on duty at each relief site, and how that site is called."""
    for name in site.relief:
        if name in pharmacy.sites:
            for person in pharmacists(pharmacy, name, now)[:1]:
                yield person, pharmacy.sites[name].name


def pharmacists(pharmacy: Pharmacy, site_id: str, now: datetime) -> tuple[str, ...]:
    """The pharmacists on duty at a site whom the definitions still know, who comes first first."""
    return _known(pharmacy, present(roster_of(pharmacy, site_id, Role.PHARMACIST), now))


def _known(pharmacy: Pharmacy, people: Iterable[str]) -> tuple[str, ...]:
    return tuple(person for person in people if person in pharmacy.people)


def _everybody(pharmacy: Pharmacy, site: Site, role: Role) -> tuple[str, ...]:
    """Everybody with a role; of a chain only those whom the site's own roster names, if it names any."""
    found = _ids(pharmacy.people_with(role))
    if len(pharmacy.sites) == 1:
        return found
    roster = roster_of(pharmacy, site.id)
    rostered = {each.person for each in roster.rules} | {each.person for each in roster.dated}
    return tuple(person for person in found if person in rostered) or found


def _ids(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(person.id for person in people)


def _nobody(site: Site, word: str) -> str:
    match word:
        case words.ON_DUTY:
            return "no pharmacist is on duty now"
        case words.BACKUP:
            return "no second pharmacist is on duty now"
        case words.RELIEF:
            return "no pharmacist is on duty at a relief site now" if site.relief else "no relief site is named"
        case words.ON_SHIFT:
            return "nobody is on shift now"
        case words.MANAGER:
            return "no manager is named"
        case words.AREA_MANAGER:
            return "no area manager is named"
        case words.ALL_PHARMACISTS:
            return "no pharmacist is named"
        case words.ALL_TECHNICIANS:
            return "no technician is named"
    return f"{word} is no longer in pharmacy.yaml, or means nobody there"
