"""The shape of what an overlay says about the checklist it extends: what it drops, changes and adds."""

from typing import Annotated, Any

from pydantic import Field

from shiftbot.definitions.names import Id, Text
from shiftbot.definitions.shapes.shape import Misfit, Shape


class AddShape(Shape):
    """Items for a section of the checklist, or for a new one. Their own shape is looked at where they end up."""

    section: Text
    after: Annotated[Id | None, Field(description="The item they follow; else they end the section.")] = None
    items: Annotated[tuple[Any, ...], Field(min_length=1)]


class OverlayShape(Shape):
    """A checklist that is another one with changes; every other key it has replaces that of the other."""

    extends: Annotated[Id | None, Field(description="A shipped checklist, or one of your own.")] = None
    drop: Annotated[tuple[Id, ...], Field(description="Ids of items that are not asked here.")] = ()
    change: Annotated[
        dict[Id, dict[str, Any]],
        Field(default_factory=dict, description="Item id to the keys to change; null takes a key away."),
    ]
    add: tuple[AddShape, ...] = ()

    def misfits(self) -> list[Misfit]:
        """Changes to nothing."""
        keys = [key for key in ("drop", "change", "add") if key in self.model_fields_set and self.extends is None]
        mend = "write extends: and the id of the checklist this changes, or remove it"
        return [((key,), f"{key} has a meaning only beside extends", mend) for key in keys]
