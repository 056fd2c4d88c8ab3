"""Claiming a section of a run: whoever has it in hand is not crossed by a colleague, and everybody sees who it is.

A claim keeps others out for half an hour after its holder last answered in the section, and no longer than its holder
is in the definitions. Anybody who may answer there may take it over, which is on the record. It never keeps a
pharmacist from what only a pharmacist does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Line, Plan, Role
from shiftbot.domain.claim import CLAIM_HOLDS, Claim
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.notice import CardKind
from shiftbot.domain.record import Entry
from shiftbot.domain.run import Run, may_answer, refuse_if_expired, refuse_unless_open
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.storage import record, runs, section_claims

__all__ = ["CLAIM_HOLDS", "Claim", "claim", "claims_of", "refuse_if_claimed", "release", "renew"]


def claim(
    connection: Connection, pharmacy: Pharmacy, run_id: int, section: str, person: Person, now: datetime
) -> Claim | None:
    """`person` has a section from now; the claim that still held and was taken over, if any. Raises Refused.

    AlreadyDone when they have it already, or when somebody claimed it in the same moment.
    """
    run = _run(connection, pharmacy, run_id)
    refuse_unless_open(run, now)
    refuse_if_expired(run, now)
    _refuse_unless_theirs(runs.load_plan(connection, run.plan), section, person)
    seen = section_claims.of_runs(connection, [run_id]).get(run_id, {}).get(section)
    held = seen is not None and seen.person in pharmacy.people and seen.holds(now)
    if seen is not None and held and seen.person == person.id:
        raise AlreadyDone(f"You have “{section}” already.")
    if not section_claims.take(connection, run_id, section, seen, person.id, now):
        raise AlreadyDone("Somebody claimed this a moment before you; the card shows it in a moment.")
    before = seen if seen is not None and held else None
    body = {"section": section} | ({"taken_over_from": before.person} if before else {})
    _note(connection, run, "section-claimed", section, person, body, now)
    return before


def release(
    connection: Connection, pharmacy: Pharmacy, run_id: int, section: str, person: Person, now: datetime
) -> None:
    """`person` gives a section back. Raises AlreadyDone when they do not have it, or Refused."""
    run = _run(connection, pharmacy, run_id)
    if not section_claims.drop(connection, run_id, section, person.id):
        raise AlreadyDone(f"You do not have “{section}” any more.")
    _note(connection, run, "section-released", section, person, {"section": section}, now)


def claims_of(connection: Connection, pharmacy: Pharmacy, run_ids: Sequence[int]) -> Mapping[int, Mapping[str, Claim]]:
    """The claims of these runs, by run and section; `Claim.holds` says whether one still keeps others out.

    A claim of somebody who is no longer in the definitions is none.
    """
    found = section_claims.of_runs(connection, run_ids)
    return {
        run: {section: claim for section, claim in claims.items() if claim.person in pharmacy.people}
        for run, claims in found.items()
    }


def refuse_if_claimed(
    connection: Connection, pharmacy: Pharmacy, run: Run, line: Line, person: Person, now: datetime
) -> None:
    """Raise Refused when somebody else has the line's section in hand."""
    if line.role is Role.PHARMACIST and Role.PHARMACIST in person.roles:
        return
    found = claims_of(connection, pharmacy, [run.id]).get(run.id, {}).get(line.section)
    if found is None or found.person == person.id or not found.holds(now):
        return
    holder = pharmacy.people[found.person]
    since = local_clock(pharmacy.sites[run.site].calendar, found.at)
    raise Refused(
        f"{holder.name} has “{line.section}” in hand since {since}, so nothing was stored. "
        "Leave it to them, or take the section over first with its button."
    )


def renew(connection: Connection, run: Run, line: Line, person: Person, now: datetime) -> None:
    """`person` answered in the line's section: if they have claimed it, it is theirs for another while."""
    section_claims.renew(connection, run.id, line.section, person.id, now)


def _run(connection: Connection, pharmacy: Pharmacy, run_id: int) -> Run:
    run = runs.load_run(connection, run_id)
    if run is None or run.site not in pharmacy.sites:
        raise Refused("This checklist is not in the database any more; nothing was stored.")
    return run


def _refuse_unless_theirs(plan: Plan, section: str, person: Person) -> None:
    lines = [line for line in plan.lines if line.section == section]
    if not lines:
        raise Refused(f"This checklist has no section “{section}”.")
    if not any(may_answer(line, person.roles) for line in lines):
        raise Refused(f"Nothing in “{section}” is yours to answer, so it is not yours to claim.")


def _note(
    connection: Connection, run: Run, kind: str, section: str, person: Person, body: dict[str, str], now: datetime
) -> None:
    record.append(connection, [Entry(run.site, now, person.id, kind, f"run:{run.id}:{section}", body)])
    delivery.touch(connection, CardKind.RUN, run.id, now)
