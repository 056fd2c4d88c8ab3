"""The card of a run as pure blocks: every state of a line, and never more than Slack takes however long the list."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import ItemKind, Line, OnFail, Plan, Role
from shiftbot.domain.run import Run, RunState
from shiftbot.services.counts import CountStage
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack.blocks.parts import Block, text_length
from shiftbot.slack.blocks.run_card import fallback, further_card, further_pages, run_card
from shiftbot.slack.blocks.run_lines import RunPicture
from tests.cast import HILLTOP, hilltop
from tests.slack.payloads import check_message

OPENS = datetime(2026, 11, 23, 12, 15, tzinfo=UTC)

RUN = Run(
    id=7,
    site="hilltop-main",
    checklist="opening",
    local_on=date(2026, 11, 23),
    slot="open",
    plan="p",
    state=RunState.OPEN,
    opens_at=OPENS,
    remind_at=None,
    due_at=OPENS + timedelta(minutes=45),
    missed_at=OPENS + timedelta(minutes=55),
    completed_at=None,
    attention_at=None,
)


def a_line(number: int, kind: ItemKind = ItemKind.TICK, **changed: object) -> Line:
    """One line of a plan."""
    line = Line(
        key=f"item-{number}",
        number=number,
        section=f"Section {(number - 1) // 5}",
        title=f"Something to look at, number {number}",
        kind=kind,
        role=Role.TECHNICIAN,
        required=True,
        on_fail=OnFail.NOTHING,
        subject=None,
        from_sensor=False,
        options=(),
        low=None,
        high=None,
        unit="",
        witness=None,
        help="",
        words=(),
    )
    return replace(line, **changed)  # type: ignore[arg-type]


def an_answer(line: Line, outcome: Outcome = Outcome.DONE, *, late: bool = False, note: str = "") -> Answer:
    """Ben's answer to a line."""
    at = OPENS + timedelta(minutes=50 if late else 5)
    return Answer(RUN.id, line.key, 1, outcome, None, note, "ben", at, late, "button")


def picture(views: list[LineView], run: Run = RUN, stages: dict[str, CountStage] | None = None) -> RunPicture:
    """A run with these lines."""
    plan = Plan("opening", "v", "Opening checklist", "standard", tuple(view.line for view in views))
    return RunPicture(RunView(run, plan, HILLTOP, tuple(views)), hilltop(), {}, stages or {})


def shown(views: list[LineView], run: Run = RUN) -> str:
    """What the card of these lines shows; valid by every library."""
    blocks = run_card(picture(views, run))
    check_message(blocks)  # type: ignore[arg-type]
    return json.dumps(blocks, ensure_ascii=False)


def all_cards(seen: RunPicture) -> list[list[Block]]:
    """The card and what continues it in its thread; each valid by every library."""
    messages = [run_card(seen), *(further_card(seen, page) for page in range(2, further_pages(seen) + 2))]
    for blocks in messages:
        check_message(blocks)  # type: ignore[arg-type]
    return messages


@pytest.mark.parametrize("count", [1, 5, 20, 40, 45, 60, 120, 300])
@pytest.mark.parametrize("answered", [0, 0.5, 1])
def test_no_card_has_more_than_fifty_blocks_and_every_line_is_on_it(count: int, answered: float) -> None:
    lines = [a_line(number) for number in range(1, count + 1)]
    views = [LineView(line, an_answer(line) if line.number <= count * answered else None, False, 0) for line in lines]
    messages = all_cards(picture(views))
    assert all(len(blocks) <= 50 for blocks in messages)
    text = json.dumps(messages)
    blank = [view.line for view in views if view.answer is None]
    assert [line.number for line in blank if f"*{line.number}.* " not in text] == []
    assert text.count('"item_done"') == len(blank)


def test_a_long_run_folds_finished_sections_and_says_where_it_goes_on() -> None:
    lines = [a_line(number) for number in range(1, 71)]
    views = [LineView(line, an_answer(line) if line.number <= 25 else None, False, 0) for line in lines]
    first, second = all_cards(picture(views))
    assert "*Section 0*: all 5 answered" in json.dumps(first)
    assert "are in this card's thread" in json.dumps(first)
    assert "*Opening checklist*, continued: lines " in json.dumps(second)


def test_a_finished_section_that_folds_says_what_is_to_be_looked_at() -> None:
    lines = [a_line(number) for number in range(1, 71)]
    failed = an_answer(lines[2], Outcome.FAILED, note="seal torn")
    views = [LineView(line, None if line.number > 5 else an_answer(line), False, 0) for line in lines]
    views[2] = replace(views[2], answer=failed)
    assert "all 5 answered  ·  look at *3*" in json.dumps(all_cards(picture(views)), ensure_ascii=False)


def test_a_line_stays_in_its_message_while_people_answer() -> None:
    lines = [a_line(number) for number in range(1, 121)]
    blank = all_cards(picture([LineView(line, None, False, 0) for line in lines]))
    done = all_cards(picture([LineView(line, an_answer(line), False, 0) for line in lines[:-1]] + [
        LineView(lines[-1], None, False, 0)]))  # fmt: skip
    assert len(blank) == len(done)
    assert "*120.*" in json.dumps(blank[-1])
    assert "*120.*" in json.dumps(done[-1])


def test_long_notes_are_shortened_rather_than_refused_by_slack() -> None:
    lines = [a_line(number) for number in range(1, 31)]
    note = "the drive-through was closed and nobody could say why " * 5
    views = [LineView(line, an_answer(line, Outcome.FAILED, note=note), False, 0) for line in lines]
    (blocks,) = all_cards(picture(views))
    assert text_length(blocks) <= 12_000
    assert "…" in json.dumps(blocks, ensure_ascii=False)


def test_what_was_missed_stays_visibly_missed_when_it_is_done_late() -> None:
    run = replace(RUN, state=RunState.MISSED)
    blank, late = a_line(1), a_line(2)
    text = shown([LineView(blank, None, True, 0), LineView(late, an_answer(late, late=True), True, 0)], run)
    assert "*missed* at 08:10" in text
    assert ":no_entry: *1.* " in text
    assert "Ben O. 08:05  *L*  ·  missed, done late" in text


@pytest.mark.parametrize(
    ("outcome", "note", "expected"),
    [
        (Outcome.NOT_APPLICABLE, "drive-through <closed>", ":heavy_minus_sign: 1. "),
        (Outcome.FAILED, "seal torn", ":x: 1. "),
        (Outcome.DONE, "", ":white_check_mark: 1. "),
    ],
)
def test_an_answer_shows_what_was_said_by_whom_and_when(outcome: Outcome, note: str, expected: str) -> None:
    line = a_line(1)
    text = shown([LineView(line, an_answer(line, outcome, note=note), False, 0), LineView(a_line(2), None, False, 0)])
    assert expected in text
    assert "Ben O. 07:20" in text
    assert note.replace("<", "&lt;").replace(">", "&gt;") in text


def test_a_count_offers_what_comes_next_and_shows_no_number() -> None:
    line = a_line(1, ItemKind.COUNT, witness=Role.PHARMACIST)
    views = [LineView(line, None, False, 0)]
    buttons = []
    for stage in (CountStage("blank"), CountStage("counted", "ben"), CountStage("witnessed", "ben", "amira")):
        blocks = run_card(picture(views, stages={line.key: stage}))
        buttons += [block["accessory"]["action_id"] for block in blocks if block.get("accessory")]
    assert buttons == ["count_enter", "count_witness", "count_book"]


@pytest.mark.parametrize(
    ("counted", "witnessed", "book", "further", "expected"),
    [
        (97, 97, 97, {}, ":white_check_mark: 1. x  *counted twice, agrees with the book*"),
        (97, 99, 99, {}, ":warning: 1. x  *counted twice, the two counts differ*"),
        (97, 97, 99, {}, ":warning: 1. x  *counted twice, differs from the book*"),
        (97, 99, 99, {"agrees": False}, ":warning: 1. x  *counted twice, the two counts differ*"),
        (97, 97, 97, {"agrees": True}, ":white_check_mark: 1. x  *counted twice, agrees with the book*"),
    ],
)
def test_a_closed_count_agrees_only_when_all_three_are_one_number(
    counted: int, witnessed: int, book: int, further: dict[str, bool], expected: str
) -> None:
    line = a_line(1, ItemKind.COUNT, witness=Role.PHARMACIST, title="x")
    value = {"count": counted, "witnessed": witnessed, "book": book, "variance": witnessed - book}
    answer = replace(an_answer(line), value=value | further)
    assert expected in shown([LineView(line, answer, False, 0), LineView(a_line(2), None, False, 0)])


def test_the_card_has_a_plain_line_for_notifications() -> None:
    line = a_line(1)
    assert fallback(picture([LineView(line, None, False, 0)])) == "Opening checklist: 0 of 1 answered, due 08:00"


def test_a_button_carries_run_and_line_and_nothing_else() -> None:
    blocks = run_card(picture([LineView(a_line(1), None, False, 0)]))
    assert blocks[2]["accessory"]["value"] == "7|item-1"
