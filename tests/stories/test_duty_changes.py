"""Duty as people change it: taken over, handed over, swapped, somebody sick; each on the record and told by name."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from shiftbot import ticker
from shiftbot.domain.duty_change import Agreement, Standing, who_can
from shiftbot.domain.roster import roster_of, shifts
from shiftbot.domain.site import Pharmacy, RosterRule
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import duty, rostering
from shiftbot.storage import duty_changes, record
from shiftbot.storage.verify import verify
from tests.cast import WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

BY_DAY = RosterRule("hilltop-main", "amira", WEEK, time(6), time(14))
BY_EVENING = RosterRule("hilltop-main", "priya", WEEK, time(14), time(22))


def quiet(*roster: RosterRule) -> Pharmacy:
    """Hilltop without checklists: nothing is said but of duty."""
    return hilltop(units=(), roster=roster or (BY_DAY, BY_EVENING), quiet=True)


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    return open_pharmacy(quiet()).at("09:00")


def on_duty(pharmacy: PharmacyHarness, at: datetime | None = None) -> list[str]:
    pharmacy.look_up_duty()
    return [person.id for person in duty.on_duty(pharmacy.definitions, pharmacy.site.id, at or pharmacy.now)]


def take_over(pharmacy: PharmacyHarness, who: str, until: str) -> Agreement:
    return pharmacy.act(
        lambda connection: rostering.take_over(
            connection, pharmacy.definitions, pharmacy.site, pharmacy.person(who), pharmacy.local(until),
            f"take:{who}", pharmacy.now,
        )
    )  # fmt: skip


def offer(pharmacy: PharmacyHarness, giver: str, taker: str, start: str, end: str, by: str = "") -> Agreement:
    return pharmacy.act(
        lambda connection: rostering.offer(
            connection, pharmacy.definitions, pharmacy.site, pharmacy.person(giver), pharmacy.person(taker),
            pharmacy.local(start), pharmacy.local(end), "dentist", pharmacy.person(by or giver), "offer", pharmacy.now,
        )
    )  # fmt: skip


def answer(pharmacy: PharmacyHarness, asked: Agreement, who: str, *, accepts: bool) -> Agreement:
    return pharmacy.act(
        lambda connection: rostering.answer(
            connection, pharmacy.definitions, asked.id, pharmacy.person(who), accepts, pharmacy.now
        )
    )


def test_priya_takes_the_duty_over_and_is_on_duty_until_noon(pharmacy: PharmacyHarness) -> None:
    take_over(pharmacy, "Priya", "12:00")
    pharmacy.expect_message(to="Amira", about="Priya Nair is on duty Mon 23 Nov 09:00–12:00 instead of Amira Hassan")
    pharmacy.expect_message(to="channel", about="Priya Nair is on duty")
    assert on_duty(pharmacy) == ["priya"]
    assert on_duty(pharmacy, pharmacy.local("12:00")) == ["amira"]


def test_the_same_press_twice_is_one_change(pharmacy: PharmacyHarness) -> None:
    assert take_over(pharmacy, "Priya", "12:00").key == "take:Priya"
    with pytest.raises(AlreadyDone, match="have the duty already"):
        take_over(pharmacy, "Priya", "12:00")
    pharmacy.expect_message(to="Amira", about="Priya")
    pharmacy.expect_message(to="channel", about="Priya")


def test_a_technician_cannot_have_the_duty(pharmacy: PharmacyHarness) -> None:
    with pytest.raises(Refused, match="Ben Ortiz is no pharmacist"):
        take_over(pharmacy, "Ben", "12:00")


def test_handing_over_counts_only_once_the_other_accepted(pharmacy: PharmacyHarness) -> None:
    asked = offer(pharmacy, "Amira", "Priya", "10:00", "12:00")
    letter = pharmacy.expect_message(to="Priya", about="Nothing changes until you accept")
    assert "dentist" in letter.text
    assert "open until 10:00" in letter.text
    assert on_duty(pharmacy, pharmacy.local("11:00")) == ["amira"]
    answer(pharmacy, asked, "Priya", accepts=True)
    pharmacy.expect_message(to="Amira", about="Accepted: Priya Nair is on duty")
    pharmacy.expect_message(to="channel", about="Accepted")
    assert on_duty(pharmacy, pharmacy.local("11:00")) == ["priya"]
    with pytest.raises(AlreadyDone, match="was accepted already"):
        answer(pharmacy, asked, "Priya", accepts=False)


def test_a_declined_offer_changes_nothing_and_is_told_to_whoever_made_it(pharmacy: PharmacyHarness) -> None:
    asked = offer(pharmacy, "Amira", "Priya", "10:00", "12:00")
    pharmacy.expect_message(to="Priya", about="asks you")
    answer(pharmacy, asked, "Priya", accepts=False)
    pharmacy.expect_message(to="Amira", about="Declined")
    assert on_duty(pharmacy, pharmacy.local("11:00")) == ["amira"]


def test_nobody_answers_for_another(pharmacy: PharmacyHarness) -> None:
    asked = offer(pharmacy, "Amira", "Priya", "10:00", "12:00")
    pharmacy.expect_message(to="Priya", about="asks you")
    with pytest.raises(Refused, match="between the two of them"):
        answer(pharmacy, asked, "Amira", accepts=True)


def test_a_manager_acts_for_others(pharmacy: PharmacyHarness) -> None:
    asked = offer(pharmacy, "Amira", "Priya", "10:00", "12:00", by="Morgan")
    pharmacy.expect_message(to="Priya", about="Morgan Lee asks you")
    answer(pharmacy, asked, "Morgan", accepts=True)
    for name in ("Amira", "Priya", "channel"):
        pharmacy.expect_message(to=name, about="Accepted")
    assert on_duty(pharmacy, pharmacy.local("11:00")) == ["priya"]


def test_an_offer_nobody_answers_is_over_when_the_shift_begins(pharmacy: PharmacyHarness) -> None:
    offer(pharmacy, "Amira", "Priya", "11:00", "12:00")
    pharmacy.expect_message(to="Priya", about="asks you")
    pharmacy.at("11:00")
    for name in ("Amira", "Priya", "Morgan"):
        pharmacy.expect_message(to=name, about="Nobody answered in time")
    assert on_duty(pharmacy, pharmacy.local("11:30")) == ["amira"]


def test_an_offer_accepted_late_stands_from_then_on(pharmacy: PharmacyHarness) -> None:
    """Who had the duty until now had it: no report says afterwards that somebody else should have answered."""
    pharmacy.at("11:10")
    asked = offer(pharmacy, "Amira", "Priya", "11:00", "12:30")
    pharmacy.expect_message(to="Priya", about="asks you")
    pharmacy.at("11:40")
    answer(pharmacy, asked, "Priya", accepts=True)
    for to in ("Amira", "channel"):
        pharmacy.expect_message(to=to, about="Priya Nair is on duty Mon 23 Nov 11:40–12:30 instead of Amira")
    assert on_duty(pharmacy, pharmacy.local("11:30")) == ["amira"]
    assert on_duty(pharmacy, pharmacy.local("11:45")) == ["priya"]
    assert pharmacy.look(verify).findings == ()


def test_a_swap_of_which_one_half_is_over_is_not_accepted_any_more(pharmacy: PharmacyHarness) -> None:
    today, day = pharmacy.local("00:00"), timedelta(days=1)
    whole = roster_of(pharmacy.definitions, "hilltop-main")
    _, evening = shifts(whole, today, today + day)
    morning, _ = shifts(whole, today + day, today + 2 * day)
    pharmacy.at("21:40").expect_message(to="Morgan", about="Monday 23 November")
    pharmacy.expect_message(to="channel", about="Record of Hilltop")
    asked = pharmacy.act(
        lambda connection: rostering.offer_swap(
            connection, pharmacy.definitions, pharmacy.site, morning, evening, pharmacy.person("Amira"), "late",
            pharmacy.now,
        )
    )  # fmt: skip
    pharmacy.expect_message(to="Priya", about="open until 22:40")
    pharmacy.at("22:10")
    with pytest.raises(Refused, match="That is over"):
        answer(pharmacy, asked, "Priya", accepts=True)
    assert on_duty(pharmacy, morning.starts_at) == ["amira"]
    answer(pharmacy, asked, "Priya", accepts=False)
    pharmacy.expect_message(to="Amira", about="Declined")


def test_an_offer_at_a_site_that_was_removed_is_over_in_its_time(pharmacy: PharmacyHarness) -> None:
    """Nobody is told, and the ticker does not wake for it for ever."""
    offer(pharmacy, "Amira", "Priya", "10:00", "12:00")
    pharmacy.expect_message(to="Priya", about="asks you")
    before = pharmacy.definitions
    north = replace(before.sites["hilltop-main"], id="hilltop-north", channel="C0NORTH")
    pharmacy.definitions = replace(before, sites={north.id: north}, roster=(), digest="north only")
    pharmacy.start().at("11:00")
    due = ticker.next_attention(pharmacy.database)
    assert due is None or due > pharmacy.now


def test_a_swap_stands_with_both_halves_or_not_at_all(pharmacy: PharmacyHarness) -> None:
    whole = roster_of(pharmacy.definitions, "hilltop-main")
    tomorrow = pharmacy.local("00:00") + timedelta(days=1)
    mine, theirs = shifts(whole, tomorrow, tomorrow + timedelta(days=1))
    asked = pharmacy.act(
        lambda connection: rostering.offer_swap(
            connection,
            pharmacy.definitions,
            pharmacy.site,
            mine,
            theirs,
            pharmacy.person("Amira"),
            "swap",
            pharmacy.now,
        )
    )
    letter = pharmacy.expect_message(to="Priya", about="Priya Nair is on duty Tue 24 Nov 06:00–14:00")
    assert "In return: Amira Hassan is on duty Tue 24 Nov 14:00–22:00 instead of Priya Nair" in letter.text
    assert on_duty(pharmacy, mine.starts_at) == ["amira"]
    answer(pharmacy, asked, "Priya", accepts=True)
    pharmacy.expect_message(to="Amira", about="Accepted")
    pharmacy.expect_message(to="channel", about="Accepted")
    assert on_duty(pharmacy, mine.starts_at) == ["priya"]
    assert on_duty(pharmacy, theirs.starts_at) == ["amira"]


def test_somebody_calls_in_sick_and_whoever_is_free_is_asked(pharmacy: PharmacyHarness) -> None:
    amira = pharmacy.person("Amira")
    pharmacy.act(
        lambda connection: rostering.call_in_absent(
            connection, pharmacy.definitions, pharmacy.site, amira, pharmacy.now, pharmacy.local("14:00"), "sick",
            amira, "sick", pharmacy.now,
        )
    )  # fmt: skip
    pharmacy.expect_message(to="Morgan", about="Who could take it: Priya Nair")
    pharmacy.expect_message(to="Priya", about="Can you take the duty?")
    pharmacy.expect_message(to="channel", about="Amira Hassan is away Mon 23 Nov 09:00–14:00: sick")
    assert on_duty(pharmacy) == []
    take_over(pharmacy, "Priya", "14:00")
    pharmacy.expect_message(to="channel", about="Priya Nair is on duty Mon 23 Nov 09:00–14:00")
    assert on_duty(pharmacy) == ["priya"]


def test_who_is_on_duty_elsewhere_is_not_asked() -> None:
    whole = hilltop(units=(), roster=(BY_DAY, RosterRule("hilltop-north", "priya", WEEK, time(6), time(14))))
    north = replace(whole.sites["hilltop-main"], id="hilltop-north", channel="C0NORTH")
    both = replace(whole, sites=dict(whole.sites) | {north.id: north})
    at = datetime.fromisoformat("2026-11-23T10:00-05:00")
    assert who_can(both, "hilltop-main", at, at + timedelta(hours=1), ["amira"]) == []
    evening = at + timedelta(hours=8)
    assert [each.id for each in who_can(both, "hilltop-main", evening, evening + timedelta(hours=1), ["amira"])] == [
        "priya"
    ]


def test_taking_back_what_runs_ends_it_now(pharmacy: PharmacyHarness) -> None:
    taken = take_over(pharmacy, "Priya", "12:00")
    pharmacy.at("10:00")
    pharmacy.act(
        lambda connection: rostering.withdraw(
            connection, pharmacy.definitions, taken.id, pharmacy.person("Priya"), pharmacy.now
        )
    )
    for name in ("Amira", "channel"):
        pharmacy.expect_message(to=name, about="Priya Nair is on duty")
        pharmacy.expect_message(to=name, about="Taken back")
    assert on_duty(pharmacy, pharmacy.local("10:30")) == ["amira"]
    assert on_duty(pharmacy, pharmacy.local("09:30")) == ["priya"], "what was, was"


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [("12:00", "10:00", "must end after"), ("07:00", "08:00", "is over"), ("09:00", "09:00", "must end after")],
)
def test_a_stretch_that_makes_no_sense_is_refused(pharmacy: PharmacyHarness, start: str, end: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        offer(pharmacy, "Amira", "Priya", start, end)


def test_only_a_manager_puts_others_on_duty(pharmacy: PharmacyHarness) -> None:
    def stand_in(by: str) -> Agreement:
        return pharmacy.act(
            lambda connection: rostering.stand_in(
                connection, pharmacy.definitions, pharmacy.site, pharmacy.person("Priya"), pharmacy.person("Amira"),
                pharmacy.local("10:00"), pharmacy.local("12:00"), "inventory", pharmacy.person(by), f"in:{by}",
                pharmacy.now,
            )
        )  # fmt: skip

    with pytest.raises(Refused, match="A manager changes the duty of others"):
        stand_in("Ben")
    stand_in("Morgan")
    for name in ("Priya", "Amira", "channel"):
        pharmacy.expect_message(to=name, about="instead of Amira Hassan: inventory (Morgan Lee)")
    assert on_duty(pharmacy, pharmacy.local("11:00")) == ["priya"]


def test_every_change_is_on_the_record_with_its_author_and_survives_a_restart(pharmacy: PharmacyHarness) -> None:
    asked = offer(pharmacy, "Amira", "Priya", "10:00", "12:00")
    answer(pharmacy, asked, "Priya", accepts=True)
    pharmacy.inbox.unread.clear()
    entries = pharmacy.look(lambda connection: list(record.entries_of(connection, "hilltop-main")))
    kinds = [(each.kind, each.actor) for each in entries if each.subject == f"duty:{asked.id}"]
    assert kinds == [("duty-asked", "amira"), ("duty-accepted", "priya")]
    pharmacy.down_until("10:30")
    assert on_duty(pharmacy) == ["priya"]
    assert pharmacy.look(verify).findings == ()
    stored = pharmacy.look(lambda connection: duty_changes.load(connection, asked.id))
    assert stored is not None
    assert stored.state is Standing.STANDING
