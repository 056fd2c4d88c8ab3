"""Several people say the same at once, or the same request comes twice: one answer is stored, the others hear so."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import Item, ItemKind, OnFail
from shiftbot.domain.site import Pharmacy
from shiftbot.services import follow_ups, runs
from shiftbot.services.runs import Responded
from shiftbot.storage import answers as stored_answers
from shiftbot.storage.database import Database
from shiftbot.storage.verify import verify
from tests.cast import AMIRA, BEN, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.rounds import ROUND, fails, reads, round_of

SEAL = Item("seal", "Tamper seal intact", on_fail=OnFail.FOLLOW_UP)
VAULT = Item("vault", "Humidity of the vault", ItemKind.NUMBER, unit="%")
RACERS = 4


@pytest.fixture
def pharmacy(database: Database) -> PharmacyHarness:
    """Nine o'clock: Ben has said something to both lines."""
    pharmacy = PharmacyHarness(database, hilltop(round_of(SEAL, VAULT), units=())).at("09:00")
    view = pharmacy.run(ROUND)
    replies = [fails("seal"), reads("vault", 45)]
    pharmacy.act(
        lambda connection: runs.respond(
            connection, pharmacy.definitions, view.run.id, BEN, replies, "story", pharmacy.now
        )
    )
    return pharmacy


def at_once(database_url: str, says: Callable[[Database, int], Responded]) -> list[Responded]:
    """Several processes do the same; what each heard."""
    together, heard = threading.Barrier(RACERS), list[Responded]()

    def racer(number: int) -> None:
        mine = Database(database_url, patience=timedelta(seconds=20))
        together.wait()
        heard.append(says(mine, number))
        mine.close()

    threads = [threading.Thread(target=racer, args=[number]) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def corrects(definitions: Pharmacy, pharmacy: PharmacyHarness, *replies: Reply) -> Callable[[Database, int], Responded]:
    run, now = pharmacy.run(ROUND).run.id, pharmacy.now

    def says(mine: Database, number: int) -> Responded:
        with mine.transaction() as connection:
            return runs.respond(connection, definitions, run, AMIRA, [replies[number % len(replies)]], "story", now)

    return says


def test_the_same_correction_at_once_is_one_correction(database_url: str, pharmacy: PharmacyHarness) -> None:
    seen = corrects(pharmacy.definitions, pharmacy, Reply("seal", reason="looked at the wrong tote"))
    heard = at_once(database_url, seen)
    assert sorted(len(each.stored) for each in heard) == [0, 0, 0, 1]
    assert all("stands already" in why for each in heard for _, why in each.refused)
    assert pharmacy.look(lambda connection: follow_ups.open_of(connection, pharmacy.site.id)) == []
    assert pharmacy.look(verify).findings == ()


def test_different_corrections_at_once_all_stay_visible_and_one_stands(
    database_url: str, pharmacy: PharmacyHarness
) -> None:
    replies = [reads("vault", 46 + number, reason="read again") for number in range(RACERS)]
    heard = at_once(database_url, corrects(pharmacy.definitions, pharmacy, *replies))
    assert [len(each.stored) for each in heard] == [1] * RACERS
    run = pharmacy.run(ROUND).run.id
    said = [
        each
        for each in pharmacy.look(lambda connection: stored_answers.load_answers_of(connection, [run]).get(run, []))
        if each.line == "vault"
    ]
    assert sorted(each.revision for each in said) == [1, 2, 3, 4, 5]
    (view,) = [each for each in pharmacy.run(ROUND).lines if each.line.key == "vault"]
    assert view.answer is not None
    assert (view.answer.revision, len(view.history)) == (5, 4)
    assert pharmacy.look(verify).findings == ()
