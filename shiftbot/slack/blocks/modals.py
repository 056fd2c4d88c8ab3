"""The forms that buttons open: plain dicts of views, each with its callback id and what it is about.

A form holds no quantity of a controlled count before both blind counts are in (invariant 7).
"""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from shiftbot.domain.answer import VOICEMAIL_KINDS
from shiftbot.domain.case import FIELDS, Case, CaseState
from shiftbot.domain.checklist import ItemKind, Line, Role
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services.counts import CountOutcome
from shiftbot.slack import texts
from shiftbot.slack.blocks.case_card import TITLES, facts_text
from shiftbot.slack.blocks.parts import Block, context, cut, escape, number_input, radio, section, select, text_input

Modal = dict[str, Any]

NO_PATIENT = "Never anything about a patient: no name, date of birth, phone or prescription number."


def _modal(callback_id: str, title: str, about: str, blocks: Sequence[Block], submit: str = "Save") -> Modal:
    return View(
        type="modal",
        callback_id=callback_id,
        title=PlainTextObject(text=cut(title, 24)),
        submit=PlainTextObject(text=submit),
        close=PlainTextObject(text="Cancel"),
        private_metadata=about,
        blocks=list(blocks),
    ).to_dict()


def message(title: str, text: str) -> Modal:
    """A window that only says something."""
    return View(
        type="modal",
        callback_id="message",
        title=PlainTextObject(text=cut(title, 24)),
        close=PlainTextObject(text="Close"),
        blocks=[section(text)],
    ).to_dict()


def enter(line: Line, run_id: int, hint: str = "") -> Modal:
    """Ask for the value of a line; `hint` is what its sensor says, if anything."""
    head = [section(f"*{line.number}. {escape(line.title)}*" + (f"\n{escape(line.help)}" if line.help else ""))]
    head += [context(hint)] if hint else []
    return _modal("answer_enter", "Enter an answer", f"{run_id}|{line.key}", [*head, *_fields(line)])


def _fields(line: Line) -> list[Block]:
    if line.kind is ItemKind.VOICEMAIL:
        return _voicemail_fields()
    if line.kind is ItemKind.CHOICE:
        return [radio("value", "Choose one", [(option, option) for option in line.options])]
    placeholder = {ItemKind.TEMPERATURE: "for example 41.2", ItemKind.DATE: "for example 2026-12-24"}.get(line.kind, "")
    label = texts.kind_words(line.kind) + (f" (°{line.unit})" if line.kind is ItemKind.TEMPERATURE else "")
    if line.kind is ItemKind.NUMBER and line.unit:
        label += f" ({line.unit})"
    hint = NO_PATIENT if line.kind is ItemKind.TEXT else _limits_hint(line)
    return [text_input("value", label, hint=hint, placeholder=placeholder, multiline=line.kind is ItemKind.TEXT)]


def _limits_hint(line: Line) -> str:
    unit = f" °{line.unit}" if line.kind is ItemKind.TEMPERATURE else f" {line.unit}".rstrip()
    if line.low is not None and line.high is not None:
        return f"It should be {line.low:g} to {line.high:g}{unit}."
    return ""


def _voicemail_fields() -> list[Block]:
    counts = [number_input(kind, name) for kind, name in VOICEMAIL_KINDS.items()]
    oldest = text_input(
        "oldest",
        "Age of the oldest message",
        placeholder="for example 40m or 2h",
        hint="Leave it empty when there are none. " + NO_PATIENT,
        optional=True,
        most=10,
    )
    return [*counts, oldest]


def problem(title: str, run_id: int, lines: Sequence[Line]) -> Modal:
    """Say that a line is not applicable, or failed, and why."""
    choices = [(str(line.number), f"{line.number}. {line.title}") for line in lines]
    return _modal(
        "line_problem",
        "N/A or problem",
        str(run_id),
        [
            context(escape(title)),
            select("line", "Which line?", choices),
            radio("outcome", "What is it?", [("not-applicable", "Not applicable today"), ("failed", "It failed")]),
            text_input("reason", "Why, in a few words", hint=NO_PATIENT, most=300),
        ],
    )


def count(line: Line, run_id: int, callback_id: str) -> Modal:
    """A blind count: the first (`count_enter`) or the witness's (`count_witness`). It shows no number."""
    first = "Count what is there and write down the number, before anybody looks at the book."
    second = "Count it yourself, without asking for the first number. The two are compared afterwards."
    text = first if callback_id == "count_enter" else second
    return _modal(
        callback_id,
        "Blind count" if callback_id == "count_enter" else "Witness the count",
        f"{run_id}|{line.key}",
        [
            section(f"*{escape(line.title)}*\n{text}"),
            text_input("quantity", "How many are there?", placeholder="a whole number", most=20),
        ],
    )


def book(line: Line, run_id: int, outcome: CountOutcome, *, may_book: bool) -> Modal:
    """After both blind counts: whether they agree, and the book quantity for whoever reads the perpetual inventory."""
    about = f"{run_id}|{line.key}"
    if outcome.counted == outcome.witnessed:
        said = f":white_check_mark: Both counts are in and agree: *{outcome.counted}*."
    else:
        said = f":warning: Both counts are in and differ: *{outcome.counted}* and *{outcome.witnessed}*."
    if not may_book:
        return message("Both counts are in", f"{said}\nA pharmacist now enters the book quantity.")
    return _modal(
        "count_book",
        "Book quantity",
        about,
        [
            section(f"*{escape(line.title)}*\n{said}"),
            text_input("quantity", "Book quantity", hint="From the perpetual inventory, as it is now.", most=20),
        ],
        submit="Close the count",
    )


def closed_count(line: Line, outcome: CountOutcome) -> Modal:
    """How the count came out."""
    numbers = f"Counted {outcome.counted}, witnessed {outcome.witnessed}, book {outcome.book}."
    if outcome.agrees:
        said = f":white_check_mark: {numbers} It agrees."
    else:
        said = f":warning: {numbers} It does not agree: a case is open and the pharmacist on duty is told."
    return message("Count closed", f"*{escape(line.title)}*\n{said}")


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
        return _modal("case_sign", f"Case {about.id}", str(about.id), blocks, submit="Sign")
    why = "You can sign once it is over." if pharmacist else "A pharmacist signs it."
    blocks.append(context(f"This is kept as a draft. {why}"))
    return _modal("case_draft", f"Case {about.id}", str(about.id), blocks, submit="Save draft")


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
    return _modal("flag_irregularity", "Flag an irregularity", about, blocks, submit="Flag it")


def close_alert(title: str, alert_id: int) -> Modal:
    """Close an alert by hand: what was done."""
    return _modal(
        "alert_close",
        "Close the alert",
        str(alert_id),
        [section(f"*{escape(title)}*"), text_input("how", "What was done?", hint=NO_PATIENT, most=300)],
        submit="Close it",
    )
