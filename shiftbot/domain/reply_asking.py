"""What a typed reply still needs, asked in one sentence with an example that can be copied. Pure."""

from collections.abc import Iterable

from shiftbot.domain.checklist import ItemKind, Line

TICKS = (ItemKind.TICK, ItemKind.SIGNATURE, ItemKind.PHOTO)
"""Kinds that a bare number answers; every other kind needs a value."""

BLIND = "with its button, so that the witness does not see your number."
"""How a witnessed count is answered."""

EXAMPLES = {
    ItemKind.TEMPERATURE: "41.2",
    ItemKind.NUMBER: "4.6",
    ItemKind.COUNT: "120",
    ItemKind.VOICEMAIL: "2 refill, 1 clinical, oldest 40m",
    ItemKind.TEXT: "your words",
}


def ask_values(lines: list[Line]) -> tuple[str, ...]:
    """What lines that a tick does not answer need; many of them in one sentence, with an example."""
    blind = [line for line in lines if is_blind(line)]
    if len(blind) > 2:
        numbers = ", ".join(str(line.number) for line in blind)
        together = f"{numbers}: count each {BLIND}"
        return (*ask_values([line for line in lines if line not in blind]), together)
    typed = [line for line in lines if line.kind in EXAMPLES and not line.witness]
    if len(typed) < 3:
        return tuple(_ask_value(line) for line in lines)
    numbers = ", ".join(str(line.number) for line in typed)
    together = f"{numbers} need more than a tick, for example `{typed[0].number} {example(typed[0])}`"
    return (together, *(_ask_value(line) for line in lines if line not in typed))


def is_blind(line: Line) -> bool:
    """Whether a line is a witnessed count, whose quantity is never typed in a thread nor said again (invariant 7)."""
    return line.kind is ItemKind.COUNT and line.witness is not None


def _ask_value(line: Line) -> str:
    if is_blind(line):
        return f"{line.number}. {line.title}: count it {BLIND}"
    if line.kind is ItemKind.CHOICE:
        return f"{line.number}. {line.title}: choose one, for example `{line.number} {line.options[0]}`"
    if line.kind not in EXAMPLES:
        return f"{line.number}. {line.title}: please use its button."
    need = "the temperature" if line.kind is ItemKind.TEMPERATURE else "more than a tick"
    return f"{line.number}. {line.title}: I need {need}, for example `{line.number} {example(line)}`"


def example(line: Line) -> str:
    """A value as one might type it: a temperature between the line's limits, or the kind's usual one."""
    if line.kind is ItemKind.TEMPERATURE and line.low is not None and line.high is not None:
        return f"{(line.low + line.high) / 2:g}"
    return "5.1" if line.unit == "C" else EXAMPLES[line.kind]


def ask_which(lines: Iterable[Line], form: str) -> str:
    """Which of several lines is meant; `form` is what to write, with `{number}` in it."""
    choices = [f"`{form.format(number=line.number)}` for {line.title.partition(':')[0]}" for line in lines]
    return f"Which one? Write {', '.join(choices[:8])}."
