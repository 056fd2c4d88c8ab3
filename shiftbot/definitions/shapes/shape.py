"""What all shapes have in common: unknown keys are mistakes, and keys must fit together."""

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, model_validator

from shiftbot.definitions.mistakes import Location, Mistaken
from shiftbot.definitions.names import word_parser, words_schema
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import TemperatureUnit

RoleWord = Annotated[Role, word_parser(Role), words_schema(Role)]

Degrees = Annotated[TemperatureUnit, word_parser(TemperatureUnit), words_schema(TemperatureUnit)]

Misfit = tuple[Location, str, str]
"""Where within the shape, what is wrong, what to write instead."""


class Misfits(ValueError):
    """Keys that are right each alone, but not together."""

    def __init__(self, misfits: list[Misfit]) -> None:
        super().__init__("; ".join(f"{wrong}; {mend}" for _, wrong, mend in misfits))
        self.misfits = misfits


class Shape(BaseModel):
    """Unknown keys are mistakes; nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def misfits(self) -> list[Misfit]:
        """What does not fit together within this shape."""
        return []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if misfits := self.misfits():
            raise Misfits(misfits)
        return self


def mistaken_at(at: Location, look: Callable[[], object]) -> list[Misfit]:
    """The misfit of a look that raises `Mistaken`, or none."""
    try:
        look()
    except Mistaken as error:
        return [(at, error.wrong, error.mend)]
    return []
