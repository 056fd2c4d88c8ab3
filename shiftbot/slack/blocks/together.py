"""Several messages in one: a list, in which each alert that nobody has yet has its own button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shiftbot.domain.alert import Alert, AlertState, Severity
from shiftbot.domain.site import Pharmacy
from shiftbot.slack import texts
from shiftbot.slack.as_of import carried
from shiftbot.slack.blocks.parts import Block, button, context, cut, plain, section

TEXT_EACH = 250
"""Characters of each message: forty of them stay below what Slack takes in one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One message of the list; with its alert as it stands, when it is about one."""

    text: str
    alert: Alert | None = None
    may_repeat: bool = False


def together_message(head: str, listed: Sequence[Listed], pharmacy: Pharmacy) -> list[Block]:
    """The blocks: what it is, then a block each."""
    return [context(plain(head)), *(_line(each, pharmacy) for each in listed)]


def together_fallback(head: str, listed: Sequence[Listed]) -> str:
    """The same in plain words, for notifications."""
    lines = [f"{number}. {plain(each.text)}" for number, each in enumerate(listed, 1)]
    return "\n".join([plain(head), *(cut(line, TEXT_EACH) for line in lines)])


def head_of(listed: Sequence[Listed]) -> str:
    """What a list is, when nothing else says so."""
    return f"{len(listed)} messages at once. Each stands for itself:"


def listed_from(entry: Mapping[str, object], alert: Alert | None) -> Listed:
    """What a parcel says of one of its messages (services/delivery/bundling.py)."""
    return Listed(str(entry["text"]), alert, bool(entry.get("may_repeat")))


def _line(each: Listed, pharmacy: Pharmacy) -> Block:
    said = cut(" ".join(each.text.split()), TEXT_EACH)
    repeat = f" _{texts.MAY_REPEAT}_" if each.may_repeat else ""
    alert = each.alert
    if alert is None:
        return section(f"•  {plain(said)}{repeat}")
    words = f"{_mark(alert)} {plain(said)}{repeat}{_standing(alert, pharmacy)}"
    if alert.state is not AlertState.TRIGGERED:
        return section(words)
    return section(words, button("Acknowledge", "alert_acknowledge", carried(alert), "primary"))


def _mark(alert: Alert) -> str:
    if alert.state is AlertState.RESOLVED:
        return ":white_check_mark:"
    return ":rotating_light:" if alert.severity is Severity.CRITICAL else ":warning:"


def _standing(alert: Alert, pharmacy: Pharmacy) -> str:
    if alert.state is AlertState.RESOLVED:
        return "  ·  resolved"
    if alert.state is AlertState.ACKNOWLEDGED:
        return f"  ·  *{plain(texts.short_name(pharmacy, alert.acknowledged_by))} has it*"
    return ""
