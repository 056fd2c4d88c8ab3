"""`load`: a pharmacy's folder → one valid `Pharmacy`, or every mistake in it at once."""

from pathlib import Path

from shiftbot.definitions.answerers import check_answerers
from shiftbot.definitions.building import build
from shiftbot.definitions.checks import check
from shiftbot.definitions.conditions import check_conditions
from shiftbot.definitions.fits import check_fit
from shiftbot.definitions.gathering import gather
from shiftbot.definitions.mistakes import told
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import DefinitionError


def load(home: Path) -> Pharmacy:
    """Everything defined in a folder. `DefinitionError` with all mistakes, each `file:line:column: what; mend`."""
    found = gather(home)
    mistakes = [*found.mistakes, *check(found), *check_conditions(found), *check_answerers(found), *check_fit(found)]
    if mistakes:
        raise DefinitionError(told(mistakes))
    return build(found)
