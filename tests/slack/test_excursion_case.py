"""The case of an excursion in Slack: its form by role, what it asks and refuses, and its signature with a PIN."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.services import signing
from shiftbot.services.cold_chain.reading_by_hand import read_by_hand
from shiftbot.storage import cases
from tests.slack.begun import entries, form, shown
from tests.slack.workplace import CHANNEL, Workplace

FRIDGE = "vaccine-fridge"
SAID = {
    "contents": "Influenza, lot 4KX21, public, 40 doses",
    "room": "71.5",
    "manufacturer": "Maker: may be used",
    "reference": "A-17",
    "contacted_at": "10:02",
    "cause": "Door ajar",
    "action": "Quarantined, asked",
    "outcome": "May be used",
    "disposition": "usable",
}


@pytest.fixture(autouse=True)
def _no_window(ben: Person, amira: Person) -> Iterator[None]:
    """Nobody has a form open from the story before."""
    yield
    for who in (ben, amira):
        while who.views:
            who.dismiss(clear=True)


def read(work: Workplace, since: str, until: str, fahrenheit: float) -> None:
    """A reading every five minutes, each judged when it comes."""
    hours, minutes = map(int, since.split(":"))
    while (clock := f"{hours + minutes // 60:02}:{minutes % 60:02}") <= until:
        work.at(clock)
        work.receive(FRIDGE, fahrenheit)
        minutes += 5
    work.settle()


def over(work: Workplace) -> Message:
    """The card of a case whose excursion is over."""
    read(work, "09:00", "09:10", 41.0)
    read(work, "09:15", "09:40", 50.0)
    read(work, "09:45", "10:05", 41.0)
    return card(work)


def card(work: Workplace) -> Message:
    return [each for each in work.emulator.messages(CHANNEL) if each.text.startswith("Case ")][-1]


def opened(work: Workplace, who: Person, of: Message) -> str:
    who.click(of, "case_fill").wait()
    return shown(form(work, who))


def refused(who: Person, **changed: str) -> dict[str, str]:
    """What the form refuses beside which field."""
    return dict((who.submit(SAID | changed).wait().response or {}).get("errors") or {})


def test_a_pharmacist_fills_it_in_and_signs_and_the_card_shows_it(work: Workplace, amira: Person) -> None:
    shown_to_her = opened(work, amira, over(work))
    assert "30 min in 1 excursion within 72 hours" in shown_to_her
    assert "it clears no excursion" in shown_to_her
    assert refused(amira) == {}
    work.until(lambda: "Signed by Amira Hassan" in shown_card(work))
    for words in ("Influenza, lot 4KX21", "(Mon 23 Nov 10:02)", "71.5 °F", "*What becomes of it:* usable"):
        assert words in shown_card(work)


def shown_card(work: Workplace) -> str:
    return str(card(work).blocks)


@pytest.mark.parametrize(
    ("field", "words", "why"),
    [
        ("room", "21 C", "logs in °F"),
        ("contacted_at", "23:30", "still to come"),
        ("contents", "for pt Jane Smith DOB 4/5/1960", "nothing was stored"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    work: Workplace, amira: Person, field: str, words: str, why: str
) -> None:
    opened(work, amira, over(work))
    assert why in refused(amira, **{field: words})[field]
    assert entries(work, "case-signed") == []


def test_awaiting_an_answer_keeps_the_case_open(work: Workplace, amira: Person) -> None:
    of = over(work)
    opened(work, amira, of)
    assert refused(amira, disposition="awaiting") == {}
    assert "the case stays open" in shown(amira.views[-1])
    amira.dismiss()
    work.until(lambda: "that an answer is awaited" in shown_card(work))
    assert "Influenza, lot 4KX21" in opened(work, amira, of)
    assert entries(work, "case-signed") == []


def test_a_technician_leaves_a_draft_and_is_shown_neither_disposition_nor_aid(work: Workplace, ben: Person) -> None:
    seen = opened(work, ben, over(work))
    assert "disposition" not in seen
    assert "Mean kinetic" not in seen
    left = {name: words for name, words in SAID.items() if name != "disposition"}
    assert not ben.submit(left).wait().response
    work.until(lambda: bool(entries(work, "case-written")))


def test_a_unit_that_fell_silent_since_keeps_it_from_being_signed(work: Workplace, amira: Person) -> None:
    of = over(work)
    work.at("10:40")
    opened(work, amira, of)
    assert "not known to be in range" in str(refused(amira))
    assert entries(work, "case-signed") == []


def test_where_the_site_asks_for_it_the_pin_is_asked_and_checked(work: Workplace, amira: Person) -> None:
    of = over(work)
    site = replace(work.pharmacy.sites["hilltop-main"], pin=True)
    work.pharmacy = replace(work.pharmacy, sites={site.id: site})
    person = work.pharmacy.people["amira"]
    with work.database.transaction() as connection:
        signing.set_pin(connection, person, "4827", work.now, site=site.id)
    opened(work, amira, of)
    assert "That is not your PIN" in refused(amira, pin="9051")["pin"]
    assert refused(amira, pin="4827") == {}
    with work.database.snapshot() as connection:
        assert cases.open_cases(connection, site.id) == []


def test_the_card_of_what_somebody_read_says_who_and_that_nobody_knows_for_how_long(work: Workplace) -> None:
    work.at("09:00")
    human = work.pharmacy.people["ben"]
    with work.database.transaction() as connection:
        read_by_hand(connection, work.pharmacy, FRIDGE, human, 52.0, "", work.now)
    work.settle()
    work.until(lambda: any(each.text.startswith("Case ") for each in work.emulator.messages(CHANNEL)))
    shows = json.dumps(card(work).blocks, ensure_ascii=False)
    assert "Too warm: 52 °F at worst, the limit is 46 °F" in shows
    assert "read it off the display, Mon 23 Nov 09:00: for how long it was so, nobody knows" in shows
    assert "still going on" not in shows
