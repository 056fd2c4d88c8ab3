"""The submitted forms about alerts: how one was settled, a note beside it, a mute."""

from datetime import timedelta

from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.errors import PatientInformation, Refused
from shiftbot.services import escalation
from shiftbot.services.muting import begin_mute
from shiftbot.slack import as_of, texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.modals.alerts import WHOLE_SITE
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, number_in, update


def register(switchboard: Switchboard) -> None:
    """The three."""
    switchboard.on_form("alert_close", close_alert)
    switchboard.on_form("alert_note", add_note)
    switchboard.on_form("mute_begin", mute)


def close_alert(touch: Touch) -> Json | None:
    """What was done about an alert that only people can close, unless it has moved on since the form was opened."""
    desk, person, how = touch.desk, touch.person, touch.entered("how")
    alert, seen = as_of.read(touch.about)
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.refuse_stale(connection, desk.pharmacy(), alert, seen)
            escalation.close_by_hand(connection, desk.pharmacy(), alert, person, how, touch.now)
    desk.wake()
    return None


def add_note(touch: Touch) -> Json | None:
    """What somebody writes down beside an alert."""
    words = _words(touch, "note", "Write in a few words what the others should know.")
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.add_note(connection, number_in(touch.about), touch.person, words, touch.now)
    touch.desk.wake()
    return None


def mute(touch: Touch) -> Json | None:
    """What is not to be told for a while."""
    pharmacy = touch.desk.pharmacy()
    site, minutes, place = pharmacy.sites.get(touch.about), touch.entered("lasts"), touch.entered("place")
    if site is None or not minutes.isdecimal():
        raise Refused(texts.OLD_BUTTON)
    reason = _words(touch, "reason", "Say in a few words why: it goes on the record.")
    until = touch.now + timedelta(minutes=int(minutes))
    unit = "" if place == WHOLE_SITE else place
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            begin_mute(connection, pharmacy, site, unit, reason, touch.person, until, touch.now)
    touch.desk.wake()
    return update(modals.message("Muted", f"Muted until {texts.clock(site, until)}. It is said in the channel, too."))


def _words(touch: Touch, field: str, missing: str) -> str:
    words = touch.entered(field).strip()
    if not words:
        raise FieldRefused(field, missing)
    try:
        refuse_patient_information(words)
    except PatientInformation as why:
        raise FieldRefused(field, str(why)) from None
    return words
