"""Submitted forms: worked on before they are acknowledged, so that a refusal stands beside the field it is about."""

from datetime import date

from shiftbot.domain import answer
from shiftbot.domain.answer import VOICEMAIL_KINDS, Outcome, Reply, read_age, read_quantity, read_value
from shiftbot.domain.case import FIELDS
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.errors import Refused, Unreadable
from shiftbot.services import cases, counts, escalation, runs
from shiftbot.services.counts import CountOutcome
from shiftbot.slack import looking, texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.switchboard import FieldRefused, Json, Switchboard, Touch


def register(switchboard: Switchboard) -> None:
    """Every form."""
    for callback_id, work in {
        "answer_enter": enter,
        "line_problem": report_problem,
        "count_enter": enter_count,
        "count_witness": witness_count,
        "count_book": book_count,
        "case_sign": sign_case,
        "case_draft": save_draft,
        "flag_irregularity": flag,
        "alert_close": close_alert,
    }.items():
        switchboard.on_form(callback_id, work)


def enter(touch: Touch) -> Json | None:
    """The value of a line."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            view, line = looking.find_line(connection, pharmacy, touch.about)
            reply = Reply(line.line.key, value=_value(touch, line.line))
            _refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, [reply], "form", touch.now))
    desk.wake()
    return None


def _refuse_all(responded: runs.Responded) -> None:
    for _, why in responded.refused:
        raise Refused(why)


def _value(touch: Touch, line: Line) -> Json | None:
    if line.kind is ItemKind.VOICEMAIL:
        return _voicemail(touch)
    words = touch.entered("value")
    if line.kind is ItemKind.DATE:
        return {"date": _date(words)}
    return read_value(line, words)


def _date(words: str) -> str:
    try:
        return date.fromisoformat(words.strip()).isoformat()
    except ValueError:
        raise Unreadable("That is not a date. Write it like 2026-12-24") from None


def _voicemail(touch: Touch) -> Json:
    counted = {}
    for kind in VOICEMAIL_KINDS:
        try:
            counted[kind] = read_quantity(touch.entered(kind) or "0")
        except Unreadable as why:
            raise FieldRefused(kind, str(why)) from None
    oldest = touch.entered("oldest").strip()
    if not sum(counted.values()):
        return answer.voicemail(counted, 0)
    try:
        minutes = read_age(oldest)
    except Unreadable as why:
        raise FieldRefused("oldest", str(why)) from None
    return answer.voicemail(counted, minutes)


def report_problem(touch: Touch) -> Json | None:
    """A line that is not applicable, or failed."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    reason = touch.entered("reason").strip()
    if not reason:
        raise FieldRefused("reason", "Say in a few words why.")
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            view = runs.view_run(connection, pharmacy, int(touch.about))
            number = touch.entered("line")
            line = next((each.line for each in view.lines if str(each.line.number) == number), None) if view else None
            if view is None or line is None:
                raise Refused(texts.OLD_BUTTON)
            reply = Reply(line.key, Outcome(touch.entered("outcome")), note=reason)
            responded = runs.respond(connection, pharmacy, view.run.id, touch.person, [reply], "form", touch.now)
            _refuse_all(responded)
    desk.wake()
    return None


def _quantity(touch: Touch) -> int:
    try:
        return read_quantity(touch.entered("quantity"))
    except Unreadable as why:
        raise FieldRefused("quantity", str(why)) from None


def enter_count(touch: Touch) -> Json | None:
    """The first blind count."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    quantity = _quantity(touch)
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            view, line = looking.find_line(connection, pharmacy, touch.about)
            counts.enter(connection, pharmacy, view.run.id, line.line.key, touch.person, quantity, touch.now)
    desk.wake()
    return None


def witness_count(touch: Touch) -> Json | None:
    """The witness's blind count; then both may be seen, and a pharmacist goes on to the book quantity."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    quantity = _quantity(touch)
    with desk.database.transaction() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.about)
        if touch.first_time(connection):
            counts.witness(connection, pharmacy, view.run.id, line.line.key, touch.person, quantity, touch.now)
        outcome = counts.outcome(connection, view.run.id, line.line.key)
    desk.wake()
    if outcome is None:
        return None
    may_book = line.line.witness is None or line.line.witness in touch.person.roles
    return _update(modals.book(line.line, view.run.id, outcome, may_book=may_book))


def book_count(touch: Touch) -> Json | None:
    """The book quantity: closes the count and shows how it came out."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    quantity = _quantity(touch)
    outcome: CountOutcome | None
    with desk.database.transaction() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.about)
        if touch.first_time(connection):
            counts.book(connection, pharmacy, view.run.id, line.line.key, touch.person, quantity, touch.now)
        outcome = counts.outcome(connection, view.run.id, line.line.key)
    desk.wake()
    return _update(modals.closed_count(line.line, outcome)) if outcome else None


def _update(view: modals.Modal) -> Json:
    return {"response_action": "update", "view": view}


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
            cases.sign_case(connection, desk.pharmacy(), int(touch.about), touch.person, written, touch.now)
    desk.wake()
    return None


def save_draft(touch: Touch) -> Json | None:
    """What somebody knows about a case, unsigned."""
    desk, written = touch.desk, _written(touch)
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            cases.save_draft(connection, int(touch.about), touch.person, written, touch.now)
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
    return _update(modals.message("Flagged", "Thank you. The pharmacist on duty is being told."))


def close_alert(touch: Touch) -> Json | None:
    """What was done about an alert that only people can close."""
    desk, person, how = touch.desk, touch.person, touch.entered("how")
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.close_by_hand(connection, desk.pharmacy(), int(touch.about), person, how, touch.now)
    desk.wake()
    return None
