"""Kills the product at every boundary of some chapters, each time in a world of its own, and says what went wrong.

    python -m tests.crash.driver DATABASE CHAPTER…    DATABASE: `sqlite`, or a PostgreSQL server's URL

A world is a fork of this process, made in a moment; that is why it has one thread and no open connection whenever it
forks. It stands just before the step in question; the story goes on in it to the end of the chapter. The last line of
what it prints is a JSON object: the kill points by name, and what did not hold after which.
"""

import contextlib
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import psycopg

from tests.crash import checks
from tests.crash.databases import Copies, PostgresCopies, SqliteCopies
from tests.crash.script import CHAPTERS, Chapter, Step
from tests.crash.world import Life, StoryBroken, World, forked
from tests.postgres import PostgresServer

Inboxes = Counter[tuple[str, str]]


def in_a_fork(act: Callable[[], Any]) -> Any:
    """What `act` gives in a process of its own. Raises StoryBroken when it gives nothing."""
    refuse_threads()
    ours, its = Pipe(duplex=False)
    pid = forked(lambda: its.send(act()))
    its.close()
    found = None
    with contextlib.suppress(EOFError):
        found = ours.recv()
    ours.close()
    if status := os.waitpid(pid, 0)[1]:
        raise StoryBroken(f"a world ended with status {status}; what it said stands above")
    return found


def refuse_threads() -> None:
    """Raise StoryBroken while there is more than one: a fork would copy their locks."""
    deadline = time.monotonic() + 5
    while (threads := len(list(Path("/proc/self/task").iterdir()))) > 1:
        if time.monotonic() > deadline:
            raise StoryBroken(f"{threads} threads: a fork would copy their locks")
        time.sleep(0.01)


def warm_up(world: World) -> None:
    """Be the product for a day on which nobody is killed, so that what it prepares on the way is prepared in each fork.

    SQLAlchemy prepares every statement once, and many a module is imported when it is first needed.
    """
    begun = world.clock.now
    ours, its = Pipe()
    pid = forked(lambda: _day(world, Life(ours, 0)))
    ours.close()
    with contextlib.suppress(EOFError):
        world.product.serve(its)
    its.close()
    if os.waitpid(pid, 0)[1]:
        raise StoryBroken("the story does not go on to its end without a kill; what it said stands above")
    world.clock.now = begun
    world.make_product()
    _end_threads()
    world.copies.bring_back()
    with world.looking() as connection:
        list(checks.at_any_instant(connection, checks.written(connection)))
        list(checks.at_rest(connection, world, []))
        checks.inboxes(connection, [])
        checks.fingerprint(connection, world)


def _end_threads() -> None:
    """The old parts' threads go with them; Apprise keeps a pool for the whole process."""
    pools = vars(import_module("apprise.apprise"))
    for name in ("_shared_executor", "_coordinator_executor"):
        if pools[name] is not None:
            pools[name].shutdown()
            pools[name] = None
    gc.collect()


def _day(world: World, life: Life) -> None:
    world.begin(going=False, living=[life])
    for chapter in CHAPTERS.values():
        for step in chapter:
            step.take(world)
    life.told.send(("quit",))


def take(world: World, step: Step) -> list[str]:
    """Take one step without a kill, with processes of its own; the boundaries that were reached."""
    world.begin(going=not step.starts)
    step.take(world)
    reached = world.reached
    world.end()
    return reached


def scouted(world: World, chapter: Chapter) -> tuple[list[list[str]], Inboxes]:
    """The chapter without a kill: the boundaries of each step, and what everybody was told in the end."""
    world.clock.part()
    steps = [take(world, step) for step in chapter]
    told = checks.everything_told(world)
    with world.looking() as connection:
        wrong = list(checks.at_rest(connection, world, told))
        found = checks.inboxes(connection, told)
    if wrong:
        raise StoryBroken("the story does not hold without a kill:\n  " + "\n  ".join(wrong))
    return steps, found


class Followed(Exception):
    """A kill left behind, or came to, what an earlier one did, and that was followed to the end of its chapter."""


@dataclass(frozen=True)
class Outcome:
    """What came of one kill: a digest of what it left behind, of what was so after each step, and what did not hold."""

    left: str
    passed: frozenset[str]
    wrong: list[str]


class Kill:
    """One kill in a world of its own: what did not hold then and afterwards."""

    def __init__(self, world: World, steps: Chapter, expected: Inboxes, followed: set[str], passed: set[str]) -> None:
        """The rest of a chapter, beginning with the step in question.

        `followed` are the states already followed, `passed` those after a step by which somebody came who was followed.
        """
        self._world = world
        self._steps = steps
        self._expected = expected
        self._followed = followed
        self._passed = passed
        self._passes: set[str] = set()
        self._before: checks.Rows = {}
        self._left = ""
        self._wrong: list[str] = []

    def at(self, number: int, name: str) -> Outcome:
        """Kill at a boundary of the first step."""
        world = self._world
        world.clock.part()
        with world.looking() as connection:
            self._before = checks.written(connection)
        world.at_the_kill = self._look_at_what_is_left
        world.die_at = number
        world.begin(going=not self._steps[0].starts)
        try:
            self._follow()
        except Followed:
            pass
        except (LookupError, StoryBroken) as broken:
            self._wrong.append(f"the story cannot go on: {broken}")
        if world.died_at != name:
            self._wrong.append(f"it was to die at {name!r} and died at {world.died_at!r}")
        world.let_go()
        self._wrong += [f"an error was logged: {each}" for each in world.complaints]
        return Outcome(self._left, frozenset(self._passes), self._wrong)

    def _look_at_what_is_left(self, heard: frozenset[str]) -> None:
        with self._world.looking() as connection:
            wrong = checks.at_any_instant(connection, self._before)
            self._wrong += [f"just killed: {each}" for each in wrong]
            self._left = f"{sorted(heard)} {checks.fingerprint(connection, self._world)}"
        if self._left in self._followed:
            raise Followed

    def _follow(self) -> None:
        """Go on to the end of the chapter; then Slack sends every request once more, and that changes nothing."""
        world = self._world
        for place, step in enumerate(self._steps, start=1):
            step.take(world)
            self._pass_by(place)
        told = checks.everything_told(world)
        with world.looking() as connection:
            after = checks.written(connection)
            self._wrong += checks.at_any_instant(connection, self._before)
            self._wrong += checks.at_rest(connection, world, told)
            self._wrong += checks.differences(self._expected, checks.inboxes(connection, told))
        world.everything_again()
        for each in checks.everything_told(world)[len(told) :]:
            self._wrong.append(f"invariant 12: a repeated request told {each.place}: {each.words}")
        with world.looking() as connection:
            self._wrong += checks.unchanged_by(after, checks.written(connection))

    def _pass_by(self, place: int) -> None:
        """Raise Followed when a process that was started again went on from here, after this step, with all the same.

        That it was started a step earlier or later is nothing: what a process remembers it can do without (design §4).
        """
        with self._world.looking() as connection:
            digest = checks.fingerprint(connection, self._world)
        here = f"{len(self._steps) - place} {digest} {checks.surroundings(self._world)}"
        if here in self._passed:
            raise Followed
        self._passes.add(here)


class Drive:
    """The whole day, with a kill at every boundary of some of its chapters."""

    def __init__(self, copies: Copies) -> None:
        """`copies` keep the database as it was before a kill."""
        self._copies = copies
        self._world = World(copies)
        self._followed: set[str] = set()
        self._passed: set[str] = set()
        self.points: list[str] = []
        """Every kill, by chapter, step and boundary."""
        self.failed: dict[str, list[str]] = {}
        """Kills after which something did not hold, and what."""

    @property
    def followed(self) -> int:
        """How many different states the kills left behind, each of them followed to the end of its chapter."""
        return len(self._followed)

    def through(self, wanted: set[str]) -> None:
        """Go through the day until the chapters wanted are done, and kill in them."""
        warm_up(self._world)
        gc.freeze()
        for title, chapter in CHAPTERS.items():
            if title in wanted:
                self._kill_in(title, chapter)
                if not (wanted := wanted - {title}):
                    return
            else:
                for step in chapter:
                    self._take(step)

    def _kill_in(self, title: str, chapter: Chapter) -> None:
        boundaries, expected = in_a_fork(lambda: scouted(self._world, chapter))
        self._copies.bring_back()
        for place, step in enumerate(chapter):
            for number, name in enumerate(boundaries[place], start=1):
                self._kill(f"{title}, {step.name}, {number}: {name}", chapter[place:], expected, number, name)
            self._take(step)

    def _kill(self, point: str, steps: Chapter, expected: Inboxes, number: int, name: str) -> None:
        kill = Kill(self._world, steps, expected, self._followed, self._passed)
        self.points.append(point)
        try:
            outcome: Outcome = in_a_fork(lambda: kill.at(number, name))
            self._followed.add(outcome.left)
            self._passed |= outcome.passed
            wrong = outcome.wrong
        except StoryBroken as broken:
            wrong = [str(broken)]
        if wrong:
            self.failed[point] = wrong
        self._copies.bring_back()

    def _take(self, step: Step) -> None:
        take(self._world, step)
        self._copies.keep()


def _server(url: str) -> PostgresServer:
    told = psycopg.conninfo.conninfo_to_dict(url)
    return PostgresServer(str(told["host"]), int(str(told["port"])), str(told["user"]), str(told["password"]))


def main(database: str, *chapters: str) -> None:
    """Drive, and print what was found."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        copies: Copies = SqliteCopies(folder) if database == "sqlite" else PostgresCopies(_server(database))
        drive = Drive(copies)
        drive.through(set(chapters or CHAPTERS))
        found = {"points": drive.points, "followed": drive.followed, "failed": drive.failed}
        print(json.dumps(found))  # noqa: T201 - its answer
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
