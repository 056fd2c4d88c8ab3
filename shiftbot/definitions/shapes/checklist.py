"""The shape of a file in checklists/: when it is asked, and what it asks."""

from typing import Annotated

from pydantic import Field

from shiftbot.definitions.names import Id, Text
from shiftbot.definitions.shapes.item import SectionShape
from shiftbot.definitions.shapes.overlay import OverlayShape
from shiftbot.definitions.shapes.schedule import ScheduleShape


class ChecklistShape(ScheduleShape, OverlayShape):
    """One checklist: when it opens, is due and is missed, and what it asks."""

    id: Id
    title: Text
    escalation: Id = "standard"
    sections: Annotated[tuple[SectionShape, ...], Field(min_length=1)]
