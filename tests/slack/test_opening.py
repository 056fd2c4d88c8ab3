"""Checklists that people open, from a command or the Home tab, and reading the definitions again."""

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.recurrence import Trigger
from tests.slack.begun import channel, entries, home, said, triggered, with_checklists
from tests.slack.workplace import Workplace

CRASH_CART = triggered("Crash cart", Trigger.BY_HAND)
RECEIPT = triggered("Cold delivery receipt", Trigger.DELIVERY)


@pytest.fixture
def work(work: Workplace) -> Workplace:
    """The workplace with a checklist that is opened by hand and one that a delivery opens, at ten."""
    work.pharmacy = with_checklists(work.pharmacy, CRASH_CART, RECEIPT)
    return work.at("10:00")


@pytest.mark.parametrize("name", ["crash cart", "CRASH-CART", "crash"])
def test_a_checklist_is_opened_by_its_name_and_its_card_appears(work: Workplace, ben: Person, name: str) -> None:
    assert "*Crash cart* is open, due 11:00" in said(ben, f"open {name}")
    work.until(lambda: bool(work.posted("crash-cart")))
    work.press(ben, "crash-cart", "item_done", "Look at")
    work.until(lambda: work.view("crash-cart").answered == 1)


def test_what_is_open_is_listed_with_what_may_be_opened(work: Workplace, ben: Person) -> None:
    answer = said(ben, "open")
    assert "Voicemail sweep" in answer
    assert "To open one now: `/shift open NAME`, one of Crash cart, Opening checklist" in answer


def test_a_name_that_is_unclear_lists_what_it_may_be(work: Workplace, ben: Person) -> None:
    assert "Did you mean Crash cart?" in said(ben, "open crahs cart")
    assert "Which one?" in said(ben, "open checklist")


def test_a_name_that_may_be_a_patients_is_not_echoed(work: Workplace, ben: Person) -> None:
    answer = said(ben, "open Mrs Jones")
    assert "a patient's name" in answer
    assert "Jones" not in answer
    assert [entry.actor for entry in entries(work, "privacy-refused")] == ["ben"]


def test_a_delivery_opens_what_waits_for_one_each_time_one_comes(work: Workplace, ben: Person) -> None:
    assert "*Cold delivery receipt* is open" in said(ben, "delivery")
    assert "*Cold delivery receipt* is open" in said(ben, "delivery")
    opened = [entry for entry in entries(work, "run-opened") if "cold-delivery-receipt" in entry.body]
    assert [entry.actor for entry in opened] == ["ben", "ben"]


def test_without_a_checklist_for_deliveries_it_says_what_is_missing(work: Workplace, ben: Person) -> None:
    work.begin_definitions()
    assert "No checklist here waits for a delivery" in said(ben, "delivery")


def test_the_home_tab_opens_a_checklist_from_its_list_and_a_delivery_by_its_button(
    work: Workplace, ben: Person
) -> None:
    home(work, ben)
    ben.click_home("checklist_open", option="hilltop-main|crash-cart").wait()
    ben.click_home("delivery_come").wait()
    work.until(lambda: "Crash cart" in channel(work) and "Cold delivery receipt" in channel(work))
    assert "Crash cart" in home(work, ben)


def test_help_names_what_the_asker_may_use(work: Workplace, ben: Person, morgan: Person, guest: Person) -> None:
    assert "/shift pin`" in said(ben, "help")
    assert "pin reset" not in said(ben, "help")
    assert "pin reset" in said(morgan, "help")
    assert "reload" in said(morgan, "help")
    assert "reload" not in said(guest, "help")


def test_reload_says_what_is_in_force(work: Workplace, amira: Person) -> None:
    assert said(amira, "reload").startswith(":white_check_mark: In force: 7 checklists, 1 pharmacy, 4 storage units")
    assert work.reloaded == ["amira"]


def test_reload_says_where_the_mistakes_are_and_the_manager_sees_them_at_home(
    work: Workplace, amira: Person, morgan: Person
) -> None:
    work.mistakes = [f"checklists/x.yaml:{line}:5: no such kind; write tick" for line in range(1, 13)]
    answer = said(amira, "reload")
    assert "12 mistakes found, so the old definitions stay in force" in answer
    assert "checklists/x.yaml:1:5: no such kind; write tick" in answer
    assert "and 2 more" in answer
    assert "The new definitions have mistakes" in home(work, morgan)
    assert "The new definitions have mistakes" not in home(work, amira)


def test_a_technician_is_told_who_reloads(work: Workplace, ben: Person) -> None:
    assert "A pharmacist or manager" in said(ben, "reload")
