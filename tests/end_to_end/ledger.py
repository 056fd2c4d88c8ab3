"""After a story of kills: what must hold between what was published, what is stored, what was posted, what is recorded.

Each question gives sentences about what does not hold; none is good. Knows nothing of how the story went.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from shiftbot.demo.emulator import SlackEmulator
from shiftbot.slack.texts import MAY_REPEAT
from shiftbot.storage import tables


@dataclass(frozen=True)
class Post:
    """One card or notice that Slack took, as it was sent: what it is, and what was said of it."""

    key: str
    channel: str
    said: str

    @property
    def admits_repeat(self) -> bool:
        """Whether it says that it may be a repeat."""
        return MAY_REPEAT in self.said


def posts_of(emulator: SlackEmulator) -> list[Post]:
    """All that the app has posted, oldest first, whether or not it heard the answer; of a list, each of its notices."""
    calls = [call for call in emulator.calls if call.method == "chat.postMessage" and call.ok]
    return [
        Post(key, str(call.response["channel"]), said) for call in calls for key, said in _notices_in(call.arguments)
    ]


def _notices_in(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The key of each notice in a message, with the words that are about it."""
    payload = (_parsed(arguments.get("metadata")) or {}).get("event_payload", {})
    blocks = _parsed(arguments.get("blocks"))
    if "keys" not in payload:
        yield payload.get("key", ""), f"{arguments.get('text')} {blocks}"
        return
    # A list says in its own line of each whether it may be a repeat; a line that is missing is nobody's.
    for key, line in zip(payload["keys"], blocks[1:], strict=True):
        yield key, str(line)


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _all(connection: Connection, table: Table) -> Sequence[Row[Any]]:
    return connection.execute(select(table)).all()


def wrong_readings(connection: Connection, published: dict[str, set[datetime]]) -> Iterator[str]:
    """Every reading published is stored once, and the hours count each of them once."""
    sensors = {row.id: row.topic for row in _all(connection, tables.sensors)}
    stored: dict[str, list[datetime]] = defaultdict(list)
    for row in connection.execute(select(tables.readings.c.sensor, tables.readings.c.taken_at)):
        stored[sensors[row.sensor]].append(row.taken_at)
    for topic, instants in published.items():
        if missing := instants - set(stored[topic]):
            yield f"{len(missing)} of {len(instants)} readings of {topic} are lost, the first of {min(missing)}"
        if len(stored[topic]) != len(instants):
            yield f"{len(stored[topic])} readings of {topic} are stored, {len(instants)} were published"
    counted = connection.execute(
        select(tables.hourly.c.sensor, func.sum(tables.hourly.c.readings)).group_by(tables.hourly.c.sensor)
    )
    for sensor, readings in counted:
        if readings != len(stored[sensors[sensor]]):
            yield f"the hours of {sensors[sensor]} count {readings} readings, {len(stored[sensors[sensor]])} are stored"


def wrong_runs(connection: Connection, posts: Sequence[Post], lines: dict[str, int]) -> Iterator[str]:
    """Every run was opened once and has one card; those of `lines` were missed once, with one alert for all lines."""
    opened = [run for run in _all(connection, tables.runs) if run.state != "prepared"]
    if len(opened) != len({run.checklist for run in opened}):
        yield f"runs were opened twice: {sorted(run.checklist for run in opened)}"
    entries = Counter((row.kind, row.subject) for row in _all(connection, tables.record))
    alerts = Counter((row.kind, row.subject) for row in _all(connection, tables.alerts))
    cards = {row.subject: f"card:{row.id}" for row in _all(connection, tables.cards) if row.kind == "run"}
    posted = Counter(post.key for post in posts)
    missed = defaultdict(set)
    for row in _all(connection, tables.missed_lines):
        missed[row.run].add((row.line, row.alert))
    for run in opened:
        yield from _once(entries["run-opened", f"run:{run.id}"], f"opening of run {run.id} in the record")
        yield from _once(posted[cards[str(run.id)]], f"card of run {run.id}")
        if run.checklist not in lines:
            continue
        yield from _once(entries["run-missed", f"run:{run.id}"], f"miss of run {run.id} in the record")
        yield from _once(alerts["missed", str(run.id)], f"alert of run {run.id}")
        if len(missed[run.id]) != lines[run.checklist] or len({alert for _, alert in missed[run.id]}) != 1:
            yield f"run {run.id} has these missed lines and alerts: {sorted(missed[run.id])}"


def _once(times: int, what: str) -> Iterator[str]:
    if times != 1:
        yield f"{times} times: {what}"


def wrong_notices(connection: Connection, posts: Sequence[Post]) -> Iterator[str]:
    """Whoever a step of the record told was told, each once, or with a word that it may be a repeat."""
    by_key: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        by_key[post.key].append(post)
    for key, said in by_key.items():
        if not key:
            yield f"a message without a key: {said[0].said[:80]}"
        if unmarked := [post for post in said[1:] if not post.admits_repeat]:
            yield f"{key} was posted {len(said)} times, {len(unmarked)} of the repeats do not say so"
    outbox = {row.key: row for row in _all(connection, tables.outbox)}
    resolved = {row.id for row in _all(connection, tables.alerts) if row.state == "resolved"}
    steps = list(_steps(_all(connection, tables.record)))
    for alert, key in steps:
        row = outbox.get(key)
        if row is None:
            yield f"{key} is in the record and not in the outbox"
        elif not by_key[key] and not (row.state == "suppressed" and alert in resolved):
            yield f"{key} is {row.state} in the outbox and was never posted"
    if len({key for _, key in steps}) != len(steps):
        yield "the same step of an alert is in the record twice"
    for row in outbox.values():
        if row.state not in ("sent", "suppressed"):
            yield f"{row.key} came to rest as {row.state}: {row.error}"
        if row.state == "sent" and not by_key[row.key]:
            yield f"{row.key} counts as sent and was never posted"


def _steps(entries: Iterable[Row[Any]]) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if entry.kind == "alert-step":
            body = _parsed(entry.body)
            alert = int(entry.subject.removeprefix("alert:"))
            for recipient in body["told"]:
                yield alert, f"alert:{alert}:{body['telling']}:{recipient}"


def wrong_replies(connection: Connection, posts: Sequence[Post], checklist: str, said: Sequence[str]) -> Iterator[str]:
    """Each line that somebody answered in words, `line-3`, is answered once; each of the replies is answered once."""
    mine = [run.id for run in _all(connection, tables.runs) if run.checklist == checklist]
    stored = Counter(row.line for row in _all(connection, tables.answers) if row.run in mine)
    for line in said:
        yield from _once(stored[line], f"the typed answer to {line}")
    for key, times in Counter(post.key for post in posts if post.key.startswith("understood:")).items():
        yield from _once(times, f"what was understood, {key}")


def answered_in(connection: Connection, checklist: str) -> set[str]:
    """The lines of a checklist's runs that somebody answered."""
    mine = [run.id for run in _all(connection, tables.runs) if run.checklist == checklist]
    return {row.line for row in _all(connection, tables.answers) if row.run in mine}


def unsettled(connection: Connection) -> list[str]:
    """What is still to be sent or shown, and alerts that are not resolved."""
    waiting = [row.key for row in _all(connection, tables.outbox) if row.state in ("pending", "sending", "unknown")]
    waiting += [f"card:{row.id}" for row in _all(connection, tables.cards) if row.wanted > row.shown]
    waiting += [f"alert {row.id}" for row in _all(connection, tables.alerts) if row.state != "resolved"]
    return waiting


def missed_runs(connection: Connection) -> list[int]:
    """The runs that were missed."""
    return [run.id for run in _all(connection, tables.runs) if run.state == "missed"]
