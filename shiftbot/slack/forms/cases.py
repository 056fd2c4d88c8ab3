"""The submitted forms of what went wrong: a case, an irregularity."""

from collections.abc import Mapping
from datetime import date, datetime, time

from shiftbot.domain.answer import read_temperature
from shiftbot.domain.case import FIELDS, WRITTEN, Case, CaseKind, Details, Disposition
from shiftbot.domain.local_time import instant, local_date
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.site import Site
from shiftbot.errors import Refused, Unreadable
from shiftbot.services import cases, escalation
from shiftbot.slack import texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.forms.lines import prove
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, number_in, update
from shiftbot.storage import cases as stored


def register(switchboard: Switchboard) -> None:
    """Every form of a case, an irregularity."""
    switchboard.on_form("case_sign", sign_case)
    switchboard.on_form("case_draft", save_draft)
    switchboard.on_form("flag_irregularity", flag)


def _written(touch: Touch) -> dict[str, str]:
    """The texts of a case; what looks like a patient is refused beside its field."""
    return {field: _words(touch, field) for field in FIELDS}


def _words(touch: Touch, field: str) -> str:
    words = touch.entered(field)
    try:
        refuse_patient_information(words)
    except Refused as why:
        raise FieldRefused(field, str(why)) from None
    return words


def _details(touch: Touch, case: Case, site: Site) -> Details:
    """What the form says of an excursion beside its texts. What it does not ask stays as it stands."""
    contents, manufacturer, programme, reference = (_words(touch, field).strip() for field in WRITTEN)
    disposition = touch.entered("disposition")
    return Details(
        contents=contents,
        room=_room(touch, site),
        manufacturer=manufacturer,
        programme=programme,
        reference=reference,
        contacted_at=_contacted(touch, site),
        disposition=Disposition(disposition) if disposition else case.details.disposition,
    )


def _room(touch: Touch, site: Site) -> float | None:
    words = touch.entered("room").strip()
    try:
        return read_temperature(words, site.temperature_unit.value) if words else None
    except Unreadable as why:
        raise FieldRefused("room", str(why)) from why


def _contacted(touch: Touch, site: Site) -> datetime | None:
    """When somebody was asked; a time alone means today."""
    on, clock = touch.entered("contacted_on"), touch.entered("contacted_at")
    if not clock:
        if on:
            raise FieldRefused("contacted_at", "Choose the time, too.")
        return None
    day = date.fromisoformat(on) if on else local_date(site.calendar, touch.now)
    at = instant(site.calendar.timezone, day, time.fromisoformat(clock))
    if at > touch.now:
        raise FieldRefused("contacted_at", "That is still to come. When was it?")
    return at


def _look(touch: Touch) -> tuple[Case, Site]:
    with touch.desk.database.snapshot() as connection:
        case = stored.look_at(connection, number_in(touch.about))
    site = touch.desk.pharmacy().sites.get(case.site) if case else None
    if case is None or site is None:
        raise Refused(texts.OLD_BUTTON)
    return case, site


def sign_case(touch: Touch) -> Json | None:
    """Cause, action, outcome and details, signed by a pharmacist; kept as a draft while an answer is awaited."""
    desk, written = touch.desk, _written(touch)
    case, site = _look(touch)
    details = _details(touch, case, site) if case.kind is CaseKind.EXCURSION else None
    if details is not None and details.disposition is Disposition.AWAITING:
        _keep(touch, case, written, details)
        return update(modals.message("Kept", "Kept as a draft: you still wait for an answer, so the case stays open."))
    _refuse_blank(written, details)
    proof = prove(touch, site.id) if site.pin else None
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            pharmacy, person, now = desk.pharmacy(), touch.person, touch.now
            cases.sign_case(connection, pharmacy, case.id, person, written, now, details, proof=proof)
    desk.wake()
    return None


def _refuse_blank(written: Mapping[str, str], details: Details | None) -> None:
    contents = {} if details is None else {"contents": details.contents}
    for field, words in (contents | dict(written)).items():
        if not words.strip():
            raise FieldRefused(field, "Fill this in before you sign.")
    if details is not None and details.disposition is None:
        raise FieldRefused("disposition", "Say what becomes of it before you sign.")


def save_draft(touch: Touch) -> Json | None:
    """What somebody knows about a case, unsigned."""
    written = _written(touch)
    case, site = _look(touch)
    _keep(touch, case, written, _details(touch, case, site) if case.kind is CaseKind.EXCURSION else None)
    return None


def _keep(touch: Touch, case: Case, written: Mapping[str, str], details: Details | None) -> None:
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            cases.save_draft(connection, case.id, touch.person, written, touch.now, details)
    touch.desk.wake()


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
