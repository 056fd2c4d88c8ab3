"""Typed replies to a run: `3`, `1-4 done`, `all but 5`, `fridge 41`, `5 n/a closed`, `7 fail seal torn`, `undo 3`, `?`.

Pure: words and a plan go in, answers to store come out. A message is taken as a whole or not at all: when one part of
it cannot be read nothing is, and Unreadable names the nearest thing that could.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile

from shiftbot.domain.answer import Outcome, Reply, read_value
from shiftbot.domain.checklist import ItemKind, Line, Plan
from shiftbot.domain.reply_asking import BLIND, EXAMPLES, TICKS, ask_values, ask_which, example, is_blind
from shiftbot.domain.reply_lines import ANY_DONE, DONE, Meaningless, Named, name_lines
from shiftbot.errors import Unreadable

NOT_APPLICABLE = ("n/a", "na", "n.a.", "n.a", "n\\a", "not applicable", "skip", "skipped")
FAILED = ("fail", "failed", "fails", "problem", "broken", "not ok")
HELP = ("?", "??", "help", "how")
BUT = ("all but", "all except", "everything but", "everything except")
REPEATED = (ItemKind.TEMPERATURE, ItemKind.NUMBER, ItemKind.COUNT, ItemKind.CHOICE)
"""Kinds whose values hold no free words, so that they may stand in a question."""
NOTE_MAX = 300
"""Characters of a reason; the form takes no more either."""
BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Invisible marks of writing direction, which come along with copied text and would stand before the number."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says: answers to store, lines to take back, what is still needed, or that help is wanted."""

    replies: tuple[Reply, ...] = ()
    undo: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    help: bool = False

    def __add__(self, other: "Understood") -> "Understood":
        return Understood(
            self.replies + other.replies, self.undo + other.undo, self.asked + other.asked, self.help or other.help
        )


def read_replies(text: str, plan: Plan, answered: Collection[str] = ()) -> Understood:
    """What `text` says to the lines of a plan, of which those with keys in `answered` are answered.

    Raises Unreadable, with the nearest thing that would have been understood.
    """
    words = _plain(text)
    parts = _split(words, plan)
    if not parts:
        raise Unreadable("That reply was empty. Write `?` to see what I understand.")
    alone = _read_only_line(plan, words)
    if isinstance(alone, Understood):
        return alone
    try:
        understood = reduce(Understood.__add__, (_read_part(part, plan, answered) for part in parts), Understood())
    except Meaningless as part:
        raise Unreadable(_nearest(str(part), plan, alone)) from None
    except Unreadable as why:
        raise (alone or why) from None
    return _checked(understood, parts)


def _checked(understood: Understood, parts: list[str]) -> Understood:
    """Raises Unreadable for undo beside anything else, whose order would matter, and for a reason that is too long."""
    undoing = [_is_undo(part) for part in parts]
    if (understood.undo and understood.replies) or (any(undoing) and not all(undoing)):
        raise Unreadable("Send undo in a message of its own. Nothing of this message was saved.")
    longest = max((len(reply.note) for reply in understood.replies), default=0)
    if longest > NOTE_MAX:
        raise Unreadable(f"That reason has {longest} characters; {NOTE_MAX} is the most I store. Please shorten it.")
    return understood


def _split(words: str, plan: Plan) -> list[str]:
    """The parts of a message, between its line breaks and semicolons, of which those inside a reason do not split."""
    parts: list[str] = []
    for text in words.split("\n"):
        pieces = [piece for piece in re.split(r"\s*;\s*", text.strip()) if piece]
        for number, piece in enumerate(pieces):
            if number and _gives_reason(parts[-1], plan) and not _starts_anew(piece, plan):
                parts[-1] += f"; {piece}"
            else:
                parts.append(piece)
    return parts


def _gives_reason(part: str, plan: Plan) -> bool:
    """Whether `part` ends in the writer's own words: why a line failed or is not applicable."""
    for said in (part, part.rpartition(",")[2].strip()):
        try:
            rest = name_lines(said, plan).rest if said else ""
        except Unreadable:
            continue
        if _after_verb(rest, NOT_APPLICABLE + FAILED):
            return True
    return False


def _starts_anew(piece: str, plan: Plan) -> bool:
    """Whether what follows a reason is a reply of its own: `undo`, a line's number with a value, or one that reads.

    Without a number in front it stays in the reason: `7 fail seal torn; all good` ticks nothing.
    """
    if _is_undo(piece) or re.match(r"\d{1,3}(?:\s*[:=]\s*|\s+)[-+.]?\d", piece):
        return True
    if not piece[0].isdigit():
        return False
    try:
        _read_one(piece, plan, ())
    except Unreadable:
        return False
    return True


def _is_undo(part: str) -> bool:
    low = part.casefold()
    return low == "undo" or low.startswith("undo ")


def without_direction(text: str) -> str:
    """`text` without the invisible marks of writing direction."""
    return text.translate(BIDI)


def _plain(text: str) -> str:
    """Full-width digits, odd spaces and emphasis made plain; the writer's case is kept for the notes."""
    plain = unicodedata.normalize("NFKC", without_direction(text)).replace("−", "-")
    plain = "\n".join(" ".join(line.split()) for line in plain.strip().splitlines()).strip(" \n*_~`")
    return plain.rstrip(" .!") or plain


def _read_only_line(plan: Plan, words: str) -> Understood | Unreadable | None:
    """A checklist of one voicemail or choice line needs no number in front: `2 refill, oldest 40m`, `none`.

    Unreadable is what the line says to words that are no value of it; they may still be `1 n/a closed`.
    """
    if len(plan.lines) != 1 or plan.lines[0].kind not in (ItemKind.VOICEMAIL, ItemKind.CHOICE):
        return None
    try:
        return Understood((Reply(plan.lines[0].key, value=read_value(plan.lines[0], words)),))
    except Unreadable as why:
        return why


def _read_part(part: str, plan: Plan, answered: Collection[str]) -> Understood:
    """One line of a message; when it means nothing as a whole, the parts between its commas: `1-2 ok, fridge 41`."""
    try:
        return _read_one(part, plan, answered)
    except Unreadable:
        pieces = [piece for piece in re.split(r"\s*,\s*", part) if piece]
        if len(pieces) < 2:
            raise
        whole = _read_pieces(pieces, plan, answered)
        if whole is None:
            raise
        return whole


def _read_pieces(pieces: list[str], plan: Plan, answered: Collection[str]) -> Understood | None:
    try:
        return reduce(Understood.__add__, (_read_one(piece, plan, answered) for piece in pieces))
    except Unreadable:
        return None


def _read_one(part: str, plan: Plan, answered: Collection[str]) -> Understood:
    low = part.casefold()
    if low in HELP:
        return Understood(help=True)
    if _is_undo(part):
        return _read_undo(part, plan)
    everything = _read_all(low, plan, answered)
    if everything is not None:
        return everything
    return _read_saying(part, name_lines(part, plan))


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


def _read_all(low: str, plan: Plan, answered: Collection[str]) -> Understood | None:
    """`all`, `all done`, `all but 5`: every blank line that a tick answers; the others are asked for."""
    left_out: set[str] = set()
    lead = next((lead for lead in BUT if low.startswith(lead + " ")), None)
    if lead:
        named = name_lines(low.removeprefix(lead).strip(), plan)
        if named.rest and named.rest not in DONE:
            raise Meaningless(low)
        left_out = {line.key for line in named.lines}
    elif not re.fullmatch(rf"(?:all|everything)(?: {ANY_DONE})?", low):
        return None
    blank = [line for line in plan.lines if line.key not in answered and line.key not in left_out]
    return _tick(blank) if blank else Understood(asked=("Everything is answered already.",))


def _tick(lines: Iterable[Line]) -> Understood:
    """Done, for the lines that a tick answers; the others are asked for."""
    lines = tuple(lines)
    ticks = tuple(Reply(line.key) for line in lines if line.kind in TICKS)
    return Understood(ticks, asked=ask_values([line for line in lines if line.kind not in TICKS]))


def _read_saying(part: str, named: Named) -> Understood:
    """What is said of the lines: done, n/a with a reason, failed with a reason, or a value for one line."""
    for outcome, verb, verbs in (
        (Outcome.NOT_APPLICABLE, "n/a", NOT_APPLICABLE),
        (Outcome.FAILED, "fail", FAILED),
    ):
        reason = _after_verb(named.rest, verbs)
        if reason is not None:
            return _read_reason(named, outcome, verb, reason)
    if named.rest.casefold().strip(" .!") in DONE or (named.by_number and not named.rest):
        if len(named.lines) > 1 and not named.by_number:
            return Understood(asked=(ask_which(named.lines, "{number} done"),))
        return _tick(named.lines)
    return _read_given(part, named)


def _read_given(part: str, named: Named) -> Understood:
    """A value, which must be for one line; with several the same words are asked for again, by number."""
    valued = [line for line in named.lines if line.kind not in TICKS]
    if not valued or not named.rest:
        raise Meaningless(part)
    if any(map(is_blind, valued)):
        return _ask_blind(valued)
    value = read_value(valued[0], named.rest)
    if len(valued) > 1:
        shown = named.rest if valued[0].kind in REPEATED else "…"
        return Understood(asked=(ask_which(valued, f"{{number}} {shown}"),))
    return Understood((Reply(valued[0].key, value=value),))


def _ask_blind(valued: list[Line]) -> Understood:
    """A quantity typed for a witnessed count is neither stored nor said again, whatever other lines it names."""
    others = [line for line in valued if not is_blind(line)]
    asked = (ask_which(others, "{number} …"),) if others else ()
    return Understood(asked=(*ask_values([line for line in valued if is_blind(line)]), *asked))


def _after_verb(rest: str, verbs: Iterable[str]) -> str | None:
    """The words after the verb that `rest` begins with; None when it begins with none of them."""
    low = rest.casefold()
    for verb in sorted(verbs, key=len, reverse=True):
        if low == verb or (low.startswith(verb) and not low[len(verb)].isalnum()):
            return rest[len(verb) :].strip(" :,-–—")
    return None


def _read_reason(named: Named, outcome: Outcome, verb: str, reason: str) -> Understood:
    if len(named.lines) > 1 and not named.by_number:
        return Understood(asked=(ask_which(named.lines, f"{{number}} {verb} …"),))
    if not reason:
        return Understood(asked=(f"Say in a few words why, for example `{named.lines[0].number} {verb} closed today`",))
    return Understood(tuple(Reply(line.key, outcome, note=reason) for line in named.lines))


def _nearest(part: str, plan: Plan, alone: Unreadable | None) -> str:
    """What to say when `part` means nothing: the same with a word mended, else the form that looks most like it.

    A checklist of one line has its own sentence, `alone`, which says more than another form would.

    Never the words themselves: nobody knows what they are, and the answer is stored and posted (invariant 10).
    """
    mended = _mend(part, plan)
    if mended is not None:
        return f"I did not understand that. Did you mean `{mended}`?"
    if alone is not None:
        return str(alone)
    close = difflib.get_close_matches(part.casefold(), _forms(plan), n=1, cutoff=0.0)
    return f"I did not understand that. The nearest I know is `{close[0]}`. Write `?` to see everything."


def _mend(part: str, plan: Plan) -> str | None:
    """`part` with its unknown words replaced by the known words most like them, when that can be read.

    What follows the known words is left to the reader: `5 skip …`.
    """
    names = {word.casefold() for line in plan.lines for name in line.words for word in name.split()}
    known = [*DONE, "fail", "failed", "n/a", "undo", "all", "but", "help", *sorted(names)]
    tokens = part.casefold().split(" ")[:8]
    mended = [_mend_word(token, known) for token in tokens]
    if mended == tokens:
        return None
    try:
        understood = _read_one(" ".join(mended), plan, ())
    except Unreadable:
        return None
    blind = not understood.replies and any(asked.endswith(BLIND) for asked in understood.asked)
    if understood == Understood() or blind:
        return None
    return _shown(mended, known)


def _shown(tokens: list[str], known: list[str]) -> str:
    sure = list(takewhile(lambda token: token in known or re.fullmatch(r"[-+\d.,:=]{1,7}", token), tokens))
    return " ".join(sure if len(sure) == len(tokens) else [*sure, "…"])


def _mend_word(token: str, known: list[str]) -> str:
    if token in known or not token.isalpha() or len(token) < 3:
        return token
    close = difflib.get_close_matches(token, known, n=1, cutoff=0.6)
    return close[0] if close else token


def _forms(plan: Plan) -> list[str]:
    forms = ["1 done", "1-4 done", "all done", "all but 5", "undo 3", "5 n/a closed", "7 fail seal torn", "help"]
    named = [line for line in plan.lines if line.words and line.kind in EXAMPLES and not is_blind(line)]
    return forms + [f"{line.words[-1]} {example(line)}" for line in named]
