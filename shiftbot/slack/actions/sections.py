"""The buttons of a section: take it in hand, take it over, give it back; and all good where the checklist allows it."""

from shiftbot.domain.answer import Reply
from shiftbot.errors import Refused
from shiftbot.services import claiming, runs
from shiftbot.slack import looking, texts
from shiftbot.slack.actions.lines import refuse_all
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch


def register(switchboard: Switchboard) -> None:
    """Both buttons of a section's heading."""
    switchboard.on_click("section_claim", claim)
    switchboard.on_click("section_all_good", all_good)


def claim(touch: Touch) -> None:
    """`Claim` and `Take over`; whoever has the section already gives it back with the same button."""
    desk, pharmacy, person = touch.desk, touch.desk.pharmacy(), touch.person
    run, _, section = touch.value.partition("|")
    with desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
        view = looking.find_run(connection, pharmacy, run)
        held = claiming.claims_of(connection, pharmacy, [view.run.id]).get(view.run.id, {}).get(section)
        mine = held is not None and held.person == person.id and held.holds(touch.now)
        if mine:
            claiming.release(connection, pharmacy, view.run.id, section, person, touch.now)
        else:
            claiming.claim(connection, pharmacy, view.run.id, section, person, touch.now)
    desk.wake()
    if mine:
        touch.tell(f"“{section}” is free again; anybody may take it.")


def all_good(touch: Touch) -> None:
    """`All good`: the section's ticks that are still open, those that are for this person to do."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    run, _, section = touch.value.partition("|")
    with desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
        view = looking.find_run(connection, pharmacy, run)
        lines = looking.tickable(view, [section], touch.person)
        if not lines:
            raise Refused(f"There is nothing left in “{section}” for you that a tick answers.")
        replies = [Reply(line.key) for line in lines]
        responded = runs.respond(connection, pharmacy, view.run.id, touch.person, replies, texts.ALL_GOOD, touch.now)
        if not responded.stored:
            refuse_all(responded)
    desk.wake()
    if responded.refused:
        touch.tell(" ".join(why for _, why in responded.refused))
