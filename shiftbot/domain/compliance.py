"""What a day came to, in figures a manager reads: names of nobody. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Answer

KIND_WORDS: Mapping[str, str] = {
    AlertKind.MISSED: "missed checklists",
    AlertKind.EXCURSION: "temperature excursions",
    AlertKind.SILENT: "silent sensors",
    AlertKind.DISCREPANCY: "count discrepancies",
    AlertKind.IRREGULARITY: "flagged irregularities",
    AlertKind.FAILED_ITEM: "failed items",
    AlertKind.DELIVERY: "messages that do not arrive",
    AlertKind.FOLLOW_UP: "follow-ups left open",
    AlertKind.SENSOR: "sensors that stood still",
    AlertKind.DUTY: "duty that nobody had",
    AlertKind.STUCK: "work that stood still",
}
"""What a manager reads for a kind of alert; the titles of alerts may name people."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One checklist's required lines on one day: on time, late but before the deadline, missed, and done after all."""

    title: str
    on_time: int
    late: int
    missed: int
    done_after_all: int
    runs: int

    @property
    def asked(self) -> int:
        """How many lines were to be answered."""
        return self.on_time + self.late + self.missed


@dataclass(frozen=True, slots=True)
class ExcursionLine:
    """One excursion: unit's name, seconds out so far, furthest temperature in `temperature_unit`, whether over."""

    unit: str
    seconds_out: float
    extreme: float
    temperature_unit: str
    ended: bool


@dataclass(frozen=True, slots=True)
class LoopTally:
    """Follow-ups opened and closed over the span, and how many are open and overdue at its end."""

    opened: int = 0
    closed: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class NoteTally:
    """Hand-over notes that a shift was to have read in the span: how many it read, and how many nobody did.

    `without` names the checklists that ended a shift in the span without a note.
    """

    read: int = 0
    unread: int = 0
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A site's day `on`, and whatever came since the summary before it, on `since`."""

    site: str
    since: date
    on: date
    checklists: tuple[Tally, ...]
    excursions: tuple[ExcursionLine, ...]
    counts_closed: int
    counts_open: int
    discrepancies: int
    escalation_steps: Mapping[str, int]
    """Kind of alert → how many steps were taken for alerts of that kind."""
    open_cases: int
    unresolved: int
    follow_ups: LoopTally = LoopTally()
    notes: NoteTally = NoteTally()


def tally(title: str, runs: Iterable[tuple[Sequence[str], Mapping[str, Answer], frozenset[str]]]) -> Tally:
    """Count the lines of one checklist's runs: each run gives its required lines, standing answers and missed lines."""
    on_time = late = missed = after = number = 0
    for required, stands, missed_lines in runs:
        number += 1
        for line in required:
            answer = stands.get(line)
            if line in missed_lines:
                missed += 1
                after += answer is not None
            elif answer is not None and answer.late:
                late += 1
            elif answer is not None:
                on_time += 1
    return Tally(title, on_time, late, missed, after, number)


def summary_text(summary: DaySummary) -> str:
    """The day in plain lines, for Slack or mail."""
    lines = [
        _heading(summary),
        *map(_tally_line, summary.checklists),
    ]
    lines += [_excursion_line(each) for each in summary.excursions] or ["Temperature excursions: none"]
    lines.append(_counts_line(summary))
    lines += [*_follow_up_lines(summary.follow_ups), *_note_lines(summary.notes)]
    steps = sum(summary.escalation_steps.values())
    if steps:
        worst = max(summary.escalation_steps, key=lambda kind: summary.escalation_steps[kind])
        words = KIND_WORDS.get(worst, worst)
        lines.append(f"Escalation steps: {steps}, most for {words} ({summary.escalation_steps[worst]})")
    else:
        lines.append("Escalation steps: none")
    lines.append(f"Still open: {_number(summary.unresolved, 'alert')}, {_number(summary.open_cases, 'case')} to sign")
    return "\n".join(lines)


def _heading(summary: DaySummary) -> str:
    heading = f"*{summary.site}* — {summary.on:%A} {summary.on.day} {summary.on:%B}"
    if summary.on - summary.since <= timedelta(days=1):
        return heading
    return f"{heading}, and all since {summary.since:%A} {summary.since.day} {summary.since:%B}"


def _tally_line(each: Tally) -> str:
    mark = ":white_check_mark:" if not each.late and not each.missed else ":warning:"
    parts = [f"{each.on_time} of {each.asked} on time"]
    if each.late:
        parts.append(f"{each.late} late")
    if each.missed:
        parts.append(
            f"{each.missed} missed" + (f" ({each.done_after_all} done after all)" if each.done_after_all else "")
        )
    times = f" ({each.runs} times)" if each.runs > 1 else ""
    return f"{mark} {each.title}{times}: {', '.join(parts)}"


def _excursion_line(each: ExcursionLine) -> str:
    state = "back in range" if each.ended else "*still out*"
    return (
        f":thermometer: {each.unit}: {duration_text(timedelta(seconds=each.seconds_out))} out of range, "
        f"furthest {each.extreme:.1f} °{each.temperature_unit}, {state}"
    )


def _counts_line(summary: DaySummary) -> str:
    if not summary.counts_closed and not summary.counts_open:
        return "Controlled counts: none due"
    parts = [f"{summary.counts_closed} closed"]
    if summary.counts_open:
        parts.append(f"{summary.counts_open} not finished")
    parts.append(_number(summary.discrepancies, "discrepancy", "discrepancies"))
    return f"Controlled counts: {', '.join(parts)}"


def _follow_up_lines(each: LoopTally) -> list[str]:
    """Nothing where nothing is followed up."""
    if each == LoopTally():
        return []
    overdue = f", *{each.overdue} overdue*" if each.overdue else ""
    return [f"Follow-ups: {each.opened} opened, {each.closed} closed, {each.open} still open{overdue}"]


def _note_lines(each: NoteTally) -> list[str]:
    """Nothing where no shift hands over."""
    lines = []
    if each.unread:
        read = f", {each.read} read" if each.read else ""
        lines.append(f":warning: Hand-over: {_number(each.unread, 'note')} that nobody read{read}")
    elif each.read:
        lines.append(f"Hand-over: {_number(each.read, 'note')} read")
    titles = ", ".join(each.without)
    return [*lines, f":warning: No hand-over note was written: {titles}"] if titles else lines


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count or 'no'} {one if count == 1 else many or one + 's'}"


def duration_text(span: timedelta) -> str:
    """A span as people say it: `4 min`, `1 h 05 min`; under a minute in seconds."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
