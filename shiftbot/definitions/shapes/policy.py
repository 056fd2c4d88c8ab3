"""The shape of a file in checklists/policy/: whose a task is by a state's rules, with the source of each rule."""

from typing import Annotated

from pydantic import Field

from shiftbot.definitions.names import Id, Lines, Text
from shiftbot.definitions.shapes.shape import RoleWord, Shape
from shiftbot.definitions.times import Date


class RuleShape(Shape):
    """Whose one task is, where that was read, and when."""

    task: Id
    role: RoleWord
    source: Text
    read_on: Date
    verified: Annotated[bool, Field(description="Whether the rule itself was read and says so.")] = False
    note: Lines | None = None


class PolicyShape(Shape):
    """The rules of one state, or of a pharmacy's own; `extends` takes over those that are not written again."""

    id: Id
    title: Text
    state: Annotated[Text, Field(examples=["US", "WV"])]
    extends: Annotated[Id | None, Field(description="A shipped policy, or one of your own.")] = None
    rules: Annotated[tuple[RuleShape, ...], Field(min_length=1)]
