"""What is asked of each of those that are compared, all of it seen from outside by what its file holds.

Each question has a Mosquitto and a file of its own. It waits for what is published until nothing more comes.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.figures import spread
from tests.benchmarks.peers.peer import Peer
from tests.benchmarks.processes import Started
from tests.benchmarks.taking import publish, publisher
from tests.mqtt.brokers import Mosquitto, running_mosquitto

MakePeer = Callable[[Path, Mosquitto], Peer]

UNLIMITED = "max_queued_messages 0\nmax_inflight_messages 1000"
SETTLES = 1.0
"""Seconds between the connection and the first message: until the subscription stands."""

AT_ONCE = 10_000
PACE, PACED = 100, 1_000
KILL_RATE, KILL_COUNT, KILL_AFTER, AWAY = 500, 4_000, 4.0, 1.0
BACKLOG, BACKLOG_KILLED_AT = 12_000, 1_500
LOOKS_EVERY = 0.01


@contextmanager
def _beside_a_broker(make: MakePeer) -> Iterator[tuple[Peer, Mosquitto]]:
    with tempfile.TemporaryDirectory() as name:
        (home := Path(name, "home")).mkdir()
        with running_mosquitto(Path(name), UNLIMITED) as broker:
            yield make(home, broker), broker


@contextmanager
def _running(peer: Peer) -> Iterator[Started]:
    started = peer.begin()
    try:
        time.sleep(SETTLES)
        yield started
    finally:
        started.stop()


def at_once(make: MakePeer) -> str:
    """Readings a second of so many published at once, CPU and memory."""
    with _beside_a_broker(make) as (peer, broker), _running(peer) as started:
        before, began = started.cpu_seconds, time.perf_counter()
        publish(broker.port, AT_ONCE)
        found, ended = peer.wait_for(AT_ONCE)
        cpu, memory = started.cpu_seconds - before, started.resident_mb
    speed = found / (ended - began)
    return f"{speed:,.0f}/s, {cpu / max(found, 1) * 1e6:.0f} µs CPU each, {memory:.0f} MB"


def at_a_pace(make: MakePeer) -> str:
    """Published → committed at a pace that all of them hold, each row seen when a look finds it."""
    with _beside_a_broker(make) as (peer, broker), _running(peer):
        with subprocess.Popen(publisher(broker.port, PACED, PACE)) as publishing:
            seen: list[float] = []
            ends = time.time() + PACED / PACE + SETTLES
            while len(seen) < PACED and time.time() < ends:
                more = peer.count() - len(seen)
                seen += [time.time()] * more
                time.sleep(LOOKS_EVERY)
            publishing.wait()
        peer.wait_for(PACED)
        published = peer.taken_at()
    if len(published) != PACED:
        return f"{PACED - len(published)} of {PACED:,} lost"
    # Who has not committed by the end of the looking waits longer than any look could have shown.
    seen += [ends] * (PACED - len(seen))
    return spread([(at - since / 1e6) * 1000 for at, since in zip(seen, published, strict=True)])


def killed(make: MakePeer) -> str:
    """kill -9 in the middle of eight seconds at 500 a second, started again a second later."""
    with _beside_a_broker(make) as (peer, broker):
        started = peer.begin()
        time.sleep(SETTLES)
        with subprocess.Popen(publisher(broker.port, KILL_COUNT, KILL_RATE)) as publishing:
            time.sleep(KILL_AFTER)
            started.kill()
            time.sleep(AWAY)
            with _running(peer):
                publishing.wait()
                peer.wait_for(KILL_COUNT)
        return _lost(peer, KILL_COUNT)


def backlog(make: MakePeer) -> str:
    """What was published while it was away, and nothing happens to it afterwards."""
    with _beside_a_broker(make) as (peer, broker):
        with _running(peer):
            pass  # the broker knows it from now on, as far as it wants to be known
        publish(broker.port, BACKLOG)
        with _running(peer):
            peer.wait_for(BACKLOG)
        return _lost(peer, BACKLOG)


def backlog_killed(make: MakePeer) -> str:
    """The same, and kill -9 when the first of it is stored."""
    with _beside_a_broker(make) as (peer, broker):
        with _running(peer):
            pass
        publish(broker.port, BACKLOG)
        started = peer.begin()
        peer.wait_for(BACKLOG_KILLED_AT, every=0.001)
        started.kill()
        stored = peer.count()
        with _running(peer):
            peer.wait_for(BACKLOG)
        return f"{_lost(peer, BACKLOG)} ({stored:,} stored at the kill)"


def _lost(peer: Peer, published: int) -> str:
    stored = peer.taken_at()
    doubled = len(stored) - len(set(stored))
    return f"{published - len(set(stored)):,}" + (f", {doubled:,} doubled" if doubled else "")


QUESTIONS = {
    f"{AT_ONCE:,} readings at once, stored": at_once,
    f"published → committed at {PACE}/s, seen within {LOOKS_EVERY * 1000:.0f} ms": at_a_pace,
    f"lost of {KILL_COUNT:,} at {KILL_RATE}/s with one kill -9": killed,
    f"lost of {BACKLOG:,} published while away": backlog,
    f"lost of {BACKLOG:,} published while away, kill -9 while catching up": backlog_killed,
}
