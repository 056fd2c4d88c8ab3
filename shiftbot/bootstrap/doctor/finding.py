"""A finding of the doctor: what was looked at, how it is, and what to do when it is not as it should be."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How something is; only what is `wrong` makes the doctor exit 1."""

    WELL = "well"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"
    NOT_LOOKED = "not looked at"


SIGNS = {Mark.WELL: "✓", Mark.DOUBTFUL: "!", Mark.WRONG: "✗", Mark.NOT_LOOKED: "–"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for people. Neither `what` nor `mend` ever holds a secret."""

    area: str
    mark: Mark
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """With its mark first, and what to do last."""
        line = f"{SIGNS[self.mark]} {self.area}: {self.what}"
        return " ".join((f"{line}; {self.mend}" if self.mend else line).split())


def well(area: str, what: str) -> Finding:
    """As it should be."""
    return Finding(area, Mark.WELL, what)


def doubtful(area: str, what: str, mend: str) -> Finding:
    """It works, and may not for ever."""
    return Finding(area, Mark.DOUBTFUL, what, mend)


def wrong(area: str, what: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(area, Mark.WRONG, what, mend)


def not_looked(area: str, why: str) -> Finding:
    """It is not used here, or could not be looked at."""
    return Finding(area, Mark.NOT_LOOKED, why)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(finding.mark is not Mark.WRONG for finding in findings)


def render_json(findings: list[Finding]) -> str:
    """For machines."""
    said = [asdict(finding) | {"mark": str(finding.mark)} for finding in findings]
    return json.dumps({"ok": is_well(findings), "findings": said}, ensure_ascii=False, indent=1)
