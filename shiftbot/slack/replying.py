"""What a typed reply does, and what the bot answers to it in the thread: what it took, refused, and still needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from shiftbot.domain.answer import Answer
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.local_time import local_date
from shiftbot.domain.replies import Understood, attach, lone_photo, read_replies
from shiftbot.domain.run import may_answer
from shiftbot.domain.site import Person
from shiftbot.errors import PatientInformation, Refused, Unreadable
from shiftbot.services import claiming, runs
from shiftbot.services.runs import Responded, RunView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import escape, plain
from shiftbot.slack.desk import Desk
from shiftbot.storage import answers as stored_answers
from shiftbot.storage import events

Told = TypeVar("Told")

NOTHING = Responded((), (), False)

TAUGHT_FOR = timedelta(days=30)
"""Whoever typed no answer at a pharmacy for so long is told once more how."""


@dataclass
class Done:
    """What became of a reply, step by step; each step is refused by itself."""

    undone: Responded = NOTHING
    stored: Responded = NOTHING
    said: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    again: frozenset[str] = frozenset()
    """Keys of lines that were answered before this reply and are no correction in it."""


def respond_to(
    desk: Desk, connection: Connection, view: RunView, person: Person, words: str, file: str | None = None
) -> str:
    """Store what can be stored; what was understood, refused and still needed, in words. `file` is a Slack file's id.

    Raises PatientInformation; then nothing may be stored.
    """
    since_on = local_date(view.site.calendar, desk.now() - TAUGHT_FOR)
    new = not stored_answers.typed_since(connection, view.site.id, person.id, since_on)
    new = new and events.first_time(connection, f"taught:{view.run.id}:{person.id}", desk.now())
    try:
        understood = _understand(desk, view, person, words, file)
    except Unreadable as why:
        return "\n".join([escape(str(why)), *([texts.TEACHING] if new else [])])
    done = _do(desk, connection, view, person, understood)
    done.again = _again(view, understood)
    after = runs.view_run(connection, desk.pharmacy(), view.run.id) or view
    said = understood_text(understood, done, after, person)
    return f"{said}\n{texts.TEACHING}" if new and not understood.help else said


def _understand(desk: Desk, view: RunView, person: Person, words: str, file: str | None) -> Understood:
    answered = [each.line.key for each in view.lines if each.answer]
    not_asked = [each.line.key for each in view.lines if each.asked is not True]
    if file is not None and not words.strip():
        return lone_photo(file, view.plan, answered, not_asked=not_asked)
    today = local_date(view.site.calendar, desk.now())
    not_theirs = [each.line.key for each in view.lines if not may_answer(each.line, person.roles)]
    understood = read_replies(words, view.plan, answered, not_asked=not_asked, today=today, not_theirs=not_theirs)
    takes_photos = any(line.kind is ItemKind.PHOTO for line in view.plan.lines)
    return attach(understood, file, view.plan) if file is not None and takes_photos else understood


def _again(view: RunView, understood: Understood) -> frozenset[str]:
    answered = {each.line.key for each in view.lines if each.answer} - set(understood.undo)
    return frozenset(reply.line for reply in understood.replies if not reply.reason and reply.line in answered)


def _do(desk: Desk, connection: Connection, view: RunView, person: Person, understood: Understood) -> Done:
    pharmacy, now, run = desk.pharmacy(), desk.now(), view.run.id
    done = Done()
    if understood.undo:
        undo = understood.undo
        done.undone = _or_refused(done, lambda: runs.undo(connection, pharmacy, run, person, undo, now)) or NOTHING
    if understood.replies:
        said = understood.replies
        stored = _or_refused(done, lambda: runs.respond(connection, pharmacy, run, person, said, "thread", now))
        done.stored = stored or NOTHING
    for key, why in understood.because:
        if _or_refused(done, partial(runs.add_reason, connection, pharmacy, run, key, person, why, now)):
            done.said.append(f":memo: {view.plan.line(key).number}. noted: {plain(why)}")
    if understood.claim:
        _claim(desk, connection, view, person, understood.claim, done)
    if understood.snooze:
        until = _or_refused(done, lambda: runs.snooze(connection, pharmacy, run, person, now))
        done.said += [f":zzz: I will remind you again at {texts.clock(view.site, until)}."] if until else []
    return done


def _claim(desk: Desk, connection: Connection, view: RunView, person: Person, section: str, done: Done) -> None:
    pharmacy, now = desk.pharmacy(), desk.now()

    def take() -> str:
        before = claiming.claim(connection, pharmacy, view.run.id, section, person, now)
        from_whom = f", taken over from {plain(texts.short_name(pharmacy, before.person))}" if before else ""
        return f":raised_hand: “{plain(section)}” is yours{from_whom}".rstrip(".") + "."

    said = _or_refused(done, take)
    done.said += [said] if said else []


def _or_refused(done: Done, work: Callable[[], Told]) -> Told | None:
    try:
        return work()
    except PatientInformation:
        raise
    except Refused as why:
        done.refused.append(str(why))
        return None


def understood_text(understood: Understood, done: Done, after: RunView, person: Person) -> str:
    """The bot's answer: what it took, what it took back, what it refused and why, what is still needed."""
    lines = [f":white_check_mark: {said}" for said in told(done.stored.stored)]
    lines += [f":leftwards_arrow_with_hook: {_taken_back(line, after)}" for line, _ in done.undone.stored]
    lines += done.said
    refused = [*done.refused, *refusals([*done.undone.refused, *done.stored.refused], person, done.again)]
    lines += [f":no_entry: {escape(why)}" for why in refused]
    lines += [f":warning: {_ask_why(line)}" for line in done.stored.needs_reason]
    lines += [f":question: {escape(question)}" for question in understood.asked]
    if done.stored.complete:
        lines.append(f"That was the last one: {after.answered} of {after.required} answered. Thank you!")
    lines += [texts.REPLY_HELP] if understood.help else []
    return "\n".join(lines)


def _taken_back(line: Line, after: RunView) -> str:
    stands = next((each.answer for each in after.lines if each.line.key == line.key), None)
    now = f"again {plain(texts.answer_text(line, stands))}" if stands else "blank again"
    return f"{line.number}. {plain(line.title)}: {now}"


def _ask_why(line: Line) -> str:
    ask = f"Why, and what did you do? Write for example `{line.number} because the door stood open, closed it`"
    return f"{line.number}. {plain(line.title)} is out of range; it is stored, and the pharmacist is told. {ask}"


def refusals(refused: Sequence[tuple[Line, str]], person: Person, again: frozenset[str] = frozenset()) -> list[str]:
    """Why lines were refused; those for other roles, and many that were answered before, in one sentence each."""
    others = [line for line, _ in refused if not may_answer(line, person.roles)]
    repeated = [line for line, _ in refused if line.key in again and line not in others]
    together = [*(others if len(others) > 1 else []), *(repeated if len(repeated) > 2 else [])]
    said = list(dict.fromkeys(why for line, why in refused if line not in together))
    if len(repeated) > 2:
        mend = f"To change one that is yours: `undo {repeated[0].number}`, then answer again."
        said.append(f"{ranges(repeated)}: answered already. {mend}")
    if len(others) > 1:
        who = texts.kind_of_person(others[0].role)
        said.append(f"{ranges(others)}: for {who} to do, from their own account, so I left them open.")
    return said


def ranges(lines: Sequence[Line]) -> str:
    """The numbers of lines, those in a row as a span: `1-4, 7`."""
    spans: list[list[int]] = []
    for number in sorted({line.number for line in lines}):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(f"{span[0]}-{span[-1]}" if len(span) > 2 else ", ".join(map(str, span)) for span in spans)


def told(stored: Sequence[tuple[Line, Answer]]) -> list[str]:
    """What was stored, as mark-up: plain ticks together, everything else a line each."""
    said = [(line, answer, texts.answer_text(line, answer)) for line, answer in stored]
    ticks = [f"{line.number}. {plain(line.title)}" for line, _, words in said if words == "done"]
    others = [
        f"{line.number}. {plain(line.title)}: {plain(words)}{_corrected(answer)}"
        for line, answer, words in said
        if words != "done"
    ]
    return [*(["done: " + "  ·  ".join(ticks)] if ticks else []), *others]


def _corrected(answer: Answer) -> str:
    return f" (corrected: {plain(answer.reason)})" if answer.reason else ""
