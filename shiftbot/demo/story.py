"""What goes on in the demo right now, in friendly words for somebody who sees shiftbot for the first time.

`read_scene` looks at the database, `tell` finds the words: pure, the most urgent thing first. Changes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.demo.words import PATIENCE, RUN_HINTS, Chapter
from shiftbot.domain.alert import Alert, AlertKind, AlertState
from shiftbot.domain.case import Case, CaseKind
from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_clock, local_date
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import counts, runs
from shiftbot.services.runs import RunView
from shiftbot.storage import alerts, cases, summaries

LAST_WORDS = timedelta(hours=13, minutes=30)
"""After the pharmacy's opening: by then the day's summary is out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The state of the demo's pharmacy as far as the story needs it."""

    now: datetime
    site: Site
    pharmacy: Pharmacy
    open_runs: tuple[RunView, ...]
    coming: RunView | None
    alerts: tuple[Alert, ...]
    cases: tuple[Case, ...]
    out_of_range: tuple[str, ...]
    open_doors: tuple[str, ...]
    count_stages: tuple[str, ...]

    def clock(self, at: datetime) -> str:
        """An instant by the wall clock of the site."""
        return local_clock(self.site.calendar, at)


def read_scene(
    connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime, open_doors: Collection[str]
) -> Scene:
    """What is open, missed, alarming and coming at this instant; `open_doors` are names of units."""
    today = local_date(site.calendar, now)
    day = runs.of_day(connection, pharmacy, site.id, today)
    open_runs = tuple(view for view in day if view.run.state is RunState.OPEN)
    return Scene(
        now=now,
        site=site,
        pharmacy=pharmacy,
        open_runs=tuple(sorted(open_runs, key=lambda view: view.run.due_at)),
        coming=next((view for view in day if view.run.state is RunState.PREPARED and view.run.opens_at > now), None),
        alerts=tuple(alerts.unresolved(connection, site.id)),
        cases=tuple(cases.open_cases(connection, site.id)),
        out_of_range=_out_of_range(connection, pharmacy, site, now),
        open_doors=tuple(open_doors),
        count_stages=_count_stages(connection, open_runs),
    )


def _out_of_range(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> tuple[str, ...]:
    today = summaries.excursions_between(connection, site.id, now - timedelta(days=1), now + timedelta(minutes=1))
    return tuple(pharmacy.units[row.unit].name for row in today if row.ended_at is None)


def _count_stages(connection: Connection, open_runs: Collection[RunView]) -> tuple[str, ...]:
    return tuple(
        counts.stage(connection, view.run.id, each.line.key).state
        for view in open_runs
        if view.run.checklist == "controlled-count"
        for each in view.blank
    )


def tell(scene: Scene) -> Chapter:
    """The chapter that matters most now, and what a newcomer may do."""
    for part in (_fresh_alert, _warming, _held_alert, _open_door, _case, _open_run):
        chapter = part(scene)
        if chapter is not None:
            return chapter
    return _quiet(scene)


def _fresh_alert(scene: Scene) -> Chapter | None:
    fresh = [alert for alert in scene.alerts if alert.state is AlertState.TRIGGERED]
    if not fresh:
        return None
    # Missed sweeps stay around; what warms up right now is more pressing.
    first = min(fresh, key=lambda alert: (alert.kind is not AlertKind.EXCURSION, -alert.opened_at.timestamp()))
    return _told(first, scene)


def _told(alert: Alert, scene: Scene) -> Chapter:
    following = scene.clock(alert.escalate_at) if alert.escalate_at else "soon"
    if alert.told >= len(alert.policy.steps):
        hint = f"Nobody answered, so Morgan the manager is told, at {following} again. Be Morgan: press Acknowledge. "
    else:
        hint = f"Switch to Amira, see what she was told and press Acknowledge, or the next step comes at {following}. "
    return Chapter(f"Alert: {alert.title}", hint + _way_out(alert))


def _way_out(alert: Alert) -> str:
    match alert.kind:
        case AlertKind.MISSED:
            return "It ends when the checklist is done, late; it stays missed."
        case AlertKind.EXCURSION:
            return (
                "It ends after ten minutes back in range: shut the door below. What else to do opened in #hilltop-main."
            )
        case AlertKind.SILENT:
            return "It ends when the sensor speaks again, live."
        case AlertKind.DISCREPANCY:
            return "It ends when a pharmacist signs the case."
    return "A pharmacist or manager closes it and says what was done."


def _warming(scene: Scene) -> Chapter | None:
    told = {alert.title for alert in scene.alerts if alert.kind is AlertKind.EXCURSION}
    for name in scene.out_of_range:
        if not any(name in title for title in told):
            return Chapter(
                f"{name} is out of range",
                "It is on record since its first reading. Nobody is called yet, a door may stand open for a moment: "
                "after 15 minutes out of range Amira is told.",
            )
    return None


def _open_door(scene: Scene) -> Chapter | None:
    if scene.open_doors:
        return Chapter(
            f"The door of the {scene.open_doors[0].lower()} is open",
            "Watch its temperature climb in the panel below. Shut the door soon enough and nobody is called.",
        )
    return None


def _held_alert(scene: Scene) -> Chapter | None:
    held = [alert for alert in scene.alerts if alert.state is AlertState.ACKNOWLEDGED]
    if not held:
        return None
    alert = held[0]
    who = scene.pharmacy.people.get(alert.acknowledged_by or "")
    until = scene.clock(alert.escalate_at) if alert.escalate_at else ""
    return Chapter(
        f"{who.name.split()[0] if who else 'Somebody'} has it: {alert.title}",
        f"Acknowledged is not solved: at {until} the ladder goes on unless the cause is gone. " + _way_out(alert),
    )


def _case(scene: Scene) -> Chapter | None:
    ready = [case for case in scene.cases if not case.facts.get("open")]
    if not ready:
        return None
    what = "the excursion" if ready[0].kind is CaseKind.EXCURSION else "what happened"
    return Chapter(
        f"Case {ready[0].id} waits for a signature",
        f"Switch to Amira and press “Fill in and sign” in #hilltop-main: the cause of {what}, what was done, the "
        "outcome. Only a pharmacist can sign.",
    )


def _open_run(scene: Scene) -> Chapter | None:
    if not scene.open_runs:
        return None
    view = scene.open_runs[0]
    more = len(scene.open_runs) - 1
    due, missed = scene.clock(view.run.due_at), scene.clock(view.run.missed_at)
    state = f"was due {due}; at {missed} it is missed" if scene.now > view.run.due_at else f"is open, due {due}"
    return Chapter(f"{view.plan.title} {state}" + (f" (and {more} more)" if more else ""), _how_to(view, scene))


def _how_to(view: RunView, scene: Scene) -> str:
    blank = [each.line for each in view.blank if each.line.required]
    if view.run.checklist == "controlled-count":
        return RUN_HINTS[f"count-{scene.count_stages[0] if scene.count_stages else 'blank'}"]
    if view.run.checklist == "voicemail":
        return RUN_HINTS["voicemail"]
    if blank and all(line.role is Role.PHARMACIST for line in blank):
        return RUN_HINTS["pharmacist"]
    started = "started" if view.answered else "fresh"
    return RUN_HINTS.get(f"{view.run.checklist}-{started}", RUN_HINTS[started])


def _quiet(scene: Scene) -> Chapter:
    opens = scene.site.calendar.hours[local_date(scene.site.calendar, scene.now).weekday()][0]
    local = scene.now.astimezone(scene.site.calendar.timezone)
    if scene.coming is not None and local.time() < opens:
        at = scene.clock(scene.coming.run.opens_at)
        return Chapter(
            f"Monday morning, just before {at}",
            f"You are Ben, the technician. At {at} the {scene.coming.plan.title.lower()} appears in #hilltop-main.",
        )
    if scene.coming is not None:
        at = scene.clock(scene.coming.run.opens_at)
        return Chapter(f"All quiet. {scene.coming.plan.title} at {at}", f"Skip to {at}, or {PATIENCE}")
    if local.hour >= opens.hour + LAST_WORDS // timedelta(hours=1):
        return Chapter(
            "The day is over",
            "Switch to Morgan to read the day's summary. The record's head stands in #hilltop-main; "
            "“Verify the record” checks every entry.",
        )
    at = scene.clock(scene.now.replace(minute=0) + timedelta(hours=1))
    return Chapter("The pharmacy is closed", f"The day's summary goes to Morgan, the manager, at about {at}.")
