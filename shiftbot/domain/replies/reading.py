"""One part of a message: which kind of saying it is, and what that says to the lines of a page. Pure."""

import re
from functools import reduce

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Plan
from shiftbot.domain.replies import verbs
from shiftbot.domain.replies.asking import TICKS, ask_open, ask_which
from shiftbot.domain.replies.correcting import read_correction
from shiftbot.domain.replies.everything import find_section, read_alone, read_everything
from shiftbot.domain.replies.lines import VALUED, Meaningless, name_lines
from shiftbot.domain.replies.saying import WRITTEN_AFTER, read_saying
from shiftbot.domain.replies.understood import Page, Understood
from shiftbot.errors import Unreadable

_SNOOZE = re.compile(verbs.SNOOZE)
_NOT_DONE = re.compile(rf".{{1,60}}?\b(?:{'|'.join(verbs.NOT_DONE_WHY)})\b", re.IGNORECASE)
_CLAIM = (
    re.compile(r"(?:mine|take|taking|claim|claiming|i take|i'll take|i’ll take|i've got|i’ve got|i have)\b[\s:]*(.*)"),
    re.compile(r"(.+?) (?:is |are )?mine"),
)


def read_part(part: str, page: Page) -> Understood:
    """One line of a message; when it means nothing as a whole, the parts between its commas: `1-2 ok, fridge 41`."""
    pieces = _whole_reasons(re.split(r"\s*,\s+|,(?!\d)", part), page)
    giving = [piece for piece in pieces if _gives_number(piece, page.plan)]
    valued = _read_pieces(pieces, page) if giving and len(pieces) > 1 else None
    if valued is not None:
        return _one_reading(part, valued, page, sure=len(giving) == len(pieces))
    try:
        return read_one(part, page)
    except Unreadable:
        pieces = _whole_reasons(re.split(r"\s*,\s*", part), page)
        whole = _read_pieces(pieces, page) if len(pieces) > 1 else None
        if whole is None:
            raise
        return whole


def _whole_reasons(pieces: list[str], page: Page) -> list[str]:
    """The pieces between commas, with why a line is not done in one piece: `4 not done, no bulbs, ordered`."""
    whole: list[str] = []
    for piece in filter(None, pieces):
        if whole and _NOT_DONE.match(whole[-1]) and not _says_more(piece, page):
            whole[-1] += f", {piece}"
        else:
            whole.append(piece)
    return whole


def _one_reading(part: str, valued: Understood, page: Page, *, sure: bool) -> Understood:
    """`2 41, 3 42` are two values, even where 41 and 42 are lines as well; of `2 41, 5 done` that is not sure then."""
    if sure:
        return valued
    try:
        whole = read_one(part, page)
    except Unreadable:
        return valued
    if whole != valued:
        raise Unreadable("That can be read in two ways. Write each answer on a line of its own.")
    return valued


def _gives_number(piece: str, plan: Plan) -> bool:
    found = VALUED.match(piece)
    named = [line for line in plan.lines if found and line.number == int(found.group(1))]
    return bool(named) and named[0].kind in (*WRITTEN_AFTER, ItemKind.COUNT)


def _read_pieces(pieces: list[str], page: Page) -> Understood | None:
    try:
        return reduce(Understood.__add__, (read_one(piece, page) for piece in pieces))
    except Unreadable:
        return None


def read_one(part: str, page: Page) -> Understood:
    """One saying, read as a whole. Raises Meaningless when it says nothing, Unreadable when it says what cannot be."""
    low = part.casefold()
    if low in verbs.HELP:
        return Understood(help=True)
    if is_undo(part):
        return _read_undo(part, page.plan)
    if low.startswith("because "):
        return _ask_whose_reason(page)
    if low.startswith("snooze") or _SNOOZE.fullmatch(low):
        return _read_snooze(low)
    for read in (read_everything, read_alone, _read_claim, read_correction, _read_not_done):
        understood = read(part, page)
        if understood is not None:
            return understood
    understood = read_saying(part, name_lines(part, page.plan), page)
    return _refuse_swallowed(understood, page)


def _ask_whose_reason(page: Page) -> Understood:
    written = [line for line in page.plan.lines if line.kind in WRITTEN_AFTER]
    if not written:
        return Understood(
            asked=("For which line? Write for example `5 n/a …` or `7 fail …`, with the reason after it.",)
        )
    return Understood(asked=(f"The reason of which line? Write for example `{written[0].number} because …`",))


def is_undo(part: str) -> bool:
    """Whether `part` takes answers back."""
    low = part.casefold()
    return low == "undo" or low.startswith("undo ")


def _read_undo(part: str, plan: Plan) -> Understood:
    refs = part[4:].strip()
    if not refs:
        return Understood(asked=("Which line shall I take back? Write for example `undo 3`.",))
    named = name_lines(refs, plan)
    if named.rest:
        raise Meaningless(part)
    if not named.by_number and len(named.lines) > 1:
        return Understood(asked=(ask_which(named.lines, "undo {number}"),))
    return Understood(undo=tuple(line.key for line in named.lines))


def _read_snooze(low: str) -> Understood:
    if _SNOOZE.fullmatch(verbs.polite(low)):
        return Understood(snooze=True)
    return Understood(asked=("I can put the reminders off by 10 minutes: write `snooze`.",))


def _read_claim(part: str, page: Page) -> Understood | None:
    """`mine cold chain`, `cold chain is mine`: the section that the writer takes."""
    found = next((found for form in _CLAIM if (found := form.fullmatch(part.casefold()))), None)
    if found is None:
        return None
    title = find_section(found.group(1), page.plan)
    if title:
        return Understood(claim=title)
    if not re.match(r"mine\b|claim", part.casefold()):
        return None
    titles = list(dict.fromkeys(line.section for line in page.plan.lines))[:8]
    return Understood(asked=(f"Which section do you take? Write for example `mine {titles[0]}`. Here are: "
                             f"{', '.join(titles)}.",)) if titles else None  # fmt: skip


def _read_not_done(part: str, page: Page) -> Understood | None:
    """`4 not done bc the bulb broke`: stays open, and whether it failed or does not apply is asked, never guessed."""
    if not _NOT_DONE.match(part):
        return None
    named = name_lines(part, page.plan)
    why = verbs.after_verb(verbs.without_is(named.rest), verbs.NOT_DONE_WHY)
    if not why or any(line.kind in (ItemKind.TEXT, ItemKind.CHOICE) for line in named.lines):
        return None
    if any(_says_more(piece, page) for piece in re.split(r"\s*(?:,|;|\band\b)\s*", why) if piece):
        raise Unreadable("That looks like answers to several lines. Write each of them on a line of its own.")
    return Understood(asked=tuple(map(ask_open, named.lines[:3])))


def _refuse_swallowed(understood: Understood, page: Page) -> Understood:
    """Raises Unreadable where the note of a value is another reply: `2 41 freezer -18` would lose the freezer."""
    for reply in understood.replies:
        if reply.outcome is Outcome.DONE and reply.note and _holds_a_reply(reply, page):
            raise Unreadable("That looks like answers to several lines. Write each of them on a line of its own.")
    return understood


def _holds_a_reply(reply: Reply, page: Page) -> bool:
    pieces = re.split(r"\s*,\s*", reply.note)
    return _is_reply(reply.note, page) or any(
        re.match(rf"\d{{1,3}}.*\s(?:{verbs.ANY_DONE}|[-+.\d]\S*)$", piece.casefold()) and _is_reply(piece, page)
        for piece in pieces[1:]
    )


def _is_reply(words: str, page: Page) -> bool:
    try:
        understood = read_one(words, page)
    except Unreadable:
        return _begins_a_value(words, page.plan)
    return understood.acts


def _says_more(piece: str, page: Page) -> bool:
    """Whether words beside why a line is not done answer another."""
    return _is_reply(piece, page) or _begins_a_value(piece, page.plan)


def _begins_a_value(words: str, plan: Plan) -> bool:
    """Whether `words` name lines that a tick does not answer, and a number after them: `fridge 3 42`."""
    try:
        named = name_lines(words, plan)
    except Unreadable:
        return False
    return re.match(r"[-+.]?\d", named.rest) is not None and any(line.kind not in TICKS for line in named.lines)
