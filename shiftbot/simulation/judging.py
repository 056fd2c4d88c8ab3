"""Holding a simulation against the model: every difference with its site, its instant and what it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.domain.alert import Policy
from shiftbot.domain.cold_chain import limits_of
from shiftbot.domain.local_time import local_date
from shiftbot.domain.recurrence import occurrences
from shiftbot.domain.site import Pharmacy, StorageUnit
from shiftbot.simulation.excuses import DECIDING, PATIENCE, SLACK, Excuses
from shiftbot.simulation.facts import Facts, FoundAlert, FoundRun, without_means
from shiftbot.simulation.logbook import Heard, Logbook
from shiftbot.simulation.model import Duty, Episode, Wrong, meant, walk

READINGS = DECIDING | {"broker"}
FAILS_OVER = timedelta(minutes=2)
SILENCE_IS_CRITICAL = timedelta(minutes=60)
WARM_UP, AT_THE_END = timedelta(hours=3), timedelta(hours=6)


@dataclass
class Judging:
    """One simulation: what was lived through, what it left, and what is owed."""

    pharmacy: Pharmacy
    logbook: Logbook
    facts: Facts
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        """Sort what is asked for again and again."""
        self._excuses = Excuses(self.logbook.stretches)
        self._alerts = {alert.id: alert for alert in self.facts.alerts}
        self._heard: dict[tuple[str, str], list[Heard]] = {}
        for heard in self.logbook.heard:
            self._heard.setdefault((heard.key, heard.recipient), []).append(heard)

    def differences(self) -> list[Wrong]:
        """Everything that is not as it should be, in order."""
        found = [
            *self._prepared(), *self._missed(), *self._excursions(), *self._silences(), *self._ladders(),
            *self._whom(), *self._told(), *self._twice(), *self._at_the_end(),
        ]  # fmt: skip
        return sorted(found, key=lambda wrong: (wrong.at, wrong.site, wrong.what))

    # --- runs

    def _prepared(self) -> Iterator[Wrong]:
        """Every occurrence of every day is a run, opened once and ended; nothing besides."""
        for site in self.pharmacy.sites.values():
            found = {(run.checklist, run.local_on, run.slot) for run in self.facts.runs if run.site == site.id}
            on = local_date(site.calendar, self.starts_at)
            while on <= local_date(site.calendar, self.ends_at):
                for name in site.checklists:
                    for each in occurrences(self.pharmacy.checklists[name].schedule, site.calendar, on):
                        lived = self.starts_at + WARM_UP < each.opens_at and each.missed_at < self.ends_at
                        if lived and (name, each.local_date, each.slot) not in found:
                            yield Wrong(each.opens_at, site.id, f"{name} {each.slot} of {on} was never asked")
                on += timedelta(days=1)
        for run in self.facts.runs:
            if run.missed_at + AT_THE_END < self.ends_at and run.state not in ("completed", "missed"):
                yield Wrong(run.missed_at, run.site, f"run {run.id} ({run.checklist}) is still {run.state}")
            if self.facts.opened.get(f"run:{run.id}", 0) > 1:
                yield Wrong(run.opens_at, run.site, f"run {run.id} ({run.checklist}) was opened more than once")

    def _missed(self) -> Iterator[Wrong]:
        """What was not done by its deadline has exactly one alert, in time; what was done has none."""
        for run in self.facts.runs:
            if run.missed_at < self.starts_at or run.missed_at + AT_THE_END > self.ends_at:
                continue
            done, whole_hour = self.logbook.done.get(run.id), timedelta(minutes=70)
            is_doubtful = self._excuses.on(run.missed_at - whole_hour, run.missed_at + whole_hour, frozenset({"jump"}))
            in_time = done is not None and done.latest < run.missed_at
            perhaps = is_doubtful or (done is not None and done.earliest < run.missed_at <= done.latest)
            if in_time and run.alerts and not perhaps:
                yield Wrong(run.missed_at, run.site, f"run {run.id} ({run.checklist}) was done and yet missed")
            if not in_time and not perhaps:
                yield from self._alert_of_run(run)

    def _alert_of_run(self, run: FoundRun) -> Iterator[Wrong]:
        if len(run.alerts) != 1 or run.state != "missed":
            what = f"run {run.id} ({run.checklist}) was missed, is {run.state} and has {len(run.alerts)} alerts"
            yield Wrong(run.missed_at, run.site, what)
            return
        (alert_id,) = run.alerts
        alert = self._alerts.get(alert_id)
        by = self._excuses.by(run.missed_at, DECIDING)
        if alert is None or not run.missed_at <= alert.opened_at <= by:
            at = alert.opened_at if alert else None
            yield Wrong(run.missed_at, run.site, f"run {run.id}: its alert was opened at {at}, owed by {by}")

    # --- the cold chain

    def _excursions(self) -> Iterator[Wrong]:
        """Each failure that outlasted its delay, or was critical, was told by an alert; each alert has a failure."""
        claimed: set[str] = set()
        for failure in self.logbook.failures:
            unit = self.pharmacy.units[failure.unit]
            delay = timedelta(0) if failure.critical else unit.storage_class.alarm_delay
            near = self._begun_near(failure.unit, failure.starts_at)
            claimed.update(near)
            lasted = failure.back_at - failure.starts_at
            by = self._excuses.by(failure.starts_at + delay, READINGS)
            told = [alert for alert in self.facts.alerts if any(("excursion", each) in alert.causes for each in near)]
            if lasted > delay and not told and not self._was_told_late(near):
                yield Wrong(failure.starts_at, unit.site, f"{unit.id} left its range for {lasted}, and nobody was told")
            if lasted < delay and told:
                yield Wrong(failure.starts_at, unit.site, f"{unit.id} left its range for {lasted} only, and was told")
            for alert in told:
                if alert.kind == "excursion" and alert.subject in near and alert.opened_at > by:
                    what = f"{unit.id}: its alert was opened at {alert.opened_at}, owed by {by}"
                    yield Wrong(failure.starts_at, unit.site, what)
        for row in self.facts.excursions:
            if str(row["id"]) not in claimed:
                yield Wrong(row["started_at"], row["site"], f"an excursion of {row['unit']} that never was")

    def _begun_near(self, unit: str, at: datetime) -> set[str]:
        slack = timedelta(minutes=6)
        return {
            str(row["id"])
            for row in self.facts.excursions
            if row["unit"] == unit and at - slack <= row["started_at"] <= at + slack
        }

    def _was_told_late(self, ids: set[str]) -> bool:
        """What was over when it was found may have joined the alert of another one of that unit."""
        return any(row["told_at"] is not None for row in self.facts.excursions if str(row["id"]) in ids)

    def _silences(self) -> Iterator[Wrong]:
        """A unit of which nothing was taken in for too long has an alert; one that is heard has none."""
        for unit in self.pharmacy.units.values():
            if unit.sensor is not None:
                yield from self._silence_of(unit)

    def _silence_of(self, unit: StorageUnit) -> Iterator[Wrong]:
        after = self._silent_after(unit)
        found = sorted(
            datetime.fromisoformat(subject.partition(":")[2])
            for alert in self.facts.alerts
            for kind, subject in alert.causes
            if kind == "silent" and subject.partition(":")[0] == unit.id
        )
        heard = self.logbook.readings.get(unit.id, [])
        for last, following in zip(heard, [*heard[1:], self.ends_at], strict=True):
            due, by = last + after, self._excuses.by(last + after, READINGS)
            mine = [at for at in found if due - timedelta(seconds=1) <= at <= following]
            found = [at for at in found if at not in mine]
            if following > by and not mine:
                yield Wrong(due, unit.site, f"{unit.id} was silent from {last} to {following}, and nobody was told")
            if len(mine) > 1 or any(at > by for at in mine):
                yield Wrong(due, unit.site, f"{unit.id} was found silent at {[str(at) for at in mine]}, owed by {by}")
        for at in found:
            if not self._excuses.on(at, at, frozenset({"jump"})):
                yield Wrong(at, unit.site, f"{unit.id} was called silent, but was heard")

    # --- ladders

    def _ladders(self) -> Iterator[Wrong]:
        """Each alert walked its policy."""
        decided = {alert: [each for each in self.logbook.decided if each.alert == alert] for alert in self._alerts}
        for alert in self.facts.alerts:
            if alert.kind in ("stuck",):
                yield Wrong(alert.opened_at, alert.site, f"something was stuck: {alert.subject}")
            pressed = [each for each in self.logbook.pressed if each.alert == alert.id]
            yield from walk(self._episode(alert), decided[alert.id], pressed, self._excuses)

    def _episode(self, alert: FoundAlert) -> Episode:
        critical = sorted(self._worse(alert))
        # Only the first critical cause changes anything, and that only when the alert did not begin with it.
        worse = tuple(critical[:1]) if critical and critical[0] > alert.opened_at + timedelta(seconds=1) else ()
        policy = Policy.from_json(alert.policy)
        return Episode(alert.id, alert.site, policy, alert.opened_at, alert.resolved_at or self.ends_at, worse)

    def _worse(self, alert: FoundAlert) -> Iterator[datetime]:
        """When a cause of it became critical, or began as such beside it: from then on it may be hurried."""
        for kind, subject in alert.causes:
            if kind == "excursion":
                for row in self.facts.excursions:
                    if str(row["id"]) == subject and row["critical_at"] is not None:
                        yield max(row["critical_at"], row["found_at"], alert.opened_at)
            if kind == "silent" and ":" in subject:
                unit, _, found_at = subject.partition(":")
                yield datetime.fromisoformat(found_at) + self._critical_later(unit)

    def _critical_later(self, unit: str) -> timedelta:
        """How long after it was found a silence becomes critical."""
        after = self._silent_after(self.pharmacy.units[unit])
        return max(SILENCE_IS_CRITICAL - after, timedelta(0))

    def _silent_after(self, unit: StorageUnit) -> timedelta:
        assert unit.sensor is not None
        degrees = self.pharmacy.sites[unit.site].temperature_unit
        return limits_of(unit.storage_class, degrees, unit.sensor.every, unit.probe).silent_after

    def _whom(self) -> Iterator[Wrong]:
        """Each step told whom it means, by the duty of the minute."""
        duty = Duty(self.pharmacy, self.logbook.duty)
        policies = {alert.id: Policy.from_json(alert.policy) for alert in self.facts.alerts}
        for each in self.logbook.decided:
            alert = self._alerts[each.alert]
            step = policies[each.alert].steps[each.step - 1]
            wanted = meant(duty, self.pharmacy.sites[alert.site], step.tell, each.at)
            if wanted is not None and wanted != each.recipients:
                what = f"alert {alert.id} step {each.step} told {sorted(each.recipients)}, not {sorted(wanted)}"
                yield Wrong(each.at, alert.site, what)

    # --- messages

    def _told(self) -> Iterator[Wrong]:
        """Whoever was to be told was: by Slack, or in time by a further means while Slack was away."""
        asked = {(without_means(row["key"]), row["recipient"]): row for row in self.facts.parcels.alerts}
        for (key, recipient), row in asked.items():
            alert = self._alerts.get(row["alert"])
            over = alert.resolved_at if alert and alert.resolved_at else self.ends_at
            person = self.pharmacy.people.get(recipient)
            if person is not None and person.quiet is not None:
                continue
            decided_at: datetime = row["created_at"]
            by = self._excuses.by(decided_at, SLACK)
            if person is not None and person.reach:
                by = min(by, self._excuses.by(decided_at + FAILS_OVER, DECIDING | {"waits"}, 2 * PATIENCE))
            heard = [each.at for each in self._heard.get((key, recipient), [])]
            if (not heard or min(heard) > by) and by < min(over, self.ends_at):
                at = f"at {min(heard)}" if heard else "never"
                yield Wrong(decided_at, row["site"], f"{recipient} was to hear {key} by {by}, and did {at}")

    def _twice(self) -> Iterator[Wrong]:
        """Nobody is told twice by one means unless it says that it may be a repeat; routine messages never."""
        by_means: dict[tuple[str, str], list[Heard]] = {}
        for heard in self.logbook.heard:
            by_means.setdefault((heard.key, heard.target), []).append(heard)
        for (key, target), several in by_means.items():
            for again in several[1:]:
                is_escalation = again.lane == 0
                if not again.may_repeat if is_escalation else "://" not in target:
                    yield Wrong(again.at, again.site, f"{target} was told {key} again, and it did not say so")
        for what, times in self.logbook.counts.items():
            if what.startswith("card posted twice"):
                yield Wrong(self.ends_at, "", f"{what} ({times} times)")

    # --- the end

    def _at_the_end(self) -> Iterator[Wrong]:
        """Nothing waits that could have gone, every ladder has its next instant, and the record holds."""
        calm = self.ends_at - AT_THE_END
        for row in self.facts.parcels.open:
            if row["created_at"] < calm and "quiet hours" not in (row["error"] or ""):
                yield Wrong(row["created_at"], row["site"], f"{row['key']} is still {row['state']}: {row['error']}")
        for alert in self.facts.alerts:
            if alert.resolved_at is None and (alert.escalate_at is None or alert.escalate_at < calm):
                yield Wrong(alert.opened_at, alert.site, f"alert {alert.id} has no next instant: {alert.escalate_at}")
        for finding in self.facts.chain:
            yield Wrong(self.ends_at, "", f"the record: {finding}")


def judge(
    pharmacy: Pharmacy, logbook: Logbook, facts: Facts, starts_at: datetime, ends_at: datetime
) -> Sequence[Wrong]:
    """What does not hold."""
    return Judging(pharmacy, logbook, facts, starts_at, ends_at).differences()
