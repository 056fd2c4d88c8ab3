"""The cards that a shift begins and ends with, and a card that is shown before it opens or after it has expired."""

import json
from dataclasses import replace
from datetime import timedelta

from shiftbot.demo.emulator import Person
from shiftbot.domain.checklist import Item, Section, ShiftPart
from shiftbot.domain.run import RunState
from shiftbot.services import follow_ups, hand_over
from shiftbot.slack import looking
from shiftbot.slack.blocks.run_card import run_card
from tests.cast import BEN
from tests.slack.kinds import every_kind
from tests.slack.payloads import check_message
from tests.slack.workplace import Workplace

FRONT = (Section("Front", tuple(Item(f"look-{each}", f"Shelf {each}") for each in range(4))),)


def card(work: Workplace) -> str:
    """What the card shows."""
    return json.dumps(work.card("kinds").blocks, ensure_ascii=False)


def leave_open(work: Workplace, count: int) -> None:
    """Follow-ups that Ben added."""
    site = work.pharmacy.sites["hilltop-main"]
    with work.database.transaction() as connection:
        for number in range(count):
            due = work.now + timedelta(hours=2, minutes=number)
            follow_ups.add_by_hand(
                connection, work.pharmacy, site, BEN, f"Call the wholesaler {number}", due, f"k{number}", work.now
            )


def test_a_shift_finds_what_was_left_open_with_its_buttons(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    leave_open(work, 2)
    every_kind(work, sections=FRONT, shift=ShiftPart.START)
    assert "Left open by the shifts before* (2)" in card(work)
    assert card(work).count('"follow_up_close"') == 2
    assert "Call the wholesaler 1" in card(work)


def test_many_follow_ups_are_shown_as_far_as_there_is_room_and_the_rest_counted(work: Workplace) -> None:
    work.at("10:00")
    leave_open(work, 14)
    many = (Section("Front", tuple(Item(f"look-{each}", f"Shelf {each}") for each in range(36))),)
    every_kind(work, sections=many, shift=ShiftPart.START)
    assert len(work.card("kinds").blocks) <= 50
    assert "*Left open by the shifts before* (14)" in card(work)
    assert "Call the wholesaler 9" in card(work)
    assert "and 4 more, on the Home tab" in card(work)
    assert card(work).count('"item_done"') == 36


def test_the_note_of_the_shift_before_is_on_the_card_until_somebody_read_it(
    work: Workplace, ben: Person, amira: Person
) -> None:
    work.at("10:00")
    site = work.pharmacy.sites["hilltop-main"]
    with work.database.transaction() as connection:
        hand_over.write(connection, work.pharmacy, site, BEN, "Freezer door sticks.\n*Push* it.", "k", work.now)
    every_kind(work, sections=FRONT, shift=ShiftPart.START)
    assert "> Freezer door sticks.\\n> ∗Push∗ it." in card(work)
    amira.click(work.card("kinds"), "hand_over_read").wait()
    work.until(lambda: "Freezer door sticks" not in card(work))


def test_the_last_card_of_a_shift_asks_for_the_hand_over_note(work: Workplace, ben: Person) -> None:
    work.at("10:00")
    every_kind(work, sections=FRONT, shift=ShiftPart.END)
    ben.click(work.card("kinds"), "hand_over_write").wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    assert "hand_over_write" in json.dumps(ben.views[-1].payload)


def test_a_card_before_it_opens_and_after_it_expired_has_nothing_to_press(work: Workplace) -> None:
    work.at("10:00")
    every_kind(work, sections=FRONT)
    with work.database.snapshot() as connection:
        seen = looking.picture(connection, work.pharmacy, work.view("kinds").run.id, work.now)
    assert seen is not None
    early = replace(seen.view.run, state=RunState.PREPARED, opens_at=work.now + timedelta(minutes=15))
    gone = replace(seen.view.run, state=RunState.MISSED, expires_at=work.now)
    for run, words in ((early, "opens at *10:15*"), (gone, "has expired")):
        blocks = run_card(replace(seen, view=replace(seen.view, run=run)))
        check_message(blocks)  # type: ignore[arg-type]
        shown = json.dumps(blocks)
        assert words in shown
        assert "action_id" not in shown
