"""What a simulation says of a pharmacy's own days: how often each is asked, by when a miss reaches somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.domain.coverage import by_cause, holes, span_of
from shiftbot.domain.site import Pharmacy
from shiftbot.simulation.facts import Facts
from shiftbot.simulation.logbook import Heard, Logbook

NIGHT = (*range(22, 24), *range(6))
LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Asked:
    """How often one person was told of an alert, and reminded, by the hour of their day."""

    person: str
    name: str
    alerts: tuple[int, ...]
    reminders: tuple[int, ...]

    @property
    def at_night(self) -> int:
        """Alerts between 22:00 and 06:00."""
        return sum(self.alerts[hour] for hour in NIGHT)


@dataclass(frozen=True, slots=True)
class Reached:
    """How long it took until what was missed reached a person, at one site."""

    site: str
    missed: int
    never: int
    """Done, or closed, before anybody was told by name."""
    p50: timedelta | None
    p95: timedelta | None
    longest: timedelta | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it."""

    asked: Sequence[Asked]
    reached: Sequence[Reached]
    holes: Mapping[str, Sequence[str]]


def figures_of(pharmacy: Pharmacy, logbook: Logbook, facts: Facts, now: datetime) -> Figures:
    """From what everybody heard, and what was missed; the holes of the two weeks from `now` on."""
    return Figures(
        [_asked(pharmacy, logbook.heard, person) for person in pharmacy.people],
        [_reached(logbook.heard, facts, site) for site in pharmacy.sites],
        {site.id: _holes(pharmacy, site.id, now) for site in pharmacy.sites.values()},
    )


def _asked(pharmacy: Pharmacy, heard: Sequence[Heard], person: str) -> Asked:
    alerts, reminders = [0] * 24, [0] * 24
    for each in heard:
        if each.recipient == person and each.kind in ("alert", "reminder"):
            hour = each.at.astimezone(pharmacy.sites[each.site].calendar.timezone).hour
            (alerts if each.kind == "alert" else reminders)[hour] += 1
    return Asked(person, pharmacy.people[person].name, tuple(alerts), tuple(reminders))


def _reached(heard: Sequence[Heard], facts: Facts, site: str) -> Reached:
    first: dict[int, datetime] = {}
    for each in heard:
        if each.alert is not None and each.kind == "alert" and each.recipient and not each.recipient.startswith("C"):
            first.setdefault(each.alert, each.at)
    missed = [run for run in facts.runs if run.site == site and run.alerts]
    took = sorted(
        max(first[alert] - run.missed_at, timedelta(0)) for run in missed for alert in run.alerts if alert in first
    )
    return Reached(
        site, len(missed), len(missed) - len(took), _share(took, 0.5), _share(took, 0.95), took[-1] if took else None
    )


def _share(took: Sequence[timedelta], share: float) -> timedelta | None:
    return took[min(len(took) - 1, int(share * len(took)))] if took else None


def _holes(pharmacy: Pharmacy, site_id: str, now: datetime) -> list[str]:
    site, lines = pharmacy.sites[site_id], []
    for (what, mend), same in by_cause(holes(pharmacy, site, now, now + LOOK_AHEAD)).items():
        more = f" and {len(same) - 3} more" if len(same) > 3 else ""
        spans = ", ".join(span_of(site, hole) for hole in same[:3])
        lines.append(f"{what}: {spans}{more}. To mend it: {mend}.")
    return lines
