"""Policies: whom a step means, and when it is taken at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from shiftbot.domain.alert import AlertKind, Only, Policy, Severity, Step
from shiftbot.domain.site import Pharmacy, RosterRule
from shiftbot.services import escalation
from shiftbot.services.escalation import NewAlert
from tests.cast import HILLTOP, WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

SUNDAY = date(2026, 11, 22)
RIVERSIDE = replace(HILLTOP, id="riverside", name="Riverside Pharmacy", channel="C0RIVERSIDE", checklists=())

Begins = Callable[..., PharmacyHarness]


def ladder(*steps: Step) -> Policy:
    """These steps, and the manager half an hour after them."""
    return Policy("standard", (*steps, Step(("manager",), timedelta(minutes=30), timedelta(hours=12))))


def cast_for(policy: Policy, **changed: object) -> Pharmacy:
    """Hilltop without checklists and fridges, with this policy; `changed` keys of its site or of the pharmacy."""
    pharmacy = hilltop(units=(), policy=policy, quiet=True)
    of_site = {key: value for key, value in changed.items() if hasattr(HILLTOP, key)}
    rest = {key: value for key, value in changed.items() if key not in of_site}
    site = replace(pharmacy.sites["hilltop-main"], **of_site)  # type: ignore[arg-type]
    sites = {site.id: site} | ({RIVERSIDE.id: RIVERSIDE} if site.relief else {})
    return replace(pharmacy, sites=sites, **rest)  # type: ignore[arg-type]


@pytest.fixture
def begins(open_pharmacy: Opens) -> Begins:
    """Something is wrong at a clock time of the pharmacy with this policy."""

    def begin(
        policy: Policy,
        at: str = "10:00",
        severity: Severity = Severity.NORMAL,
        on: date | None = None,
        **changed: object,
    ) -> PharmacyHarness:
        pharmacy = open_pharmacy(cast_for(policy, **changed), at=at, **({"on": on} if on else {}))
        kind = AlertKind.IRREGULARITY
        new = NewAlert("hilltop-main", kind, "door", "The back door is open", "", severity)
        pharmacy.act(lambda connection: escalation.open_alert(connection, pharmacy.definitions, new, pharmacy.now))
        return pharmacy

    return begin


def told(pharmacy: PharmacyHarness, *names: str) -> list[str]:
    """What everybody named was told just now, and nobody else was."""
    said = [pharmacy.expect_message(to=name, about="The back door is open").text for name in names]
    pharmacy.expect_silence()
    return said


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("on-shift", ("Amira", "Ben")),
        ("all-pharmacists", ("Amira", "Priya")),
        ("all-technicians", ("Ben",)),
        ("area-manager", ("Priya",)),
        ("evening", ("Ben", "Priya")),
        ("C0WAREHOUSE", ("channel",)),
        ("priya", ("Priya",)),
    ],
)
def test_a_step_tells_whomever_its_word_means(begins: Begins, word: str, names: tuple[str, ...]) -> None:
    changed = {"area_manager": "priya", "teams": {"evening": ("ben", "priya")}}
    pharmacy = begins(ladder(Step((word,))), **changed)
    if word == "C0WAREHOUSE":
        (letter,) = pharmacy.inbox.unread
        assert letter.to == "C0WAREHOUSE"
        pharmacy.inbox.unread.clear()
    else:
        told(pharmacy, *names)


def test_several_words_at_once_tell_everybody_once(begins: Begins) -> None:
    words = ("on-duty-pharmacist", "all-pharmacists", "channel", "evening")
    told(begins(ladder(Step(words)), teams={"evening": ("amira", "ben")}), "Amira", "Priya", "channel", "Ben")


def test_with_nobody_on_duty_the_relief_sites_pharmacist_is_told_and_told_why(begins: Begins) -> None:
    roster = (RosterRule("riverside", "priya", WEEK, time(6), time(22)),)
    pharmacy = begins(ladder(Step(("on-duty-pharmacist",))), relief=("riverside",), roster=roster)
    (text,) = told(pharmacy, "Priya")
    assert "because no pharmacist is on duty now at Hilltop Pharmacy, Main Street" in text
    assert "you are on duty at Riverside Pharmacy, its relief" in text


def test_with_nobody_on_duty_at_the_relief_site_either_the_fallback_is_told_and_told_why(begins: Begins) -> None:
    pharmacy = begins(ladder(Step(("on-duty-pharmacist",))), relief=("riverside",), roster=())
    assert "You are told because no pharmacist is on duty now" in told(pharmacy, "Morgan")[0]


def test_whom_a_step_means_outright_is_not_told_as_a_stand_in(begins: Begins) -> None:
    (text,) = told(begins(ladder(Step(("on-duty-pharmacist", "manager"))), roster=()), "Morgan")
    assert "You are told because" not in text


def test_a_team_that_was_taken_out_since_leaves_nobody_untold(begins: Begins) -> None:
    (text,) = told(begins(ladder(Step(("evening",)))), "Morgan")
    assert "evening is no longer in pharmacy.yaml" in text


CLOSED = Step(("amira",), only=frozenset({Only.CLOSED_HOURS}))
OPEN = Step(("priya",), only=frozenset({Only.OPEN_HOURS}))


@pytest.mark.parametrize(
    ("at", "name"), [("07:59", "Amira"), ("08:00", "Priya"), ("19:59", "Priya"), ("20:00", "Amira")]
)
def test_opening_hours_are_half_open_as_the_sites_calendar_says(begins: Begins, at: str, name: str) -> None:
    pharmacy = begins(ladder(CLOSED, OPEN), at=at)
    (text,) = told(pharmacy, name)
    assert ("Step 1 was passed over: only outside opening hours." in text) == (name == "Priya")


def test_what_was_passed_over_is_not_waited_for(begins: Begins) -> None:
    later = Step(("ben",), timedelta(minutes=10))
    pharmacy = begins(ladder(Step(("channel",)), replace(OPEN, after=timedelta(minutes=10)), later), at="21:00")
    told(pharmacy, "channel")
    pharmacy.at("21:09").expect_silence()
    (text,) = told(pharmacy.at("21:10"), "Ben")
    assert "Step 2 was passed over: only in opening hours." in text
    assert pharmacy.recorded("alert-step")[-1][1]["passed"] == [2]


def test_a_step_after_one_that_was_passed_over_keeps_its_wait_since_somebody_was_told(begins: Begins) -> None:
    pharmacy = begins(ladder(Step(("channel",)), replace(CLOSED, after=timedelta(minutes=10))), at="10:00")
    told(pharmacy, "channel")
    pharmacy.at("10:29").expect_silence()
    assert pharmacy.recorded("alert-passed-over")[0][1]["passed"] == [2]
    told(pharmacy.at("10:30"), "Morgan")


def test_a_condition_is_judged_when_the_step_is_due_and_not_when_the_alert_began(begins: Begins) -> None:
    policy = ladder(Step(("channel",)), replace(OPEN, after=timedelta(minutes=10)))
    pharmacy = begins(policy, at="07:55")
    told(pharmacy, "channel")
    told(pharmacy.at("08:05"), "Priya")


def test_only_critical_and_only_not_critical(begins: Begins) -> None:
    calm = Step(("channel",), only=frozenset({Only.NOT_CRITICAL}))
    urgent = Step(("channel", "amira", "priya"), only=frozenset({Only.CRITICAL}))
    told(begins(ladder(calm, urgent), severity=Severity.CRITICAL), "channel", "Amira", "Priya")


@pytest.mark.parametrize(("on", "name"), [(SUNDAY, "Priya"), (date(2026, 11, 23), "Amira")])
def test_only_on_weekends_by_the_date_at_the_site(begins: Begins, on: date, name: str) -> None:
    weekend = Step(("priya",), only=frozenset({Only.WEEKENDS, Only.CLOSED_HOURS}))
    week = Step(("amira",), only=frozenset({Only.WEEKDAYS}))
    told(begins(ladder(weekend, week), at="23:30" if on == SUNDAY else "00:30", on=on), name)


def test_a_last_step_is_taken_whatever_it_says(begins: Begins) -> None:
    never = frozenset({Only.CRITICAL, Only.NOT_CRITICAL})
    told(begins(Policy("standard", (Step(("amira",), only=never), Step(("morgan",), only=never)))), "Morgan")


def test_i_cannot_passes_over_what_does_not_hold_and_tells_somebody_at_once(begins: Begins) -> None:
    policy = ladder(Step(("amira",)), replace(OPEN, after=timedelta(minutes=10)))
    pharmacy = begins(policy, at="21:00")
    told(pharmacy, "Amira")
    pharmacy.at("21:01").cannot("Amira")
    told(pharmacy, "Morgan")
