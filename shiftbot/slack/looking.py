"""Reading from the database what cards, forms and the Home tab show; every function reads within the caller's view."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import ItemKind, Line, Role, ShiftPart
from shiftbot.domain.replies.asking import is_blind
from shiftbot.domain.run import is_outside, may_answer
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import Refused
from shiftbot.services import claiming, counts, follow_ups, hand_over, runs
from shiftbot.services.cold_chain.looking import Prefill, prefill
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.run_lines import LeftOpen, RunPicture
from shiftbot.slack.touch import number_in


def picture(connection: Connection, pharmacy: Pharmacy, run_id: int, now: datetime) -> RunPicture | None:
    """Everything the card of a run shows; nothing when there is no such run."""
    view = runs.view_run(connection, pharmacy, run_id)
    if view is None:
        return None
    blank = [each.line for each in view.blank]
    prefills = {line.key: filled for line in blank if (filled := sensor_says(connection, pharmacy, view, line, now))}
    stages = {
        line.key: counts.stage(connection, run_id, line.key)
        for line in blank
        if line.kind is ItemKind.COUNT and line.witness
    }
    held = claiming.claims_of(connection, pharmacy, [run_id]).get(run_id, {})
    return RunPicture(
        view=view,
        pharmacy=pharmacy,
        now=now,
        prefills=prefills,
        stages=stages,
        claims={section: claim for section, claim in held.items() if claim.holds(now)},
        left_open=_left_open(connection, pharmacy, view, now),
    )


def _left_open(connection: Connection, pharmacy: Pharmacy, view: RunView, now: datetime) -> LeftOpen:
    """What the shift before left, for the card that a shift begins with."""
    if view.plan.shift is not ShiftPart.START:
        return LeftOpen()
    unread = hand_over.unread(connection, pharmacy, view.site.id)
    return LeftOpen(tuple(follow_ups.carried(connection, pharmacy, view.site.id, now)), unread[0] if unread else None)


def find_run(connection: Connection, pharmacy: Pharmacy, run_id: str) -> RunView:
    """The run that a button or form names. Raises Refused for one that is no longer there."""
    view = runs.view_run(connection, pharmacy, number_in(run_id))
    if view is None:
        raise Refused(texts.OLD_BUTTON)
    return view


def tickable(view: RunView, sections: Collection[str], person: Person) -> list[Line]:
    """The open lines of some sections that a tick answers and that are for this person to do."""
    return [
        each.line
        for each in view.blank
        if each.line.section in sections and each.line.kind is ItemKind.TICK and may_answer(each.line, person.roles)
    ]


def correctable(view: RunView, person: Person) -> list[Line]:
    """Lines whose answer this person may correct: their own, or anybody's for a pharmacist and a manager.

    A closed count is counted anew, and a signature is the signer's; neither is corrected by a form.
    """
    senior = bool(person.roles & {Role.PHARMACIST, Role.MANAGER})
    return [
        each.line
        for each in view.lines
        if each.answer is not None
        and (senior or person.id in (each.answer.answered_by, each.answer.told_by))
        and each.line.kind is not ItemKind.SIGNATURE
        and not is_blind(each.line)
    ]


def tellable(view: RunView) -> list[Line]:
    """Open lines that somebody can tell a manager by phone; nobody signs, sends a picture or witnesses by phone."""
    never = (ItemKind.SIGNATURE, ItemKind.PHOTO)
    return [each.line for each in view.blank if each.line.kind not in never and not is_blind(each.line)]


def tellers(pharmacy: Pharmacy, manager: Person) -> list[Person]:
    """Who may have told the manager: everybody who answers checklists, but not themselves."""
    return [
        person
        for person in pharmacy.people.values()
        if person.id != manager.id and person.roles & {Role.TECHNICIAN, Role.PHARMACIST}
    ]


def sensor_says(connection: Connection, pharmacy: Pharmacy, view: RunView, line: Line, now: datetime) -> Prefill | None:
    """What the sensor of a line's unit says; nothing for a line that is not pre-filled."""
    if not line.from_sensor or line.subject is None:
        return None
    return prefill(connection, pharmacy, line.subject, now, asked_at=view.run.opens_at)


def find_line(connection: Connection, pharmacy: Pharmacy, reference: str) -> tuple[RunView, LineView]:
    """The run and line that a button or form names as `run|line`. Raises Refused for one that is no longer there."""
    run_id, _, key = reference.partition("|")
    view = find_run(connection, pharmacy, run_id)
    line = next((each for each in view.lines if each.line.key == key), None)
    if line is None:
        raise Refused(texts.OLD_BUTTON)
    return view, line


def ask_why(connection: Connection, pharmacy: Pharmacy, reference: str) -> modals.Modal | None:
    """The form that asks why what stands on a line is out of range; nothing when it is not, or when that was said."""
    view, each = find_line(connection, pharmacy, reference)
    if each.answer is None or each.answer.note or not is_outside(each.line, each.answer):
        return None
    return modals.reason(each.line, view.run.id, texts.value_text(each.line, each.answer.value))
