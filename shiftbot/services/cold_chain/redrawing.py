"""Cards of checklists that show what a unit's sensor says: redrawn when that is no longer so, or is known again.

A card keeps no temperature of a sensor that has fallen silent, stands still or is in doubt, and none that was in range
when it was drawn and is out of it now.
"""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.cold_chain import UnitState
from shiftbot.domain.notice import CardKind
from shiftbot.services import delivery
from shiftbot.services.cold_chain.unit import Judged, Unit
from shiftbot.storage import runs


def redraw_when_changed(connection: Connection, unit: Unit, judged: Judged, now: datetime) -> None:
    """Redraw the cards that show a unit when its judgement says something else than before."""
    if _said(judged.before) != _said(judged.judgement.state):
        redraw(connection, unit, now)


def _said(state: UnitState) -> tuple[bool, bool, bool]:
    return state.silent_since is not None, state.doubt is not None, state.excursion is not None


def redraw(connection: Connection, unit: Unit, now: datetime) -> None:
    """Redraw the cards of the runs that can still be answered and have a line that this unit's sensor fills in."""
    unfinished = runs.unfinished_runs(connection, unit.site.id, now, now)
    plans = runs.load_plans(connection, {run.plan for run in unfinished})
    filled_in = {
        digest
        for digest, plan in plans.items()
        if any(line.from_sensor and line.subject == unit.id for line in plan.lines)
    }
    showing = [run.id for run in unfinished if run.plan in filled_in]
    delivery.touch_all(connection, CardKind.RUN, showing, now)
