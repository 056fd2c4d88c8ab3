"""Reading from the database what cards, forms and the Home tab show; every function reads within the caller's view."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import Refused
from shiftbot.services import counts, runs
from shiftbot.services.cold_chain.looking import Prefill, prefill
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.run_lines import RunPicture


def picture(connection: Connection, pharmacy: Pharmacy, run_id: int, now: datetime) -> RunPicture | None:
    """Everything the card of a run shows; nothing when there is no such run."""
    view = runs.view_run(connection, pharmacy, run_id)
    if view is None:
        return None
    blank = [each.line for each in view.lines if each.answer is None]
    prefills = {line.key: filled for line in blank if (filled := sensor_says(connection, pharmacy, line, now))}
    stages = {
        line.key: counts.stage(connection, run_id, line.key)
        for line in blank
        if line.kind is ItemKind.COUNT and line.witness
    }
    return RunPicture(view, pharmacy, prefills, stages)


def sensor_says(connection: Connection, pharmacy: Pharmacy, line: Line, now: datetime) -> Prefill | None:
    """What the sensor of a line's unit says; nothing for a line that is not pre-filled."""
    if not line.from_sensor or line.subject is None:
        return None
    return prefill(connection, pharmacy, line.subject, now)


def find_line(connection: Connection, pharmacy: Pharmacy, reference: str) -> tuple[RunView, LineView]:
    """The run and line that a button or form names as `run|line`. Raises Refused for one that is no longer there."""
    run_id, _, key = reference.partition("|")
    view = runs.view_run(connection, pharmacy, int(run_id)) if run_id.isdigit() else None
    line = next((each for each in view.lines if each.line.key == key), None) if view else None
    if view is None or line is None:
        raise Refused(texts.OLD_BUTTON)
    return view, line
