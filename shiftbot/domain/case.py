"""A case: what must be written down about something that went wrong. Open until a pharmacist signs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person
from shiftbot.errors import Refused

FIELDS = ("cause", "action", "outcome")
"""What must be filled in before a case can be signed (domain.md §1.3: description, action taken, results)."""


class CaseKind(StrEnum):
    """What the case documents."""

    EXCURSION = "excursion"
    DISCREPANCY = "discrepancy"
    IRREGULARITY = "irregularity"


class CaseState(StrEnum):
    """`open` until signed."""

    OPEN = "open"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Case:
    """One case as stored; `facts` is what shiftbot measured, the three texts are what people wrote."""

    id: int
    site: str
    kind: CaseKind
    subject: str
    title: str
    facts: Mapping[str, Any]
    state: CaseState
    opened_at: datetime
    cause: str
    action: str
    outcome: str
    signed_by: str | None
    signed_at: datetime | None


def refuse_unless_signable(case: Case, signer: Person, texts: Mapping[str, str]) -> None:
    """Raise Refused when `signer` may not sign the case, or something is not filled in."""
    if case.state is CaseState.SIGNED:
        raise Refused("This case is already signed; a signed case is not changed.")
    if Role.PHARMACIST not in signer.roles:
        raise Refused("Only a pharmacist can sign a case. What you know about it helps: tell the pharmacist on duty.")
    blank = [field for field in FIELDS if not texts.get(field, "").strip()]
    if blank:
        raise Refused(f"Fill in {', '.join(blank)} before you sign.")
    if case.facts.get("open"):
        raise Refused("The unit is not back in range yet. Sign when the excursion has closed.")
