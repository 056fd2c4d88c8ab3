"""The window of the week, drawn from pictures: Slack takes it however much there is, and nobody's words do anything."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from shiftbot.demo.emulator.blockkit import problems_in_view
from shiftbot.domain.checklist import Role
from shiftbot.domain.coverage import NOBODY_ON_DUTY, Hole
from shiftbot.domain.duty_change import Agreement, Kind, Standing, coming_shifts
from shiftbot.domain.site import RosterCalendar, RosterRule
from shiftbot.slack.blocks.duty import duty_window
from shiftbot.slack.blocks.duty_picture import DutyPicture
from shiftbot.slack.blocks.modals import duty as modals
from shiftbot.storage.roster_shifts import CalendarState
from tests.cast import AMIRA, MORGAN, ON_SHIFT, PRIYA, WEEK, hilltop

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG = "A long text with <brackets>, *stars* & :no_entry: <!channel>. " * 20
PHARMACY = hilltop(units=())
SITE = PHARMACY.sites["hilltop-main"]


def agreement(number: int, kind: Kind = Kind.HAND_OVER, state: Standing = Standing.ASKED, **more: object) -> Agreement:
    begins = NOW + number * HOUR
    made = Agreement(
        number, str(number), SITE.id, kind, "priya", "amira", begins, begins + HOUR, state, LONG, "amira", NOW,
        attention_at=NOW + HOUR,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def shown(seen: DutyPicture) -> str:
    return json.dumps(duty_window(seen), ensure_ascii=False)


def test_however_much_there_is_slack_takes_the_window() -> None:
    crowded = replace(
        PHARMACY, roster=tuple(RosterRule(SITE.id, "amira", WEEK, time(hour), time(hour, 30)) for hour in range(24))
    )
    asked = [agreement(number) for number in range(60)]
    standing = [agreement(number + 100, Kind.OVERRIDE, Standing.STANDING) for number in range(60)]
    away = [agreement(number + 300, Kind.ABSENCE, Standing.STANDING, person=None) for number in range(60)]
    holes = [Hole(SITE.id, NOW + n * HOUR, NOW + (n + 1) * HOUR, f"{n % 20} {LONG}", LONG) for n in range(200)]
    calendar = RosterCalendar(SITE.id, f"https://{'x' * 300}.example.org/duty.ics")
    state = CalendarState("", NOW, NOW, LONG, [LONG] * 9)
    everybody = replace(MORGAN, roles=frozenset(Role))
    seen = DutyPicture(
        SITE, crowded, everybody, NOW, [*asked, *standing, *away], holes, [(calendar, state)] * 30, signs_on=True
    )
    assert problems_in_view(duty_window(seen, LONG)) == []


def test_the_forms_are_taken_with_as_many_shifts_and_people_as_there_may_be() -> None:
    crowd = replace(
        PHARMACY,
        roster=tuple(RosterRule(SITE.id, "amira", WEEK, time(hour), time(hour, 30)) for hour in range(24)),
        people={**PHARMACY.people, **{f"p{n}": replace(PRIYA, id=f"p{n}", name=LONG[:200]) for n in range(300)}},
    )
    mine = coming_shifts(crowd, SITE.id, NOW)
    people = [person for person in crowd.people.values() if Role.PHARMACIST in person.roles]
    drawn = [
        modals.take(SITE, AMIRA, mine[0], NOW),
        modals.hand_over(SITE, mine, people, crowd, AMIRA),
        modals.swap(SITE, mine, mine, crowd, AMIRA),
        modals.away(SITE, mine, crowd, MORGAN),
        modals.put(SITE, people, people, (NOW, NOW + HOUR), "amira"),
    ]
    assert [problems_in_view(view) for view in drawn] == [[]] * 5


def test_what_people_wrote_mentions_nobody_and_draws_nothing() -> None:
    text = shown(DutyPicture(SITE, PHARMACY, AMIRA, NOW, [agreement(1)]))
    assert "<!channel>" not in text
    assert " :no_entry: &lt;" not in text


def test_an_offer_has_the_buttons_of_whom_it_concerns() -> None:
    offers = [agreement(1)]
    assert [
        tuple(name in shown(DutyPicture(SITE, PHARMACY, who, NOW, offers)) for name in ("duty_accept", "duty_withdraw"))
        for who in (PRIYA, AMIRA, MORGAN, PHARMACY.people["ben"])
    ] == [(True, False), (False, True), (True, True), (False, False)]
    assert "Amira Hassan asks Priya Nair:" in shown(DutyPicture(SITE, PHARMACY, MORGAN, NOW, offers))
    assert "Amira Hassan asks you:" in shown(DutyPicture(SITE, PHARMACY, PRIYA, NOW, offers))


def test_only_a_hole_in_the_roster_is_filled_by_putting_somebody_there() -> None:
    roster = Hole(SITE.id, NOW, NOW + HOUR, NOBODY_ON_DUTY, "put somebody there")
    means = Hole(SITE.id, NOW, NOW + HOUR, "Amira cannot be reached", "verify a means")
    filled = [shown(DutyPicture(SITE, PHARMACY, MORGAN, NOW, holes=[each])) for each in (roster, means)]
    assert [text.count("duty_put") for text in filled] == [2, 1]


def test_a_night_shift_is_told_with_the_day_on_which_it_ends() -> None:
    night = replace(PHARMACY, roster=(RosterRule(SITE.id, "priya", WEEK, time(22), time(6)), *ON_SHIFT))
    assert "22:00–Tue 24 Nov 06:00  *Priya Nair*" in shown(DutyPicture(SITE, night, AMIRA, NOW))
