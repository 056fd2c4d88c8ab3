"""The buttons for what is not a plain answer: `N/A or problem…`, `Correct an answer…`, `Told by phone…`."""

from shiftbot.domain.checklist import Role
from shiftbot.domain.run import may_answer
from shiftbot.errors import Refused
from shiftbot.services.runs import RunView
from shiftbot.slack import looking
from shiftbot.slack.blocks import modals
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch


def register(switchboard: Switchboard) -> None:
    """The three."""
    switchboard.on_click("item_problem", open_problem)
    switchboard.on_click("line_correct", open_correction)
    switchboard.on_click("line_told", open_told)


def open_problem(touch: Touch) -> None:
    """`N/A or problem…`: choose a line and say why; from there on to corrections and what was told."""
    view, person = _view(touch), touch.person
    mine = [each.line for each in view.blank if may_answer(each.line, person.roles)]
    correctable = looking.correctable(view, person)
    manager = Role.MANAGER in person.roles and bool(looking.tellable(view))
    if mine:
        form = modals.problem(view.plan.title, view.run.id, mine, correctable=bool(correctable), manager=manager)
    elif manager:
        people = looking.tellers(touch.desk.pharmacy(), person)
        form = modals.choose_told(view.plan.title, view.run.id, looking.tellable(view), people)
    elif correctable:
        form = modals.choose_to_correct(view.plan.title, view.run.id, correctable)
    else:
        raise Refused("There is nothing left here for you to answer.")
    touch.open(form)


def open_correction(touch: Touch) -> None:
    """`Correct an answer…`: one's own, or anybody's for a pharmacist and a manager."""
    view = _view(touch)
    lines = looking.correctable(view, touch.person)
    if not lines:
        raise Refused("There is no answer here that you may correct. A pharmacist corrects what others answered.")
    touch.open(modals.choose_to_correct(view.plan.title, view.run.id, lines))


def open_told(touch: Touch) -> None:
    """`Told by phone…`: a manager writes down what somebody told them."""
    view = _view(touch)
    if Role.MANAGER not in touch.person.roles:
        raise Refused("Only a manager writes down what they were told by phone.")
    lines = looking.tellable(view)
    if not lines:
        raise Refused("There is nothing left open here that can be told by phone.")
    people = looking.tellers(touch.desk.pharmacy(), touch.person)
    touch.open(modals.choose_told(view.plan.title, view.run.id, lines, people))


def _view(touch: Touch) -> RunView:
    with touch.desk.database.snapshot() as connection:
        return looking.find_run(connection, touch.desk.pharmacy(), touch.value)
