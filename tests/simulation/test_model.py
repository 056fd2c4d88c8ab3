"""The model by itself: the ladder as the issue tells it, duty by the wall's clock, and what excuses a delay."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shiftbot.domain.alert import Policy, Step
from shiftbot.simulation.chain import chain
from shiftbot.simulation.excuses import DECIDING, PATIENCE, SLACK, Excuses
from shiftbot.simulation.logbook import Decided, DutyChanged, Pressed, Stretch
from shiftbot.simulation.model import Duty, Episode, meant, walk

NINE = datetime(2027, 3, 8, 9, tzinfo=UTC)
POLICY = Policy(
    "three",
    (
        Step(("channel",)),
        Step(("on-duty-pharmacist",), timedelta(minutes=10)),
        Step(("manager",), timedelta(minutes=15), timedelta(minutes=30)),
    ),
)
EPISODE = Episode(7, "hilltop-main", POLICY, NINE, NINE + timedelta(minutes=90))
CHAIN = chain(3, timedelta(hours=2))
MAIN = CHAIN.sites["hilltop-main"]


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def step(number: int, minutes: float, telling: int, of: int) -> Decided:
    return Decided(number, after(minutes), 7, telling, of, frozenset({"morgan"}))


GOOD = [step(1, 0, 1, 1), step(2, 10, 2, 2), step(3, 25, 3, 3), step(4, 55, 4, 3), step(5, 85, 5, 3)]


def wrong(
    decided: Sequence[Decided], pressed: Sequence[Pressed] = (), stretches: Sequence[Stretch] = ()
) -> list[str]:  # fmt: skip
    return [each.what for each in walk(EPISODE, decided, pressed, Excuses(stretches))]


def test_a_ladder_that_was_walked_in_time_has_nothing_wrong() -> None:
    assert wrong(GOOD) == []


def test_a_step_that_was_never_taken_is_found_with_the_instant_at_which_it_was_due() -> None:
    (what,) = wrong(GOOD[:2])
    assert "step 3 was due then, by 09:28:00" in what


def test_a_step_before_its_time_is_found() -> None:
    assert any("came before" in each for each in wrong([GOOD[0], step(2, 5, 2, 2), step(3, 20, 3, 3), *GOOD[3:]]))


def test_a_step_that_was_left_out_is_found() -> None:
    assert any("step 2, telling 2 was due" in each for each in wrong([GOOD[0], step(2, 10, 2, 3), *GOOD[3:]]))


def test_an_acknowledgement_stops_the_ladder_for_half_an_hour_and_no_longer() -> None:
    pressed = [Pressed(3, after(12), 7, "acknowledge", "amira")]
    taken = [GOOD[0], GOOD[1], step(4, 42, 3, 3), step(5, 72, 4, 3)]
    assert wrong(taken, pressed) == []
    assert any("step 3 was due then" in each for each in wrong(taken[:2], pressed))
    assert any("came before" in each for each in wrong([*taken[:2], step(4, 30, 3, 3), step(5, 60, 4, 3)], pressed))


def test_who_cannot_hurries_the_next_step() -> None:
    pressed = [Pressed(3, after(12), 7, "decline", "amira")]
    assert wrong([GOOD[0], GOOD[1], step(4, 12, 3, 3), step(5, 42, 4, 3), step(6, 72, 5, 3)], pressed) == []
    assert any("step 3 was due then" in each for each in wrong(GOOD, pressed))


def test_what_became_critical_is_told_at_once() -> None:
    critical = replace(EPISODE, worse_at=(after(12),))
    hurried = [GOOD[0], GOOD[1], step(3, 12, 3, 3), step(4, 42, 4, 3), step(5, 72, 5, 3)]
    assert not list(walk(critical, hurried, [], Excuses(())))
    assert list(walk(critical, GOOD, [], Excuses(())))


def test_what_became_critical_at_the_instant_of_an_acknowledgement_is_told_at_once_all_the_same() -> None:
    critical = replace(EPISODE, worse_at=(after(12),))
    pressed = [Pressed(3, after(12), 7, "acknowledge", "amira")]
    hurried = [GOOD[0], GOOD[1], step(4, 12, 3, 3), step(5, 42, 4, 3), step(6, 72, 5, 3)]
    rested = [GOOD[0], GOOD[1], step(4, 42, 3, 3), step(5, 72, 4, 3)]
    assert not list(walk(critical, hurried, pressed, Excuses(())))
    assert list(walk(critical, rested, pressed, Excuses(())))


def test_what_was_wrong_meanwhile_excuses_a_delay_and_what_it_leads_into() -> None:
    down = [Stretch("down", after(9), after(30)), Stretch("locked", after(32), after(40))]
    excuses = Excuses([*down, Stretch("slack", after(0), after(80))])
    assert excuses.by(after(10), DECIDING) == after(40) + PATIENCE
    assert excuses.by(after(10), SLACK) == after(80) + PATIENCE
    assert excuses.by(after(50), DECIDING) == after(50) + PATIENCE
    late = [GOOD[0], step(2, 41, 2, 2), step(3, 56, 3, 3), step(4, 86, 4, 3)]
    assert wrong(late, stretches=down) == []
    assert wrong(late)


def local(hour: int, day: int = 8) -> datetime:
    return datetime(2027, 3, day, hour, tzinfo=MAIN.calendar.timezone).astimezone(UTC)


def test_duty_goes_by_the_wall_and_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    duty = Duty(CHAIN, [])
    assert duty.pharmacists(MAIN, local(8)) == ("amira",)
    assert duty.pharmacists(MAIN, local(13)) == ("amira", "priya")
    assert duty.pharmacists(MAIN, local(14)) == ("priya",)
    assert duty.pharmacists(MAIN, local(3, day=14)) == ("amira",), "the night of the change, begun on Saturday"
    assert duty.pharmacists(MAIN, local(3, day=15)) == (), "Sunday's night is nobody's"


def test_who_is_ill_is_not_meant_and_who_takes_over_is() -> None:
    ill = DutyChanged(MAIN.id, None, "amira", local(8), local(12))
    over = DutyChanged(MAIN.id, "priya", None, local(9), local(10))
    duty = Duty(CHAIN, [ill, over])
    assert meant(duty, MAIN, ("on-duty-pharmacist",), local(8)) == frozenset({"morgan"})
    assert meant(duty, MAIN, ("on-duty-pharmacist",), local(9)) == frozenset({"priya"})
    assert meant(duty, MAIN, ("on-duty-pharmacist", "backup-pharmacist"), local(13)) == frozenset({"amira", "priya"})
    assert meant(duty, MAIN, ("channel", "manager"), local(9)) == frozenset({"C0HILLTOP", "morgan"})
    assert meant(duty, MAIN, ("a-word-it-does-not-know",), local(9)) is None
