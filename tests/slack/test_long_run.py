"""A run of 120 lines: one card and its continuation in the thread; every line answerable by button and by reply."""

import json

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.checklist import Item, ItemKind, Section
from shiftbot.domain.notice import CardKind
from shiftbot.services import delivery
from tests.slack.kinds import every_kind, further
from tests.slack.workplace import Workplace

SECTIONS = tuple(
    Section(f"Aisle {number + 1}", tuple(Item(f"look-{number}-{each}", f"Shelf {number}-{each}") for each in range(10)))
    for number in range(12)
)


@pytest.fixture
def long(work: Workplace) -> Workplace:
    """120 ticks in twelve sections, open since 10:00."""
    work.at("10:00")
    every_kind(work, sections=SECTIONS)
    return work


def buttons(work: Workplace) -> list[str]:
    """The block ids of all lines that have a button, over all messages."""
    messages = [work.card("kinds"), *further(work)]
    blocks = [block for message in messages for block in message.blocks]
    return [block["block_id"] for block in blocks if (block.get("accessory") or {}).get("action_id") == "item_done"]


def test_every_line_has_its_button_and_no_message_too_many_blocks(long: Workplace) -> None:
    assert sorted(buttons(long)) == sorted(f"line-{number}" for number in range(1, 121))
    assert all(len(message.blocks) <= 50 for message in [long.card("kinds"), *further(long)])


def test_a_button_of_the_continuation_ticks_and_its_message_is_edited_in_place(long: Workplace, ben: Person) -> None:
    last = further(long)[-1]
    ben.click(last, "item_done", "line-120").wait()
    long.until(lambda: "line-120" not in buttons(long))
    assert [message.ts for message in further(long)][-1] == last.ts
    assert long.view("kinds").answered == 1


def test_the_last_line_is_answered_by_reply_and_finished_sections_fold(long: Workplace, ben: Person) -> None:
    assert "done: 120." in long.reply(ben, "kinds", "120")
    long.reply(ben, "kinds", "1-10 done")
    long.until(lambda: "*Aisle 1*: all 10 answered" in json.dumps(long.card("kinds").blocks))
    assert len(buttons(long)) == 109


def test_a_card_posted_anew_takes_its_continuation_along(long: Workplace) -> None:
    gone = long.card("kinds")
    more = len(further(long))
    for message in [*further(long), gone]:
        long.client.chat_delete(channel=message.channel, ts=message.ts)
    with long.database.transaction() as connection:
        delivery.touch(connection, CardKind.RUN, long.view("kinds").run.id, long.now)
    long.settle().settle()
    assert long.card("kinds").ts != gone.ts
    assert len(further(long)) == more
    assert all(message.thread_ts == long.card("kinds").ts for message in further(long))


def test_a_hundred_and_twenty_conditions_and_counts_still_fit(work: Workplace) -> None:
    work.at("10:00")
    items = tuple(Item(f"count-{each}", f"Drug {each}", kind=ItemKind.COUNT) for each in range(120))
    every_kind(work, sections=(Section("Everything in one section", items),))
    assert all(len(message.blocks) <= 50 for message in [work.card("kinds"), *further(work)])
