"""What `/metrics` measures: the database as it stands, and each process by its own words.

No label holds a person's name, a text or a secret: sites, lanes, kinds, gateways and processes only.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from shutil import disk_usage
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection

from shiftbot.domain.alert import Severity
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.settings import Settings
from shiftbot.storage import measures, processes, stuck
from shiftbot.storage.database import Database

Own = Callable[[], Mapping[str, Any]]


class Measuring:
    """Measures when asked."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        pharmacy: Callable[[], Pharmacy],
        now: Callable[[], datetime],
        own: tuple[str, Own],
    ) -> None:
        """`own` is the name of this process and what it says of itself."""
        self._database = database
        self._home = settings.home
        self._pharmacy = pharmacy
        self._now = now
        self._name, self._own = own

    def __call__(self) -> list[Metric]:
        """Everything as it stands now; while the database is away, what is known without it."""
        at_work = {self._name: self._own()}
        found = [*self._disk()]
        up = 1
        try:
            with self._database.snapshot() as connection:
                found += self._stored(connection)
                others = processes.at_work(connection)
        except StorageUnavailable:
            others, up = [], 0
        at_work = {f"{each.host}:{each.pid}": each.state for each in others} | at_work
        return [_gauge("database_up", "Whether the database answers", up), *found, *self._said(at_work)]

    def _disk(self) -> Iterator[Metric]:
        yield _gauge("disk_free_bytes", "Free space where the home folder lies", disk_usage(self._home).free)

    def _age(self, at: datetime) -> float:
        return max(0.0, (self._now() - at).total_seconds())

    # --- the database

    def _stored(self, connection: Connection) -> Iterator[Metric]:
        now = self._now()
        yield from self._waiting(connection)
        due = measures.due_since(connection, now)
        yield _labelled("oldest_due_seconds", "How long the oldest row that is due has been so", "what",
                        {what: self._age(at) for what, at in due.items()})  # fmt: skip
        alerts = dict.fromkeys(map(str, Severity), 0) | measures.open_alerts(connection)
        yield _labelled("alerts_open", "Alerts that are not resolved", "severity", alerts)
        yield _labelled("record_entries", "Number of the last entry of a site's record", "site",
                        measures.record_lengths(connection))  # fmt: skip
        yield from self._heard(connection)
        rows: dict[str, float] = {}
        for each in stuck.find(connection, now):
            rows[each.what] = rows.get(each.what, 0) + each.rows
        yield _labelled("stuck_rows", "Rows that should have moved on and did not", "what", rows)

    def _waiting(self, connection: Connection) -> Iterator[Metric]:
        lanes = {lane.name.lower(): waiting for lane, waiting in measures.waiting(connection).items()}
        yield _labelled("outbox_messages", "Messages that wait to be sent", "lane",
                        {lane: waiting.messages for lane, waiting in lanes.items()})  # fmt: skip
        ages = {lane: self._age(waiting.since) if waiting.since else 0.0 for lane, waiting in lanes.items()}
        yield _labelled("outbox_oldest_seconds", "How long the oldest message that waits has waited", "lane", ages)

    def _heard(self, connection: Connection) -> Iterator[Metric]:
        """By gateway where sensors name one, else by site: when the freshest of its sensors was heard."""
        units, newest = self._pharmacy().units, dict[tuple[str, str], datetime]()
        for unit_id, at in measures.heard_at(connection).items():
            unit = units.get(unit_id)
            if unit is not None:
                place = (unit.site, unit.sensor.gateway if unit.sensor else "")
                newest[place] = max(newest.get(place, at), at)
        about = "Since the freshest sensor behind a gateway was heard; without a gateway, at a site"
        family = GaugeMetricFamily("shiftbot_last_reading_age_seconds", about, labels=["site", "gateway"])
        for place, at in newest.items():
            family.add_metric(place, self._age(at))
        yield family

    # --- the processes

    def _said(self, at_work: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
        yield self._ages("tick_age_seconds", "Since a tick last ended", at_work, "tick", "ended_at")
        yield from _steps(at_work)
        yield _by_process("clock_steps_total", "How often the wall's clock was set", at_work, "clock", "steps")
        yield _by_process("clock_last_step_seconds", "By how much it was set last", at_work, "clock", "last")
        yield _by_process(
            "slack_connected", "Whether the socket to Slack is open and hears", at_work, "slack", "connected"
        )
        yield self._ages("slack_age_seconds", "Since Slack was last heard on the socket", at_work, "slack", "heard_at")
        yield _by_process("broker_connected", "Whether the MQTT broker is connected", at_work, "mqtt", "connected")
        yield self._ages("broker_age_seconds", "Since the broker sent a message", at_work, "mqtt", "heard_at")
        yield _by_process("broker_held_messages", "Messages taken and not stored yet", at_work, "mqtt", "held")
        yield _by_process("readings_stored_total", "Readings stored since the start", at_work, "mqtt", "readings")

    def _ages(self, name: str, about: str, at_work: Mapping[str, Mapping[str, Any]], part: str, key: str) -> Metric:
        since = {process: words.get(part, {}).get(key) for process, words in at_work.items()}
        ages = {process: self._age(datetime.fromisoformat(at).astimezone(UTC)) for process, at in since.items() if at}
        return _labelled(name, about, "process", ages)


def _steps(at_work: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    labels = ["process", "step"]
    taken = SummaryMetricFamily("shiftbot_tick_step_seconds", "What each step of the tick took", labels=labels)
    last = GaugeMetricFamily("shiftbot_tick_step_last_seconds", "What it took the last time", labels=labels)
    for process, words in at_work.items():
        for step, (times, total, latest) in words.get("tick", {}).get("steps", {}).items():
            taken.add_metric([process, step], count_value=times, sum_value=total)
            last.add_metric([process, step], latest)
    yield taken
    yield last


def _by_process(name: str, about: str, at_work: Mapping[str, Mapping[str, Any]], part: str, key: str) -> Metric:
    values = {process: float(words[part][key]) for process, words in at_work.items() if part in words}
    return _labelled(name, about, "process", values)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"shiftbot_{name}", about, value=value)


def _labelled(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(f"shiftbot_{name}", about, labels=[label])
    for value_of, value in values.items():
        family.add_metric([value_of], value)
    return family
