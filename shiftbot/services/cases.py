"""Cases: filled in by whoever knows, signed by a pharmacist once the cause is gone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.case import (
    FIELDS,
    WRITTEN,
    Case,
    CaseKind,
    CaseState,
    Details,
    refuse_disposition,
    refuse_unless_signable,
)
from shiftbot.domain.cold_chain import HOLDS_AT_MOST, Limits, UnitState, limits_of
from shiftbot.domain.earlier_exposure import LONG, Exposure, reckon
from shiftbot.domain.mkt import Mkt, mkt, window_of
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site, StorageUnit
from shiftbot.domain.temperature import convert
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, escalation
from shiftbot.services.signing import Proof
from shiftbot.storage import by_hand, cases, cold_chain, record, temperatures, troubles
from shiftbot.storage.temperatures import Newest
from shiftbot.storage.troubles import TroubleKind

CLOSES_WITH_CASE = {CaseKind.DISCREPANCY: AlertKind.DISCREPANCY}
"""Alerts whose cause is gone when the case is signed; an excursion's alert closes when the unit is back in range."""


PROOF_HOLDS = timedelta(minutes=5)
"""How long after it was typed a PIN still signs."""

KNOWN_FOR = HOLDS_AT_MOST
"""How long after somebody read it a unit without a speaking sensor is known."""


def save_draft(
    connection: Connection,
    case_id: int,
    person: Person,
    texts: Mapping[str, str],
    now: datetime,
    details: Details | None = None,
) -> None:
    """Keep what somebody wrote so far, unsigned; without `details` those that stand. Raises Refused."""
    case, clean = _read(connection, case_id, texts)
    if case.state is CaseState.SIGNED:
        raise AlreadyDone("This case is already signed; a signed case is not changed.")
    said = _clean(case, details)
    refuse_disposition(case.details, said, person)
    if not cases.save_texts(connection, case_id, clean, said):
        raise AlreadyDone("This case is already signed; a signed case is not changed.")
    _note(connection, case, "case-written", person, clean | {"details": said.to_json()}, now)


def sign_case(
    connection: Connection,
    pharmacy: Pharmacy,
    case_id: int,
    person: Person,
    texts: Mapping[str, str],
    now: datetime,
    details: Details | None = None,
    *,
    proof: Proof | None = None,
) -> None:
    """Sign a case with its cause, action, outcome and details. Raises Refused or AlreadyDone.

    `proof` is the signer's PIN, which sites may ask for. What the case was about must be over, and be known to be.
    """
    case, clean = _read(connection, case_id, texts)
    said = _clean(case, details)
    refuse_unless_signable(case, person, clean, said)
    _refuse_unless_well(connection, pharmacy, case, now)
    _refuse_unproven(pharmacy, case, person, proof, now)
    if not cases.sign(connection, case_id, clean, said, person.id, now):
        raise AlreadyDone("Somebody else signed this case a moment before you.")
    body: dict[str, object] = {**clean, "details": said.to_json(), "facts": dict(case.facts), "name": person.name}
    body |= {"meaning": "reviewed and approved", "pin": proof is not None}
    if case.kind is CaseKind.EXCURSION:
        body["exposure"] = exposure_of(connection, case, now).to_json()
    _note(connection, case, "case-signed", person, body, now)
    closes = CLOSES_WITH_CASE.get(case.kind)
    if closes is not None:
        escalation.resolve_alert(connection, pharmacy, closes, case.subject, f"{person.name} signed the case.", now)


def _read(connection: Connection, case_id: int, texts: Mapping[str, str]) -> tuple[Case, dict[str, str]]:
    case = cases.load(connection, case_id)
    if case is None:
        raise Refused("This case is not in the database any more.")
    return case, {field: keepable(texts.get(field, "")) for field in FIELDS}


def _clean(case: Case, details: Details | None) -> Details:
    """The details as they are kept: words guarded, and none where the case has none."""
    if case.kind is not CaseKind.EXCURSION or details is None:
        return case.details
    contents, manufacturer, programme, reference = (keepable(getattr(details, name)) for name in WRITTEN)
    return replace(details, contents=contents, manufacturer=manufacturer, programme=programme, reference=reference)


def _refuse_unproven(pharmacy: Pharmacy, case: Case, person: Person, proof: Proof | None, now: datetime) -> None:
    site = pharmacy.sites.get(case.site)
    if site is None or not site.pin:
        return
    if proof is None or proof.person != person.id or not timedelta(0) <= now - proof.at <= PROOF_HOLDS:
        raise Refused("A case is signed with your PIN here. Open it from its card, and type the PIN into the form.")


def _refuse_unless_well(connection: Connection, pharmacy: Pharmacy, case: Case, now: datetime) -> None:
    """Raise Refused while the unit of an excursion's case is out of range, or nobody knows how it is."""
    unit = pharmacy.units.get(str(case.facts.get("unit"))) if case.kind is CaseKind.EXCURSION else None
    if unit is None or case.site not in pharmacy.sites:
        return
    limits = _limits(unit, pharmacy.sites[case.site])
    state = cold_chain.look_at_states(connection, [unit.id]).get(unit.id)
    _refuse_contradiction(connection, pharmacy, unit, limits, now)
    value = _reading_now(connection, unit.id, state, limits, now)
    if value is None:
        why = "Nobody knows how warm it is now: its sensor says nothing that can be believed."
        raise Refused(f"{unit.name} is not known to be in range. {why} Read the display with /shift temps first.")
    if limits.side(value) is not None or (state is not None and state.excursion is not None):
        raise Refused(f"{unit.name} is out of range, or was a moment ago. Sign when it has been back for some minutes.")


def _limits(unit: StorageUnit, site: Site) -> Limits:
    every = unit.sensor.every if unit.sensor else HOLDS_AT_MOST
    return limits_of(unit.storage_class, site.temperature_unit, every, unit.probe)


def _refuse_contradiction(
    connection: Connection, pharmacy: Pharmacy, unit: StorageUnit, limits: Limits, now: datetime
) -> None:
    """Raise Refused while the last that somebody read off the display is out of range, whatever the sensor says."""
    read = by_hand.newest_readings(connection, [unit.id]).get(unit.id)
    if read is None or now - read.taken_at > KNOWN_FOR:
        return
    value = convert(read.value, read.temperature_unit, limits.unit)
    if limits.side(value) is not None:
        who = pharmacy.people[read.person].name if read.person in pharmacy.people else read.person
        said = f"{who} read {value:.1f} °{limits.unit.value} off the display, which is out of range."
        raise Refused(f"{unit.name}: {said} Read it again with /shift temps before you sign.")


def _reading_now(
    connection: Connection, unit: str, state: UnitState | None, limits: Limits, now: datetime
) -> float | None:
    """What the unit shows by its sensor, or by somebody's eyes while the sensor is not to be believed; in its limits'
    unit.
    """
    newest = temperatures.newest(connection, [unit]).get(unit)
    if newest is not None and state is not None and _is_believed(connection, unit, state, newest, limits, now):
        return convert(newest.value, newest.degrees, limits.unit)
    read = by_hand.newest_readings(connection, [unit]).get(unit)
    if read is None or now - read.taken_at > KNOWN_FOR:
        return None
    return convert(read.value, read.temperature_unit, limits.unit)


def _is_believed(
    connection: Connection, unit: str, state: UnitState, newest: Newest, limits: Limits, now: datetime
) -> bool:
    if state.is_silent(newest.heard_at, limits, now) or state.doubt is not None:
        return False
    return (unit, TroubleKind.STUCK) not in troubles.open_of(connection, [unit])


def exposure_of(connection: Connection, case: Case, now: datetime) -> Exposure:
    """How long the unit of an excursion's case was out of range in the days up to the excursion's end, it included."""
    ended = case.facts.get("ended_at")
    until = datetime.fromisoformat(ended) if ended else now
    unit = str(case.facts.get("unit"))
    found = cold_chain.going_on_at(connection, unit, until - LONG) + cold_chain.begun_since(
        connection, unit, until - LONG
    )
    return reckon(
        [(each.started_at, each.back_at or each.ended_at or until, each.seconds_out) for each in found], until
    )


def mkt_of(connection: Connection, pharmacy: Pharmacy, case: Case, now: datetime) -> tuple[Mkt, timedelta] | None:
    """Mean kinetic temperature of the unit up to the excursion's end, with its window, where its class has one."""
    unit = pharmacy.units.get(str(case.facts.get("unit"))) if case.kind is CaseKind.EXCURSION else None
    window = window_of(unit.storage_class) if unit else None
    if unit is None or window is None:
        return None
    ended = case.facts.get("ended_at")
    until = datetime.fromisoformat(ended) if ended else now
    found = mkt(temperatures.between(connection, unit.id, until - window, until + timedelta.resolution), window)
    return None if found is None else (found, window)


def _note(
    connection: Connection, case: Case, kind: str, person: Person, body: Mapping[str, object], now: datetime
) -> None:
    record.append(connection, [Entry(case.site, now, person.id, kind, f"case:{case.id}", body)])
    delivery.touch(connection, CardKind.CASE, case.id, now)
