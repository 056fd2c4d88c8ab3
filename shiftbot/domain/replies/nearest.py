"""What to say when a part means nothing: the same with a word mended, else the form that looks most like it. Pure."""

import difflib
import re
from collections.abc import Callable
from itertools import takewhile

from shiftbot.domain.checklist import ItemKind, Line, Plan
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.asking import EXAMPLES, TICKS, example, is_blind
from shiftbot.domain.replies.lines import name_lines
from shiftbot.domain.replies.understood import Page, Understood
from shiftbot.errors import Unreadable

_TOKENS_MAX = 8
_ALIKE = 0.45
"""What is less like any form than this is like none; and nobody is led to a sweep of everything by `will do`."""
_CHARACTERS_MAX = 60
"""More of a part is not compared: what somebody meant stands at its front."""


def nearest(part: str, page: Page, alone: Unreadable | None, read: Callable[[str, Page], Understood]) -> str:
    """The answer to a `part` that means nothing; `read` reads a part.

    A checklist of one line has its own sentence, `alone`, which says more than another form would.

    Never the words themselves: nobody knows what they are, and the answer is stored and posted (invariant 10).
    """
    mended = _mend(part, page, read)
    if mended is not None:
        return f"I did not understand that. Did you mean `{mended}`?"
    if alone is not None:
        return str(alone)
    named = _named(part, page.plan)
    if named is not None:
        return f"I did not understand that. Did you mean `{named.number} done`?"
    forms = [form for form in _forms(page.plan) if form[:3] != "all" or part.casefold().startswith("al")]
    close = difflib.get_close_matches(part.casefold()[:_CHARACTERS_MAX], forms, n=1, cutoff=_ALIKE) or forms[:1]
    return f"I did not understand that. The nearest I know is `{close[0]}`. Write `?` to see everything."


def _named(part: str, plan: Plan) -> Line | None:
    """The one line that a tick answers and that `part` names, with nothing more said: `lights on`."""
    try:
        named = name_lines(part, plan)
    except Unreadable:
        return None
    only = named.lines[0] if len(named.lines) == 1 and not named.rest else None
    return only if only is not None and only.kind in TICKS else None


def _mend(part: str, page: Page, read: Callable[[str, Page], Understood]) -> str | None:
    """`part` with its unknown words replaced by the known words most like them, when that can be read.

    What follows the known words is left to the reader: `5 skip …`.
    """
    names = {word.casefold() for line in page.plan.lines for name in line.words for word in name.split()}
    known = dict.fromkeys([*verbs.DONE, "fail", "failed", "n/a", "undo", "all", "but", "help", "sign", "correct",
                           "snooze", *sorted(names)])  # fmt: skip
    tokens = part.casefold().split(" ")[:_TOKENS_MAX]
    mended = [_mend_word(token[:_CHARACTERS_MAX], known) for token in tokens]
    if mended == tokens:
        return None
    try:
        understood = read(" ".join(mended), Page(page.plan))
    except Unreadable:
        return None
    blind = not understood.acts and any("with its button, so" in asked for asked in understood.asked)
    return None if understood == Understood() or blind else _shown(mended, known)


def _shown(tokens: list[str], known: dict[str, None]) -> str | None:
    sure = list(takewhile(lambda token: token in known or re.fullmatch(r"[-+\d.,:=]{1,7}", token), tokens))
    if not sure:
        return None
    return " ".join(sure if len(sure) == len(tokens) else [*sure, "…"])


def _mend_word(token: str, known: dict[str, None]) -> str:
    if token in known or not token.isalpha() or len(token) < 3:
        return token
    alike = [word for word in known if abs(len(word) - len(token)) <= 2]
    close = difflib.get_close_matches(token, alike, n=1, cutoff=0.6)
    return close[0] if close else token


def _forms(plan: Plan) -> list[str]:
    forms = ["1 done", "1-4 done", "all done", "all but 5", "undo 3", "5 n/a closed", "7 fail seal torn", "help"]
    forms += ["snooze"] if len(plan.lines) > 1 else []
    signed = [f"{line.number} sign" for line in plan.lines if line.kind is ItemKind.SIGNATURE and not plan.pin]
    named = [line for line in plan.lines if line.words and line.kind in EXAMPLES and not is_blind(line)]
    return forms + signed + [f"{line.words[-1]} {example(line)}" for line in named]
