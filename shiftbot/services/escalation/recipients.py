"""Whom a step of the ladder means at an instant. Nobody on duty is a value: the fallback is told, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shiftbot.domain.alert import Telling
from shiftbot.domain.checklist import Role
from shiftbot.domain.roster import on_duty, roster_of
from shiftbot.domain.site import Pharmacy, Site


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told at a step: people and channels; `why`, for each who stands in for somebody the step names."""

    ids: tuple[str, ...]
    why: Mapping[str, str] = field(default_factory=dict)


def who(pharmacy: Pharmacy, site: Site, telling: Telling, now: datetime) -> Recipients:
    """Whom a step means now: never nobody. Where there is nobody it is the fallback, who is told why."""
    ids: dict[str, str] = {}
    duty = on_duty(roster_of(pharmacy, site.id, Role.PHARMACIST), now)
    for word in telling.tell:
        found = _meant(pharmacy, site, word, duty)
        why = "" if found else _nobody(word)
        for each in found or (site.fallback,):
            ids.setdefault(each, why)
    return Recipients(tuple(ids), {each: why for each, why in ids.items() if why})


def managers(pharmacy: Pharmacy) -> Recipients:
    """Who is left to tell of an alert whose site was taken out of the definitions."""
    people = pharmacy.people_with(Role.MANAGER) or tuple(pharmacy.people.values())[:1]
    return Recipients(
        tuple(person.id for person in people), {person.id: "its site is no longer defined" for person in people}
    )


def _meant(pharmacy: Pharmacy, site: Site, word: str, duty: tuple[str, ...]) -> tuple[str, ...]:
    match word:
        case "channel":
            return (site.channel,)
        case "on-duty-pharmacist":
            return duty[:1]
        case "backup-pharmacist":
            return duty[1:2]
        case "manager":
            return tuple(person.id for person in pharmacy.people_with(Role.MANAGER))
        case person if person in pharmacy.people:
            return (person,)
    return ()


def _nobody(word: str) -> str:
    match word:
        case "on-duty-pharmacist":
            return "no pharmacist is on duty now"
        case "backup-pharmacist":
            return "no second pharmacist is on duty now"
        case "manager":
            return "no manager is named"
    return f"{word} is no longer in pharmacy.yaml"
