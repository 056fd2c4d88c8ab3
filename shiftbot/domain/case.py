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


class Disposition(StrEnum):
    """What becomes of what was in the unit: for a pharmacist alone to say (domain.md §1.3)."""

    USABLE = "usable"
    NOT_USABLE = "not-usable"
    RETURNED = "returned"
    AWAITING = "awaiting"


@dataclass(frozen=True, slots=True)
class Details:
    """What an excursion's case says beside its three texts (domain.md §7 F2).

    `contents`: what was in the unit, with lots, funding and doses. `room` is the room's temperature in the site's unit.
    """

    contents: str = ""
    room: float | None = None
    manufacturer: str = ""
    programme: str = ""
    reference: str = ""
    contacted_at: datetime | None = None
    disposition: Disposition | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values, without what was not said; the instant as ISO 8601."""
        said = {name: getattr(self, name) for name in self.__slots__}
        said["contacted_at"] = self.contacted_at.isoformat() if self.contacted_at else None
        said["disposition"] = self.disposition.value if self.disposition else None
        return {name: value for name, value in said.items() if value not in (None, "")}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Details":
        """What `to_json` wrote."""
        contacted, disposition = raw.get("contacted_at"), raw.get("disposition")
        return cls(
            **{name: raw.get(name, "") for name in WRITTEN},
            room=raw.get("room"),
            contacted_at=datetime.fromisoformat(contacted) if contacted else None,
            disposition=Disposition(disposition) if disposition else None,
        )


WRITTEN = ("contents", "manufacturer", "programme", "reference")
"""The details that people write in words."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case as stored; `facts` is what shiftbot measured, the three texts and the details are what people wrote."""

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
    details: Details = Details()


def refuse_unless_signable(
    case: Case, signer: Person, texts: Mapping[str, str], details: Details | None = None
) -> None:
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
    if case.kind is CaseKind.EXCURSION:
        _refuse_unless_disposed(details or Details())


def _refuse_unless_disposed(details: Details) -> None:
    if not details.contents:
        raise Refused("Say what was in the unit (lots, funding, doses) before you sign; “nothing” is an answer too.")
    if details.disposition is None:
        raise Refused("Say what becomes of what was in the unit before you sign.")
    if details.disposition is Disposition.AWAITING:
        raise Refused("You still wait for an answer: keep the case open, and sign it when you have one.")


def refuse_disposition(before: Details, after: Details, person: Person) -> None:
    """Raise Refused when somebody who is no pharmacist says, or changes, what becomes of what was in the unit."""
    if after.disposition is not before.disposition and Role.PHARMACIST not in person.roles:
        raise Refused("Only a pharmacist says what becomes of what was in the unit.")
