"""Everybody at once at one site: people answer while the ticker and the deliverer work; nobody is told to try again."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from shiftbot import ticker
from shiftbot.domain.answer import Reply
from shiftbot.domain.local_time import instant
from shiftbot.domain.recurrence import Anchor, Moment, Schedule
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery, runs
from shiftbot.services.delivery import Pace
from shiftbot.storage.database import Database
from shiftbot.storage.verify import verify
from tests.cast import BEN, HILLTOP, OPENING, hilltop
from tests.fakes import FakeSender

ROUNDS = 16
LINES = ("lights", "phones", "notes")


def many_rounds() -> Pharmacy:
    """One site with many rounds, all missed at 08:10, each with its alert."""
    schedule = Schedule((Moment(Anchor.OPEN, -timedelta(minutes=45)),), Moment(Anchor.OPEN), timedelta(minutes=10))
    rounds = [
        replace(OPENING, id=f"round-{number}", schedule=schedule, sections=OPENING.sections[:1])
        for number in range(ROUNDS)
    ]
    return hilltop(*rounds, units=())


def local(clock: str) -> datetime:
    return instant(HILLTOP.calendar.timezone, date(2026, 11, 23), time.fromisoformat(clock))


def test_late_answers_ticks_and_deliveries_at_one_site_never_stop_one_another(database: Database) -> None:
    pharmacy, sender = many_rounds(), FakeSender()
    for clock in ("00:30", "07:15", "08:10", "08:20", "08:35"):
        runs.plan_ahead(database, pharmacy, local(clock))
        ticker.tick(database, pharmacy, local(clock))
    with database.snapshot() as connection:
        missed = runs.of_day(connection, pharmacy, HILLTOP.id, date(2026, 11, 23))
    now, answering, together = local("08:36"), threading.Event(), threading.Barrier(ROUNDS + 1)
    answering.set()

    def answer(run: int) -> None:
        together.wait()
        with database.transaction() as connection:
            runs.respond(connection, pharmacy, run, BEN, [Reply(line) for line in LINES], "thread", now)

    def decide() -> None:
        at = now
        together.wait()
        while answering.is_set():
            # Every alert's last step is due again in each of these ticks, until somebody's answer resolves it.
            at += timedelta(minutes=30)
            assert ticker.tick(database, pharmacy, at)

    def deliver() -> None:
        while answering.is_set():
            delivery.deliver(database, pharmacy, sender, now, Pace(between=timedelta(0)), lambda: now)

    people: list[Callable[[], None]] = [lambda run=view.run.id: answer(run) for view in missed]  # type: ignore[misc]
    failures = all_together(people, [decide, deliver], answering)
    assert failures == []
    with database.snapshot() as connection:
        assert [view.answered for view in runs.of_day(connection, pharmacy, HILLTOP.id, date(2026, 11, 23))] == [
            2
        ] * ROUNDS
        assert verify(connection).findings == ()


def all_together(
    people: list[Callable[[], None]], engine: list[Callable[[], None]], answering: threading.Event
) -> list[BaseException]:
    """Let all work at once, the engine for as long as the people; what went wrong."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - a failure in a thread is told to the test
            failures.append(failure)

    loops = [threading.Thread(target=guarded, args=[work]) for work in engine]
    hands = [threading.Thread(target=guarded, args=[work]) for work in people]
    for thread in [*loops, *hands]:
        thread.start()
    for thread in hands:
        thread.join()
    answering.clear()
    for thread in loops:
        thread.join()
    return failures
