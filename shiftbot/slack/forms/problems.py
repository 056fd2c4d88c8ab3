"""The submitted forms of what is not a plain answer: n/a and failed, corrections, what was told by phone."""

from sqlalchemy import Connection

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.errors import Refused
from shiftbot.services import runs
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import looking, texts
from shiftbot.slack.actions.lines import refuse_all
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.modals.fields import value_fields
from shiftbot.slack.forms.fields import is_empty, read_fields
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, update


def register(switchboard: Switchboard) -> None:
    """The forms."""
    switchboard.on_form("line_problem", report_problem)
    switchboard.on_form("line_choose", choose)
    switchboard.on_form("line_correct", correct)
    switchboard.on_form("line_told", told)


def report_problem(touch: Touch) -> Json | None:
    """A line that is not applicable, or failed."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    reason = _words(touch, "reason", "Say in a few words why.")
    with desk.database.transaction() as connection:
        if touch.first_time(connection):
            view = looking.find_run(connection, pharmacy, touch.about)
            line = _chosen(view, touch.entered("line"))
            _store(connection, touch, view, Reply(line.line.key, Outcome(touch.entered("outcome")), note=reason))
    desk.wake()
    return None


def _words(touch: Touch, field: str, missing: str) -> str:
    words = touch.entered(field).strip()
    if not words:
        raise FieldRefused(field, missing)
    return words


def _chosen(view: RunView, number: str) -> LineView:
    line = next((each for each in view.lines if str(each.line.number) == number), None)
    if line is None:
        raise Refused(texts.OLD_BUTTON)
    return line


def _store(connection: Connection, touch: Touch, view: RunView, reply: Reply) -> None:
    pharmacy = touch.desk.pharmacy()
    refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, [reply], "form", touch.now))


def choose(touch: Touch) -> Json:
    """Which line, and who told it: on to the form that asks for the answer of that kind."""
    purpose, _, run = touch.about.partition("|")
    pharmacy = touch.desk.pharmacy()
    with touch.desk.database.snapshot() as connection:
        view = looking.find_run(connection, pharmacy, run)
    line = _chosen(view, touch.entered("line"))
    if purpose == "told":
        person = pharmacy.people.get(touch.entered("who"))
        if person is None:
            raise FieldRefused("who", "Choose who told you.")
        return update(modals.told(line.line, view.run.id, person))
    if line.answer is None:
        raise FieldRefused("line", "This line has no answer to correct.")
    return update(modals.correct(line.line, view.run.id, texts.answer_text(line.line, line.answer)))


def correct(touch: Touch) -> Json | None:
    """Another answer over the one that stands, with the reason why."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    reason = _words(touch, "reason", "Say in a few words why it is corrected.")
    with desk.database.transaction() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.about)
        reply = _said(touch, line, note=reason, reason=reason)
        if touch.first_time(connection):
            _store(connection, touch, view, reply)
        form = looking.ask_why(connection, pharmacy, touch.about)
    desk.wake()
    return update(form) if form else None


def told(touch: Touch) -> Json | None:
    """What somebody told the manager by phone, shown as such."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    reference, _, teller = touch.about.rpartition("|")
    with desk.database.transaction() as connection:
        view, line = looking.find_line(connection, pharmacy, reference)
        reply = _said(touch, line, note=touch.entered("note").strip(), told_by=teller)
        if touch.first_time(connection):
            _store(connection, touch, view, reply)
        form = looking.ask_why(connection, pharmacy, reference)
    desk.wake()
    return update(form) if form else None


def _said(touch: Touch, line: LineView, *, note: str, reason: str = "", told_by: str | None = None) -> Reply:
    """The outcome and value that the form holds. Raises FieldRefused for what is missing."""
    chosen = touch.entered("outcome")
    if not chosen:
        raise FieldRefused("outcome", "Choose one.")
    outcome, key = Outcome(chosen), line.line.key
    if outcome is not Outcome.DONE:
        if not note:
            raise FieldRefused("note", "Say in a few words why.")
        return Reply(key, outcome, note=note, reason=reason, told_by=told_by)
    if value_fields(line.line) and is_empty(touch, line.line):
        raise FieldRefused("low" if line.line.kind == "min-max" else "value", "Enter the value.")
    note = "" if reason else note
    return Reply(key, outcome, read_fields(touch, line.line), note, reason, told_by)
