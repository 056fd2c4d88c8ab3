"""What is said of lines that were named: done, n/a or failed with a reason, a signature, or a value for one. Pure."""

import re
from collections.abc import Iterable

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.asking import TICKS, ask_open, ask_photo, ask_signature, ask_values, ask_which, is_blind
from shiftbot.domain.replies.lines import MORE_LINES, Meaningless, Named
from shiftbot.domain.replies.understood import Page, Understood
from shiftbot.domain.values.reading import SIGN, Read, note_after, read_choice, read_value, read_with_note
from shiftbot.domain.values.saying import value_words
from shiftbot.errors import Unreadable

REPEATED = (ItemKind.TEMPERATURE, ItemKind.NUMBER, ItemKind.COUNT, ItemKind.CHOICE, ItemKind.MIN_MAX, ItemKind.DATE)
"""Kinds whose values hold no free words, so that they may stand in a question."""

QUANTITY = re.compile(
    r"\d|(?<!\bno )\bone\b|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety|hundred|dozen)\b",
    re.IGNORECASE,
)
"""A number in figures or words; the reason of a blind line may hold none (invariant 7)."""

WRITTEN_AFTER = (ItemKind.NUMBER, ItemKind.TEMPERATURE, ItemKind.MIN_MAX, ItemKind.DATE)
"""Kinds that can be out of range, so that a reason may be added to their value afterwards."""


def read_saying(part: str, named: Named, page: Page) -> Understood:
    """What `named.rest` says of the named lines. Raises Meaningless when it says nothing."""
    if any(_is_option(line, named.rest) for line in named.lines):
        return read_given(part, named, page)
    texts_only = all(line.kind is ItemKind.TEXT for line in named.lines)
    rest = named.rest if texts_only else verbs.without_is(named.rest)
    named = Named(named.lines, rest, named.by_number)
    failed = verbs.FAILED_PLAINLY if texts_only else verbs.FAILED
    for outcome, verb, words in (
        (Outcome.NOT_APPLICABLE, "n/a", verbs.NOT_APPLICABLE),
        (Outcome.FAILED, "fail", failed),
    ):
        reason = verbs.after_verb(rest, words)
        if reason is not None:
            return read_reason(named, outcome, verb, reason)
    return _read_plain(part, named, page)


def _read_plain(part: str, named: Named, page: Page) -> Understood:
    because = verbs.after_verb(named.rest, verbs.BECAUSE)
    if because is not None and all(line.kind is not ItemKind.TEXT for line in named.lines):
        return read_because(named, because, page)
    if any(line.kind is ItemKind.SIGNATURE for line in named.lines) and _signs(named):
        return _read_signature(named, page)
    if verbs.says_done(named.rest) or (named.by_number and not named.rest):
        if len(named.lines) > 1 and not named.by_number:
            return Understood(asked=(ask_which(named.lines, "{number} done"),))
        return tick(named.lines, page)
    if verbs.says_not_done(named.rest) and all(
        line.kind not in (ItemKind.TEXT, ItemKind.CHOICE) for line in named.lines
    ):
        return Understood(asked=tuple(ask_open(line) for line in named.lines[:3]))
    return read_given(part, named, page)


def _is_option(line: Line, words: str) -> bool:
    """Whether `words` are exactly an option, even one that says `fail`, or a yes or no that begins one."""
    said = words.strip().casefold()
    if line.kind is not ItemKind.CHOICE or said not in (*map(str.casefold, line.options), "y", "yes", "n", "no"):
        return False
    try:
        return bool(read_choice(said, line.options))
    except Unreadable:
        return False


def tick(lines: Iterable[Line], page: Page) -> Understood:
    """Done, for the lines that a tick answers; the others are asked for."""
    lines = tuple(lines)
    ticks = tuple(Reply(line.key) for line in lines if line.kind in TICKS)
    photos = tuple(line.key for line in lines if line.kind is ItemKind.PHOTO)
    others = [line for line in lines if line.kind not in TICKS]
    return Understood(ticks, asked=ask_values(others, pin=page.plan.pin), photos=photos)


def read_reason(named: Named, outcome: Outcome, verb: str, reason: str) -> Understood:
    """Not applicable or failed, for every named line, with the reason; asked for without one."""
    if len(named.lines) > 1 and not named.by_number:
        return Understood(asked=(ask_which(named.lines, f"{{number}} {verb} …"),))
    if not reason:
        return Understood(asked=(f"Say in a few words why, for example `{named.lines[0].number} {verb} closed today`",))
    blind = [line for line in named.lines if is_blind(line)] if QUANTITY.search(reason) else []
    replies = tuple(Reply(line.key, outcome, note=reason) for line in named.lines if line not in blind)
    return Understood(replies, asked=tuple(_ask_without_quantity(line) for line in blind))


def _ask_without_quantity(line: Line) -> str:
    return (
        f"{line.number}. {line.title}: please give the reason without any number. A quantity is never typed here; "
        "count it with its button, so that the witness does not see your number."
    )


def read_because(named: Named, reason: str, page: Page) -> Understood:
    """A reason for a value that stands already."""
    line = named.lines[0]
    if any(map(is_blind, named.lines)):
        return _ask_blind(list(named.lines), page)
    if len(named.lines) > 1:
        return Understood(asked=(ask_which(named.lines, "{number} because …"),))
    if line.kind not in WRITTEN_AFTER:
        return Understood(asked=(f"{line.number}. {line.title}: if it failed write `{line.number} fail …` and why.",))
    if not reason:
        return Understood(asked=(f"Say why, for example `{line.number} because the door was open`",))
    return Understood(because=((line.key, reason),))


def _signs(named: Named) -> bool:
    first = named.rest.casefold().split(" ", 1)[0].strip(" ,:.")
    meanings = {line.meaning.value for line in named.lines if line.kind is ItemKind.SIGNATURE} - {"done"}
    return first in SIGN or first in meanings


def _read_signature(named: Named, page: Page) -> Understood:
    """A signature for each named line, where the site asks for no PIN; one that is typed is neither read nor kept."""
    signed = [line for line in named.lines if line.kind is ItemKind.SIGNATURE]
    others = [line for line in named.lines if line.kind is not ItemKind.SIGNATURE]
    asked = ask_values([line for line in others if line.kind not in TICKS], pin=page.plan.pin)
    asked += tuple(f"{line.number}. {line.title}: write `{line.number} done`." for line in others if line.kind in TICKS)
    if len(signed) > 1 and not named.by_number:
        return Understood(asked=(ask_which(signed, "{number} sign"),))
    if page.plan.pin or re.search(r"\d", named.rest):
        return Understood(asked=(*(ask_signature(line, pin=page.plan.pin) for line in signed), *asked))
    values = [(line, _signature(line, named.rest)) for line in signed]
    return Understood(tuple(Reply(line.key, value=read.value) for line, read in values), asked=asked)


def _signature(line: Line, rest: str) -> Read:
    return read_with_note(line, verbs.polite(rest.casefold()).strip(" .!"))


def read_given(part: str, named: Named, page: Page) -> Understood:
    """A value, which must be for one line; with several the same words are asked for again, by number."""
    valued = [line for line in named.lines if line.kind not in TICKS]
    if any(map(is_blind, valued)) and named.rest:
        return _ask_blind(valued, page)
    if not valued or not named.rest:
        return _tick_with_note(part, named)
    if named.by_number and len(valued) < len(named.lines):
        raise Unreadable("Some of those lines are ticked and some need a value. Write each on a line of its own.")
    if all(line.kind is ItemKind.PHOTO for line in valued):
        return Understood(asked=tuple(map(ask_photo, valued)), photos=tuple(line.key for line in valued))
    if valued[0].kind is ItemKind.TEXT and MORE_LINES.fullmatch(named.rest.casefold()):
        raise Unreadable(f"Is that the text of line {valued[0].number}, or are those lines? Write the text in words.")
    readings, why = _readings(valued, named.rest, page)
    if not readings:
        raise why or Meaningless(part)
    line, read = readings[0]
    if len(readings) > 1:
        shown = value_words(line, read.value) if line.kind in REPEATED else "…"
        form = f"{{number}} {shown} …" if read.note else f"{{number}} {shown}"
        return Understood(asked=(ask_which([each for each, _ in readings], form),))
    return Understood((Reply(line.key, value=read.value, note=read.note),))


def _readings(valued: list[Line], words: str, page: Page) -> tuple[list[tuple[Line, Read]], Unreadable | None]:
    """The lines for which `words` are a value, and what the first of the others says to them."""
    found: list[tuple[Line, Read]] = []
    refused: list[Unreadable] = []
    for line in valued:
        try:
            found.append((line, _read_value(line, words, page)))
        except Unreadable as why:
            refused.append(why)
    return found, refused[0] if refused else None


def _read_value(line: Line, words: str, page: Page) -> Read:
    """The value and its note; `41 ok` is `41`: a value needs no word that it is done."""
    first, _, last = words.rpartition(" ")
    if first and line.kind is not ItemKind.TEXT and verbs.says_done(last):
        try:
            return Read(read_value(line, first.rstrip(" ,"), page.today) or {})
        except Unreadable:
            # Not the value alone, then: there may be a note that ends so.
            return read_with_note(line, words, page.today)
    return read_with_note(line, words, page.today)


def _tick_with_note(part: str, named: Named) -> Understood:
    """`4 done, printer is slow`: a tick with a note, set apart so that nothing else can be meant."""
    if len(named.lines) > 1 or named.lines[0].kind not in TICKS:
        raise Meaningless(part)
    done = re.match(rf"{verbs.ANY_DONE}(?=\W)", named.rest, re.IGNORECASE)
    note = note_after(named.rest[done.end() :], strict=True) if done else None
    if note is None or re.match(r"(?:not|no|never)\b", note, re.IGNORECASE):
        raise Meaningless(part)
    return Understood((Reply(named.lines[0].key, note=note),))


def _ask_blind(valued: list[Line], page: Page) -> Understood:
    """A quantity typed for a witnessed count is neither stored nor said again, whatever other lines it names."""
    others = [line for line in valued if not is_blind(line)]
    asked = (ask_which(others, "{number} …"),) if others else ()
    return Understood(asked=(*ask_values([line for line in valued if is_blind(line)], pin=page.plan.pin), *asked))
