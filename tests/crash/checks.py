"""What must hold: at the very instant of a kill, when all is said and done, and against the same story without a kill.

Each question gives sentences about what does not hold; none is good.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from shiftbot.slack.texts import MAY_REPEAT
from shiftbot.storage import tables
from shiftbot.storage.verify import verify
from tests.crash import hilltop
from tests.crash.world import World
from tests.end_to_end import ledger
from tests.end_to_end.ledger import _all, _once
from tests.end_to_end.workplace import EVERYBODY

Rows = dict[str, frozenset[tuple[Any, ...]]]

WRITTEN_ONCE = (tables.answers, tables.readings, tables.record)
"""Invariant 6: what stands in them stands for ever."""


def written(connection: Connection) -> Rows:
    """Every row of what is written once."""
    found: Rows = {}
    for table in WRITTEN_ONCE:
        rows = (tuple(map(str, row)) for row in connection.execute(select(table)))
        found[table.name] = frozenset(rows)
    signed = select(tables.cases).where(tables.cases.c.signed_by.is_not(None))
    found["signatures"] = frozenset((row.id, row.signed_by, str(row.signed_at)) for row in connection.execute(signed))
    return found


def fingerprint(connection: Connection, world: World) -> str:
    """What is left when the process is gone: every row, what everybody was told, what is on its way to us again."""
    digest = hashlib.sha256(repr((world.clock.seconds(), everything_told(world), len(world.published))).encode())
    for table in tables.metadata.sorted_tables:
        if table.name == "processes":
            continue
        # Which process had something in hand is chance; that it is dead is sure.
        columns = [column for column in table.columns if column.name != "held_by"]
        rows = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
        digest.update(f"{table.name}{rows}".encode())
    return digest.hexdigest()


def surroundings(world: World) -> str:
    """What the story goes on from besides: every message as it stands, forms, and which requests were answered."""
    workspace = world.emulator._workspace
    people = [world.emulator.person(user) for user in EVERYBODY]
    seen = [(person.views, person.ephemerals) for person in people]
    asked = [(envelope.describe(), envelope.acked_at) for envelope in world.post.kept]
    told = (workspace.messages._by_channel, seen, asked, sorted(map(str, world.published)), world.emulator.rejected)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def at_any_instant(connection: Connection, before: Rows) -> Iterator[str]:
    """Invariants 2, 3, 4 and 6 as they hold between any two commits; `before` stood there earlier."""
    for row in _all(connection, tables.alerts):
        if row.state != "resolved" and row.escalate_at is None:
            yield f"invariant 3: alert {row.id} is {row.state} and nobody is ever told"
    alerts = Counter((row.kind, row.subject) for row in _all(connection, tables.alerts))
    yield from (f"invariant 2: {times} alerts of {cause}" for cause, times in alerts.items() if times > 1)
    for row in _all(connection, tables.missed_lines):
        if ("missed", str(row.run)) not in alerts:
            yield f"invariant 2: line {row.line} of run {row.run} is missed without an alert"
    queued = {row.key for row in _all(connection, tables.outbox)}
    for _, key in ledger._steps(_all(connection, tables.record)):
        if key not in queued:
            yield f"invariant 4: {key} is in the record and not in the outbox"
    now = written(connection)
    for name, rows in before.items():
        yield from (f"invariant 6: a row of {name} is gone or changed: {row}" for row in rows - now[name])


@dataclass(frozen=True)
class Told:
    """One message that arrived: its key, where, its words without the mark of a repeat, and whether it bears one."""

    key: str
    place: str
    words: str
    admits_repeat: bool


def everything_told(world: World) -> list[Told]:
    """Every message that Slack and the web hook took, oldest first."""
    rooms = {world.emulator._workspace.im_with(user).id: user for user in EVERYBODY}
    posts = [
        Told(post.key, rooms.get(post.channel, post.channel), _words(post.said), post.admits_repeat)
        for post in ledger.posts_of(world.emulator)
    ]
    return posts + [Told("", "web hook", _words(said), MAY_REPEAT in said) for said in world.hooked]


def _words(said: str) -> str:
    return said.partition(MAY_REPEAT)[0].partition(" [{")[0].partition(" None")[0].rstrip("_ \n")


def inboxes(connection: Connection, told: Sequence[Told]) -> Counter[tuple[str, str]]:
    """How many different things each place was told, by what they are: a card's subject, a notice's words."""
    cards = {f"card:{row.id}": f"the card of {row.kind}" for row in _all(connection, tables.cards)}
    once = {(each.key or each.words, each.place): each for each in told}
    return Counter((each.place, cards.get(each.key, each.words)) for each in once.values())


def repeats(connection: Connection, told: Sequence[Told]) -> Iterator[str]:
    """Invariant 4: what came twice says so, and what is routine never comes twice in Slack."""
    urgent = {row.key for row in _all(connection, tables.outbox) if row.lane == 0}
    by_key: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for each in told:
        by_key[each.key or each.words, each.place].append(each)
    for (key, place), several in by_key.items():
        if not key:
            yield f"a message without a key to {place}: {several[0].words[:80]}"
        if any(not each.admits_repeat for each in several[1:]):
            yield f"invariant 4: {key} came {len(several)} times to {place}, and a repeat does not say so"
        if len(several) > 1 and place != "web hook" and key not in urgent:
            yield f"invariant 4: {key} is routine and came {len(several)} times to {place}"


def at_rest(connection: Connection, world: World, told: Sequence[Told]) -> Iterator[str]:
    """What holds at the end of a chapter: nothing open, nothing lost, nothing doubled, every request answered."""
    yield from (f"invariant 9: {finding}" for finding in verify(connection).findings)
    yield from (f"not at rest: {each}" for each in ledger.unsettled(connection))
    slack = ledger.posts_of(world.emulator)
    yield from (f"invariant 2: {wrong}" for wrong in ledger.wrong_runs(connection, slack, _missed(connection)))
    yield from ledger.wrong_readings(connection, {hilltop.TOPIC: world.published})
    yield from repeats(connection, told)
    keys = {post.key for post in slack}
    for row in _all(connection, tables.outbox):
        if row.state == "sent" and row.ts is not None and row.key not in keys:
            yield f"invariant 4: {row.key} counts as sent and was never posted"
        if row.state not in ("sent", "suppressed", "failed"):
            yield f"invariant 4: {row.key} came to rest as {row.state}"
    stored = Counter((row.run, row.line) for row in _all(connection, tables.answers))
    for (run, line), times in stored.items():
        yield from _once(times, f"answer to {line} of run {run}")
    for row in _all(connection, tables.duty_changes):
        if row.state != "standing":
            yield f"the hand-over of duty {row.id} is {row.state}"
    if len(_all(connection, tables.duty_changes)) > 1:
        yield "the duty was handed over more than once"
    for envelope in world.post.kept[-1:]:
        if envelope.acked_at is None:
            yield f"invariant 12: {envelope.describe()} was never answered"
    yield from (f"Slack refused as malformed: {json.dumps(each.response)}" for each in world.emulator.rejected)


def _missed(connection: Connection) -> dict[str, int]:
    """How many lines were missed of the runs that are over in this story."""
    missed = {row.checklist for row in _all(connection, tables.runs) if row.state == "missed"}
    return dict.fromkeys(missed, len(hilltop.LINES))


def differences(expected: Counter[tuple[str, str]], found: Counter[tuple[str, str]]) -> Iterator[str]:
    """What somebody was told in the story without a kill and not in this one, and the other way round."""
    for (place, what), times in (expected - found).items():
        yield f"{place} was not told ({times} times): {what}"
    for (place, what), times in (found - expected).items():
        yield f"{place} was told too often ({times} times): {what}"


def unchanged_by(before: Rows, after: Rows) -> Iterator[str]:
    """Invariant 12: that a repeated request changed nothing, but that its sender was heard once more."""
    for name, rows in after.items():
        wrote = (row for row in rows - before[name] if "means-verified" not in row)
        yield from (f"invariant 12: a repeated request wrote into {name}: {row}" for row in wrote)
