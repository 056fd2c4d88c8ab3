"""The proof that at each minute each step of each policy reaches somebody, and the holes where it does not. Pure.

Between two instants at which duty, opening or the weekend changes nothing else does, so that one look at each of them
is a look at every minute. Checklists are looked at in opening hours, storage units at all hours: a fridge fails at
night, too. Closed is not a hole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise

from shiftbot.domain import recipients as words
from shiftbot.domain.alert import STANDARD, Policy, Severity, Step
from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import instant, is_open_at, local_clock, local_date, local_text
from shiftbot.domain.passing import holds_at
from shiftbot.domain.roster import on_duty, openings, roster_of, shifts
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.domain.whom import who

LOOK_AHEAD = timedelta(days=14)

NOBODY_ON_DUTY = "no pharmacist is on duty while the pharmacy is open"

_DAY = timedelta(days=1)
Reachable = Callable[[str], bool]
"""Whether a person, by id, has a means that works; who left the workspace has none."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch in which a policy would reach nobody, or only one and the same: what is wrong, and what to do."""

    site: str
    starts_at: datetime
    ends_at: datetime
    what: str
    mend: str


def span_of(site: Site, hole: Hole) -> str:
    """When a hole is, in the site's time: `Mon 23 Nov 12:00–14:00`."""
    same = local_date(site.calendar, hole.starts_at) == local_date(site.calendar, hole.ends_at)
    end = local_clock(site.calendar, hole.ends_at) if same else local_text(site.calendar, hole.ends_at)
    return f"{local_text(site.calendar, hole.starts_at)}–{end}"


def holes(
    pharmacy: Pharmacy, site: Site, since: datetime, until: datetime, reachable: Reachable = lambda _: True
) -> list[Hole]:
    """Every hole of a site between two instants, by start; neighbours with the same cause are one."""
    found: dict[tuple[str, str], list[Hole]] = {}
    instants = _turning_points(pharmacy, site, since, until)
    for at, following in pairwise(instants):
        for what, mend in dict.fromkeys(_wrong_at(pharmacy, site, at, reachable)):
            mine = found.setdefault((what, mend), [])
            if mine and mine[-1].ends_at == at:
                mine[-1] = replace(mine[-1], ends_at=following)
            else:
                mine.append(Hole(site.id, at, following, what, mend))
    whole = [hole for each in found.values() for hole in each]
    return sorted(whole, key=lambda hole: (hole.starts_at, hole.what))


def _turning_points(pharmacy: Pharmacy, site: Site, since: datetime, until: datetime) -> list[datetime]:
    """Every instant at which the answer may change: shifts here and at relief sites, opening, closing, midnight."""
    points = {since, until}
    for site_id in (site.id, *(relief for relief in site.relief if relief in pharmacy.sites)):
        for shift in shifts(roster_of(pharmacy, site_id), since, until):
            points |= {shift.starts_at, shift.ends_at}
    for opens_at, closes_at in openings(site.calendar, since, until):
        points |= {opens_at, closes_at}
    on = local_date(site.calendar, since)
    while on <= local_date(site.calendar, until):
        points.add(instant(site.calendar.timezone, on, time()))
        on += _DAY
    return sorted(at for at in points if since <= at <= until)


def _wrong_at(pharmacy: Pharmacy, site: Site, at: datetime, reachable: Reachable) -> Iterator[tuple[str, str]]:
    """What is wrong at an instant, with its mend."""
    is_open = is_open_at(site.calendar, at)
    present = on_duty(roster_of(pharmacy, site.id, Role.PHARMACIST), at)
    if is_open and not present:
        yield (
            NOBODY_ON_DUTY,
            f"put somebody on the roster of {site.id}, or let somebody take the duty with /shift duty",
        )
    known = tuple(person for person in present if person in pharmacy.people)
    for policy in _policies(pharmacy, site, is_open):
        yield from _wrong_with(pharmacy, site, policy, at, reachable, known)


def _policies(pharmacy: Pharmacy, site: Site, is_open: bool) -> Iterable[Policy]:
    """The policies that may begin at an instant, each once: those of units always, of checklists in opening hours."""
    names = [unit.escalation for unit in pharmacy.units_of(site.id)]
    if is_open:
        known = (pharmacy.checklists[name] for name in site.checklists if name in pharmacy.checklists)
        names += [checklist.escalation for checklist in known]
    return [pharmacy.policies.get(name, STANDARD) for name in dict.fromkeys(names)]


def _wrong_with(
    pharmacy: Pharmacy, site: Site, policy: Policy, at: datetime, reachable: Reachable, present: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    everybody: set[str] = set()
    for number, step in enumerate(policy.steps, 1):
        if not _is_taken(site, step, at):
            continue
        meant = who(pharmacy, site, step.tell, at, present).ids
        people = [each for each in meant if each in pharmacy.people]
        everybody.update(people)
        cut_off = [each for each in people if not reachable(each)]
        if people and len(cut_off) == len(people) and len(people) == len(meant):
            names = " and ".join(pharmacy.people[each].name for each in cut_off)
            yield (
                f"step {number} of the policy {policy.name} reaches nobody: {names} cannot be reached",
                f"see that a means of {names} works and is verified (/shift reach), or name somebody else",
            )
    if not everybody:
        yield (
            f"the policy {policy.name} tells nobody by name, only channels",
            f"add a step that tells a person, for example {words.ON_DUTY}",
        )
    elif len(everybody) == 1 and len(policy.steps) > 1:
        (one,) = everybody
        yield (
            f"every step of the policy {policy.name} ends with {pharmacy.people[one].name} alone",
            f"name another fallback of {site.id}, or a step that tells somebody else",
        )


def _is_taken(site: Site, step: Step, at: datetime) -> bool:
    """Whether a step may be taken then, be the alert critical or not."""
    return any(holds_at(severity, site.calendar, at)(step) for severity in Severity)


def by_cause(found: Sequence[Hole]) -> dict[tuple[str, str], list[Hole]]:
    """The holes of one site by what is wrong and what to do, in the order of their first."""
    grouped: dict[tuple[str, str], list[Hole]] = {}
    for hole in found:
        grouped.setdefault((hole.what, hole.mend), []).append(hole)
    return grouped
