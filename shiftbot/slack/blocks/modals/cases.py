"""The forms of what went wrong: a case to fill in and sign, an irregularity to flag, an alert to close."""

from collections.abc import Sequence

from shiftbot.domain.case import FIELDS, Case, CaseState
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.slack import texts
from shiftbot.slack.blocks.case_card import TITLES, facts_text
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, message, window
from shiftbot.slack.blocks.parts import context, cut, escape, section, select, text_input


def case(about: Case, site: Site, pharmacy: Pharmacy, person: Person) -> Modal:
    """Fill a case in; a pharmacist signs it when its cause is over, others leave a draft."""
    if about.state is CaseState.SIGNED:
        return message("Case signed", f"Case {about.id} is signed already; a signed case is not changed.")
    pharmacist = Role.PHARMACIST in person.roles
    signing = pharmacist and not about.facts.get("open")
    facts = escape(facts_text(about, site, pharmacy, with_quantities=pharmacist))
    blocks = [section(f"*{escape(about.title)}*" + (f"\n{facts}" if facts else ""))]
    hints = {"cause": NO_PATIENT, "action": "Quarantined, moved, manufacturer asked, recounted …", "outcome": ""}
    blocks += [
        text_input(
            field, TITLES[field], hint=hints[field], initial=getattr(about, field), multiline=True, optional=not signing
        )
        for field in FIELDS
    ]
    if signing:
        blocks.append(context(escape(texts.signed_as(person))))
        return window("case_sign", f"Case {about.id}", str(about.id), blocks, submit="Sign")
    why = "You can sign once it is over." if pharmacist else "A pharmacist signs it."
    blocks.append(context(f"This is kept as a draft. {why}"))
    return window("case_draft", f"Case {about.id}", str(about.id), blocks, submit="Save draft")


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


def close_alert(title: str, alert_id: int) -> Modal:
    """Close an alert by hand: what was done."""
    return window(
        "alert_close",
        "Close the alert",
        str(alert_id),
        [section(f"*{escape(title)}*"), text_input("how", "What was done?", hint=NO_PATIENT, most=300)],
        submit="Close it",
    )
