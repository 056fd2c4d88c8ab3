"""Follow-ups in words, with their buttons, and the forms to add, close and move one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_date
from shiftbot.domain.site import Person, Site
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, window
from shiftbot.slack.blocks.parts import (
    Block,
    actions,
    button,
    context,
    cut,
    date_input,
    plain,
    section,
    select,
    text_input,
    time_input,
)

TITLE_SHOWN = 200
"""Letters of a title in a list; the form shows all of it."""

DETAIL_SHOWN = 120
"""Letters of what was said of it, such as why a line failed."""

LATER = timedelta(days=1)
"""What a follow-up is moved by unless somebody says otherwise."""

PEOPLE_OFFERED = 90
"""A list takes 100; the roles stand before the people."""


def follow_up_line(carried: CarriedFollowUp) -> str:
    """`Register reconciled: two dollars short`, when it is due, whose it is, how old; marked when it is overdue."""
    mark, due = (":red_circle:", "*overdue*, was due") if carried.overdue else (":pushpin:", "due")
    title, detail = plain(cut(carried.follow_up.title, TITLE_SHOWN)), carried.follow_up.detail
    why = f": {plain(cut(detail, DETAIL_SHOWN))}" if detail else ""
    return f"{mark} *{title}*{why}\n      {due} {carried.due}  ·  {plain(carried.owner)}  ·  {carried.age}"


def follow_up_blocks(carried: CarriedFollowUp, person: Person) -> list[Block]:
    """One follow-up with what this person may do about it."""
    return [section(follow_up_line(carried)), _actions(carried, person.id)]


def follow_up_due(text: str, carried: CarriedFollowUp, reader: str) -> list[Block]:
    """The reminder of one, with the same; `reader` is a person's id, or a channel."""
    return [section(f":pushpin: {plain(text)}"), _actions(carried, reader)]


def _actions(carried: CarriedFollowUp, reader: str) -> Block:
    value = str(carried.follow_up.id)
    buttons = [button("Close…", "follow_up_close", value)]
    if carried.follow_up.owner != reader:
        buttons.append(button("Take it", "follow_up_take", value))
    buttons.append(button("Later…", "follow_up_move", value))
    return actions(buttons, f"follow-up-{value}")


def close(carried: CarriedFollowUp) -> Modal:
    """Ask what was done."""
    field = text_input("how", "What was done?", hint=NO_PATIENT, multiline=True, most=500)
    return window("follow_up_close", "Close a follow-up", _about(carried), [*_head(carried), field], "Close it")


def move(carried: CarriedFollowUp, site: Site, now: datetime) -> Modal:
    """Ask for another time and why it waits."""
    begin = max(carried.follow_up.due_at, now) + LATER
    fields = [*when_fields(site, begin), _why()]
    return window("follow_up_move", "Later", _about(carried), [*_head(carried), *fields], "Move it")


def add(
    sites: Sequence[Site],
    person: Person,
    due_at: datetime,
    *,
    initial: str | None = None,
    said: str = "",
    people: Sequence[Person] = (),
) -> Modal:
    """Ask what is to be followed up, by whom and until when; `said` is what the person began with.

    The time is by the wall clock of the pharmacy that is chosen; it is shown for the first of `sites`.
    """
    site = next((each for each in sites if each.id == initial), sites[0])
    where = [select("site", "Pharmacy", [(each.id, each.name) for each in sites], initial=site.id)]
    what = text_input("what", "What is still to be done?", hint=NO_PATIENT, initial=cut(said, 500), most=500)
    whom = select("whom", "For whom?", _for_whom(person, people), initial=f"person:{person.id}")
    blocks = [*(where if len(sites) > 1 else []), what, whom, *when_fields(site, due_at)]
    blocks.append(context("It stands on every next shift's opening card until somebody closes it."))
    return window("follow_up_add", "Add a follow-up", site.id, blocks, "Add it")


def when_fields(site: Site, at: datetime) -> list[Block]:
    """A day and a time of the day at the pharmacy, begun with an instant."""
    local = at.astimezone(site.calendar.timezone)
    day = date_input("day", "Which day?", initial=local_date(site.calendar, at).isoformat())
    return [day, time_input("clock", "What time?", initial=f"{local:%H:%M}")]


def _about(carried: CarriedFollowUp) -> str:
    return str(carried.follow_up.id)


def _head(carried: CarriedFollowUp) -> list[Block]:
    follow_up = carried.follow_up
    detail = f"\n{plain(follow_up.detail)}" if follow_up.detail else ""
    words = f"due {carried.due}  ·  {plain(carried.owner)}  ·  {carried.age}"
    return [section(f"*{plain(follow_up.title)}*{detail}"), context(words)]


def _why() -> Block:
    return text_input("why", "Why does it wait?", hint=NO_PATIENT, most=300)


def _for_whom(person: Person, people: Sequence[Person]) -> list[tuple[str, str]]:
    roles = [(f"role:{role.value}", f"Any {role.value}") for role in Role]
    others = [each for each in people if each.id != person.id][:PEOPLE_OFFERED]
    named = [(f"person:{each.id}", each.name) for each in others]
    return [(f"person:{person.id}", f"Me ({person.name})"), *roles, *named]
