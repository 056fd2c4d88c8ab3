"""The forms of what went wrong: a case to fill in and sign, an irregularity to flag, an alert to close."""

from collections.abc import Sequence

from shiftbot.domain.case import FIELDS, Case, CaseKind, CaseState, Details, Disposition
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.slack import texts
from shiftbot.slack.blocks.case_card import (
    CONTENTS,
    DISPOSITION,
    MANUFACTURER,
    PROGRAMME,
    REFERENCE,
    TITLES,
    facts_text,
)
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, message, window
from shiftbot.slack.blocks.parts import (
    Block,
    context,
    cut,
    date_input,
    escape,
    plain,
    plain_lines,
    radio,
    section,
    select,
    text_input,
    time_input,
)

DISPOSITIONS = (
    (Disposition.USABLE.value, "Usable, as the manufacturer or programme says"),
    (Disposition.NOT_USABLE.value, "Not usable"),
    (Disposition.RETURNED.value, "Returned"),
    (Disposition.AWAITING.value, "Awaiting an answer: the case stays open"),
)


def case(about: Case, site: Site, pharmacy: Pharmacy, person: Person, aids: Sequence[str] = ()) -> Modal:
    """Fill a case in; a pharmacist signs it when its cause is over, others leave a draft.

    `aids` are sentences that help to decide, such as what the unit went through before.
    """
    if about.state is CaseState.SIGNED:
        return message("Case signed", f"Case {about.id} is signed already; a signed case is not changed.")
    pharmacist = Role.PHARMACIST in person.roles
    signing = pharmacist and not about.facts.get("open")
    facts = plain_lines(facts_text(about, site, pharmacy, with_quantities=pharmacist))
    blocks = [section(f"*{plain(about.title)}*" + (f"\n{facts}" if facts else ""))]
    blocks += [context("\n".join(plain_lines(aid) for aid in aids))] if aids else []
    if about.kind is CaseKind.EXCURSION:
        blocks += _contents(about.details, site, required=signing)
    blocks += [
        text_input(
            field, TITLES[field], hint=HINTS[field], initial=getattr(about, field), multiline=True, optional=not signing
        )
        for field in FIELDS
    ]
    if about.kind is CaseKind.EXCURSION and pharmacist:
        chosen = about.details.disposition.value if about.details.disposition else None
        blocks.append(radio("disposition", DISPOSITION, DISPOSITIONS, initial=chosen, optional=not signing))
    if not signing:
        why = "You can sign once it is over." if pharmacist else "A pharmacist signs it."
        blocks.append(context(f"This is kept as a draft. {why}"))
        return window("case_draft", f"Case {about.id}", str(about.id), blocks, submit="Save draft")
    if site.pin:
        hint = "The PIN you set with /shift pin. Never tell it to anybody."
        blocks.append(text_input("pin", "Your PIN", hint=hint, optional=about.kind is CaseKind.EXCURSION, most=12))
    blocks.append(context(plain(texts.signed_as(person))))
    return window("case_sign", f"Case {about.id}", str(about.id), blocks, submit="Sign")


HINTS = {"cause": NO_PATIENT, "action": "Quarantined, moved, manufacturer asked, recounted …", "outcome": ""}


def _contents(details: Details, site: Site, *, required: bool) -> list[Block]:
    """What was in the unit, how warm the room was, who was asked and when."""
    contacted = details.contacted_at.astimezone(site.calendar.timezone) if details.contacted_at else None
    hint = "A product a line: lot, expiry, public or private funding, doses. Or: nothing."
    who = "Which company, and what they said; when they were asked comes below."
    return [
        text_input(
            "contents", CONTENTS, hint=hint, initial=details.contents, multiline=True, optional=not required, most=2000
        ),
        text_input(
            "room",
            f"Room temperature (°{site.temperature_unit.value})",
            initial=f"{details.room:g}" if details.room is not None else "",
            optional=True,
            most=10,
        ),
        text_input("manufacturer", MANUFACTURER, hint=who, initial=details.manufacturer, optional=True, most=300),
        text_input("programme", PROGRAMME, initial=details.programme, optional=True, most=300),
        text_input("reference", REFERENCE, initial=details.reference, optional=True, most=100),
        date_input(
            "contacted_on",
            "Asked on (today when empty)",
            initial=contacted.date().isoformat() if contacted else "",
            optional=True,
        ),
        time_input("contacted_at", "Asked at", initial=f"{contacted:%H:%M}" if contacted else "", optional=True),
    ]


FLAG_CHARACTERS = 500


def flag(sites: Sequence[Site], *, initial: str | None, about: str = "", link: str = "", said: str = "") -> Modal:
    """Flag an irregularity; `link` is to the message it is flagged from, `said` what the person began with."""
    blocks = [select("site", "Pharmacy", [(site.id, site.name) for site in sites], initial=initial)]
    if len(sites) == 1:
        blocks = []
    blocks.append(
        text_input(
            "what",
            "What did you see?",
            hint=NO_PATIENT,
            multiline=True,
            placeholder="short and plain",
            initial=cut(said, FLAG_CHARACTERS),
            most=FLAG_CHARACTERS,
        )
    )
    if link:
        blocks.append(context(f"<{link}|The message you flag> is linked, not copied."))
    blocks.append(context("The pharmacist on duty is told at once."))
    return window("flag_irregularity", "Flag an irregularity", about, blocks, submit="Flag it")


def close_alert(title: str, about: str) -> Modal:
    """Close an alert by hand: what was done; `about` says how the alert stood when this was opened."""
    return window(
        "alert_close",
        "Close the alert",
        about,
        [section(f"*{escape(title)}*"), text_input("how", "What was done?", hint=NO_PATIENT, most=300)],
        submit="Close it",
    )
