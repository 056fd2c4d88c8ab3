"""The card of a run: one message, edited in place, never more than 50 blocks; a long run goes on in its thread.

Lines still to answer have a button each; what is answered runs together in one paragraph; where a run needs further
cards, or its notes are long, finished sections fold to one line and notes are shortened.
"""

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.checklist import ItemKind, Line, ShiftPart
from shiftbot.domain.local_time import local_text
from shiftbot.domain.run import RunState
from shiftbot.slack import texts
from shiftbot.slack.blocks.left_open import left_open_blocks
from shiftbot.slack.blocks.parts import Block, actions, button, context, header, plain, text_length
from shiftbot.slack.blocks.run_lines import RunPicture
from shiftbot.slack.blocks.run_pages import BLOCKS_MAX, LEFT_OPEN_TAKES, TEXT_MAX, pages
from shiftbot.slack.blocks.run_sections import section_blocks

BAR = 10
"""Squares in the bar of progress."""

SHORTENINGS = ((False, 400), (False, 120), (True, 120), (True, 40))
"""Whether finished sections fold, and how long a note may be: the first that fits."""


def fallback(picture: RunPicture) -> str:
    """The card in one line, for notifications and screen readers."""
    view = picture.view
    title, due = plain(view.plan.title), texts.clock(view.site, view.run.due_at)
    return f"{title}: {view.answered} of {view.required} answered, due {due}"


def run_card(picture: RunPicture) -> list[Block]:
    """The blocks of a run's card as it stands."""
    parts = pages(picture.view.plan)
    head = [header(picture.view.plan.title), context(_progress(picture))]
    foot = [*_foot(picture), *([context(_continued(parts[1:]))] if parts[1:] else [])]
    long = len(parts) > 1
    lines = section_blocks(picture, parts[0], fold=long, most=SHORTENINGS[0][1])
    left_open = left_open_blocks(picture, max(BLOCKS_MAX - len(head) - len(lines) - len(foot), LEFT_OPEN_TAKES))
    return _fitting(picture, parts[0], [*head, *left_open], foot, long=long)


def further_card(picture: RunPicture, page: int) -> list[Block]:
    """The blocks of the card that continues a run in its thread; `page` counts from 2."""
    lines = pages(picture.view.plan)[page - 1]
    title = plain(picture.view.plan.title)
    head = [context(f"*{title}*, continued: lines {_span(lines)}")]
    foot = [actions([_problem(picture)], "card-actions")] if picture.takes_answers and picture.view.blank else []
    return _fitting(picture, lines, head, foot, long=True)


def further_pages(picture: RunPicture) -> int:
    """How many cards continue the run in its thread."""
    return len(pages(picture.view.plan)) - 1


def _fitting(
    picture: RunPicture, lines: tuple[Line, ...], head: list[Block], foot: list[Block], *, long: bool
) -> list[Block]:
    """Head, lines and foot; the lines with as much of their notes as Slack takes."""
    blocks: list[Block] = []
    for fold, most in SHORTENINGS:
        if long and not fold:
            continue
        body = section_blocks(picture, lines, fold=fold, most=most)
        blocks = [*head, *body[: BLOCKS_MAX - len(head) - len(foot)], *foot]
        if len(head) + len(body) + len(foot) <= BLOCKS_MAX and text_length(blocks) <= TEXT_MAX:
            break
    return blocks


def _span(lines: tuple[Line, ...]) -> str:
    return f"{lines[0].number} to {lines[-1].number}"


def _continued(further: tuple[tuple[Line, ...], ...]) -> str:
    return f":thread: Lines {further[0][0].number} to {further[-1][-1].number} are in this card's thread."


def _progress(picture: RunPicture) -> str:
    view = picture.view
    done, needed = view.answered, max(view.required, 1)
    squares = done * BAR // needed
    bar = "▰" * squares + "▱" * (BAR - squares)
    return f"{bar}  *{view.answered} of {view.required}*  ·  {_when(picture)}"


def _when(picture: RunPicture) -> str:
    run, site = picture.view.run, picture.view.site
    due, ended = texts.clock(site, run.due_at), texts.clock(site, run.missed_at)
    day = local_text(site.calendar, run.opens_at).rpartition(" ")[0]
    if picture.is_early:
        return f"{day}  ·  :lock: opens at *{texts.clock(site, run.opens_at)}*, due {due}"
    if run.state is RunState.MISSED and run.completed_at:
        return f"{day}  ·  :no_entry: *missed* at {ended}, done late at {texts.clock(site, run.completed_at)}"
    if run.state is RunState.MISSED:
        return f"{day}  ·  :no_entry: *missed* at {ended} (was due {due}).{_afterwards(picture)}"
    if run.state is RunState.COMPLETED and run.completed_at:
        late = " (late)" if run.is_late(run.completed_at) else ""
        return f"{day}  ·  :white_check_mark: *complete* at {texts.clock(site, run.completed_at)}{late}, was due {due}"
    return f"{day}  ·  due *{due}*  ·  missed at {ended}"


def _afterwards(picture: RunPicture) -> str:
    view = picture.view
    if view.run.expires_at is None:
        return " You can still answer; it counts as late."
    if picture.is_expired:
        return f" It expired {local_text(view.site.calendar, view.run.expires_at)}; what is blank stays blank."
    return f" You can answer until {local_text(view.site.calendar, view.run.expires_at)}; it counts as late."


def _foot(picture: RunPicture) -> list[Block]:
    view = picture.view
    if picture.is_early:
        return [context(f"Nothing to press yet: it opens at {texts.clock(view.site, view.run.opens_at)}.")]
    row = _row(picture)
    if picture.is_expired:
        hint = "It has expired and can no longer be answered; what is blank stays missed."
        return [*([actions(row, block_id="card-actions")] if row else []), context(hint)]
    hint = texts.reply_hint(view.plan) + _late_hint(picture) if view.blank else _thanks(picture)
    return [*([actions(row, block_id="card-actions")] if row else []), context(hint)]


def _row(picture: RunPicture) -> list[ButtonElement]:
    run = str(picture.view.run.id)
    answered = any(view.answer for view in picture.view.lines)
    asking = bool(picture.view.blank) and picture.takes_answers
    row = [_problem(picture), button("How to reply", "help_show", run)] if asking else []
    # While lines are blank, corrections are behind the first button.
    row += [button("Correct an answer…", "line_correct", run)] if answered and not asking else []
    if picture.view.plan.shift is ShiftPart.END:
        row.append(button("Write the hand-over note…", "hand_over_write", run))
    return row


def _problem(picture: RunPicture) -> ButtonElement:
    return button("N/A or problem…", "item_problem", str(picture.view.run.id))


def _thanks(picture: RunPicture) -> str:
    taken_back = [view.line.number for view in picture.view.lines if view.line.kind is not ItemKind.COUNT]
    if not taken_back:
        return "Thank you."
    return f"Thank you. `undo {taken_back[-1]}` in this thread takes an answer of your own back."


def _late_hint(picture: RunPicture) -> str:
    marks = any(view.answer and view.answer.late for view in picture.view.lines)
    return "  ·  *L* = answered late" if marks else ""
