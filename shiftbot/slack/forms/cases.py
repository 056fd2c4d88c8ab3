"""The submitted forms of what went wrong: a case, an irregularity, an alert that people close."""

from shiftbot.domain.case import FIELDS
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.errors import Refused
from shiftbot.services import cases, escalation
from shiftbot.slack.blocks import modals
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, number_in, update


def register(switchboard: Switchboard) -> None:
    """Every form of a case, an irregularity, an alert."""
    switchboard.on_form("case_sign", sign_case)
    switchboard.on_form("case_draft", save_draft)
    switchboard.on_form("flag_irregularity", flag)
    switchboard.on_form("alert_close", close_alert)


def _written(touch: Touch) -> dict[str, str]:
    """The texts of a case; what looks like a patient is refused beside its field."""
    written = {field: touch.entered(field) for field in FIELDS}
    for field, words in written.items():
        try:
            refuse_patient_information(words)
        except Refused as why:
            raise FieldRefused(field, str(why)) from None
    return written


def sign_case(touch: Touch) -> Json | None:
    """Cause, action and outcome, signed by a pharmacist."""
    desk, written = touch.desk, _written(touch)
    for field, words in written.items():
        if not words.strip():
            raise FieldRefused(field, "Fill this in before you sign.")
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            cases.sign_case(connection, desk.pharmacy(), number_in(touch.about), touch.person, written, touch.now)
    desk.wake()
    return None


def save_draft(touch: Touch) -> Json | None:
    """What somebody knows about a case, unsigned."""
    desk, written = touch.desk, _written(touch)
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            cases.save_draft(connection, number_in(touch.about), touch.person, written, touch.now)
    desk.wake()
    return None


def flag(touch: Touch) -> Json | None:
    """An irregularity: an alert at once, whoever flags it."""
    desk, pharmacy, person = touch.desk, touch.desk.pharmacy(), touch.person
    what = " ".join(touch.entered("what").split())
    if not what:
        raise FieldRefused("what", "Say in a few words what you saw.")
    site_id, _, link = touch.about.partition("|")
    site = pharmacy.sites.get(touch.entered("site") or site_id)
    if site is None:
        raise Refused("Choose the pharmacy.")
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.flag_irregularity(connection, pharmacy, site, person, what, link, touch.key, touch.now)
    desk.wake()
    return update(modals.message("Flagged", "Thank you. The pharmacist on duty is being told."))


def close_alert(touch: Touch) -> Json | None:
    """What was done about an alert that only people can close."""
    desk, person, how = touch.desk, touch.person, touch.entered("how")
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.close_by_hand(connection, desk.pharmacy(), number_in(touch.about), person, how, touch.now)
    desk.wake()
    return None
