"""The shape of each thing a pharmacy writes: its keys, which of them are needed, what fits within one thing.

What must fit between things (ids, references, hours against due times) is checked in `checks` and `fits`. The field
names are the contract of design.md §6: keys may be added, none renamed.
"""

from shiftbot.definitions.shapes.checklist import ChecklistShape
from shiftbot.definitions.shapes.item import ItemShape, LookAgainShape, LookOn, WhenShape
from shiftbot.definitions.shapes.overlay import OverlayShape
from shiftbot.definitions.shapes.pharmacy import (
    CalendarShape,
    ControlledShape,
    GroupsShape,
    PersonShape,
    PharmacyFile,
    RosterShape,
    Signing,
    SiteShape,
    StepShape,
    TeamsShape,
)
from shiftbot.definitions.shapes.policy import PolicyShape
from shiftbot.definitions.shapes.schedule import ScheduleShape
from shiftbot.definitions.shapes.sensors import (
    JSON_PATH,
    FormatShape,
    SensorsFile,
    SensorShape,
    UnitShape,
)
from shiftbot.definitions.shapes.shape import Misfits, Shape
from shiftbot.definitions.shapes.storage_class import ByDegrees, StorageClassShape

__all__ = [
    "JSON_PATH",
    "ByDegrees",
    "CalendarShape",
    "ChecklistShape",
    "ControlledShape",
    "FormatShape",
    "GroupsShape",
    "ItemShape",
    "LookAgainShape",
    "LookOn",
    "Misfits",
    "OverlayShape",
    "PersonShape",
    "PharmacyFile",
    "PolicyShape",
    "RosterShape",
    "ScheduleShape",
    "SensorShape",
    "SensorsFile",
    "Shape",
    "Signing",
    "SiteShape",
    "StepShape",
    "StorageClassShape",
    "TeamsShape",
    "UnitShape",
    "WhenShape",
]
