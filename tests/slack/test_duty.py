"""Duty in Slack: the window of the week, the forms that change it, and what becomes of what somebody is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.demo.emulator.modals import View
from shiftbot.domain.site import RosterCalendar
from shiftbot.services import duty, rostering
from shiftbot.storage import duty_changes, roster_shifts
from tests.slack.begun import channel, entries, form, home, said, shown
from tests.slack.test_once_and_in_time import locked, repeated
from tests.slack.workplace import Workplace

SITE = "hilltop-main"
TUESDAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _no_window(ben: Person, amira: Person, morgan: Person, priya: Person) -> Iterator[None]:
    """Nobody has a window open from the story before."""
    yield
    for who in (ben, amira, morgan, priya):
        while who.views:
            who.dismiss(clear=True)


def on_duty(work: Workplace, at: datetime | None = None) -> list[str]:
    """Who is on duty by what is agreed in the database."""
    with work.database.snapshot() as connection:
        lived = duty.as_agreed(connection, work.pharmacy, work.now)
    return [person.id for person in duty.on_duty(lived, SITE, at or work.now)]


def window(work: Workplace, who: Person) -> View:
    """The window that `/shift duty` opens."""
    assert said(who, "duty") == ""
    return form(work, who)


def text(who: Person) -> str:
    """What the window on top shows."""
    return shown(who.views[-1]) if who.views else ""


def pressed(work: Workplace, who: Person, action_id: str, callback_id: str, block_id: str | None = None) -> View:
    """Press a button of the window; the form that takes its place."""
    who.click_view(action_id, block_id).wait()
    work.emulator.wait_until(lambda: who.views[-1].payload["callback_id"] == callback_id)
    return who.views[-1]


def submitted(who: Person, **filled: str) -> str:
    """Submit the form on top; what the window says then."""
    response = who.submit(filled).wait().response or {}
    assert "errors" not in response, response["errors"]
    return json.dumps(response.get("view"), ensure_ascii=False)


def refused(who: Person, **filled: str) -> dict[str, str]:
    """Submit the form on top; what is refused beside which field."""
    return dict((who.submit(filled).wait().response or {}).get("errors") or {})


def letter(work: Workplace, who: Person, words: str) -> Message:
    """The newest message to somebody alone that shows some words, as it stands."""

    def found() -> list[Message]:
        return [
            each
            for each in [*who.ephemerals, *who.inbox]
            if words in json.dumps([each.text, each.blocks], ensure_ascii=False)
        ]

    work.until(lambda: bool(found()))
    return found()[-1]


def offered(work: Workplace, amira: Person) -> None:
    """Amira asks Priya to take her whole shift of this Monday."""
    said(amira, "duty hand over")
    form(work, amira)
    submitted(amira, reason="dentist")
    work.settle()


# --- the window


def test_the_window_shows_who_is_on_duty_the_week_and_where_nobody_is(work: Workplace, ben: Person) -> None:
    work.at("12:00")
    seen = shown(window(work, ben))
    assert ":bust_in_silhouette: *On duty now:* *Amira Hassan* until 21:00" in seen
    assert "*Tue 24 Nov*  ·  open 08:00–20:00\\n      07:00–21:00  *Amira Hassan*" in seen
    assert "08:00–18:00  *Priya Nair*" in seen
    assert "*Sun 29 Nov*  ·  closed" in seen
    assert "Take over now" not in seen
    assert "Put somebody on duty" not in seen


def test_the_buttons_are_those_of_ones_role(work: Workplace, amira: Person, priya: Person, morgan: Person) -> None:
    work.at("12:00")
    amiras, priyas, morgans = (shown(window(work, who)) for who in (amira, priya, morgan))
    assert ("duty_take" in amiras, "duty_hand_over" in amiras, "duty_put" in amiras) == (False, True, False)
    assert "duty_take" in priyas
    assert ("duty_put" in morgans, "duty_hand_over" in morgans, "duty_take" in morgans) == (True, True, False)


def test_the_picture_of_the_week_comes_by_direct_message(work: Workplace, ben: Person) -> None:
    work.at("12:00")
    window(work, ben)
    ben.click_view("duty_picture").wait()
    work.until(lambda: any(each.files for each in work.emulator.messages("U0BEN")))
    (file,) = next(each.files for each in work.emulator.messages("U0BEN") if each.files)
    assert (file["name"], file["filetype"]) == ("duty-hilltop-main.png", "png")
    work.until(lambda: "is in your messages with me" in text(ben))


def test_a_hole_is_told_with_its_mend_and_filled_with_one_press(work: Workplace, morgan: Person) -> None:
    work.at("12:00")
    work.pharmacy = replace(work.pharmacy, roster=work.pharmacy.roster[:1])
    seen = shown(window(work, morgan))
    assert "no pharmacist is on duty while the pharmacy is open: Sat 28 Nov 09:00–17:00" in seen
    assert ":warning: 09:00–17:00  *nobody*" in seen
    pressed(work, morgan, "duty_put", "duty_put", "duty-hole-0")
    submitted(morgan, person="priya")
    assert on_duty(work, work.local("10:00", date(2026, 11, 28))) == ["priya"]
    assert "while the pharmacy is open: Sat 28 Nov" not in text(morgan)


def test_a_calendar_that_cannot_be_read_is_told_with_its_age(work: Workplace, ben: Person) -> None:
    work.at("12:00")
    named = RosterCalendar(SITE, "https://calendar.example.org/secret/duty.ics")
    work.pharmacy = replace(work.pharmacy, calendars=(named,))
    with work.database.transaction() as connection:
        roster_shifts.put(connection, SITE, named.source, [], "x", [], work.local("11:00"))
        roster_shifts.note_failure(connection, SITE, named.source, "its server answered 500", work.local("11:45"))
    seen = shown(window(work, ben))
    assert "Calendar at calendar.example.org: read Mon 23 Nov 11:00; what it said then stays in force" in seen
    assert "it cannot be read now: its server answered 500" in seen
    assert "secret" not in seen


# --- taking over


def test_priya_takes_over_with_two_presses_and_sees_it_at_once(work: Workplace, priya: Person, amira: Person) -> None:
    work.at("10:00")
    window(work, priya)
    pressed(work, priya, "duty_take", "duty_take")
    seen = submitted(priya)
    assert ":white_check_mark: Priya Nair is on duty Mon 23 Nov 10:00–21:00 instead of Amira Hassan" in seen
    assert "*On duty now:* *Priya Nair* until 21:00  :arrows_counterclockwise: instead of Amira Hassan" in seen
    assert on_duty(work) == ["priya"]
    work.settle()
    assert "Priya Nair is on duty" in amira.inbox[-1].text
    assert "Priya Nair is on duty" in channel(work)
    assert "Priya N. instead of Amira H. until 21:00" in said(priya, "status")


def test_what_was_taken_is_taken_back_and_ends_now(work: Workplace, priya: Person) -> None:
    work.at("10:00")
    assert "Priya Nair is on duty Mon 23 Nov 10:00–14:00" in said(priya, "duty take 2pm")
    work.at("11:00")
    window(work, priya)
    assert "Changed against the roster" in text(priya)
    priya.click_view("duty_withdraw").wait()
    work.until(lambda: "Taken back" in text(priya))
    assert on_duty(work) == ["amira"]
    assert on_duty(work, work.local("10:30")) == ["priya"]


def test_the_same_form_delivered_twice_is_one_change(work: Workplace, priya: Person) -> None:
    work.at("10:00")
    window(work, priya)
    pressed(work, priya, "duty_take", "duty_take")
    envelope = priya.submit().wait()
    assert repeated(work, envelope) == 200
    assert len(entries(work, "duty-changed")) == 1


@pytest.mark.parametrize("words", ["duty take at noonish", "duty take 25:00", "duty take 14:75"])
def test_a_time_that_is_none_changes_nothing(work: Workplace, priya: Person, words: str) -> None:
    work.at("10:00")
    assert "no such time" in said(priya, words)
    assert on_duty(work) == ["amira"]


def test_a_technician_a_manager_and_a_stranger_cannot_take_the_duty(
    work: Workplace, ben: Person, morgan: Person, guest: Person
) -> None:
    work.at("10:00")
    assert "Ben Ortiz is no pharmacist" in said(ben, "duty take 14:00")
    assert "Morgan Lee is no pharmacist" in said(morgan, "duty take")
    assert "I do not know your Slack account yet" in said(guest, "duty")
    assert "I do not know your Slack account yet" in said(guest, "swap")
    assert on_duty(work) == ["amira"]


def test_with_the_database_busy_nothing_is_taken_and_the_form_stays(work: Workplace, priya: Person) -> None:
    work.at("10:00")
    window(work, priya)
    pressed(work, priya, "duty_take", "duty_take")
    with locked(work):
        assert "Not saved: the database did not answer" in refused(priya)["until"]
    assert on_duty(work) == ["amira"]
    submitted(priya)
    assert on_duty(work) == ["priya"]


# --- handing over and swapping


def test_an_offer_is_accepted_in_the_message_which_then_says_so(work: Workplace, amira: Person, priya: Person) -> None:
    work.at("10:00")
    offered(work, amira)
    asked = letter(work, priya, "Amira Hassan asks you: Priya Nair is on duty Mon 23 Nov 10:00–21:00")
    assert on_duty(work) == ["amira"]
    priya.click(asked, "duty_accept").wait()
    work.until(lambda: on_duty(work) == ["priya"])
    after = letter(work, priya, "Accepted by Priya Nair, Mon 23 Nov 10:00")
    assert after.ts == asked.ts
    assert "duty_accept" not in json.dumps(after.blocks)
    letter(work, amira, "Accepted: Priya Nair is on duty")


def test_a_declined_offer_changes_nothing_and_a_stale_button_says_so(
    work: Workplace, amira: Person, priya: Person
) -> None:
    work.at("10:00")
    offered(work, amira)
    asked = letter(work, priya, "asks you")
    priya.click(asked, "duty_decline").wait()
    work.emulator.wait_until(lambda: bool(entries(work, "duty-declined")))
    priya.click(asked, "duty_accept").wait()
    letter(work, priya, "This offer was declined already; nothing was changed")
    letter(work, amira, "Declined: Priya Nair is on duty")
    assert on_duty(work) == ["amira"]


def test_an_offer_is_answered_by_whom_it_asks_or_a_manager_only(
    work: Workplace, amira: Person, ben: Person, morgan: Person
) -> None:
    work.at("10:00")
    offered(work, amira)
    assert "duty_accept" not in shown(window(work, ben))
    assert "Take back" in shown(window(work, amira))
    window(work, morgan)
    morgan.click_view("duty_accept").wait()
    work.until(lambda: "Accepted: Priya Nair" in text(morgan))
    assert on_duty(work) == ["priya"]


def test_a_part_of_a_shift_is_handed_over_and_a_time_outside_it_is_refused(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    window(work, amira)
    pressed(work, amira, "duty_hand_over", "duty_hand_over")
    assert refused(amira, **{"from": "22:00"}) == {"from": "That is not within the shift."}
    assert "That time has passed" in refused(amira, **{"from": "08:00"})["from"]
    assert refused(amira, **{"from": "16:00", "until": "15:00"}) == {"until": "It must end after it begins."}
    assert "Mon 23 Nov 12:00–15:00" in submitted(amira, **{"from": "12:00", "until": "15:00"})


def test_a_reason_that_may_name_a_patient_is_refused_beside_it(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    said(amira, "duty hand over")
    form(work, amira)
    assert "a patient's name" in refused(amira, reason="visiting Mrs Jones at home")["reason"]
    assert entries(work, "duty-asked") == []


def test_two_shifts_change_hands_once_the_other_accepts(work: Workplace, amira: Person, priya: Person) -> None:
    work.at("10:00")
    assert said(amira, "swap") == ""
    asks = form(work, amira)
    assert "Sat 28 Nov 08:00–18:00  Priya Nair" in shown(asks)
    assert "Priya Nair is on duty Mon 23 Nov 10:00–21:00" in submitted(amira)
    work.settle()
    assert on_duty(work) == ["amira"]
    priya.click(letter(work, priya, "In return"), "duty_accept").wait()
    work.until(lambda: on_duty(work) == ["priya"])
    assert on_duty(work, work.local("10:00", date(2026, 11, 28))) == ["amira"]


def test_somebody_without_a_shift_has_nothing_to_swap(work: Workplace, ben: Person, priya: Person) -> None:
    work.at("10:00")
    work.pharmacy = replace(work.pharmacy, roster=work.pharmacy.roster[:1])
    assert said(ben, "swap") == "Duty is a pharmacist's. A manager may act for others."
    assert "You have no shift" in said(priya, "swap")


# --- being away


def test_amira_is_sick_and_priya_takes_it_from_her_message(
    work: Workplace, amira: Person, priya: Person, morgan: Person
) -> None:
    work.at("10:00")
    assert said(amira, "duty sick") == ""
    form(work, amira)
    seen = submitted(amira)
    assert ":no_entry_sign: Amira Hassan is away Mon 23 Nov 10:00–21:00" in seen
    assert "Nobody is on duty as pharmacist now.* Alerts go to Morgan Lee." in seen
    assert on_duty(work) == []
    work.settle()
    managers = letter(work, morgan, "Who could take it: Priya Nair")
    assert "duty_put" in json.dumps(managers.blocks)
    priya.click(letter(work, priya, "Amira Hassan is away"), "duty_cover").wait()
    work.until(lambda: on_duty(work) == ["priya"])
    assert letter(work, morgan, "Taken: Priya Nair Mon 23 Nov 10:00–21:00").ts == managers.ts
    assert on_duty(work, work.local("21:00")) == []


def test_only_one_of_those_asked_takes_it(work: Workplace, amira: Person, priya: Person) -> None:
    work.at("10:00")
    said(amira, "duty sick")
    form(work, amira)
    submitted(amira)
    work.settle()
    asked = letter(work, priya, "Amira Hassan is away")
    priya.click(asked, "duty_cover").wait()
    priya.click(asked, "duty_cover").wait()
    letter(work, priya, "somebody has taken it")
    assert len(entries(work, "duty-changed")) == 2


def test_a_manager_calls_somebody_in_sick_for_days(work: Workplace, morgan: Person) -> None:
    work.at("10:00")
    window(work, morgan)
    pressed(work, morgan, "duty_away", "duty_away")
    assert "before the shift" in refused(morgan, last="2026-11-20")["last"]
    submitted(morgan, last="2026-11-24", reason="flu")
    assert on_duty(work, work.local("12:00", TUESDAY)) == []
    assert "Amira Hassan is away: flu" in text(morgan)
    morgan.click_view("duty_withdraw").wait()
    work.until(lambda: "Taken back" in text(morgan))
    assert on_duty(work, work.local("12:00", TUESDAY)) == ["amira"]


def test_only_a_manager_puts_somebody_on_duty(work: Workplace, amira: Person, morgan: Person) -> None:
    work.at("10:00")
    assert "A manager changes the duty of others" in said(amira, "duty put")
    said(morgan, "duty put")
    form(work, morgan)
    assert refused(morgan, instead="priya", person="priya")["instead"].startswith("That is the same person")
    assert refused(morgan, until_day="2026-11-22") == {"until": "That time has passed. Choose a later one."}
    submitted(morgan, person="priya", instead="amira", until_day="2026-11-23", reason="inventory")
    assert on_duty(work) == ["priya"]


# --- signing on


def test_amira_signs_on_from_her_message_and_it_says_so(work: Workplace, amira: Person, priya: Person) -> None:
    site = replace(work.pharmacy.sites[SITE], sign_on=True)
    work.pharmacy = replace(work.pharmacy, sites={SITE: site})
    rostering.plan_ahead(work.database, work.pharmacy, work.now)
    work.at("07:00")
    asked = letter(work, amira, "Please sign on")
    assert "You are on duty at Hilltop Pharmacy, Main Street until 21:00" in asked.text
    assert "duty_sign_on" in home(work, amira)
    amira.click(asked, "duty_sign_on").wait()
    assert letter(work, amira, "You signed on, Mon 23 Nov 07:00").ts == asked.ts
    assert "duty_sign_on" not in home(work, amira)
    assert "You signed on for this shift already" in said(amira, "duty sign on")
    assert "You are not on duty" in said(priya, "duty sign on")


def test_the_home_tab_says_until_when_i_am_on_duty(work: Workplace, amira: Person, ben: Person) -> None:
    work.at("10:00")
    assert ":bust_in_silhouette: *You are on duty until 21:00.*" in home(work, amira)
    assert "duty_hand_over" in home(work, amira)
    assert "You are on duty" not in home(work, ben)
    with work.database.snapshot() as connection:
        assert duty_changes.of_site(connection, SITE, work.now) == []
