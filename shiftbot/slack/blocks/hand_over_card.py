"""A hand-over note as a card in the channel, the same in the Home tab, and the form it is written in."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.hand_over import NOTE_MAX
from shiftbot.domain.site import Person, Site
from shiftbot.services.hand_over import HandOverView
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, window
from shiftbot.slack.blocks.parts import Block, actions, button, context, cut, header, plain, section, select, text_input

HEADINGS = {
    "excursions": (":thermometer:", "Out of range"),
    "silent": (":no_bell:", "Silent sensors"),
    "alerts": (":rotating_light:", "Alerts"),
    "missed": (":no_entry:", "Missed and still blank"),
    "follow_ups": (":pushpin:", "To follow up"),
    "voicemail": (":telephone_receiver:", "Voicemail at the last sweep"),
    "cases": (":clipboard:", "Cases to sign"),
}
"""Of each kind of fact its mark and name, in the order they are read; what is urgent stands first."""

NOTE_LINES = 30
"""Of a note's lines at most so many are shown in one paragraph; its letters are limited anyway."""


def hand_over_card(view: HandOverView) -> list[Block]:
    """The blocks of a note as it stands: what was open, what was written, who read it when."""
    blocks = [header(f"Hand-over: {view.site.name}"), context(_written(view))]
    blocks += [section(_note_text(view.hand_over.note)), *facts_blocks(view.hand_over.facts)]
    blocks.append(context(_read_by(view)))
    if not view.replaced:
        blocks.append(actions([_read_button(view)], "hand-over-actions"))
    return blocks


def hand_over_fallback(view: HandOverView) -> str:
    """The card in one line, for notifications and screen readers."""
    return f"Hand-over note of {view.writer}, {view.written}: {plain(cut(view.hand_over.note, 200))}"


def hand_over_home(view: HandOverView) -> list[Block]:
    """The note on the Home tab of somebody who has not read it."""
    head = f":handshake: *Hand-over note, not read yet*\n{_written(view)}"
    blocks = [section(head), section(_note_text(view.hand_over.note))]
    lines = facts_lines(view.hand_over.facts)
    blocks += [context("  ·  ".join(lines))] if lines else []
    return [*blocks, actions([_read_button(view)], f"hand-over-{view.hand_over.id}")]


def _read_button(view: HandOverView) -> ButtonElement:
    return button("I have read it", "hand_over_read", str(view.hand_over.id), "primary")


def _written(view: HandOverView) -> str:
    replaced = "  ·  _replaced by a newer note_" if view.replaced else ""
    return f"{plain(view.writer)}  ·  {view.written}{replaced}"


def _note_text(note: str) -> str:
    """The words as they were written, each line quoted."""
    lines = [plain(line) for line in note.splitlines()][:NOTE_LINES]
    return "\n".join(f"> {line}" if line else ">" for line in lines)


def _read_by(view: HandOverView) -> str:
    if not view.readers:
        return ":hourglass: Nobody has read it yet."
    read = "  ·  ".join(f"{plain(name)} {clock}" for name, clock in view.readers)
    return f":white_check_mark: Read by {read}"


def facts_blocks(facts: Mapping[str, Any]) -> list[Block]:
    """What was open, a paragraph for each kind of it; one line when nothing was."""
    paragraphs = [_paragraph(kind, facts[kind]) for kind in HEADINGS if _is_worth(facts.get(kind))]
    return [section(paragraph) for paragraph in paragraphs] or [section(":white_check_mark: Nothing was left open.")]


def facts_lines(facts: Mapping[str, Any]) -> list[str]:
    """What was open, a short line for each kind."""
    return [_heading(kind, facts[kind]) for kind in HEADINGS if _is_worth(facts.get(kind))]


def _is_worth(fact: Mapping[str, Any] | None) -> bool:
    return bool(fact and (fact["count"] or fact["texts"]))


def _heading(kind: str, fact: Mapping[str, Any]) -> str:
    mark, name = HEADINGS[kind]
    return f"{mark} *{name}: {fact['count']}*"


def _paragraph(kind: str, fact: Mapping[str, Any]) -> str:
    texts: Sequence[str] = fact["texts"]
    lines = [f"•  {plain(text)}" for text in texts]
    more = fact["count"] - len(texts)
    # Missed lines and messages are counted one by one and told by checklist and mailbox: there nothing is left out.
    lines += [f"•  and {more} more"] if more > 0 and kind not in ("missed", "voicemail") else []
    return "\n".join([_heading(kind, fact), *lines])


def choose_site(sites: Sequence[Site], said: str = "") -> Modal:
    """Which pharmacy's shift is handed over, for somebody of several; `said` goes on to the note."""
    choices = [(site.id, site.name) for site in sites]
    return window("hand_over_site", "Hand over the shift", said, [select("site", "Pharmacy", choices)], "Next")


def write(site: Site, person: Person, facts: Mapping[str, Any], run: int | None, *, said: str = "") -> Modal:
    """The note, under what is open now: it goes along and need not be typed again."""
    head = section(f"*{plain(site.name)}*\nThis is open now and goes along with your note:")
    note = text_input(
        "note",
        "What must the next shift know?",
        hint=NO_PATIENT,
        placeholder="What is under way, who was called, what to look at first. Or: nothing to hand over.",
        initial=said,
        multiline=True,
        most=NOTE_MAX,
    )
    signed = context(f"{plain(person.name)}  ·  it is posted in the channel, and the next shift says who read it when.")
    about = f"{site.id}|{run if run is not None else ''}"
    return window(
        "hand_over_write", "Hand over the shift", about, [head, *facts_blocks(facts), note, signed], "Hand over"
    )
