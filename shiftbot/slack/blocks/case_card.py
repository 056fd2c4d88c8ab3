"""A case as a card: what was measured, what people wrote, and who signed it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shiftbot.domain.case import FIELDS, Case, CaseKind, CaseState, Details, Disposition
from shiftbot.domain.earlier_exposure import Exposure
from shiftbot.domain.local_time import local_text
from shiftbot.domain.mkt import WARNING, Mkt
from shiftbot.domain.site import Pharmacy, Site, TemperatureUnit
from shiftbot.domain.temperature import convert
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import Block, actions, button, context, plain, plain_lines, section

TITLES = {"cause": "Cause", "action": "What was done", "outcome": "Outcome"}
CONTENTS = "What was in the unit"
MANUFACTURER = "Manufacturer asked"
PROGRAMME = "Programme or health department asked"
REFERENCE = "Reference they gave"
DISPOSITION = "What becomes of it"

DISPOSED = {
    Disposition.USABLE: "usable",
    Disposition.NOT_USABLE: "not usable",
    Disposition.RETURNED: "returned",
    Disposition.AWAITING: "awaiting an answer",
}


def case_card(case: Case, site: Site, pharmacy: Pharmacy) -> list[Block]:
    """The blocks of a case as it stands."""
    blocks = [section(f":clipboard: *Case {case.id}: {plain(case.title)}*")]
    facts = facts_text(case, site, pharmacy)
    if facts:
        blocks.append(section(plain_lines(facts)))
    if case.state is CaseState.SIGNED and case.signed_at is not None:
        written = [f"*{TITLES[field]}:* {plain_lines(getattr(case, field))}" for field in FIELDS]
        blocks.append(section("\n".join([*details_lines(case.details, site), *written])))
        who = pharmacy.people.get(case.signed_by or "")
        name = plain(who.name if who else str(case.signed_by))
        blocks.append(
            context(f":lower_left_ballpoint_pen: Signed by {name}, {local_text(site.calendar, case.signed_at)}")
        )
        return blocks
    blocks.append(context(_waiting(case)))
    blocks.append(actions([button("Fill in and sign…", "case_fill", str(case.id), "primary")], block_id="case-actions"))
    return blocks


def case_fallback(case: Case) -> str:
    """The case in one line."""
    return f"Case {case.id}: {plain(case.title)} ({'signed' if case.state is CaseState.SIGNED else 'to be signed'})"


def _waiting(case: Case) -> str:
    written = [TITLES[field].lower() for field in FIELDS if getattr(case, field)]
    written += [CONTENTS.lower()] if case.details.contents else []
    if case.details.disposition is Disposition.AWAITING:
        written.append("that an answer is awaited")
    started = f" Written so far: {texts.joined(written)}." if written else ""
    if case.facts.get("open"):
        return "Still going on; it can be filled in now and signed once it is over." + started
    return "A pharmacist signs it with cause, what was done, and outcome." + started


def details_lines(details: Details, site: Site) -> list[str]:
    """What was in the unit, who was asked and what becomes of it, as marked-up lines; what was not said is left out."""
    asked = f" ({local_text(site.calendar, details.contacted_at)})" if details.contacted_at else ""
    room = texts.degrees(details.room, site.temperature_unit.value) if details.room is not None else ""
    said = {
        CONTENTS: details.contents,
        "Room temperature": room,
        MANUFACTURER + asked: details.manufacturer,
        PROGRAMME + asked: details.programme,
        REFERENCE: details.reference,
        DISPOSITION: DISPOSED[details.disposition] if details.disposition else "",
    }
    return [f"*{title}:* {plain_lines(words)}" for title, words in said.items() if words]


def exposure_text(exposure: Exposure) -> str:
    """`Up to its end: 95 min out of range in 3 excursions within 72 hours, … within 30 days.`"""
    parts = [(exposure.short, "72 hours"), (exposure.long, "30 days")]
    said = [
        f"{texts.minutes_text(round(each.out / timedelta(minutes=1)))} in {_excursions(each.excursions)} within {words}"
        for each, words in parts
    ]
    return f"This unit was out of range, this excursion included: {'; '.join(said)}."


def _excursions(count: int) -> str:
    return "1 excursion" if count == 1 else f"{count} excursions"


def mkt_text(found: Mkt, window: timedelta, site: Site) -> str:
    """Mean kinetic temperature with its window, its coverage and its warning."""
    value = convert(found.celsius, TemperatureUnit.CELSIUS, site.temperature_unit)
    hours = round(window / timedelta(hours=1))
    span = f"{hours} hours" if hours <= 72 else f"{hours // 24} days"
    covered = f", readings for {found.covered:.0%} of it" if found.covered < 0.995 else ""
    degrees = texts.degrees(value, site.temperature_unit.value)
    return (
        f"Mean kinetic temperature of {span} to {local_text(site.calendar, found.until)}: {degrees}{covered}. {WARNING}"
    )


def facts_text(case: Case, site: Site, pharmacy: Pharmacy, *, with_quantities: bool = False) -> str:
    """What was measured, in words. A count's quantities only for whoever fills the case in: the next count is blind."""
    facts = case.facts
    if case.kind is CaseKind.EXCURSION:
        return _excursion(facts, site, pharmacy)
    if case.kind is CaseKind.DISCREPANCY:
        return _discrepancy(facts, pharmacy, with_quantities=with_quantities)
    shown = {name: value for name, value in facts.items() if value is not None and name != "open"}
    return "\n".join(f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in shown.items())


def _excursion(facts: Mapping[str, Any], site: Site, pharmacy: Pharmacy) -> str:
    unit = str(facts.get("temperature_unit", ""))
    warm = facts.get("direction") == "high"
    limit = facts.get("high" if warm else "low")
    lines = [f"Too {'warm' if warm else 'cold'}: {texts.degrees(float(facts['extreme']), unit)} at worst"]
    if limit is not None:
        lines[0] += f", the limit is {texts.degrees(float(limit), unit)}"
    if facts.get("read_by"):
        who = texts.short_name(pharmacy, facts["read_by"])
        read = f"{who} read it off the display, {_clock(site, facts['started_at'])}"
        return "\n".join([*lines, f"{read}: for how long it was so, nobody knows"])
    until = f"to {_clock(site, facts['ended_at'])}" if facts.get("ended_at") else "and still going on"
    lines.append(f"From {_clock(site, facts['started_at'])} {until}")
    lines.append(f"Out of range for {texts.minutes_text(round(float(facts['seconds_out']) / 60))}")
    return "\n".join(lines)


def _clock(site: Site, instant: str) -> str:
    return local_text(site.calendar, datetime.fromisoformat(instant))


def _discrepancy(facts: Mapping[str, Any], pharmacy: Pharmacy, *, with_quantities: bool) -> str:
    counter = texts.short_name(pharmacy, facts.get("counted_by"))
    witness = texts.short_name(pharmacy, facts.get("witnessed_by"))
    if not with_quantities:
        return f"Counted by {counter}, witnessed by {witness}: the counts and the book quantity differ."
    counts = f"Counted {facts.get('counted')} ({counter}), witnessed {facts.get('witnessed')} ({witness})"
    return f"{counts}, book quantity {facts.get('book')}."
