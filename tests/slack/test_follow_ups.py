"""Follow-ups from Slack: added, taken, moved and closed, by whoever may."""

import json

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.domain.follow_up import FollowUp
from shiftbot.services import follow_ups
from tests.slack.begun import entries, form, home, said, shown
from tests.slack.workplace import CHANNEL, Workplace

WHOLESALER = "Call the wholesaler about the short delivery"


def still_open(work: Workplace) -> list[FollowUp]:
    """What is open at the site."""
    with work.database.snapshot() as connection:
        return follow_ups.open_of(connection, "hilltop-main")


def added(work: Workplace, who: Person, **filled: str) -> FollowUp:
    """A follow-up that somebody added by command, due tomorrow at ten unless said otherwise."""
    said(who, f"follow-up {WHOLESALER}")
    form(work, who)
    assert not who.submit({"day": "2026-11-24", "clock": "10:00", **filled}).wait().response
    return still_open(work)[-1]


def test_what_stands_after_the_command_begins_the_form_and_it_is_mine(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    assert said(ben, f"follow-up {WHOLESALER}") == ""
    view = form(work, ben)
    assert WHOLESALER in shown(view)
    assert '"initial_date": "2026-11-24"' in shown(view)
    assert '"initial_time": "10:00"' in shown(view)
    assert not ben.submit().wait().response
    (found,) = still_open(work)
    assert (found.title, found.owner, found.opened_by) == (WHOLESALER, "ben", "ben")
    assert found.due_at == work.local("10:00", found.due_at.astimezone(work.zone).date())


@pytest.mark.parametrize(
    ("whom", "owner", "role"),
    [
        ("person:amira", "amira", "pharmacist"),
        ("role:technician", None, "technician"),
        ("role:manager", None, "manager"),
    ],
)
def test_it_may_be_for_a_colleague_or_for_a_role(
    work: Workplace, ben: Person, whom: str, owner: str | None, role: str
) -> None:
    work.at("10:00")
    found = added(work, ben, whom=whom)
    assert (found.owner, found.role) == (owner, role)


def test_a_time_that_has_passed_is_refused_beside_it(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    said(ben, "follow-up x")
    form(work, ben)
    response = ben.submit({"day": "2026-11-23", "clock": "09:00"}).wait().response or {}
    assert response["errors"] == {"clock": "That time has passed. Choose one that is still to come."}
    ben.dismiss()


def test_what_may_name_a_patient_opens_no_form(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    assert "a patient's name" in said(ben, "follow-up call Mrs Jones back")
    assert not ben.views
    assert [json.loads(entry.body) for entry in entries(work, "privacy-refused")] == [{"class": "a patient's name"}]


def test_it_is_closed_from_the_home_tab_with_what_was_done(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("10:00")
    added(work, ben)
    assert WHOLESALER in home(work, ben)
    ben.click_home("follow_up_close").wait()
    assert WHOLESALER in shown(form(work, ben))
    assert not ben.submit({"how": "They send the rest tomorrow"}).wait().response
    assert still_open(work) == []
    assert WHOLESALER not in home(work, ben)
    assert json.loads(entries(work, "follow-up-closed")[0].body) == {"how": "They send the rest tomorrow"}


def reminders(work: Workplace) -> list[Message]:
    """What the channel was told is due; nobody who could do it is on the roster."""
    return [each for each in work.emulator.messages(CHANNEL) if each.text.startswith("To follow up, due")]


def test_it_is_closed_from_the_reminder_that_it_is_due(work: Workplace, ben: Person) -> None:
    """Whoever presses its old button later is told who closed it."""
    work.at("10:00")
    added(work, ben, day="2026-11-23", clock="10:30", whom="role:technician")
    work.at("10:31")
    work.until(lambda: bool(reminders(work)))
    (reminder,) = reminders(work)
    ben.click(reminder, "follow_up_take").wait()
    work.until(lambda: still_open(work)[0].owner == "ben")
    ben.click(reminder, "follow_up_close").wait()
    assert WHOLESALER in shown(form(work, ben))
    assert not ben.submit({"how": "They send the rest tomorrow"}).wait().response
    assert still_open(work) == []
    told = len(ben.ephemerals)
    ben.click(reminder, "follow_up_close").wait()
    assert "Ben O. closed" in work.told_privately(ben, told)


def test_somebody_of_the_role_takes_it(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    added(work, ben, whom="role:technician")
    assert "a technician" in home(work, ben)
    ben.click_home("follow_up_take").wait()
    work.until(lambda: still_open(work)[0].owner == "ben")
    assert "follow_up_take" not in home(work, ben)


def test_it_is_moved_with_a_reason_and_overdue_ones_come_first(work: Workplace, ben: Person, amira: Person) -> None:
    work.at("10:00")
    added(work, ben, day="2026-11-23", clock="10:30", what="Second")
    added(work, ben, day="2026-11-23", clock="10:20", what="First")
    work.at("10:25")
    text = home(work, ben)
    assert text.index("First") < text.index("Second")
    assert "*overdue*, was due Mon 23 Nov 10:20" in text
    ben.click_home("follow_up_move", f"follow-up-{still_open(work)[0].id}").wait()
    view = form(work, ben)
    assert '"initial_date": "2026-11-24"' in shown(view)
    assert not ben.submit({"why": "They call back", "day": "2026-11-24", "clock": "09:15"}).wait().response
    moved = still_open(work)[-1]
    assert (moved.title, moved.due_at.astimezone(work.zone).strftime("%a %H:%M")) == ("First", "Tue 09:15")


def test_a_manager_sees_only_what_managers_close_and_a_second_close_says_who_was_first(
    work: Workplace, ben: Person, amira: Person, morgan: Person
) -> None:
    work.at("10:00")
    added(work, ben)
    assert WHOLESALER not in home(work, morgan)
    assert WHOLESALER in home(work, amira)
    ben_first = home(work, ben)
    assert WHOLESALER in ben_first
    amira.click_home("follow_up_close").wait()
    form(work, amira)
    assert not amira.submit({"how": "Done"}).wait().response
    told = len(ben.inbox)
    ben.click_home("follow_up_close").wait()
    work.emulator.wait_until(lambda: len(ben.inbox) > told)
    assert "Amira H. closed" in ben.inbox[-1].text


def test_a_stranger_cannot_add_one(work: Workplace, guest: Person) -> None:
    work.at("10:00")
    assert "I do not know your Slack account yet" in said(guest, "follow-up x", CHANNEL)
