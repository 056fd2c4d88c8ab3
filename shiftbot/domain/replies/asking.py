"""What a typed reply still needs, asked in one sentence with an example that can be copied. Pure."""

from collections.abc import Iterable

from shiftbot.domain.checklist import ItemKind, Line

TICKS = (ItemKind.TICK,)
"""Kinds that a bare number answers; every other kind needs a value, a signature or a photo."""

BLIND = "with its button, so that the witness does not see your number."
"""How a witnessed count is answered."""

EXAMPLES = {
    ItemKind.TEMPERATURE: "41.2",
    ItemKind.NUMBER: "4.6",
    ItemKind.MIN_MAX: "38 to 43",
    ItemKind.COUNT: "120",
    ItemKind.VOICEMAIL: "2 refill, 1 clinical, oldest 40m",
    ItemKind.DATE: "30 Nov 2026",
    ItemKind.TEXT: "your words",
}
_NEEDS = {
    ItemKind.TEMPERATURE: "the temperature",
    ItemKind.MIN_MAX: "the lowest and the highest",
    ItemKind.DATE: "the date",
}


def ask_values(lines: list[Line], *, pin: bool = False) -> tuple[str, ...]:
    """What lines that a tick does not answer need; many of them in one sentence, with an example."""
    blind = [line for line in lines if is_blind(line)]
    if len(blind) > 2:
        numbers = ", ".join(str(line.number) for line in blind)
        together = f"{numbers}: count each {BLIND}"
        return (*ask_values([line for line in lines if line not in blind], pin=pin), together)
    typed = [line for line in lines if line.kind in EXAMPLES and not line.witness]
    if len(typed) < 3:
        return tuple(ask_value(line, pin=pin) for line in lines)
    numbers = ", ".join(str(line.number) for line in typed)
    together = f"{numbers} need more than a tick, for example `{typed[0].number} {example(typed[0])}`"
    return (together, *(ask_value(line, pin=pin) for line in lines if line not in typed))


def is_blind(line: Line) -> bool:
    """Whether a line is a witnessed count, whose quantity is never typed in a thread nor said again (invariant 7)."""
    return line.kind is ItemKind.COUNT and line.witness is not None


def ask_value(line: Line, *, pin: bool = False) -> str:
    """What one line needs that is no tick; `pin` where a signature asks for one."""
    if is_blind(line):
        return f"{line.number}. {line.title}: count it {BLIND}"
    if line.kind is ItemKind.CHOICE:
        return f"{line.number}. {line.title}: choose one, for example `{line.number} {line.options[0]}`"
    if line.kind is ItemKind.SIGNATURE:
        return ask_signature(line, pin=pin)
    if line.kind is ItemKind.PHOTO:
        return ask_photo(line)
    need = _NEEDS.get(line.kind, "more than a tick")
    return f"{line.number}. {line.title}: I need {need}, for example `{line.number} {example(line)}`"


def ask_signature(line: Line, *, pin: bool) -> str:
    """A signature is a word of its own: nothing else that is typed signs."""
    if pin:
        return (
            f"{line.number}. {line.title}: sign it with its button, which asks for your PIN. Never type the PIN here."
        )
    return f"{line.number}. {line.title}: write `{line.number} sign` to put your name to it as {line.meaning}."


def ask_photo(line: Line) -> str:
    """A photo is attached, or taken by the button."""
    return f"{line.number}. {line.title}: attach the photo to a reply that says `{line.number}`, or use its button."


def ask_open(line: Line) -> str:
    """Somebody says that a line is not done."""
    return (
        f"{line.number}. {line.title} stays open. "
        f"If it failed write `{line.number} fail …` and why; if it does not apply, `{line.number} n/a …` and why."
    )


def example(line: Line) -> str:
    """A value as one might type it: a temperature between the line's limits, or the kind's usual one."""
    if line.kind is ItemKind.TEMPERATURE and line.low is not None and line.high is not None:
        return f"{(line.low + line.high) / 2:g}"
    if line.kind is ItemKind.MIN_MAX and line.low is not None and line.high is not None:
        return f"{line.low + 1:g} to {line.high - 1:g}"
    if line.kind is ItemKind.MIN_MAX and line.unit == "C":
        return "3.5 to 6.1"
    return "5.1" if line.unit == "C" else EXAMPLES[line.kind]


def ask_which(lines: Iterable[Line], form: str) -> str:
    """Which of several lines is meant; `form` is what to write, with `{number}` in it."""
    lines = list(lines)[:8]
    names = [line.title.partition(":")[0] for line in lines]
    # Two lines about one unit are told apart by what they ask.
    names = names if len(set(names)) == len(names) else [line.title for line in lines]
    choices = [f"`{form.format(number=line.number)}` for {name}" for line, name in zip(lines, names, strict=True)]
    return f"Which one? Write {', '.join(choices)}."


def numbers_text(lines: Iterable[Line]) -> str:
    """The numbers of lines in a row: `1, 4 and 7`."""
    numbers = [str(line.number) for line in lines]
    return " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)
