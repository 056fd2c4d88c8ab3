"""The forms of what is not a plain answer: not applicable or failed, a correction, what was told by phone."""

from collections.abc import Sequence

from shiftbot.domain.checklist import Line
from shiftbot.domain.site import Person
from shiftbot.slack.blocks.modals.answers import line_head
from shiftbot.slack.blocks.modals.fields import value_fields
from shiftbot.slack.blocks.modals.window import NO_PATIENT, Modal, window
from shiftbot.slack.blocks.parts import (
    Block,
    actions,
    button,
    context,
    group_select,
    plain,
    radio,
    select,
    text_input,
)

NA_OR_FAILED = [("not-applicable", "Not applicable today"), ("failed", "It failed")]


def problem(title: str, run_id: int, lines: Sequence[Line], *, correctable: bool, manager: bool) -> Modal:
    """Say that a line is not applicable, or failed, and why; from here on to corrections and what was told."""
    further = [button("Correct an answer…", "line_correct", str(run_id))] if correctable else []
    further += [button("Told by phone…", "line_told", str(run_id))] if manager else []
    blocks = [
        context(plain(title)),
        choose_line(lines),
        radio("outcome", "What is it?", NA_OR_FAILED),
        text_input("reason", "Why, in a few words", hint=NO_PATIENT, most=300),
    ]
    return window("line_problem", "N/A or problem", str(run_id), blocks + ([actions(further)] if further else []))


def choose_line(lines: Sequence[Line]) -> Block:
    """A list of lines; in their sections when they are too many for one list."""
    choices = [(line.section, str(line.number), f"{line.number}. {line.title}") for line in lines]
    if len(choices) <= 100:
        return select("line", "Which line?", [(value, text) for _, value, text in choices])
    return group_select("line", "Which line?", choices)


def choose_to_correct(title: str, run_id: int, lines: Sequence[Line]) -> Modal:
    """Which answer is to be corrected."""
    blocks = [context(plain(title)), choose_line(lines)]
    return window("line_choose", "Correct an answer", f"correct|{run_id}", blocks, submit="Next")


def choose_told(title: str, run_id: int, lines: Sequence[Line], people: Sequence[Person]) -> Modal:
    """Who told what by phone: the manager writes it down, and it is shown as such."""
    who = select("who", "Who told you?", [(person.id, person.name) for person in people])
    blocks = [context(plain(title)), who, choose_line(lines)]
    return window("line_choose", "Told by phone", f"told|{run_id}", blocks, submit="Next")


def correct(line: Line, run_id: int, stands: str) -> Modal:
    """A new answer over the one that stands, which stays visible."""
    asked = value_fields(line, optional=True)
    outcomes = [("done", "Another value" if asked else "It is done"), *NA_OR_FAILED]
    blocks = [
        *line_head(line, f"Now: {plain(stands)}"),
        radio("outcome", "What should it say?", outcomes, initial="done" if asked else None),
        *asked,
        text_input("reason", "Why is it corrected?", hint=f"Both answers stay visible. {NO_PATIENT}", most=300),
    ]
    return window("line_correct", "Correct an answer", f"{run_id}|{line.key}", blocks, submit="Correct it")


def told(line: Line, run_id: int, person: Person) -> Modal:
    """What somebody told the manager by phone."""
    asked = value_fields(line, optional=True)
    outcomes = [("done", "With this value" if asked else "It is done"), *NA_OR_FAILED]
    blocks = [
        *line_head(line, f"Told by {plain(person.name)} by phone. Your name stands beside it."),
        radio("outcome", "What did they say?", outcomes, initial="done"),
        *asked,
        text_input("note", "In a few words", hint=NO_PATIENT, most=300, optional=True),
    ]
    return window("line_told", "Told by phone", f"{run_id}|{line.key}|{person.id}", blocks)
