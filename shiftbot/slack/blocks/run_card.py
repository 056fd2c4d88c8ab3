"""The card of a run: one message, edited in place, never more than 50 blocks.

Lines still to answer have a button each; what is answered runs together in one paragraph; when it grows too long,
finished sections fold to one line, and at last the lines that find no room are answered in the thread.
"""

from itertools import groupby

from shiftbot.domain.checklist import ItemKind
from shiftbot.domain.recurrence import local_text
from shiftbot.domain.run import RunState
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import (
    SECTION_CHARACTERS,
    Block,
    actions,
    button,
    context,
    escape,
    header,
    section,
)
from shiftbot.slack.blocks.run_lines import RunPicture, line_button, line_text

BLOCKS_MAX = 50
BAR = 10
"""Squares in the bar of progress."""


def fallback(picture: RunPicture) -> str:
    """The card in one line, for notifications and screen readers."""
    view = picture.view
    return (
        f"{view.plan.title}: {view.answered} of {view.required} answered, due {texts.clock(view.site, view.run.due_at)}"
    )


def run_card(picture: RunPicture) -> list[Block]:
    """The blocks of a run's card as it stands."""
    head = [header(picture.view.plan.title), context(_progress(picture.view))]
    foot = _foot(picture)
    room = BLOCKS_MAX - len(head) - len(foot)
    body = _body(picture, fold=False)
    if len(body) > room:
        body = _body(picture, fold=True)
    if len(body) > room:
        body = _without_buttons(picture, room)
    return [*head, *body[:room], *foot]


def _progress(view: RunView) -> str:
    done, needed = view.answered, max(view.required, 1)
    squares = done * BAR // needed
    bar = "▰" * squares + "▱" * (BAR - squares)
    return f"{bar}  *{view.answered} of {view.required}*  ·  {_when(view)}"


def _when(view: RunView) -> str:
    run, site = view.run, view.site
    due, ended = texts.clock(site, run.due_at), texts.clock(site, run.missed_at)
    day = local_text(site.calendar, run.opens_at).rpartition(" ")[0]
    if run.state is RunState.MISSED and run.completed_at:
        return f"{day}  ·  :no_entry: *missed* at {ended}, done late at {texts.clock(site, run.completed_at)}"
    if run.state is RunState.MISSED:
        return f"{day}  ·  :no_entry: *missed* at {ended} (was due {due}). You can still answer; it counts as late."
    if run.state is RunState.COMPLETED and run.completed_at:
        late = " (late)" if run.is_late(run.completed_at) else ""
        return f"{day}  ·  :white_check_mark: *complete* at {texts.clock(site, run.completed_at)}{late}, was due {due}"
    return f"{day}  ·  due *{due}*  ·  missed at {ended}"


def _foot(picture: RunPicture) -> list[Block]:
    run, blank = picture.view.run, picture.view.blank
    help_button = button("How to reply", "help_show", str(run.id))
    if not blank:
        return [context(_thanks(picture))]
    problem = button("N/A or problem…", "item_problem", str(run.id))
    hint = texts.reply_hint(picture.view.plan) + _late_hint(picture)
    return [actions([problem, help_button], block_id="card-actions"), context(hint)]


def _thanks(picture: RunPicture) -> str:
    taken_back = [view.line.number for view in picture.view.lines if view.line.kind is not ItemKind.COUNT]
    if not taken_back:
        return "Thank you."
    return f"Thank you. `undo {taken_back[-1]}` in this thread takes an answer of your own back."


def _late_hint(picture: RunPicture) -> str:
    marks = any(view.answer and view.answer.late for view in picture.view.lines)
    return "  ·  *L* = answered late" if marks else ""


def _body(picture: RunPicture, *, fold: bool) -> list[Block]:
    sections = [
        (title, list(group)) for title, group in groupby(picture.view.lines, key=lambda each: each.line.section)
    ]
    blocks: list[Block] = []
    for folded, group in groupby(sections, key=lambda each: fold and all(view.answer for view in each[1])):
        if folded:
            lines = [f":white_check_mark: *{escape(title)}*: all {len(views)} answered" for title, views in group]
            blocks += [context(paragraph) for paragraph in _paragraphs(lines)]
        else:
            blocks += [block for title, views in group for block in _section(picture, title, views)]
    return blocks


def _section(picture: RunPicture, title: str, views: list[LineView]) -> list[Block]:
    """The section's title heads its first paragraph, so that it costs no block of its own."""
    blocks: list[Block] = []
    lead = f"*{escape(title)}*\n" if title else ""
    for has_button, group in groupby(views, key=lambda view: line_button(picture, view) is not None):
        if has_button:
            for view in group:
                blocks.append(_with_button(picture, view, lead))
                lead = ""
        else:
            paragraphs = _paragraphs([line_text(picture, view) for view in group], lead)
            blocks += [section(paragraph) for paragraph in paragraphs]
            lead = ""
    return blocks


def _with_button(picture: RunPicture, view: LineView, lead: str = "") -> Block:
    return section(lead + line_text(picture, view), line_button(picture, view), f"line-{view.line.number}")


def _paragraphs(lines: list[str], lead: str = "") -> list[str]:
    """Lines run together into as few paragraphs as Slack's limit allows."""
    paragraphs, current = [], lead.rstrip("\n")
    for line in lines:
        if current and len(current) + len(line) + 1 > SECTION_CHARACTERS:
            paragraphs.append(current)
            current = ""
        current = f"{current}\n{line}" if current else line
    return [*paragraphs, current] if current else paragraphs


def _without_buttons(picture: RunPicture, room: int) -> list[Block]:
    """The first blank lines with their buttons, as many as there is room for; all else as text."""
    finished = _paragraphs([line_text(picture, view) for view in picture.view.lines if view.answer])
    blank = [view for view in picture.view.lines if not view.answer]
    kept = max(room - len(finished) - 2 - len(_paragraphs([line_text(picture, view) for view in blank])), 0)
    shown = [
        section(line_text(picture, view), line_button(picture, view), f"line-{view.line.number}")
        for view in blank[:kept]
    ]
    rest = _paragraphs([line_text(picture, view) for view in blank[kept:]])
    more = [context("Answer these in the thread, by their numbers:")] if rest else []
    return [*(section(text) for text in finished), *shown, *more, *(section(text) for text in rest)]
