"""A whole message: taken as a whole or not at all.

When one part of it cannot be read nothing is, and Unreadable names the nearest thing that could. Pure.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from functools import reduce

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Line, Plan
from shiftbot.domain.replies.asking import is_blind
from shiftbot.domain.replies.lines import Meaningless
from shiftbot.domain.replies.nearest import nearest
from shiftbot.domain.replies.plain_words import plain_message
from shiftbot.domain.replies.reading import is_undo, read_one, read_part
from shiftbot.domain.replies.splitting import split
from shiftbot.domain.replies.tidying import tidy
from shiftbot.domain.replies.understood import Page, Understood
from shiftbot.domain.values.reading import read_value
from shiftbot.errors import Unreadable

NOTE_MAX = 300
"""Characters of a reason; the form takes no more either."""
MESSAGE_MAX = 8000
PARTS_MAX = 120
"""A longer message is a paste, and nobody has read all of it."""

_SPOKEN_ALONE = (ItemKind.VOICEMAIL, ItemKind.CHOICE, ItemKind.MIN_MAX, ItemKind.DATE, ItemKind.TEMPERATURE,
                 ItemKind.NUMBER, ItemKind.COUNT)  # fmt: skip


def read_replies(
    text: str,
    plan: Plan,
    answered: Collection[str] = (),
    *,
    not_asked: Collection[str] = (),
    today: date | None = None,
    not_theirs: Collection[str] = (),
) -> Understood:
    """What `text` says to the lines of a plan.

    `answered` and `not_asked` are keys: of lines that are answered, and of lines whose condition does not hold, which
    `all` and `done` pass over; `not_theirs` of lines that are for other roles, which a lone `done` passes over. `today`
    is the local date at the site; without it a date needs its year. Raises Unreadable, with the nearest thing that
    would have been understood.
    """
    if len(text) > MESSAGE_MAX or text.count("\n") + text.count(";") > PARTS_MAX:
        raise Unreadable(f"That is too long for one reply. Send at most {PARTS_MAX} lines at a time.")
    page = Page(plan, frozenset(answered), frozenset(not_asked), today, frozenset(not_theirs))
    try:
        return _read_message(plain_message(text), page)
    except Unreadable as why:
        tidied = tidy(text, by_number=len(plan.lines) > 1)
        if tidied == text:
            raise
        return _read_tidied(tidied, page, why)


def _read_tidied(text: str, page: Page, why: Unreadable) -> Understood:
    """The message without its trimmings; Unreadable is what was said of the words as they stand."""
    try:
        return _read_message(plain_message(text), page)
    except Unreadable:
        raise why from None


def _read_message(words: str, page: Page) -> Understood:
    """What a plain message says. Raises Unreadable."""
    if not words.strip(" \n;,"):
        raise Unreadable("That reply was empty. Write `?` to see what I understand.")
    alone = _read_only_line(page, words)
    if isinstance(alone, Understood):
        return alone
    parts = split(words, page)
    try:
        understood = reduce(Understood.__add__, (read_part(part, page) for part in parts), Understood())
    except Meaningless as part:
        raise Unreadable(nearest(str(part), page, alone, read_one)) from None
    except Unreadable as why:
        raise (alone or why) from None
    return _checked(_joined(understood, page), parts, page)


def _read_only_line(page: Page, words: str) -> Understood | Unreadable | None:
    """A checklist of one line that asks for a value needs no number in front: `2 refill, oldest 40m`, `38 to 43`.

    Unreadable is what the line says to words that are no value of it; they may still be `1 n/a closed`.
    """
    line = page.plan.lines[0] if len(page.plan.lines) == 1 else None
    if line is None or line.kind not in _SPOKEN_ALONE or is_blind(line) or words == str(line.number):
        return None
    try:
        return Understood((Reply(line.key, value=read_value(line, words, page.today)),))
    except Unreadable as why:
        return why if line.kind in (ItemKind.VOICEMAIL, ItemKind.CHOICE) else None


def _joined(understood: Understood, page: Page) -> Understood:
    """Reasons that came with their values as the notes of those; one for a line without a value is asked for."""
    reasons = dict(understood.because)
    given = {reply.line for reply in understood.replies if not reply.note and reply.value}
    replies = tuple(
        replace(reply, note=reasons[reply.line]) if reply.line in reasons and reply.line in given else reply
        for reply in _once_each(understood.replies)
    )
    because = tuple((key, reason) for key, reason in reasons.items() if key in page.answered and key not in given)
    asked = tuple(_ask_first(page.plan.line(key)) for key in reasons if key not in given and key not in page.answered)
    return replace(understood, replies=replies, because=because, asked=understood.asked + asked)


def _once_each(replies: tuple[Reply, ...]) -> list[Reply]:
    """`replies` without those that only say once more what was said: `4 ok; 4 ok`."""
    return [reply for index, reply in enumerate(replies) if reply not in replies[:index]]


def _ask_first(line: Line) -> str:
    return f"{line.number}. {line.title} is not answered yet: write its value first, and the reason after it."


def _checked(understood: Understood, parts: list[str], page: Page) -> Understood:
    """Raises Unreadable for what a message may not hold together, and for reasons that are too long."""
    undoing = [is_undo(part) for part in parts]
    if (understood.undo and understood.acts_beside_undo) or (any(undoing) and not all(undoing)):
        raise Unreadable("Send undo in a message of its own. Nothing of this message was saved.")
    _refuse_twice(understood, page)
    notes = [note for reply in understood.replies for note in (reply.note, reply.reason)]
    longest = max(map(len, [*notes, *(reason for _, reason in understood.because)]), default=0)
    if longest > NOTE_MAX:
        raise Unreadable(f"That reason has {longest} characters; {NOTE_MAX} is the most I store. Please shorten it.")
    return understood


def _refuse_twice(understood: Understood, page: Page) -> None:
    """A line that is given two different answers in one message: which of them is meant?"""
    said: dict[str, Reply] = {}
    for reply in understood.replies:
        if said.setdefault(reply.line, reply) != reply:
            number = page.plan.line(reply.line).number
            raise Unreadable(f"That gives line {number} two different answers. Nothing of this message was saved.")
