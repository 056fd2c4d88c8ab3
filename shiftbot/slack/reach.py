"""`/shift reach`: how somebody is reached, testing it, and answering a test by its code or its button."""

import re

from shiftbot.domain.checklist import Role
from shiftbot.errors import Refused
from shiftbot.services import reaching
from shiftbot.services.delivery import MeansState
from shiftbot.slack import texts
from shiftbot.slack.blocks.reach import reach_window
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch

CODE = re.compile(r"\d{4,8}")


def register(switchboard: Switchboard) -> None:
    """The buttons of the test and of the window."""
    switchboard.on_click("reach_confirm", pressed)
    switchboard.on_click("reach_test", test)


def answer(touch: Touch, said: str) -> str:
    """`/shift reach` opens the window; `/shift reach 4821` answers the test with this code."""
    if not said:
        show(touch)
        return ""
    if not CODE.fullmatch(said):
        raise Refused(
            "Write `/shift reach` to see how you are reached, or `/shift reach 4821` with the code of a test."
        )
    with touch.desk.database.transaction() as connection:
        state = reaching.confirm(connection, touch.desk.pharmacy(), touch.person, said, touch.now)
    touch.desk.wake()
    return f":white_check_mark: {verified(state)}"


def verified(state: MeansState) -> str:
    """What is said when a test is answered."""
    return f"Thank you: you are reached by {state.by}. I ask again in 90 days."


def show(touch: Touch) -> None:
    """The window: one's own means; to managers everybody's, their own first."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    others = [each for each in pharmacy.people.values() if each.id != person.id]
    people = [person, *(others if Role.MANAGER in person.roles else ())]
    with touch.desk.database.snapshot() as connection:
        states = reaching.reach_of_all(connection, people)
    calendar = reaching.home_of(pharmacy, person).calendar
    touch.open(reach_window([(each, states[each.id]) for each in people], calendar, touch.now))


def pressed(touch: Touch) -> None:
    """`It reached me`."""
    with touch.desk.database.transaction() as connection:
        place = int(touch.value) if touch.value.isdecimal() else 0
        state = reaching.press(connection, touch.desk.pharmacy(), touch.person, place, touch.now)
    touch.desk.wake()
    touch.tell(verified(state))


def test(touch: Touch) -> None:
    """`Test now` beside a means."""
    pharmacy, asker = touch.desk.pharmacy(), touch.person
    person_id, _, place = touch.value.rpartition("|")
    person = pharmacy.people.get(person_id)
    if person is None or not place.isdecimal():
        raise Refused(texts.OLD_BUTTON)
    with touch.desk.database.transaction() as connection:
        reaching.ask_now(connection, pharmacy, person, int(place), touch.now, asker)
    touch.desk.wake()
    show(touch)
