"""A simulation's outcome put for people, as a table, and for machines, as JSON."""

import json
from datetime import UTC, timedelta
from typing import Any

from shiftbot.simulation.figures import Asked, Figures, Reached
from shiftbot.simulation.outcome import Outcome

HOURS = " " * 10 + " ".join(f"{hour:>3}" for hour in range(24))


def as_text(outcome: Outcome) -> str:
    """A table for people."""
    asking, figures = outcome.asking, outcome.figures
    until = asking.starts_at + timedelta(days=asking.days)
    lines = [
        f"{asking.days} days from {asking.starts_at:%Y-%m-%d} to {until:%Y-%m-%d}, {len(outcome.pharmacy.sites)} "
        f"sites, seed {asking.seed}: {outcome.counts['runs']} checklists, {outcome.counts['alerts']} alerts, "
        f"{outcome.counts['messages']} messages.",
        "",
        "Told of alerts, by the hour of the day:",
        HOURS,
        *(_row(each) for each in figures.asked if any(each.alerts)),
        "",
        "What was missed reached a person by name after:",
        *(_reached(each) for each in figures.reached),
        "",
        *_holes(figures),
        *_differences(outcome),
    ]
    return "\n".join(lines)


def _row(asked: Asked) -> str:
    hours = " ".join(f"{count or '.':>3}" for count in asked.alerts)
    return f"{asked.person[:9]:<10}{hours}   {sum(asked.alerts)} in all, {asked.at_night} at night"


def _reached(reached: Reached) -> str:
    if reached.p50 is None or reached.p95 is None or reached.longest is None:
        return f"  {reached.site}: {reached.missed} missed, nobody had to be told by name"
    head = f"  {reached.site}: {reached.missed} missed, p50 {_span(reached.p50)}, p95 {_span(reached.p95)}"
    settled = f"; {reached.never} were settled before" if reached.never else ""
    return f"{head}, longest {_span(reached.longest)}{settled}"


def _span(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def _holes(figures: Figures) -> list[str]:
    lines = [f"  {site}: {line}" for site, found in figures.holes.items() for line in found]
    return [*(["Holes in the first two weeks:", *lines] if lines else ["No holes in the first two weeks."]), ""]


def _differences(outcome: Outcome) -> list[str]:
    if outcome.holds:
        return ["Everybody was told what they were to be told, in time, and nothing twice unsaid."]
    seed = outcome.asking.seed
    return [
        f"{len(outcome.differences)} differences from what was owed:",
        *(f"  seed {seed}, {each.site}, {each.at:%Y-%m-%d %H:%M:%S} UTC: {each.what}" for each in outcome.differences),
    ]


def as_json(outcome: Outcome) -> str:
    """The same for machines: spans in seconds, instants in ISO 8601."""
    asking, figures = outcome.asking, outcome.figures
    values: dict[str, Any] = {
        "seed": asking.seed,
        "days": asking.days,
        "from": asking.starts_at.astimezone(UTC).isoformat(),
        "sites": list(outcome.pharmacy.sites),
        "holds": outcome.holds,
        "digest": outcome.digest,
        "counts": outcome.counts,
        "asked": [
            {"person": each.person, "name": each.name, "alerts_by_hour": each.alerts,
             "reminders_by_hour": each.reminders, "alerts_at_night": each.at_night}
            for each in figures.asked
        ],
        "reached": [
            {"site": each.site, "missed": each.missed, "settled_before": each.never, "p50": _seconds(each.p50),
             "p95": _seconds(each.p95), "longest": _seconds(each.longest)}
            for each in figures.reached
        ],
        "holes": figures.holes,
        "differences": [{"at": each.at.isoformat(), "site": each.site, "what": each.what}
                        for each in outcome.differences],
    }  # fmt: skip
    return json.dumps(values, indent=2)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
