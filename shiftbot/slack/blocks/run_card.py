"""The card of a run: one message, edited in place, never more than 50 blocks.

Lines still to answer have a button each; what is answered runs together in one paragraph; when it grows too long,
finished sections fold to one line, and at last the lines that find no room are answered in the thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.answer import Answer, Outcome, out_of_range
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.recurrence import local_text
from shiftbot.domain.replies import TICKS
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.looking import Condition, Prefill
from shiftbot.services.counts import CountStage
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import (
    SECTION_CHARACTERS,
    Block,
    actions,
    button,
    context,
    cut,
    escape,
    header,
    section,
)

BLOCKS_MAX = 50
BAR = 10
"""Squares in the bar of progress."""


@dataclass(frozen=True, slots=True)
class RunPicture:
    """Everything the card of a run shows. `prefills` and `stages` are by line key."""

    view: RunView
    pharmacy: Pharmacy
    prefills: Mapping[str, Prefill] = field(default_factory=dict)
    stages: Mapping[str, CountStage] = field(default_factory=dict)

    def stage(self, line: Line) -> CountStage:
        """How far the controlled count of a line is."""
        return self.stages.get(line.key, CountStage("blank"))


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
        return [context("Thank you. `undo 3` in this thread takes an answer of your own back.")]
    problem = button("N/A or problem…", "item_problem", str(run.id))
    hint = texts.reply_hint(picture.view.plan) + _late_hint(picture)
    return [actions([problem, help_button], block_id="card-actions"), context(hint)]


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
    for has_button, group in groupby(views, key=lambda view: _button(picture, view) is not None):
        if has_button:
            for view in group:
                text, accessory = lead + line_text(picture, view), _button(picture, view)
                blocks.append(section(text, accessory, f"line-{view.line.number}"))
                lead = ""
        else:
            paragraphs = _paragraphs([line_text(picture, view) for view in group], lead)
            blocks += [section(paragraph) for paragraph in paragraphs]
            lead = ""
    return blocks


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
        section(line_text(picture, view), _button(picture, view), f"line-{view.line.number}") for view in blank[:kept]
    ]
    rest = _paragraphs([line_text(picture, view) for view in blank[kept:]])
    more = [context("Answer these in the thread, by their numbers:")] if rest else []
    return [*(section(text) for text in finished), *shown, *more, *(section(text) for text in rest)]


def line_text(picture: RunPicture, view: LineView) -> str:
    """One line in words: its number, what it asks, and how it stands."""
    line, answer = view.line, view.answer
    if answer is None:
        return _blank_text(picture, view)
    said = escape(texts.answer_text(line, answer)) if answer.outcome is not Outcome.DONE or answer.value else ""
    mark = _mark(line, answer)
    who = texts.short_name(picture.pharmacy, answer.answered_by)
    parts = [f"{mark} {line.number}. {escape(line.title)}"]
    parts.append(f"  *{said}*" if said else "")
    parts.append(f"  ·  {escape(who)} {texts.clock(picture.view.site, answer.answered_at)}")
    parts.append("  *L*" if answer.late else "")
    parts.append("  ·  missed, done late" if view.missed else "")
    parts.append("  ·  corrected" if view.earlier else "")
    return "".join(parts)


def _mark(line: Line, answer: Answer) -> str:
    if answer.outcome is Outcome.NOT_APPLICABLE:
        return ":heavy_minus_sign:"
    if answer.outcome is Outcome.FAILED:
        return ":x:"
    discrepancy = bool((answer.value or {}).get("variance"))
    return ":warning:" if discrepancy or out_of_range(line, answer.value) else ":white_check_mark:"


def _blank_text(picture: RunPicture, view: LineView) -> str:
    line = view.line
    mark = ":no_entry:" if view.missed else ":white_large_square:"
    marks = [word for word in (_for_whom(line), "" if line.required else "optional") if word]
    marks += ["*missed*"] if view.missed else []
    tail = f"  ·  {'  ·  '.join(marks)}" if marks else ""
    detail = _detail(picture, line)
    return f"{mark} *{line.number}.* {escape(line.title)}{tail}" + (f"\n{detail}" if detail else "")


def _for_whom(line: Line) -> str:
    return f"_{line.role.value}_" if line.role is not Role.TECHNICIAN else ""


def _detail(picture: RunPicture, line: Line) -> str:
    prefill = picture.prefills.get(line.key)
    if prefill:
        return f"      :thermometer: {_prefill_text(prefill, picture.view)}"
    if line.kind is ItemKind.COUNT and line.witness:
        return _count_detail(picture, line)
    # What opens a form shows its help there; a tick has only the card.
    return f"      {escape(cut(line.help, 120))}" if line.help and line.kind in TICKS else ""


def _prefill_text(prefill: Prefill, view: RunView) -> str:
    """`41.2 °F now, 39.1 to 43 since Sun 22 Nov 07:20`; a silent sensor is never shown as a temperature."""
    if prefill.current is None or prefill.condition in (Condition.SILENT, Condition.UNKNOWN):
        return "the sensor says nothing now: read the display and enter what it shows"
    unit = prefill.temperature_unit.value
    text = f"{texts.degrees(prefill.current, unit)} now"
    if prefill.low is not None and prefill.high is not None:
        since = local_text(view.site.calendar, prefill.since)
        text += f", {round(prefill.low, 1):g} to {round(prefill.high, 1):g} since {since}"
    return f"{text}  ·  :warning: *out of range*" if prefill.condition is Condition.OUT_OF_RANGE else text


def confirmable(prefill: Prefill | None) -> float | None:
    """The temperature that a person may confirm from the sensor, if it says one."""
    if prefill is None or prefill.condition in (Condition.SILENT, Condition.UNKNOWN):
        return None
    return prefill.current


def _count_detail(picture: RunPicture, line: Line) -> str:
    stage = picture.stage(line)
    counted = escape(texts.short_name(picture.pharmacy, stage.counted_by))
    if stage.state == "counted":
        return (
            f"      counted by {counted}; now {texts.kind_of_person(line.witness or Role.PHARMACIST)} counts blind too"
        )
    if stage.state == "witnessed":
        witness = escape(texts.short_name(picture.pharmacy, stage.witnessed_by))
        return f"      counted by {counted} and {witness}; the book quantity is still to be entered"
    return "      a blind count, then a second one by another person"


def _button(picture: RunPicture, view: LineView) -> ButtonElement | None:
    """What a blank line offers; None when it is answered."""
    if view.answer is not None:
        return None
    line = view.line
    value = f"{picture.view.run.id}|{line.key}"
    shown = confirmable(picture.prefills.get(line.key))
    if line.kind in TICKS:
        return button("Done", "item_done", value)
    if line.kind is ItemKind.COUNT and line.witness:
        return _count_button(picture.stage(line), value)
    if shown is not None:
        # The value that was shown travels along, so that nobody confirms a temperature they did not see.
        text = f"Confirm {texts.degrees(shown, line.unit)}"
        return button(text, "item_confirm", f"{value}|{round(shown, 1):g}")
    return button("Enter…", "item_enter", value)


def _count_button(stage: CountStage, value: str) -> ButtonElement:
    match stage.state:
        case "counted":
            return button("Witness…", "count_witness", value)
        case "witnessed":
            return button("Book quantity…", "count_book", value)
    return button("Count…", "count_enter", value)
