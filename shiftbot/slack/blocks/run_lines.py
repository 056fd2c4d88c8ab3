"""One line of a run's card: how it stands in words, and the button it offers while it is blank."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.answer import Answer, Outcome
from shiftbot.domain.checklist import Condition as When
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.claim import Claim
from shiftbot.domain.hand_over import HandOver
from shiftbot.domain.local_time import local_text
from shiftbot.domain.run import RunState, is_outside
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.cold_chain.looking import Condition, Prefill
from shiftbot.services.counts import CountStage
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import button, cut, linked, plain

INDENT = "\u2003\u2002"
"""Slack drops plain spaces at the beginning of a line."""


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What the shifts before left: open follow-ups, and the note nobody of this shift has read."""

    follow_ups: tuple[CarriedFollowUp, ...] = ()
    note: HandOver | None = None


@dataclass(frozen=True, slots=True)
class RunPicture:
    """Everything the card of a run shows at `now`. `prefills` and `stages` are by line key, `claims` by section."""

    view: RunView
    pharmacy: Pharmacy
    prefills: Mapping[str, Prefill] = field(default_factory=dict)
    stages: Mapping[str, CountStage] = field(default_factory=dict)
    now: datetime | None = None
    claims: Mapping[str, Claim] = field(default_factory=dict)
    left_open: LeftOpen = LeftOpen()

    def stage(self, line: Line) -> CountStage:
        """How far the controlled count of a line is."""
        return self.stages.get(line.key, CountStage("blank"))

    @property
    def is_early(self) -> bool:
        """Whether the card is shown before its run opens."""
        return self.view.run.state is RunState.PREPARED

    @property
    def is_expired(self) -> bool:
        """Whether the run can no longer be answered at all."""
        expires_at = self.view.run.expires_at
        return expires_at is not None and self.now is not None and self.now >= expires_at

    @property
    def takes_answers(self) -> bool:
        """Whether its buttons would do anything."""
        return not self.is_early and not self.is_expired


def line_text(picture: RunPicture, view: LineView, *, most: int = 400) -> str:
    """One line in words: its number, what it asks, and how it stands; what people wrote in at most `most` characters.

    Empty for a line that nobody is asked and nobody answered.
    """
    if view.answer is not None:
        return _answered_text(picture, view, view.answer, most)
    if view.asked is None:
        return _undecided_text(picture, view.line)
    return _blank_text(picture, view) if view.asked else ""


def title_of(line: Line) -> str:
    """A line's title, linked to its procedure where there is one."""
    return linked(plain(line.title), line.sop)


def _answered_text(picture: RunPicture, view: LineView, answer: Answer, most: int) -> str:
    line, site = view.line, picture.view.site
    if view.asked is not True:
        return f":heavy_minus_sign: {line.number}. ~{plain(line.title)}~  ·  no longer asked"
    said = answer_words(line, answer, most)
    parts = [f"{_mark(line, answer)} {line.number}. {title_of(line)}"]
    if view.corrects is not None:
        before = answer_words(line, view.corrects, most) or "done"
        parts.append(f"  ~{before}~ →")
        said = said or "done"
    parts.append(f"  *{said}*" if said else "")
    parts.append(f"  ·  {_who(picture, answer)} {texts.clock(site, answer.answered_at)}")
    parts.append("  *L*" if answer.late else "")
    parts.append("  ·  missed, done late" if view.missed else "")
    if view.corrects is not None:
        parts.append(f"  ·  corrected: {plain(cut(answer.reason, most))}")
    elif view.earlier and not answer.note:
        parts.append("  ·  answered anew")
    return "".join(parts)


def answer_words(line: Line, answer: Answer, most: int) -> str:
    """What was said, as mark-up; nothing for a plain tick."""
    if answer.outcome is Outcome.DONE and not answer.value and not answer.note:
        return ""
    return plain(cut(texts.answer_text(line, answer), most))


def _who(picture: RunPicture, answer: Answer) -> str:
    by = plain(texts.short_name(picture.pharmacy, answer.answered_by))
    if answer.told_by is None:
        return by
    return f"told by {plain(texts.short_name(picture.pharmacy, answer.told_by))} by phone, noted by {by}"


def _mark(line: Line, answer: Answer) -> str:
    if answer.outcome is Outcome.NOT_APPLICABLE:
        return ":heavy_minus_sign:"
    if answer.outcome is Outcome.FAILED:
        return ":x:"
    differs = not texts.counts_agree(answer.value or {})
    return ":warning:" if differs or is_outside(line, answer) else ":white_check_mark:"


def _undecided_text(picture: RunPicture, line: Line) -> str:
    """A line that is asked only when another is answered in a certain way, which it is not yet."""
    return f":white_small_square: _{line.number}. {plain(line.title)}  ·  {_when_text(picture, line.when)}_"


def _when_text(picture: RunPicture, when: When | None) -> str:
    if when is None:
        return ""
    on = next((each.line.number for each in picture.view.lines if each.line.key == when.item), None)
    words = plain(cut(" or ".join(when.words), 40))
    return f"asked when {on} is {words}" if on is not None else ""


def _blank_text(picture: RunPicture, view: LineView) -> str:
    line = view.line
    mark = ":no_entry:" if view.missed else ":white_large_square:"
    marks = [word for word in (_for_whom(line), "" if line.required else "optional") if word]
    marks += ["*missed*"] if view.missed else []
    tail = f"  ·  {'  ·  '.join(marks)}" if marks else ""
    detail = _detail(picture, line)
    return f"{mark} *{line.number}.* {title_of(line)}{tail}" + (f"\n{INDENT}{detail}" if detail else "")


def _for_whom(line: Line) -> str:
    return f"_{line.role.value}_" if line.role is not Role.TECHNICIAN else ""


def pair_of(view: RunView, line: Line) -> Line | None:
    """The open line for lowest and highest of the unit whose temperature this line asks: one look answers both."""
    if line.kind is not ItemKind.TEMPERATURE or not line.from_sensor or line.subject is None:
        return None
    pairs = (each.line for each in view.blank if each.line.kind is ItemKind.MIN_MAX and each.line.from_sensor)
    return next((pair for pair in pairs if pair.subject == line.subject), None)


def _led_by(view: RunView, line: Line) -> Line | None:
    """The open temperature line whose confirmation answers this pair, too."""
    return next((each.line for each in view.blank if pair_of(view, each.line) is line), None)


def _detail(picture: RunPicture, line: Line) -> str:
    prefill = picture.prefills.get(line.key)
    leader = _led_by(picture.view, line) if line.kind is ItemKind.MIN_MAX else None
    if leader and confirmable(line, prefill) and picture.takes_answers:
        return f"confirmed together with line {leader.number}"
    if prefill and picture.takes_answers:
        return f":thermometer: {prefill_text(prefill, picture.view.site)}"
    if line.kind is ItemKind.COUNT and line.witness:
        return _count_detail(picture, line)
    # What opens a form shows its help there; a tick has only the card.
    return plain(cut(line.help, 120)) if line.help and line.kind is ItemKind.TICK else ""


SAYS_NOTHING = "the sensor says nothing now: read the display and enter what it shows"


def prefill_text(prefill: Prefill, site: Site) -> str:
    """`41.2 °F now, 39.1 to 43 since Sun 22 Nov 07:20`; a silent sensor is never shown as a temperature."""
    if prefill.current is None or prefill.condition in (Condition.SILENT, Condition.UNKNOWN):
        return SAYS_NOTHING
    unit = prefill.temperature_unit.value
    text = f"{texts.degrees(prefill.current, unit)} now"
    if prefill.low is not None and prefill.high is not None:
        since = local_text(site.calendar, prefill.since)
        text += f", {round(prefill.low, 1):g} to {round(prefill.high, 1):g} since {since}"
    return f"{text}  ·  :warning: *out of range*" if prefill.condition is Condition.OUT_OF_RANGE else text


def prefill_hint(prefill: Prefill, site: Site) -> str:
    """The same as a sentence in a form: `The sensor says 41.2 °F now …`, or that it says nothing."""
    said = prefill_text(prefill, site)
    return f"{said[0].upper()}{said[1:]}" if said == SAYS_NOTHING else f"The sensor says {said}"


def confirmable(line: Line, prefill: Prefill | None) -> tuple[float, ...]:
    """What a person may confirm from the sensor: the temperature, or lowest and highest; nothing while it is silent."""
    if prefill is None or prefill.condition in (Condition.SILENT, Condition.UNKNOWN):
        return ()
    says = (prefill.low, prefill.high) if line.kind is ItemKind.MIN_MAX else (prefill.current,)
    known = tuple(each for each in says if each is not None)
    return known if len(known) == len(says) else ()


def _count_detail(picture: RunPicture, line: Line) -> str:
    stage = picture.stage(line)
    counted = plain(texts.short_name(picture.pharmacy, stage.counted_by))
    if stage.state == "counted":
        return f"counted by {counted}; now {texts.kind_of_person(line.witness or Role.PHARMACIST)} counts blind too"
    if stage.state == "witnessed":
        witness = plain(texts.short_name(picture.pharmacy, stage.witnessed_by))
        return f"counted by {counted} and {witness}; the book quantity is still to be entered"
    return "a blind count, then a second one by another person"


def line_button(picture: RunPicture, view: LineView) -> ButtonElement | None:
    """What a blank line offers; None when it is answered, not asked, or nothing can be answered now."""
    if view.answer is not None or view.asked is not True or not picture.takes_answers:
        return None
    line = view.line
    value = f"{picture.view.run.id}|{line.key}"
    if line.kind is ItemKind.TICK:
        return button("Done", "item_done", value)
    if line.kind is ItemKind.SIGNATURE:
        return button("Sign…", "line_sign", value)
    if line.kind is ItemKind.COUNT and line.witness:
        return _count_button(picture.stage(line), value)
    shown = _shown(picture, line)
    if shown:
        # What was shown travels along, so that nobody confirms a temperature they did not see.
        pair = pair_of(picture.view, line)
        beside = _shown(picture, pair) if pair else []
        seen = "/".join([*shown, *beside])
        return button(f"Confirm {' to '.join(shown)} °{line.unit}", "item_confirm", f"{value}|{seen}")
    return button("Photo…" if line.kind is ItemKind.PHOTO else "Enter…", "item_enter", value)


def _shown(picture: RunPicture, line: Line) -> list[str]:
    return [f"{round(each, 1):g}" for each in confirmable(line, picture.prefills.get(line.key))]


def _count_button(stage: CountStage, value: str) -> ButtonElement:
    match stage.state:
        case "counted":
            return button("Witness…", "count_witness", value)
        case "witnessed":
            return button("Book quantity…", "count_book", value)
    return button("Count…", "count_enter", value)
