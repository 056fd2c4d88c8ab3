"""Follow-ups: an open loop is carried from shift to shift, reminded of and escalated until somebody closes it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import FollowUp
from shiftbot.domain.notice import CardKind
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import follow_ups
from shiftbot.services.follow_ups import CarriedFollowUp, NewFollowUp
from shiftbot.storage import follow_ups as stored
from shiftbot.storage import record
from shiftbot.storage.database import Database
from shiftbot.storage.tables import follow_ups as table
from tests.cast import hilltop
from tests.lived import LivedOnce
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.shifts import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    goes_on_until,
    shown,
    summary_of,
    with_shifts,
)

SEAL = "Order a new seal for the tote"


def at_ten(database: Database) -> PharmacyHarness:
    """Hilltop on Monday at ten, with shifts that begin and end."""
    return PharmacyHarness(database, with_shifts()).at("10:00")


@pytest.fixture
def pharmacy(lived_once: LivedOnce, engine_name: str, tmp_path: Path) -> Iterator[PharmacyHarness]:
    """The same, in a database of the test's own."""
    with lived_once.story(engine_name, at_ten, tmp_path) as story:
        yield story
        story.expect_silence()


def opened(
    pharmacy: PharmacyHarness,
    role: Role = Role.TECHNICIAN,
    owner: str | None = "ben",
    due_at: datetime | None = None,
    source: str = "answer:1:seal:1",
) -> int:
    """A follow-up that an answer led to."""
    new = NewFollowUp("hilltop-main", source, SEAL, "seal torn", role, owner, due_at=due_at)
    return pharmacy.act(
        lambda connection: follow_ups.open_follow_up(connection, pharmacy.definitions, new, pharmacy.now, "ben")
    )


def closes(pharmacy: PharmacyHarness, name: str, follow_up_id: int, how: str = "ordered at the wholesaler") -> None:
    who = pharmacy.person(name)
    pharmacy.act(
        lambda connection: follow_ups.close(connection, pharmacy.definitions, follow_up_id, who, how, pharmacy.now)
    )


def moves(
    pharmacy: PharmacyHarness, name: str, follow_up_id: int, due_at: datetime, why: str = "it comes then"
) -> None:
    who = pharmacy.person(name)
    pharmacy.act(
        lambda connection: follow_ups.move_due(
            connection, pharmacy.definitions, follow_up_id, who, due_at, why, pharmacy.now
        )
    )


def stands(pharmacy: PharmacyHarness, follow_up_id: int) -> FollowUp:
    found = pharmacy.look(lambda connection: stored.look_at(connection, follow_up_id))
    assert found is not None
    return found


def carried(pharmacy: PharmacyHarness) -> list[CarriedFollowUp]:
    return pharmacy.look(
        lambda connection: follow_ups.carried(connection, pharmacy.definitions, "hilltop-main", pharmacy.now)
    )


def on_the_record(pharmacy: PharmacyHarness, kind: str) -> list[str]:
    """Who did something of a kind, in order."""
    entries = pharmacy.look(lambda connection: list(record.entries_of(connection, "hilltop-main")))
    return [each.actor for each in entries if each.kind == kind]


def test_a_follow_up_is_due_after_a_day_and_its_owner_is_reminded(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy)
    goes_on_until(pharmacy, "09:59", TUESDAY).expect_silence()
    pharmacy.at("10:00")
    told = pharmacy.expect_message(to="Ben", about=SEAL)
    assert told.text == f"To follow up, due Tue 24 Nov 10:00: {SEAL}: seal torn"
    pharmacy.fast_forward(minutes=119).expect_silence()


def test_what_stays_open_past_its_grace_becomes_an_alert_until_it_is_closed(pharmacy: PharmacyHarness) -> None:
    seal = opened(pharmacy)
    goes_on_until(pharmacy, "12:00", TUESDAY).expect_message(to="Ben", about=SEAL)
    told = pharmacy.expect_message(to="Amira", about=f"Follow-up still open: {SEAL}")
    assert "due Tue 24 Nov 10:00, open 1 day, carried over 1 shift, with Ben Ortiz" in told.text
    closes(pharmacy, "Ben", seal)
    pharmacy.expect_message(to="Amira", about="Resolved: Follow-up still open")
    assert pharmacy.alerts() == []
    goes_on_until(pharmacy, "20:00", WEDNESDAY).expect_silence()


def test_an_answer_leads_to_one_follow_up_however_often_it_is_told(pharmacy: PharmacyHarness) -> None:
    assert opened(pharmacy) == opened(pharmacy)
    assert on_the_record(pharmacy, "follow-up-opened") == ["ben"]


def test_without_an_owner_those_on_shift_with_the_role_are_reminded(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, owner=None)
    goes_on_until(pharmacy, "10:00", TUESDAY).expect_message(to="Ben", about=SEAL)


def test_an_owner_who_went_home_is_reminded_and_so_is_who_is_there(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, Role.PHARMACIST, "priya")
    goes_on_until(pharmacy, "10:00", TUESDAY).expect_message(to="Priya", about=SEAL)
    pharmacy.expect_message(to="Amira", about=SEAL)


def test_with_nobody_known_to_be_on_shift_the_channel_is_reminded(pharmacy: PharmacyHarness) -> None:
    """Ben's shift ends at four."""
    opened(pharmacy, owner=None, due_at=pharmacy.local("17:00"))
    pharmacy.at("17:00").expect_message(to="channel", about=SEAL)


def test_a_manager_is_reminded_of_what_is_for_managers_though_on_no_roster(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, Role.MANAGER, owner=None, due_at=pharmacy.local("17:00"))
    pharmacy.at("17:00").expect_message(to="Morgan", about=SEAL)


def test_each_shift_that_begins_carries_it_on_and_sees_how_old_it_is(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, due_at=pharmacy.local("18:00", date(2026, 12, 4)))
    assert [each.age for each in carried(pharmacy)] == ["opened today"]
    goes_on_until(pharmacy, "07:15", TUESDAY)
    assert [each.age for each in carried(pharmacy)] == ["open 1 day, carried over 1 shift"]
    goes_on_until(pharmacy, "07:15", THURSDAY)
    assert [(each.age, each.shifts) for each in carried(pharmacy)] == [("open 3 days, carried over 3 shifts", 3)]


def test_a_follow_up_older_than_a_week_still_stands_and_its_age_counts_open_days_only(
    pharmacy: PharmacyHarness,
) -> None:
    """Sunday is closed, so no shift begins on it."""
    opened(pharmacy, due_at=pharmacy.local("18:00", date(2026, 12, 4)))
    goes_on_until(pharmacy, "12:00", date(2026, 12, 3))
    assert [(each.age, each.overdue) for each in carried(pharmacy)] == [("open 10 days, carried over 9 shifts", False)]
    assert carried(pharmacy)[0].due == "Fri 4 Dec 18:00"


def test_over_the_night_when_clocks_go_back_it_is_due_a_whole_day_later(open_pharmacy: Opens) -> None:
    """Saturday 31 October ten o'clock and 24 hours is Sunday nine o'clock; it is one day old, not two."""
    saturday, sunday = date(2026, 10, 31), date(2026, 11, 1)
    pharmacy = open_pharmacy(with_shifts(), on=saturday).at("10:00")
    opened(pharmacy)
    goes_on_until(pharmacy, "08:59", sunday).expect_silence()
    pharmacy.at("09:00").expect_message(to="Ben", about="due Sun 1 Nov 09:00")
    assert [each.age for each in carried(pharmacy)] == ["open 1 day"]


def test_the_cards_of_the_shifts_beginning_follow_what_becomes_of_it(pharmacy: PharmacyHarness) -> None:
    opening = pharmacy.run("retail-opening").run.id
    before = shown(pharmacy, CardKind.RUN, opening)
    seal = opened(pharmacy)
    assert shown(pharmacy, CardKind.RUN, opening) == before + 1
    closes(pharmacy, "Ben", seal)
    assert shown(pharmacy, CardKind.RUN, opening) == before + 2
    assert carried(pharmacy) == []


@pytest.mark.parametrize(
    ("role", "owner", "who", "may"),
    [
        (Role.TECHNICIAN, "ben", "Ben", True),
        (Role.TECHNICIAN, None, "Ben", True),
        (Role.TECHNICIAN, "ben", "Amira", True),
        (Role.PHARMACIST, "amira", "Priya", True),
        (Role.PHARMACIST, "amira", "Ben", False),
        (Role.PHARMACIST, "ben", "Ben", True),
        (Role.TECHNICIAN, "ben", "Morgan", False),
        (Role.MANAGER, None, "Morgan", True),
        (Role.MANAGER, None, "Amira", True),
    ],
)
def test_its_owner_or_anybody_with_its_role_closes_it_and_a_pharmacist_any(
    pharmacy: PharmacyHarness, role: Role, owner: str | None, who: str, may: bool
) -> None:
    seal = opened(pharmacy, role, owner)
    if may:
        closes(pharmacy, who, seal)
        assert stands(pharmacy, seal).closed_by == who.lower()
        return
    with pytest.raises(Refused, match=f"is for a {role} to follow up"):
        closes(pharmacy, who, seal)
    assert stands(pharmacy, seal).closed_by is None


@pytest.mark.parametrize(
    ("how", "says"), [("  ", "what was done"), ("Rx 1234567 called", "prescription"), ("x" * 501, "keep it under 500")]
)
def test_closing_needs_a_few_words_that_may_be_kept(pharmacy: PharmacyHarness, how: str, says: str) -> None:
    seal = opened(pharmacy)
    with pytest.raises(Refused, match=says):
        closes(pharmacy, "Ben", seal, how)
    assert carried(pharmacy)[0].follow_up.id == seal


def test_who_takes_it_has_it_and_is_reminded(pharmacy: PharmacyHarness) -> None:
    seal, amira = opened(pharmacy), pharmacy.person("Amira")

    def take() -> None:
        pharmacy.act(lambda connection: follow_ups.take(connection, pharmacy.definitions, seal, amira, pharmacy.now))

    take()
    with pytest.raises(AlreadyDone, match="yours already"):
        take()
    goes_on_until(pharmacy, "10:00", TUESDAY).expect_message(to="Amira", about=SEAL)
    assert on_the_record(pharmacy, "follow-up-taken") == ["amira"]


def test_a_technician_puts_it_off_by_a_week_at_most_and_says_why(pharmacy: PharmacyHarness) -> None:
    seal = opened(pharmacy)
    with pytest.raises(Refused, match="up to 7 days"):
        moves(pharmacy, "Ben", seal, pharmacy.now + timedelta(days=7, minutes=1))
    with pytest.raises(Refused, match="why it waits"):
        moves(pharmacy, "Ben", seal, pharmacy.now + timedelta(days=2), " ")
    with pytest.raises(Refused, match="has passed"):
        moves(pharmacy, "Ben", seal, pharmacy.now)
    moves(pharmacy, "Ben", seal, pharmacy.local("11:00", WEDNESDAY))
    goes_on_until(pharmacy, "10:59", WEDNESDAY).expect_silence()
    pharmacy.at("11:00").expect_message(to="Ben", about="due Wed 25 Nov 11:00")


@pytest.mark.parametrize("who", ["Amira", "Morgan"])
def test_a_pharmacist_or_manager_puts_it_off_for_longer(pharmacy: PharmacyHarness, who: str) -> None:
    seal = opened(pharmacy)
    moves(pharmacy, who, seal, pharmacy.now + timedelta(days=60))
    assert stands(pharmacy, seal).due_at == pharmacy.now + timedelta(days=60)
    with pytest.raises(Refused, match="more than a year"):
        moves(pharmacy, who, seal, pharmacy.now + timedelta(days=400))


def test_moving_it_ends_its_alert_and_a_second_delay_is_a_second_alert(pharmacy: PharmacyHarness) -> None:
    seal = opened(pharmacy, due_at=pharmacy.local("11:00"))
    pharmacy.at("13:00").expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")
    moves(pharmacy, "Amira", seal, pharmacy.local("14:00"), "the wholesaler calls back at two")
    told = pharmacy.expect_message(to="Amira", about="Resolved")
    assert "Amira Hassan moved it to Mon 23 Nov 14:00: the wholesaler calls back at two" in told.text
    pharmacy.at("14:00").expect_message(to="Ben", about="due Mon 23 Nov 14:00")
    pharmacy.at("16:00").expect_message(to="Amira", about="Follow-up still open")
    closes(pharmacy, "Ben", seal)
    pharmacy.expect_message(to="Amira", about="Resolved")
    assert pharmacy.alerts() == []


def test_what_is_taken_back_leads_to_nothing_any_more(pharmacy: PharmacyHarness) -> None:
    seal = opened(pharmacy, due_at=pharmacy.local("11:00"))
    pharmacy.at("13:00").expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")

    def undo() -> bool:
        how = "Ben Ortiz took the answer back."
        return pharmacy.act(
            lambda connection: follow_ups.withdraw(
                connection, pharmacy.definitions, "answer:1:seal:1", how, pharmacy.now, "ben"
            )
        )

    assert undo()
    assert not undo()
    pharmacy.expect_message(to="Amira", about="took the answer back")
    with pytest.raises(AlreadyDone, match="Ben Ortiz closed"):
        closes(pharmacy, "Amira", seal)


def test_a_follow_up_added_by_hand_is_its_writers_until_somebody_takes_it(pharmacy: PharmacyHarness) -> None:
    ben = pharmacy.person("Ben")

    def add() -> int:
        due = pharmacy.local("15:00")
        return pharmacy.act(
            lambda connection: follow_ups.add_by_hand(
                connection, pharmacy.definitions, pharmacy.site, ben, "  Call the\nwholesaler ", due, "view1",
                pharmacy.now,
            )
        )  # fmt: skip

    assert add() == add()
    assert [(each.follow_up.title, each.owner) for each in carried(pharmacy)] == [("Call the wholesaler", "Ben Ortiz")]
    pharmacy.at("15:00").expect_message(to="Ben", about="Call the wholesaler")


def test_who_is_given_a_follow_up_hears_of_it_at_once(pharmacy: PharmacyHarness) -> None:
    ben, amira = pharmacy.person("Ben"), pharmacy.person("Amira")
    pharmacy.act(
        lambda connection: follow_ups.add_by_hand(
            connection, pharmacy.definitions, pharmacy.site, ben, SEAL, None, "v", pharmacy.now, amira
        )
    )
    pharmacy.expect_message(to="Amira", about=f"Ben Ortiz asks you to follow up: {SEAL}")
    assert carried(pharmacy)[0].follow_up.role is Role.PHARMACIST


def test_a_follow_up_for_a_role_belongs_to_nobody_yet(pharmacy: PharmacyHarness) -> None:
    amira = pharmacy.person("Amira")
    pharmacy.act(
        lambda connection: follow_ups.add_by_hand(
            connection, pharmacy.definitions, pharmacy.site, amira, SEAL, None, "v", pharmacy.now, Role.TECHNICIAN
        )
    )
    assert [each.owner for each in carried(pharmacy)] == ["a technician"]


@pytest.mark.parametrize(("title", "says"), [("", "in a few words"), ("call 304-555-0142", "a phone number")])
def test_what_may_not_be_kept_is_refused_by_hand_too(pharmacy: PharmacyHarness, title: str, says: str) -> None:
    ben = pharmacy.person("Ben")
    with pytest.raises(Refused, match=says):
        pharmacy.act(
            lambda connection: follow_ups.add_by_hand(
                connection, pharmacy.definitions, pharmacy.site, ben, title, None, "v", pharmacy.now
            )
        )
    assert carried(pharmacy) == []


def test_a_restart_loses_neither_reminder_nor_alert_and_repeats_none(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, due_at=pharmacy.local("11:00"))
    pharmacy.down_until("11:30").expect_message(to="Ben", about=SEAL)
    pharmacy.start().expect_silence()
    pharmacy.down_until("13:05").expect_message(to="Amira", about="Follow-up still open")
    pharmacy.start().expect_silence()
    assert on_the_record(pharmacy, "follow-up-reminded") == ["shiftbot"]


def test_what_came_due_long_ago_while_nothing_ran_is_told_and_escalated_at_once(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, due_at=pharmacy.local("11:00"))
    pharmacy.down_until("15:00").expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")


def test_what_comes_due_at_night_waits_for_the_morning_and_wakes_nobody(pharmacy: PharmacyHarness) -> None:
    """Amira goes at ten in the evening; the site opens at eight, and until then nobody is there to look at it."""
    opened(pharmacy, due_at=pharmacy.local("23:00"))
    goes_on_until(pharmacy, "07:59", TUESDAY).expect_silence()
    pharmacy.at("08:00").expect_message(to="Ben", about=f"due Mon 23 Nov 23:00: {SEAL}")
    pharmacy.at("09:59").expect_silence()
    pharmacy.at("10:00").expect_message(to="Amira", about="Follow-up still open")


def test_a_grace_that_ends_at_night_ends_in_the_morning(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, due_at=pharmacy.local("21:00"))
    goes_on_until(pharmacy, "21:00", MONDAY).expect_message(to="Ben", about=SEAL)
    goes_on_until(pharmacy, "07:59", TUESDAY).expect_silence()
    pharmacy.at("08:00").expect_message(to="Amira", about="Follow-up still open")


def test_without_a_grace_the_reminder_and_the_alert_come_together(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(with_shifts(grace=0)).at("10:00")
    opened(pharmacy, due_at=pharmacy.local("11:00"))
    pharmacy.at("11:00").expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")


def test_of_two_who_close_it_at_once_one_is_told_who_was_first(pharmacy: PharmacyHarness) -> None:
    """Two processes, each with its own transaction, released together."""
    seal = opened(pharmacy)
    together, said = threading.Barrier(2), []

    def close(name: str) -> None:
        together.wait()
        try:
            with pharmacy.database.transaction() as connection:
                follow_ups.close(
                    connection, pharmacy.definitions, seal, pharmacy.person(name), f"{name} did it", pharmacy.now
                )
        except AlreadyDone as first:
            said.append(str(first))

    _both(lambda: close("Ben"), lambda: close("Amira"))
    first = stands(pharmacy, seal)
    assert said == [
        f"{pharmacy.person(first.closed_by or '').name} closed “{SEAL}” on Mon 23 Nov 10:00: {first.closing}"
    ]
    assert on_the_record(pharmacy, "follow-up-closed") == [first.closed_by]


def _both(*does: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each) for each in does]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_site_that_is_taken_out_waits_and_comes_back_with_its_follow_ups(pharmacy: PharmacyHarness) -> None:
    opened(pharmacy, due_at=pharmacy.local("11:00"))
    definitions = pharmacy.definitions
    other = replace(pharmacy.site, id="hilltop-east", channel="C0EAST")
    pharmacy.definitions = replace(hilltop(quiet=True, units=()), sites={other.id: other}, roster=())
    pharmacy.at("12:00").expect_silence()
    pharmacy.definitions = definitions
    goes_on_until(pharmacy.start(), "11:00", TUESDAY).expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")


def test_the_day_counts_its_follow_ups_and_names_nobody(pharmacy: PharmacyHarness) -> None:
    first = opened(pharmacy)
    opened(pharmacy, due_at=pharmacy.local("12:00"), source="answer:2:seal:1")
    closes(pharmacy, "Ben", first)
    pharmacy.at("14:00").expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")
    pharmacy.acknowledges("Amira")
    pharmacy.at("20:59").inbox.unread.clear()
    told = summary_of(pharmacy, MONDAY)
    pharmacy.inbox.unread.clear()
    assert "Follow-ups: 2 opened, 1 closed, 1 still open, *1 overdue*" in told
    assert "most for follow-ups left open" in told
    assert not [name for name in ("Ben", "Ortiz", "Amira") if name in told]


def test_every_alert_of_a_follow_up_ends_when_it_does(pharmacy: PharmacyHarness) -> None:
    """The row names its alert, so that a card of the alert finds the follow-up and the other way round."""
    seal = opened(pharmacy, due_at=pharmacy.local("11:00"))
    pharmacy.at("13:00").expect_message(to="Ben", about=SEAL)
    pharmacy.expect_message(to="Amira", about="Follow-up still open")
    alert = pharmacy.alerts()[0]
    assert (alert.kind, alert.subject) == (AlertKind.FOLLOW_UP, f"follow-up:{seal}")
    tied = pharmacy.look(lambda connection: connection.execute(select(table.c.alert)).scalars().all())
    assert tied == [alert.id]
    with pytest.raises(Refused, match="closes by itself"):
        pharmacy.closes("Amira", "done")
    closes(pharmacy, "Amira", seal)
    pharmacy.expect_message(to="Amira", about="Resolved")
