"""An alert as a message: what is wrong, who has it, and the three answers; the same message shows how it ended."""

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.alert import CLOSED_BY_HAND, Alert, AlertKind, AlertState, Severity
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import Block, actions, button, context, plain, plain_lines, section


def alert_message(alert: Alert, site: Site, pharmacy: Pharmacy, text: str = "") -> list[Block]:
    """The blocks of an alert as it stands; `text` is what was said when it was sent, else the alert's own words."""
    more = (text or alert.detail).removeprefix(alert.title).lstrip(": ")
    blocks = [section(f"{_mark(alert)} *{plain(alert.title)}*" + (f"\n{plain_lines(more)}" if more else ""))]
    blocks.append(
        context(
            f"{plain(site.name)}  ·  since {texts.clock(site, alert.opened_at)}  ·  {_standing(alert, site, pharmacy)}"
        )
    )
    if alert.state is not AlertState.RESOLVED:
        blocks.append(actions(_buttons(alert, pharmacy), block_id="alert-actions"))
    return blocks


def alert_fallback(alert: Alert, text: str = "") -> str:
    """The alert in plain words, for notifications: a resolved one says so first."""
    said = text or (f"{alert.title}: {alert.detail}" if alert.detail else alert.title)
    return f"Resolved: {alert.title}. {alert.resolution}" if alert.state is AlertState.RESOLVED else said


def _mark(alert: Alert) -> str:
    if alert.state is AlertState.RESOLVED:
        return ":white_check_mark:"
    return ":rotating_light:" if alert.severity is Severity.CRITICAL else ":warning:"


def _standing(alert: Alert, site: Site, pharmacy: Pharmacy) -> str:
    if alert.state is AlertState.RESOLVED and alert.resolved_at is not None:
        return f"resolved {texts.clock(site, alert.resolved_at)}: {plain(alert.resolution or '')}"
    if alert.state is AlertState.ACKNOWLEDGED and alert.escalate_at is not None:
        who = plain(texts.short_name(pharmacy, alert.acknowledged_by))
        return f"*{who} has it* until {texts.clock(site, alert.escalate_at)}"
    if alert.escalate_at is None:
        return "nobody has it yet"
    return f"if nobody takes it, others are told, first at {texts.clock(site, alert.escalate_at)}"


def _buttons(alert: Alert, pharmacy: Pharmacy) -> list[ButtonElement]:
    value = str(alert.id)
    buttons: list[ButtonElement] = []
    if alert.state is AlertState.TRIGGERED:
        buttons.append(button("Acknowledge", "alert_acknowledge", value, "primary"))
    buttons.append(button("I cannot", "alert_decline", value))
    buttons.append(button("Escalate now", "alert_escalate", value, "danger"))
    if alert.kind in CLOSED_BY_HAND:
        buttons.append(button("Close…", "alert_close", value))
    if alert.kind is AlertKind.SILENT:
        buttons.append(_reading(alert, pharmacy))
    return buttons


def _reading(alert: Alert, pharmacy: Pharmacy) -> ButtonElement:
    """A silent sensor's unit is read by people; of several behind one gateway they choose."""
    unit = alert.subject.partition(":")[0]
    if unit in pharmacy.units:
        return button("Enter a reading…", "temps_read", unit)
    return button("Temperatures…", "temps_show", alert.site)
