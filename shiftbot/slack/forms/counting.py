"""The submitted forms of a controlled count."""

from shiftbot.domain.answer import read_quantity
from shiftbot.errors import Unreadable
from shiftbot.services import counts
from shiftbot.services.counts import CountOutcome
from shiftbot.slack import looking
from shiftbot.slack.blocks import modals
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import FieldRefused, Json, Touch, update


def register(switchboard: Switchboard) -> None:
    """The three steps of a count."""
    switchboard.on_form("count_enter", enter_count)
    switchboard.on_form("count_witness", witness_count)
    switchboard.on_form("count_book", book_count)


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
    return update(modals.book(line.line, view.run.id, outcome, may_book=may_book))


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
    return update(modals.closed_count(line.line, outcome)) if outcome else None
