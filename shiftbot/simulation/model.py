"""What the issue promises of an alert, written down a second time and plainly: whom a step means, when it is due.

Knows nothing of domain/alert.py's and domain/whom.py's decisions: it is what they are held against. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.domain.alert import Policy
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Pharmacy, RosterRule, Site
from shiftbot.simulation.excuses import DECIDING, Excuses
from shiftbot.simulation.logbook import Decided, DutyChanged, Pressed

ACKNOWLEDGED_FOR = timedelta(minutes=30)
REPEATS = timedelta(minutes=30)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its beginning to its end, by the machine's clock; `worse_at`: when it became critical."""

    alert: int
    site: str
    policy: Policy
    opened_at: datetime
    over_at: datetime
    worse_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as the model has it."""

    at: datetime
    site: str
    what: str


def walk(
    episode: Episode, decided: Sequence[Decided], pressed: Sequence[Pressed], excuses: Excuses
) -> Iterator[Wrong]:  # fmt: skip
    """Hold the steps that were taken against the ladder: each in its turn, none before its time, none too late."""
    steps = episode.policy.steps
    due, place, told, is_loose = episode.opened_at + steps[0].after, 0, 0, False
    worse = list(episode.worse_at)
    events: list[Decided | Pressed] = sorted([*decided, *pressed], key=lambda each: each.number)
    for event in events:
        while worse and _is_worse_before(worse[0], event):
            due, is_loose = min(due, worse.pop(0)), True
        if isinstance(event, Pressed):
            yield from _late(episode, due, event.at, place, excuses)
            due, is_loose = _after_press(event, due, is_loose)
            continue
        yield from _late(episode, due, event.at, place, excuses)
        if event.at < due - A_SECOND and not is_loose:
            yield Wrong(event.at, episode.site, f"step {event.step} of alert {episode.alert} came before {due}")
        if event.step != place + 1 or event.telling != told + 1:
            wanted = f"step {place + 1}, telling {told + 1}"
            yield Wrong(event.at, episode.site, f"alert {episode.alert}: {wanted} was due, not step {event.step}, "
                        f"telling {event.telling}")  # fmt: skip
        told, place, is_loose = event.telling, event.step - 1, False
        if place < len(steps) - 1:
            place += 1
            due = event.at + steps[place].after
        else:
            due = event.at + (steps[place].repeat or REPEATS)
    yield from _late(episode, due, episode.over_at, place, excuses)


def _is_worse_before(at: datetime, event: Decided | Pressed) -> bool:
    """Of one instant the tick comes after the presses: what they laid to rest it hurries."""
    return at < event.at if isinstance(event, Pressed) else at <= event.at


def _after_press(event: Pressed, due: datetime, is_loose: bool) -> tuple[datetime, bool]:
    """When the next step is due after somebody pressed a button; `perhaps` is a press whose process died."""
    if event.what == "decline":
        return event.at, is_loose
    if event.what == "acknowledge":
        return event.at + ACKNOWLEDGED_FOR, False
    if event.what == "perhaps acknowledge":
        return max(due, event.at + ACKNOWLEDGED_FOR), True
    return due, True


def _late(episode: Episode, due: datetime, until: datetime, place: int, excuses: Excuses) -> Iterator[Wrong]:
    by = excuses.by(due, DECIDING)
    if by < until:
        yield Wrong(
            due, episode.site,
            f"alert {episode.alert}: step {place + 1} was due then, by {by:%H:%M:%S} at the latest; it was not taken "
            f"before {until:%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip


@dataclass(frozen=True)
class Duty:
    """Who is on duty, from the roster's rules and what people agreed: a second reading of both."""

    pharmacy: Pharmacy
    changes: Sequence[DutyChanged]

    def pharmacists(self, site: Site, at: datetime) -> tuple[str, ...]:
        """The pharmacists on duty, who comes first first."""
        on: list[tuple[float, str]] = [
            (place, rule.person)
            for place, rule in enumerate(self.pharmacy.roster)
            if rule.site == site.id and _covers(rule, site, at)
        ]
        for number, change in enumerate(self.changes):
            if change.site == site.id and change.starts_at <= at < change.ends_at:
                on = self._changed(site, on, change, number)
        known = (person for _, person in sorted(on) if Role.PHARMACIST in self.pharmacy.people[person].roles)
        return tuple(dict.fromkeys(known))

    def _changed(
        self, site: Site, on: list[tuple[float, str]], change: DutyChanged, number: int
    ) -> list[tuple[float, str]]:  # fmt: skip
        kept = [(place, person) for place, person in on if person != change.instead_of]
        if change.person is None:
            return kept
        # Whoever takes a duty over has its place for the whole of the stretch, also where that goes on longer.
        places = [
            place
            for place, rule in enumerate(self.pharmacy.roster)
            if rule.site == site.id and rule.person == change.instead_of
            and any(_covers(rule, site, change.starts_at + hours * timedelta(minutes=30))
                    for hours in range(int((change.ends_at - change.starts_at) / timedelta(minutes=30)) + 1))
        ]  # fmt: skip
        return [*kept, (min(places, default=-1.0 - number), change.person)]


def _covers(rule: RosterRule, site: Site, at: datetime) -> bool:
    """By the wall's clock of the site. A night shift is that of the day on which it begins."""
    local = at.astimezone(site.calendar.timezone)
    clock, today, yesterday = local.time(), local.weekday(), (local.weekday() - 1) % 7
    if rule.until > rule.start:
        return today in rule.weekdays and rule.start <= clock < rule.until
    begun_today = today in rule.weekdays and clock >= rule.start
    return begun_today or (yesterday in rule.weekdays and clock < rule.until)


def meant(duty: Duty, site: Site, tell: Iterable[str], at: datetime) -> frozenset[str] | None:
    """Whom a step means at an instant; None for words that this model does not know."""
    pharmacists, found = duty.pharmacists(site, at), set[str]()
    for word in tell:
        match word:
            case "channel":
                mine: tuple[str, ...] = (site.channel,)
            case "on-duty-pharmacist":
                mine = pharmacists[:1] or (site.fallback,)
            case "backup-pharmacist":
                mine = pharmacists[1:2] or (site.fallback,)
            case "manager":
                managers = tuple(
                    person.id for person in duty.pharmacy.people.values() if Role.MANAGER in person.roles
                )  # fmt: skip
                mine = managers or (site.fallback,)
            case person if person in duty.pharmacy.people:
                mine = (person,)
            case _:
                return None
        found.update(mine)
    return frozenset(found)
