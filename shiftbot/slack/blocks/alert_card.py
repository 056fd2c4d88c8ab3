"""An alert as a message: what is wrong, its causes, who has it, who was told how, the answers; at last how it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import ButtonElement, OverflowMenuElement

from shiftbot.domain.alert import CLOSED_BY_HAND, Alert, AlertKind, AlertState, Severity, snoozes
from shiftbot.domain.cause import Cause
from shiftbot.domain.local_time import local_text
from shiftbot.domain.mute import Mute
from shiftbot.domain.notice import NoticeState
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services.delivery import scheme
from shiftbot.slack import texts
from shiftbot.slack.as_of import carried
from shiftbot.slack.beside import NOTHING, Beside
from shiftbot.slack.blocks.parts import Block, actions, button, context, cut, overflow, plain, plain_lines, section
from shiftbot.storage.outbox import Parcel

BULLET = "• "
"""How a line about one of several causes begins in a notice; a message that lists them itself leaves it out."""

CAUSES_SHOWN, NOTES_SHOWN, TOLD_SHOWN = 10, 5, 5

STATES = {
    NoticeState.PENDING: "waits",
    NoticeState.SENDING: "on its way",
    NoticeState.SENT: "sent",
    NoticeState.FAILED: "did not go out",
    NoticeState.UNKNOWN: "perhaps sent",
    NoticeState.SUPPRESSED: "not needed any more",
}

ANSWERED = {
    "alert-acknowledged": "took it",
    "alert-snoozed": "took it",
    "alert-declined": "cannot",
    "alert-hurried": "escalated",
    "alert-closed": "closed it",
}
"""What an answer on the record says of who gave it."""


def alert_message(
    alert: Alert, site: Site, pharmacy: Pharmacy, text: str = "", beside: Beside = NOTHING
) -> list[Block]:
    """The blocks of an alert as it stands; `text` is what was said when it was sent, else the alert's own words."""
    more = (text or alert.detail).removeprefix(alert.title).lstrip(": \n")
    if beside.causes:
        more = "\n".join(line for line in more.splitlines() if not line.startswith(BULLET))
    blocks = [section(f"{_mark(alert)} *{plain(alert.title)}*" + (f"\n{plain_lines(more)}" if more else ""))]
    if beside.causes:
        blocks.append(section(_causes(beside.causes, site)))
    standing = _standing(alert, site, pharmacy, beside.mute)
    blocks.append(context(f"{plain(site.name)}  ·  since {texts.clock(site, alert.opened_at)}  ·  {standing}"))
    if beside.notes:
        blocks.append(context(_notes(beside, site, pharmacy)))
    if beside.told:
        blocks.append(context(_told(beside, site, pharmacy)))
    if alert.state is not AlertState.RESOLVED:
        blocks.append(actions(_buttons(alert, pharmacy, _silent(alert, beside.causes)), block_id="alert-actions"))
    return blocks


def alert_fallback(alert: Alert, text: str = "") -> str:
    """The alert in plain words, for notifications: a resolved one says so first."""
    said = text or (f"{alert.title}: {alert.detail}" if alert.detail else alert.title)
    return f"Resolved: {alert.title}. {alert.resolution}" if alert.state is AlertState.RESOLVED else said


def _mark(alert: Alert) -> str:
    if alert.state is AlertState.RESOLVED:
        return ":white_check_mark:"
    return ":rotating_light:" if alert.severity is Severity.CRITICAL else ":warning:"


def _causes(several: Sequence[Cause], site: Site) -> str:
    """A line each: what goes on first, then what is over and how it ended."""
    ordered = sorted(several, key=lambda cause: cause.ended_at is not None)
    lines = [_cause(cause, site) for cause in ordered[:CAUSES_SHOWN]]
    more = len(ordered) - CAUSES_SHOWN
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])


def _cause(cause: Cause, site: Site) -> str:
    if cause.ended_at is not None:
        ended = f"over {texts.clock(site, cause.ended_at)}: {plain(cut(cause.ending, 120))}"
        return f":white_check_mark: {plain(cause.title)}, {ended}"
    mark = ":rotating_light:" if cause.severity is Severity.CRITICAL else ":warning:"
    detail = f": {plain(cut(cause.detail, 120))}" if cause.detail else ""
    return f"{mark} {plain(cause.title)}{detail}"


def _standing(alert: Alert, site: Site, pharmacy: Pharmacy, mute: Mute | None) -> str:
    if alert.state is AlertState.RESOLVED and alert.resolved_at is not None:
        return f"resolved {texts.clock(site, alert.resolved_at)}: {plain(alert.resolution or '')}"
    if alert.state is AlertState.ACKNOWLEDGED and alert.escalate_at is not None:
        who = plain(texts.short_name(pharmacy, alert.acknowledged_by))
        return f"*{who} has it* until {texts.clock(site, alert.escalate_at)}"
    if mute is not None:
        who = plain(texts.short_name(pharmacy, mute.author))
        return f":no_bell: *muted until {_clock(site, alert, mute.ends_at)}* ({who}: {plain(mute.reason)})"
    if alert.escalate_at is None:
        return "nobody has it yet"
    return f"if nobody takes it, others are told, first at {texts.clock(site, alert.escalate_at)}"


def _clock(site: Site, alert: Alert, at: datetime) -> str:
    """The time alone within a day of the alert's beginning, and with its day after that."""
    return texts.clock(site, at) if at - alert.opened_at < timedelta(hours=20) else local_text(site.calendar, at)


def _notes(beside: Beside, site: Site, pharmacy: Pharmacy) -> str:
    lines = [
        f":memo: {texts.clock(site, note.at)} {plain(texts.short_name(pharmacy, note.person))}: {plain(note.note)}"
        for note in beside.notes[-NOTES_SHOWN:]
    ]
    return "\n".join(_with_more(lines, len(beside.notes)))


def _told(beside: Beside, site: Site, pharmacy: Pharmacy) -> str:
    """Who was told when and by what, the newest last: `Told: 08:10 Amira H. (sent, has it)`."""
    lines = [_telling(parcel, beside, site, pharmacy) for parcel in beside.told[-TOLD_SHOWN:]]
    return "Told: " + "  ·  ".join(_with_more(lines, len(beside.told)))


def _with_more(lines: list[str], count: int) -> list[str]:
    more = count - len(lines)
    return [*lines, *([f"and {more} more before"] if more > 0 else [])]


def _telling(parcel: Parcel, beside: Beside, site: Site, pharmacy: Pharmacy) -> str:
    person = pharmacy.people.get(parcel.notice.recipient)
    who = plain(texts.short_name(pharmacy, person.id)) if person else f"<#{parcel.target}>"
    means = f"{scheme(parcel.target)}, " if "://" in parcel.target else ""
    repeat = ", perhaps twice" if parcel.may_repeat else ""
    at = texts.clock(site, parcel.sent_at or parcel.created_at)
    held = parcel.error if parcel.state is NoticeState.PENDING and not parcel.attempts and parcel.error else ""
    stands = plain(held) or STATES[parcel.state]
    return f"{at} {who} ({plain(means)}{stands}{repeat}{_answered(parcel, beside)})"


def _answered(parcel: Parcel, beside: Beside) -> str:
    """What this person said after they were told, which shows that they saw it."""
    since = parcel.sent_at or parcel.created_at
    said = (kind for actor, kind, at in beside.answers if actor == parcel.notice.recipient and at >= since)
    return next((f", {ANSWERED[kind]}" for kind in said), "")


def _silent(alert: Alert, several: Sequence[Cause]) -> str:
    """What is silent now, as its subject names it; empty when nothing is."""
    if not several:
        return alert.subject if alert.kind is AlertKind.SILENT else ""
    silent = (cause for cause in several if cause.kind is AlertKind.SILENT and cause.ended_at is None)
    return next((cause.subject for cause in silent), "")


def _buttons(alert: Alert, pharmacy: Pharmacy, silent: str) -> list[ButtonElement | OverflowMenuElement]:
    value = carried(alert)
    buttons: list[ButtonElement | OverflowMenuElement] = []
    if alert.state is AlertState.TRIGGERED:
        buttons.append(button("Acknowledge", "alert_acknowledge", value, "primary"))
    buttons.append(button("I cannot", "alert_decline", value))
    buttons.append(button("Escalate now", "alert_escalate", value, "danger"))
    if alert.kind in CLOSED_BY_HAND:
        buttons.append(button("Close…", "alert_close", value))
    if silent:
        buttons.append(_reading(alert, silent, pharmacy))
    return [*buttons, overflow("alert_more", _further(alert, value))]


def _further(alert: Alert, value: str) -> list[tuple[str, str]]:
    """Behind the dots: for how long it may be put off, and a note."""
    spans = [round(span / timedelta(minutes=1)) for span in snoozes(alert.severity)]
    snoozing = [(f"snooze|{value}|{minutes}", f"I have it, snooze {texts.minutes_text(minutes)}") for minutes in spans]
    return [*snoozing, (f"note|{value}", "Add a note…")]


def _reading(alert: Alert, silent: str, pharmacy: Pharmacy) -> ButtonElement:
    """A silent sensor's unit is read by people; of several behind one gateway they choose."""
    unit = silent.partition(":")[0]
    if unit in pharmacy.units:
        return button("Enter a reading…", "temps_read", unit)
    return button("Temperatures…", "temps_show", alert.site)
