"""The submitted forms of single lines: a value, why it is out of range, a signature."""

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind
from shiftbot.errors import Refused
from shiftbot.services import runs, signing
from shiftbot.slack import looking, texts
from shiftbot.slack.actions.lines import refuse_all
from shiftbot.slack.forms.fields import read_fields
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, update


def register(switchboard: Switchboard) -> None:
    """The forms of a line."""
    switchboard.on_form("answer_enter", enter)
    switchboard.on_form("answer_reason", explain)
    switchboard.on_form("line_sign", sign)


def enter(touch: Touch) -> Json | None:
    """The value of a line: stored at once; when it is out of range the form comes back and asks why."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    with desk.database.transaction() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.about)
        reply = Reply(line.line.key, value=read_fields(touch, line.line))
        if touch.first_time(connection):
            refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, [reply], "form", touch.now))
        form = looking.ask_why(connection, pharmacy, touch.about)
    desk.wake()
    return update(form) if form else None


def explain(touch: Touch) -> Json | None:
    """Why a stored value is out of range, and what was done: words added to the answer."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    words = touch.entered("reason").strip()
    if not words:
        raise FieldRefused("reason", "Say in a few words why, and what you did.")
    with desk.database.transaction() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.about)
        if touch.first_time(connection):
            runs.add_reason(connection, pharmacy, view.run.id, line.line.key, touch.person, words, touch.now)
    desk.wake()
    return None


def sign(touch: Touch) -> Json | None:
    """A signature: the PIN first, whose misses count whatever becomes of the form, then the answer."""
    desk, pharmacy, person, now = touch.desk, touch.desk.pharmacy(), touch.person, touch.now
    with desk.database.snapshot() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.about)
    if line.line.kind is not ItemKind.SIGNATURE:
        raise Refused(texts.OLD_BUTTON)
    proof = prove(touch, view.site.id) if view.plan.pin else None
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            refuse_all(runs.sign(connection, pharmacy, view.run.id, line.line.key, person, proof, now))
    desk.wake()
    return None


def prove(touch: Touch, site: str) -> signing.Proof:
    """The PIN of a form, checked: its misses count whatever becomes of the form. Raises FieldRefused."""
    desk = touch.desk
    try:
        return signing.check_pin(
            desk.database,
            desk.pharmacy(),
            touch.person,
            touch.entered("pin"),
            site,
            touch.now,
            first_time=touch.first_attempt,
        )
    except Refused as why:
        raise FieldRefused("pin", str(why)) from why
