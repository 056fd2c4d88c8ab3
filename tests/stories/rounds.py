"""A round that opens at eight, is due at noon and missed at half past, and people who say something to it."""

from datetime import timedelta

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import Checklist, Item, Section
from shiftbot.domain.recurrence import Anchor, Moment, Schedule
from shiftbot.services import runs
from shiftbot.services.runs import LineView, Responded
from tests.pharmacy import PharmacyHarness

ROUND = "round"

SCHEDULE = Schedule((Moment(Anchor.OPEN),), timedelta(hours=4), timedelta(minutes=30))


def round_of(*items: Item, sections: tuple[Section, ...] = (), schedule: Schedule = SCHEDULE) -> Checklist:
    """A round that asks these items in one section, or these sections."""
    return Checklist(ROUND, "Round", schedule, sections or (Section("Front", items),))


def says(pharmacy: PharmacyHarness, name: str, *replies: Reply) -> Responded:
    """`name` says all this to the round at once."""
    run, who = pharmacy.run(ROUND).run.id, pharmacy.person(name)
    return pharmacy.act(
        lambda connection: runs.respond(connection, pharmacy.definitions, run, who, replies, "story", pharmacy.now)
    )


def stores(pharmacy: PharmacyHarness, name: str, *replies: Reply) -> Responded:
    """`name` says all this to the round, and nothing of it is refused."""
    responded = says(pharmacy, name, *replies)
    assert responded.refused == ()
    return responded


def is_refused(pharmacy: PharmacyHarness, name: str, reply: Reply) -> str:
    """`name` says this to the round and is refused; why."""
    responded = says(pharmacy, name, reply)
    assert responded.stored == ()
    ((_, why),) = responded.refused
    return why


def undoes(pharmacy: PharmacyHarness, name: str, *keys: str) -> Responded:
    """`name` takes back what was said to these lines of the round."""
    run, who = pharmacy.run(ROUND).run.id, pharmacy.person(name)
    return pharmacy.act(lambda connection: runs.undo(connection, pharmacy.definitions, run, who, keys, pharmacy.now))


def fails(key: str, note: str = "seal torn", **more: str) -> Reply:
    """A line that failed, and why."""
    return Reply(key, Outcome.FAILED, note=note, **more)  # type: ignore[arg-type]


def reads(key: str, number: float, **more: str) -> Reply:
    """A number that was read."""
    return Reply(key, value={"number": number}, **more)  # type: ignore[arg-type]


def line(pharmacy: PharmacyHarness, key: str) -> LineView:
    """A line of the round as it stands."""
    return next(each for each in pharmacy.run(ROUND).lines if each.line.key == key)
