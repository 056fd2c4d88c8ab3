"""The forms that answer one line: its value, the reason of a value out of range, a signature."""

from collections.abc import Mapping

from shiftbot.domain.checklist import Line
from shiftbot.domain.site import Person
from shiftbot.slack import texts
from shiftbot.slack.blocks.modals.fields import limits_hint, value_fields
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, window
from shiftbot.slack.blocks.parts import Block, context, linked, plain, section, text_input


def line_head(line: Line, *notes: str) -> list[Block]:
    """What a form about a line begins with: its number and title, its procedure, its help, further notes."""
    title = f"*{line.number}. {linked(plain(line.title), line.sop)}*"
    head = [section(title + (f"\n{plain(line.help)}" if line.help else ""))]
    return [*head, *(context(note) for note in notes if note)]


def enter(line: Line, run_id: int, hint: str = "", initial: Mapping[str, str] | None = None) -> Modal:
    """Ask for the value of a line; `hint` is what its sensor says, if anything."""
    blocks = [*line_head(line, hint), *value_fields(line, initial)]
    return window("answer_enter", "Enter an answer", f"{run_id}|{line.key}", blocks)


def reason(line: Line, run_id: int, said: str) -> Modal:
    """Ask why a value is out of range; the value is stored already, and closing this loses only the words."""
    found = f":warning: *{plain(said)}* is stored, and it is out of range. {limits_hint(line)}".strip()
    blocks = [
        *line_head(line),
        section(f"{found} The pharmacist on duty is being told."),
        text_input("reason", "Why, and what did you do?", hint=NO_PATIENT, multiline=True, most=300),
    ]
    return window("answer_reason", "Out of range", f"{run_id}|{line.key}", blocks)


def sign(line: Line, run_id: int, person: Person, *, pin: bool) -> Modal:
    """Put one's name to a line; with `pin` its meaning is sealed with the signer's own PIN."""
    words = texts.signature_text(person.name, texts.signing_role(line, person), line.meaning)
    blocks = [*line_head(line), section(f":lower_left_ballpoint_pen: _{plain(words)}_")]
    if pin:
        hint = "The PIN you set with /shift pin. Never tell it to anybody."
        blocks.append(text_input("pin", "Your PIN", hint=hint, most=12))
    blocks.append(context("Your name, the time and this meaning stand on the record."))
    return window("line_sign", "Sign", f"{run_id}|{line.key}", blocks, submit="Sign")
