"""The Home tab by role, drawn from pictures: who sees what, in which order, and that Slack takes it all."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.alert import Alert, AlertKind, AlertState, Policy, Severity
from shiftbot.domain.case import Case, CaseKind, CaseState
from shiftbot.domain.checklist import Item, ItemKind, Role, Section
from shiftbot.domain.follow_up import FollowUp, FollowUpState
from shiftbot.domain.hand_over import HandOver
from shiftbot.domain.laying_out import Ground, lay_out
from shiftbot.domain.run import Run, RunState
from shiftbot.domain.site import Person, Site
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.services.hand_over import HandOverView
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack.blocks.home_overview import site_line
from shiftbot.slack.blocks.home_picture import ManagedPicture, SitePicture
from shiftbot.slack.blocks.home_tab import BLOCKS_MAX, home_tab
from shiftbot.storage.glances import Day, Figures
from tests.cast import AMIRA, BEN, HILLTOP, MORGAN, OPENING, hilltop
from tests.slack.payloads import check_view

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PHARMACY = hilltop(units=())
LONG = "A long text with <brackets>, *stars* & more. " * 12
AMIRA_IN_ALL = replace(AMIRA, roles=frozenset(Role))

SIGNED = replace(
    OPENING,
    sections=(
        *OPENING.sections,
        Section("End", (Item("sign", "Opening reviewed", kind=ItemKind.SIGNATURE, role=Role.PHARMACIST),)),
    ),
)


def run_view(number: int, due_at: datetime, site: Site = HILLTOP) -> RunView:
    """An open run with nothing answered and a signature to give."""
    plan = lay_out(SIGNED, Ground("F"))
    run = Run(
        id=number, site=site.id, checklist=SIGNED.id, local_on=NOW.date(), slot=str(number), plan="",
        state=RunState.OPEN, opens_at=NOW - HOUR, remind_at=None, due_at=due_at, missed_at=due_at + HOUR,
        completed_at=None, attention_at=None,
    )  # fmt: skip
    lines = tuple(LineView(line, None, missed=False, earlier=0) for line in plan.lines)
    return RunView(run, replace(plan, title=f"Checklist {number}"), site, lines)


def alert(number: int) -> Alert:
    """An alert nobody has taken."""
    return Alert(
        id=number, site=HILLTOP.id, kind=AlertKind.IRREGULARITY, subject=f"flag:{number}", title=f"Alert {number}",
        detail=LONG, severity=Severity.NORMAL, state=AlertState.TRIGGERED, policy=Policy("standard", ()), step=0,
        told=0, opened_at=NOW, escalate_at=NOW,
    )  # fmt: skip


def case(number: int) -> Case:
    """A case to sign."""
    kind, state = CaseKind.IRREGULARITY, CaseState.OPEN
    return Case(number, HILLTOP.id, kind, f"flag:{number}", LONG, {}, state, NOW, "", "", "", None, None)


def follow_up(number: int, owner: str | None = None, *, overdue: bool = False) -> CarriedFollowUp:
    """An open follow-up."""
    follow_up = FollowUp(
        id=number, site=HILLTOP.id, source=f"hand:{number}", title=f"Follow-up {number}: {LONG}", detail="", run=None,
        line=None, role=Role.TECHNICIAN, owner=owner, state=FollowUpState.OPEN, opened_by="ben", opened_at=NOW,
        due_at=NOW, attention_at=NOW,
    )  # fmt: skip
    return CarriedFollowUp(follow_up, "Ben Ortiz", "Mon 23 Nov 09:00", "opened today", 0, overdue)


def note() -> HandOverView:
    """A long note that nobody has read."""
    facts = {kind: {"count": 9, "texts": [LONG[:200]] * 5} for kind in ("missed", "alerts", "follow_ups", "voicemail")}
    found = HandOver(1, HILLTOP.id, None, "ben", NOW, "Look at this first.\n" * 90, facts, None, {})
    return HandOverView(found, HILLTOP, "Ben Ortiz", "Mon 23 Nov 09:00", (), False)


def full(number: int = 1) -> SitePicture:
    """A site on its worst day."""
    site = replace(HILLTOP, id=f"site-{number}", name=f"Pharmacy {number}")
    base = 100 * number
    return SitePicture(
        site=site,
        runs=[run_view(base + n, NOW + n * HOUR, site) for n in range(20)],
        alerts=[alert(base + n) for n in range(20)],
        cases=[case(base + n) for n in range(20)],
        on_duty=[AMIRA],
        on_shift=[AMIRA, BEN],
        follow_ups=[follow_up(base + n) for n in range(20)],
        note=replace(note(), hand_over=replace(note().hand_over, id=base)),
        offered=[(f"checklist-{n}", f"Checklist {n}") for n in range(120)],
        takes_deliveries=True,
        needs_pin=True,
    )


def drawn(person: Person, *pictures: SitePicture, managed: ManagedPicture | None = None) -> str:
    """Everything on somebody's tab, as text; Slack's limits are checked."""
    view = home_tab(person, PHARMACY, pictures, managed, NOW)
    assert len(view["blocks"]) <= BLOCKS_MAX
    check_view(view)
    return json.dumps(view["blocks"], ensure_ascii=False)


def in_order(text: str, words: Collection[str]) -> bool:
    """Whether all of these stand in a text, one after the other."""
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("sites", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("person", [BEN, AMIRA, MORGAN, AMIRA_IN_ALL])
def test_however_much_there_is_it_fits_and_says_what_is_left_out(person: Person, sites: int) -> None:
    managed = ManagedPicture([(full(n).site, Figures(alerts=n)) for n in range(40)], 500, 3, [LONG] * 30, [LONG] * 30)
    text = drawn(
        person, *(full(n + 1) for n in range(sites)), managed=managed if Role.MANAGER in person.roles else None
    )
    assert text.count("Not shown here") == sites
    assert all(f'"Pharmacy {n + 1}"' in text for n in range(sites))


def test_what_is_overdue_stands_first_and_says_how_much_is_mine() -> None:
    runs = [run_view(1, NOW + HOUR), run_view(2, NOW - timedelta(minutes=5)), run_view(3, NOW + timedelta(minutes=5))]
    text = drawn(BEN, SitePicture(HILLTOP, runs=runs))
    assert in_order(text, ["Checklist 2", "*overdue*, was due 08:55", "Checklist 3", "Checklist 1"])
    assert "*3 for you*" in text
    assert "*5 for you*" in drawn(AMIRA, SitePicture(HILLTOP, runs=runs))


def test_a_technician_has_no_alert_buttons_and_a_pharmacist_signs_before_all_else() -> None:
    picture = SitePicture(HILLTOP, runs=[run_view(1, NOW + HOUR)], alerts=[alert(1)], cases=[case(7)])
    technicians = drawn(BEN, picture)
    assert "Alert 1" in technicians
    assert "alert_acknowledge" not in technicians
    assert "To sign" not in technicians
    expected = ["To sign", "Opening reviewed", "Case 7", "Alert 1", "alert_acknowledge", "Open now"]
    assert in_order(drawn(AMIRA, picture), expected)


def test_who_is_on_duty_and_who_else_is_at_work() -> None:
    text = drawn(AMIRA, SitePicture(HILLTOP, on_duty=[AMIRA], on_shift=[AMIRA, BEN]))
    assert "On duty now: *Amira Hassan*  ·  On shift: Ben Ortiz" in text


def test_follow_ups_have_the_buttons_that_make_sense() -> None:
    mine = drawn(BEN, SitePicture(HILLTOP, follow_ups=[follow_up(1, "ben", overdue=True)]))
    assert "*overdue*" in mine
    assert "follow_up_take" not in mine
    assert "follow_up_take" in drawn(AMIRA, SitePicture(HILLTOP, follow_ups=[follow_up(1, "ben")]))


def test_a_manager_begins_with_the_sites_and_who_works_too_with_the_work() -> None:
    managed = ManagedPicture([(HILLTOP, Figures())], patterns=["Opening checklist, Front: answered very quickly"])
    picture = SitePicture(HILLTOP, runs=[run_view(1, NOW + HOUR)])
    managers = drawn(MORGAN, picture, managed=managed)
    assert in_order(managers, ["Sites at a glance", "Worth a question", "Nobody is on duty"])
    assert "Open now" not in managers
    assert in_order(drawn(AMIRA_IN_ALL, picture, managed=managed), ["Open now", "Sites at a glance"])
    assert "There may be a good reason for each" in managers


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        (Figures(Day(done=5, due=2)), ":large_green_circle: *Main* <#C0HILLTOP>\n      5 done, 2 due"),
        (
            Figures(Day(missed=1), alerts=1),
            ":red_circle: *Main* <#C0HILLTOP>\n      0 done, 0 due, *1 missed*  ·  *1 alert*",
        ),
        (
            Figures(Day(done=1, late=1), overdue_follow_ups=2, note_read=False),
            ":large_yellow_circle: *Main* <#C0HILLTOP>\n"
            "      1 done, 0 due, 1 late  ·  *2 follow-ups overdue*  ·  hand-over *not read*",
        ),
        (
            Figures(Day(overdue=1), excursions=1, note_read=True),
            ":red_circle: *Main* <#C0HILLTOP>\n      0 done, 0 due, *1 overdue*  ·  *1 excursion*  ·  hand-over read",
        ),
    ],
)
def test_a_site_is_one_line_in_which_trouble_stands_out(figures: Figures, line: str) -> None:
    assert site_line(replace(HILLTOP, name="Main"), figures) == line


@pytest.mark.parametrize(
    ("troubled", "said"),
    [(0, "and 60 more, all well"), (2, "and 60 more, 2 of them with alerts or overdue follow-ups")],
)
def test_of_many_sites_the_rest_is_said_in_one_line(troubled: int, said: str) -> None:
    managed = ManagedPicture([(HILLTOP, Figures())] * 40, more=60, more_troubled=troubled)
    assert said in drawn(MORGAN, managed=managed)
