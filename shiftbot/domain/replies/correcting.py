"""Corrections: `correct 4 41 misread the display`, `4 correct 41 misread`, `correct 3 n/a not here`. Pure.

A correction is a new answer with a reason; without one it is asked for and nothing is stored.
"""

import re

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.asking import TICKS, ask_values, ask_which, example, is_blind
from shiftbot.domain.replies.lines import Meaningless, Named, called, name_lines
from shiftbot.domain.replies.saying import read_reason
from shiftbot.domain.replies.understood import Page, Understood
from shiftbot.domain.values.reading import BECAUSE, read_with_note, split_reason
from shiftbot.domain.values.saying import value_words
from shiftbot.errors import Unreadable

_FIRST = re.compile(rf"(?:please\s+)?(?:{'|'.join(verbs.CORRECT)})\b[\s:,]*", re.IGNORECASE)
_TO = re.compile(r"(?:(?:to|is)\s+|[=:]\s*)(?=\S)", re.IGNORECASE)


def read_correction(part: str, page: Page) -> Understood | None:
    """What `part` corrects; None when it corrects nothing."""
    first = _FIRST.match(part)
    if first and not called(" ".join(part.casefold().split(" ")[:2]), page.plan):
        if first.end() == len(part):
            return Understood(asked=("What shall I correct? Write for example `correct 4 41 misread the display`",))
        after = re.sub(r"^((?:line\s+|#)?\w+)\s+to\s+(?=[-+.\d])", r"\1 ", part[first.end() :], flags=re.IGNORECASE)
        return _read(part, _named(after, page), page)
    named = _named(part, page)
    rest = verbs.after_verb(named.rest, verbs.CORRECT) if named else None
    if named is None or rest is None or all(line.kind is ItemKind.TEXT for line in named.lines):
        return None
    return _read(part, Named(named.lines, rest, named.by_number), page)


def _named(words: str, page: Page) -> Named | None:
    try:
        return name_lines(words, page.plan)
    except Meaningless:
        return None


def _read(part: str, named: Named | None, page: Page) -> Understood:
    if named is None:
        raise Meaningless(part)
    line = named.lines[0]
    if len(named.lines) > 1:
        return Understood(asked=(ask_which(named.lines, "correct {number} …"),))
    if line.key not in page.answered:
        return Understood(asked=(f"{line.number}. {line.title} is not answered yet, so there is nothing to correct.",))
    rest = _TO.sub("", named.rest, count=1) if _TO.match(named.rest) else named.rest
    named = Named((line,), rest, by_number=True)
    for outcome, verb, words in (
        (Outcome.NOT_APPLICABLE, "n/a", verbs.NOT_APPLICABLE), (Outcome.FAILED, "fail", verbs.FAILED),
    ):  # fmt: skip
        why = verbs.after_verb(rest, words)
        if why is not None:
            return _with_its_reason(read_reason(named, outcome, verb, _without_because(why)))
    return _read_value(line, rest, page)


def _with_its_reason(understood: Understood) -> Understood:
    """Why it is not applicable, or failed, is why it is corrected."""
    replies = tuple(Reply(each.line, each.outcome, note=each.note, reason=each.note) for each in understood.replies)
    return Understood(replies, asked=understood.asked)


def _read_value(line: Line, rest: str, page: Page) -> Understood:
    if line.kind in (ItemKind.SIGNATURE, ItemKind.PHOTO):
        return Understood(asked=(f"{line.number}. {line.title}: correct it with its button.",))
    if is_blind(line):
        return Understood(asked=ask_values([line], pin=page.plan.pin))
    if line.kind in TICKS:
        return _read_tick(line, rest)
    if not rest:
        return _ask_value(line)
    words, why = split_reason(line, rest)
    read = read_with_note(line, words, page.today, loose=True)
    reason = why or _without_because(read.note)
    if not reason:
        return _ask_reason(
            line, "…" if line.kind in (ItemKind.TEXT, ItemKind.VOICEMAIL) else value_words(line, read.value)
        )
    return Understood((Reply(line.key, value=read.value, reason=reason),))


def _read_tick(line: Line, rest: str) -> Understood:
    done = re.match(rf"{verbs.ANY_DONE}(?!\w)", rest, re.IGNORECASE)
    if not done:
        raise Unreadable(
            f"Write `correct {line.number} done …`, `correct {line.number} fail …` or `correct {line.number} n/a …`, "
            "with the reason after it."
        )
    reason = _without_because(rest[done.end() :].strip(" ,:;-–—"))
    return Understood((Reply(line.key, reason=reason),)) if reason else _ask_reason(line, "done")


def _ask_value(line: Line) -> Understood:
    shown = line.options[0] if line.kind is ItemKind.CHOICE else example(line)
    return Understood(asked=(f"What is right, and why? Write for example `correct {line.number} {shown} because …`",))


def _ask_reason(line: Line, shown: str) -> Understood:
    asked = f"A correction needs its reason, for example `correct {line.number} {shown} because I misread it`"
    return Understood(asked=(asked,))


def _without_because(words: str) -> str:
    found = BECAUSE.match(words)
    return (words[found.end() :] if found and found.end() < len(words) else words).strip()
