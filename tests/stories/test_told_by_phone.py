"""A manager writes down what somebody said by phone, as such; nobody else answers for another."""

import pytest

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import Item, ItemKind, Role
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import is_refused, line, reads, round_of, stores, undoes

VAULT = Item("vault", "Humidity of the vault", ItemKind.NUMBER, low=30.0, high=60.0, unit="%")
LIGHTS = Item("lights", "Lights on")
ALARM = Item("alarm", "Alarm armed", role=Role.PHARMACIST)
SIGNED = Item("signed", "Round done", ItemKind.SIGNATURE)
CASH = Item("cash", "Registers counted", ItemKind.COUNT)


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Nine o'clock: Ben has no network in the vault, and calls Morgan."""
    return open_pharmacy(hilltop(round_of(VAULT, LIGHTS, ALARM, SIGNED, CASH), units=())).at("09:00")


def test_the_answer_is_the_managers_and_names_who_told_it(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Morgan", reads("vault", 45, told_by="ben"))
    answer = line(pharmacy, "vault").answer
    assert answer is not None
    assert (answer.answered_by, answer.told_by) == ("morgan", "ben")
    ((actor, body),) = pharmacy.recorded("answer")
    assert (actor, body["told_by"]) == ("morgan", "ben")
    assert pharmacy.look(verify).holds


@pytest.mark.parametrize(
    ("who", "reply", "why"),
    [
        ("Ben", Reply("lights", told_by="amira"), "Only a manager writes down"),
        ("Amira", Reply("lights", told_by="ben"), "Only a manager writes down"),
        ("Morgan", Reply("lights", told_by="morgan"), "cannot be told by yourself"),
        ("Morgan", Reply("lights", told_by="nobody"), "named in pharmacy.yaml"),
        ("Morgan", Reply("alarm", told_by="ben"), "is for a pharmacist to do"),
        ("Morgan", Reply("signed", told_by="ben"), "A signature is nobody else's to give"),
        ("Morgan", Reply("cash", value={"count": 3}, told_by="ben"), "A count is nobody else's to give"),
        ("Morgan", Reply("lights"), "is for a technician to do"),
    ],
)
def test_what_is_not_theirs_to_write_down_is_refused(
    pharmacy: PharmacyHarness, who: str, reply: Reply, why: str
) -> None:
    assert why in is_refused(pharmacy, who, reply)
    assert line(pharmacy, reply.line).answer is None


def test_a_pharmacist_may_be_on_the_phone_too(pharmacy: PharmacyHarness) -> None:
    assert stores(pharmacy, "Morgan", Reply("alarm", told_by="priya")).stored


def test_whoever_told_it_may_correct_it_and_the_manager_takes_it_back(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Morgan", reads("vault", 45, told_by="ben"))
    assert "correct it with a reason" in is_refused(pharmacy, "Ben", reads("vault", 54))
    stores(pharmacy, "Ben", reads("vault", 54, reason="misheard on the phone"))
    undoes(pharmacy, "Ben", "vault")
    assert "only they can take it back" in undoes(pharmacy, "Ben", "vault").refused[0][1]
    assert undoes(pharmacy, "Morgan", "vault").stored
    assert line(pharmacy, "vault").answer is None
