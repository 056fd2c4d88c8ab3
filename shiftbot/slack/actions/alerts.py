"""The buttons of alerts and cases: take it, put it off, pass it on, escalate it, note on it, close it, fill it in."""

from datetime import timedelta

from shiftbot.domain.alert import Alert
from shiftbot.domain.case import Case, CaseKind
from shiftbot.domain.checklist import Role
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import cases as decided
from shiftbot.services import escalation
from shiftbot.slack import as_of, texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.case_card import exposure_text, mkt_text
from shiftbot.slack.blocks.modals import alerts as alert_forms
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch, number_in, tell_privately
from shiftbot.storage import alerts, cases


def register(switchboard: Switchboard) -> None:
    """Every button of an alert or case."""
    switchboard.on_click("alert_acknowledge", acknowledge)
    switchboard.on_click("alert_decline", decline)
    switchboard.on_click("alert_escalate", escalate)
    switchboard.on_click("alert_close", open_close)
    switchboard.on_click("alert_more", more)
    switchboard.on_click("case_fill", open_case)


def acknowledge(touch: Touch) -> None:
    """`Acknowledge`: the ladder rests for half an hour. From any message of the alert, as long as nobody has it."""
    alert, _ = as_of.read(touch.value)
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.acknowledge(connection, touch.desk.pharmacy(), alert, touch.person, touch.now)
    touch.desk.wake()


def decline(touch: Touch) -> None:
    """`I cannot`: the next one is told at once, unless the message is from before."""
    alert, seen = as_of.read(touch.value)
    with touch.desk.database.transaction() as connection:
        first = touch.first_time(connection)
        if first:
            escalation.refuse_stale(connection, touch.desk.pharmacy(), alert, seen)
            escalation.decline(connection, alert, touch.person, touch.now)
    touch.desk.wake()
    if first:
        tell_privately(touch.client, touch.place, "Noted. The next person on the list is told now.")


def escalate(touch: Touch) -> None:
    """`Escalate now`: the next step at once, unless the message is from before."""
    alert, seen = as_of.read(touch.value)
    with touch.desk.database.transaction() as connection:
        first = touch.first_time(connection)
        if first:
            escalation.refuse_stale(connection, touch.desk.pharmacy(), alert, seen)
            escalation.escalate_now(connection, alert, touch.person, touch.now)
    touch.desk.wake()
    if first:
        tell_privately(touch.client, touch.place, "The next step is taken now.")


def open_close(touch: Touch) -> None:
    """`Close…` on an alert that only people can close, as it stands now."""
    alert = _look(touch, touch.value)
    touch.open(modals.close_alert(alert.title, as_of.carried(alert)))


def more(touch: Touch) -> None:
    """The three dots: put it off for a while, or write a note."""
    what, _, rest = str((touch.body["actions"][0].get("selected_option") or {}).get("value", "")).partition("|")
    value, _, minutes = rest.partition("|")
    if what == "note":
        alert = _look(touch, value, stale_counts=False)
        touch.open(alert_forms.note(alert.title, alert.id))
    elif what == "snooze" and minutes.isdecimal():
        _snooze(touch, value, timedelta(minutes=int(minutes[:6])))
    else:
        raise Refused(texts.OLD_BUTTON)


def _snooze(touch: Touch, value: str, span: timedelta) -> None:
    alert, _ = as_of.read(value)
    with touch.desk.database.transaction() as connection:
        first = touch.first_time(connection)
        if first:
            escalation.snooze(connection, touch.desk.pharmacy(), alert, touch.person, span, touch.now)
    touch.desk.wake()
    if first:
        minutes = round(span / timedelta(minutes=1))
        said = f"You have it for {texts.minutes_text(minutes)}. If the cause is still there then, the calls go on."
        tell_privately(touch.client, touch.place, said)


def _look(touch: Touch, value: str, *, stale_counts: bool = True) -> Alert:
    """The alert that a button is of, not resolved. Raises Refused."""
    touch.refuse_stranger()
    number, seen = as_of.read(value)
    with touch.desk.database.snapshot() as connection:
        alert = alerts.look_at(connection, number)
        if alert is None or alert.resolved_at is not None:
            raise AlreadyDone(f"This is resolved already: {alert.resolution}." if alert else texts.OLD_BUTTON)
        if stale_counts:
            escalation.refuse_stale(connection, touch.desk.pharmacy(), number, seen, looking=True)
    return alert


def open_case(touch: Touch) -> None:
    """`Fill in and sign…` on a case."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    with touch.desk.database.snapshot() as connection:
        case = cases.look_at(connection, number_in(touch.value))
    if case is None or case.site not in pharmacy.sites:
        raise Refused(texts.OLD_BUTTON)
    touch.open(modals.case(case, pharmacy.sites[case.site], pharmacy, person, _aids(touch, case)))


def _aids(touch: Touch, case: Case) -> list[str]:
    """What the unit of an excursion went through before; to pharmacists its mean kinetic temperature, too."""
    if case.kind is not CaseKind.EXCURSION:
        return []
    pharmacy, site = touch.desk.pharmacy(), touch.desk.pharmacy().sites[case.site]
    with touch.desk.database.snapshot() as connection:
        said = [exposure_text(decided.exposure_of(connection, case, touch.now))]
        found = decided.mkt_of(connection, pharmacy, case, touch.now) if Role.PHARMACIST in touch.person.roles else None
    return [*said, mkt_text(*found, site)] if found else said
