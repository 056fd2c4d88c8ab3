"""The buttons of a controlled count: count, witness, book quantity; each opens its form, which shows no number yet."""

from shiftbot.domain.checklist import Line
from shiftbot.domain.count import refuse_unless_counter, refuse_unless_witness
from shiftbot.domain.replies.asking import is_blind
from shiftbot.domain.run import refuse_unless_open
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import counts as counting
from shiftbot.services.runs import RunView
from shiftbot.slack import looking, texts
from shiftbot.slack.actions.lines import refuse_answered
from shiftbot.slack.blocks import modals
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch
from shiftbot.storage import counts as stored_counts


def register(switchboard: Switchboard) -> None:
    """The three steps of a count."""
    switchboard.on_click("count_enter", open_count)
    switchboard.on_click("count_witness", open_witness)
    switchboard.on_click("count_book", open_book)


def open_count(touch: Touch) -> None:
    """`Count…`: the first blind count."""
    view, line = _count_line(touch)
    refuse_unless_counter(line, touch.person)
    with touch.desk.database.snapshot() as connection:
        if counting.stage(connection, view.run.id, line.key).state != "blank":
            raise AlreadyDone("This was counted already; a witness counts next.")
    touch.open(modals.count(line, view.run.id, "count_enter"))


def open_witness(touch: Touch) -> None:
    """`Witness…`: the second blind count, for somebody else than who counted."""
    view, line = _count_line(touch)
    with touch.desk.database.snapshot() as connection:
        count = stored_counts.look_at(connection, view.run.id, line.key)
    if count is None:
        raise Refused("Nobody has counted this yet; the first count comes before the witness.")
    if count.witnessed_by is not None:
        raise AlreadyDone("This count is witnessed already.")
    refuse_unless_witness(count, line, touch.person)
    touch.open(modals.count(line, view.run.id, "count_witness"))


def open_book(touch: Touch) -> None:
    """`Book quantity…`: after both counts."""
    view, line = _count_line(touch)
    with touch.desk.database.snapshot() as connection:
        outcome = counting.outcome(connection, view.run.id, line.key)
    if outcome is None:
        raise Refused("The witness counts first; the book quantity comes after both counts.")
    if outcome.book is not None:
        raise AlreadyDone("This count is closed already.")
    if line.witness is not None and line.witness not in touch.person.roles:
        raise Refused(f"A {line.witness} reads the book quantity from the perpetual inventory.")
    touch.open(modals.book(line, view.run.id, outcome, may_book=True))


def _count_line(touch: Touch) -> tuple[RunView, Line]:
    with touch.desk.database.snapshot() as connection:
        view, line = looking.find_line(connection, touch.desk.pharmacy(), touch.value)
    if not is_blind(line.line):
        raise Refused(texts.OLD_BUTTON)
    refuse_answered(touch, view, line)
    refuse_unless_open(view.run, touch.now)
    return view, line.line
