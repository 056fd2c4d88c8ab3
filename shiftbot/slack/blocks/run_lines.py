"""One line of a run's card: how it stands in words, and the button it offers while it is blank."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.answer import Answer, Outcome, out_of_range
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.recurrence import local_text
from shiftbot.domain.reply_asking import TICKS
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.looking import Condition, Prefill
from shiftbot.services.counts import CountStage
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import button, cut, escape


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
    return (
        ":warning:"
        if not texts.counts_agree(answer.value or {}) or out_of_range(line, answer.value)
        else ":white_check_mark:"
    )


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


def line_button(picture: RunPicture, view: LineView) -> ButtonElement | None:
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
