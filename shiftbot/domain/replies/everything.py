"""Replies to many lines at once: `all`, `all but 5`, `all good`, `cold chain all good`, and `done` alone. Pure.

`all done` ticks whatever a tick answers. `all good` ticks only the sections that their pack lets one word tick.
"""

import re
from collections.abc import Iterable

from shiftbot.domain.checklist import ItemKind, Line, Plan
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.asking import TICKS, ask_signature, ask_values, numbers_text
from shiftbot.domain.replies.lines import Meaningless, called, name_lines
from shiftbot.domain.replies.saying import tick
from shiftbot.domain.replies.understood import Page, Understood
from shiftbot.domain.values.reading import SIGN
from shiftbot.errors import Unreadable

_ALL = r"(?:all|everything|every line)"
_GOOD = r"(?:good|ok|okay|fine|clear|well|great)"
_BUT = re.compile(r"\s*\b(?:but|except for|except|apart from|besides|without)\s+")
_WHOLE = re.compile(rf"{_ALL}(?:(?: (?:is|are|was|were|has been))?(?: (?P<good>{_GOOD})| {verbs.ANY_DONE}))?")
_SECTION = (
    re.compile(rf"(?P<title>.+?) (?:is |are )?all(?: (?:is |are )?(?:{_GOOD}|{verbs.ANY_DONE}))?"),
    re.compile(rf"{_ALL} (?:is |are )?(?:{_GOOD}|{verbs.ANY_DONE}) (?:in |with |for |at )?(?:the )?(?P<title>.+)"),
    re.compile(rf"{_ALL} (?:in |of )?(?:the )?(?P<title>.+?)(?: (?:is |are )?(?:{_GOOD}|{verbs.ANY_DONE}))?"),
)
_PLAIN_SECTION = re.compile(rf"(?:the )?(?P<title>.+?) (?:section )?(?:is )?(?:{_GOOD}|{verbs.ANY_DONE})")


def read_everything(part: str, page: Page) -> Understood | None:
    """What `part` says to many lines; None when it names its lines one by one."""
    low = verbs.polite(part.casefold())
    front, *but = _BUT.split(low, maxsplit=1)
    whole = _WHOLE.fullmatch(front)
    if whole is None:
        return read_section(low, page)
    left_out = _left_out(but[0], low, page) if but else set()
    blank = [line for line in page.blank if line.key not in left_out]
    if not blank:
        return Understood(asked=("Everything is answered already.",))
    return _all_good(blank, page) if whole["good"] else tick(blank, page)


def _left_out(words: str, low: str, page: Page) -> set[str]:
    """The keys of the lines that `words` name, as one list or piece by piece: `5`, `5 and fridge`."""
    words = re.sub(rf"(?: (?:is|are))? {verbs.ANY_DONE}$", "", words)
    try:
        return _keys(words, low, page.plan)
    except Unreadable:
        pieces = [piece for piece in re.split(r"\s*(?:,|&|\band\b)\s*", words) if piece]
        if len(pieces) < 2:
            raise
        return set().union(*(_keys(piece, low, page.plan) for piece in pieces))


def _keys(words: str, low: str, plan: Plan) -> set[str]:
    named = name_lines(words, plan)
    if named.rest:
        raise Meaningless(low)
    return {line.key for line in named.lines}


def _all_good(blank: list[Line], page: Page) -> Understood:
    """The lines of sections that one word may tick; the other sections are named."""
    mine = [line for line in blank if line.section in page.plan.all_good]
    others = [line for line in blank if line.section not in page.plan.all_good]
    asked = (_ask_by_line(others),) if others else ()
    return tick(mine, page) + Understood(asked=asked)


def _ask_by_line(lines: list[Line]) -> str:
    sections = list(dict.fromkeys(line.section for line in lines))[:8]
    named = ", ".join(f"{title} ({numbers_text(_of(lines, title))})" for title in sections)
    ticks = [line for line in lines if line.kind in TICKS]
    shown = f", for example `{ticks[0].number} done`" if ticks else ""
    return f"`all good` is not enough for {named}. Answer them by their numbers{shown}."


def _of(lines: Iterable[Line], title: str) -> list[Line]:
    return [line for line in lines if line.section == title]


def read_section(low: str, page: Page) -> Understood | None:
    """`cold chain all good`, `all good in cold chain`, `front done`; None when no section is named."""
    for form in _SECTION:
        found = form.fullmatch(low)
        title = find_section(found["title"], page.plan) if found else None
        if title:
            return _tick_section(title, page)
    found = _PLAIN_SECTION.fullmatch(low)
    # Where lines bear the name too, they are meant: `cabinet ok`.
    if found and not called(found["title"], page.plan):
        title = find_section(found["title"], page.plan)
        return _tick_section(title, page) if title else None
    return None


def _tick_section(title: str, page: Page) -> Understood:
    blank = _of(page.blank, title)
    if not blank:
        return Understood(asked=(f"Everything of {title} is answered already.",))
    return tick(blank, page) if title in page.plan.all_good else Understood(asked=(_ask_by_line(blank),))


def find_section(words: str, plan: Plan) -> str | None:
    """The title of the section that `words` (in lower case) are, or the front of; None for none and for several."""
    titles = list(dict.fromkeys(line.section for line in plan.lines))
    said = re.sub(r"^the |\s+section$", "", words.strip(" :,.\"'“”"))
    if len(said) < 3:
        return None
    exact = [title for title in titles if title.casefold() == said]
    begun = [title for title in titles if title.casefold().startswith(said)]
    found = exact or begun
    return found[0] if len(found) == 1 else None


def read_alone(part: str, page: Page) -> Understood | None:
    """`done` and `sign` without a line: for the only one that is left, or asked which."""
    low = verbs.polite(part.casefold().strip(" .!"))
    if low in SIGN:
        return _sign_alone(page)
    if low not in verbs.DONE and low not in ("i'm done", "im done", "we're done", "it's done"):
        return None
    ticks = page.ticks
    if len(ticks) == 1 and low in verbs.FINISHED:
        return tick(ticks, page)
    if not ticks:
        return _nothing_to_tick(page)
    which = ", ".join(f"{line.number}. {line.title}" for line in ticks[:8])
    return Understood(asked=(f"Which line? Write for example `{ticks[0].number} done`. Open: {which}",))


def _nothing_to_tick(page: Page) -> Understood:
    if not page.blank:
        return Understood(asked=("Everything is answered already.",))
    if not page.theirs:
        return Understood(
            asked=(f"Nothing is left here for you; a colleague still answers {numbers_text(page.blank)}.",)
        )
    return Understood(asked=ask_values(page.theirs, pin=page.plan.pin))


def _sign_alone(page: Page) -> Understood:
    waiting = [line for line in page.blank if line.kind is ItemKind.SIGNATURE]
    if not waiting:
        return Understood(asked=("Nothing here waits for a signature.",))
    return Understood(asked=tuple(ask_signature(line, pin=page.plan.pin) for line in waiting[:8]))
