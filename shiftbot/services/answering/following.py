"""What an answer leads to: an alert at once, a follow-up, another look later; and what is over once it is taken back.

Each is opened for the revision that led to it, once. An answer whose line is no longer asked leaves what it led to as
it is: what somebody saw does not vanish because another answer was corrected.
"""

from datetime import datetime
from enum import Enum

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.answer import Answer, Outcome, limits_text
from shiftbot.domain.checklist import Line, OnFail
from shiftbot.domain.run import is_outside
from shiftbot.domain.site import Pharmacy
from shiftbot.services import escalation, follow_ups
from shiftbot.services.answering.book import Book
from shiftbot.services.answering.saying import value_text
from shiftbot.services.escalation import NewAlert
from shiftbot.services.follow_ups import NewFollowUp


class Sequel(Enum):
    """One thing that an answer may lead to; the value begins the source of a follow-up."""

    ALERT = "alert"
    FOLLOW_UP = "answer"
    LOOK_AGAIN = "look-again"


Led = dict[Sequel, str]
"""What an answer leads to, each with what it is about: with another value it is another alert."""


def follow(
    connection: Connection, pharmacy: Pharmacy, book: Book, line: Line, answer: Answer, how: str, now: datetime
) -> None:
    """`answer`, just stored, changed what stands for its line: open what it leads to now, end what it led to before.

    `book` is as it was before; `how` says to those who were told why something is over.
    """
    before, after = book.stands.get(line.key), book.with_answer(answer).stands.get(line.key)
    led, leads = _leads_to(line, before), _leads_to(line, after)
    for sequel in Sequel:
        if led.get(sequel) == leads.get(sequel):
            continue
        if sequel in led:
            _end(connection, pharmacy, sequel, answer, how, now)
        if sequel in leads and after is not None:
            _open(connection, pharmacy, book.run.site, line, sequel, after, answer, now)


def _leads_to(line: Line, answer: Answer | None) -> Led:
    if answer is None or answer.outcome is Outcome.NOT_APPLICABLE:
        return {}
    failed, outside = answer.outcome is Outcome.FAILED, is_outside(line, answer)
    led: Led = {}
    if outside:
        led[Sequel.ALERT] = value_text(line, answer.value)
    elif failed and line.on_fail is OnFail.ALERT:
        led[Sequel.ALERT] = "failed"
    elif failed and line.on_fail is OnFail.FOLLOW_UP:
        led[Sequel.FOLLOW_UP] = "failed"
    if line.look_again is not None and (failed or outside or not line.look_again.only_failed):
        led[Sequel.LOOK_AGAIN] = ""
    return led


def _cause(answer: Answer, revision: int) -> str:
    return f"{answer.run}:{answer.line}:{revision}"


def _open(
    connection: Connection,
    pharmacy: Pharmacy,
    site: str,
    line: Line,
    sequel: Sequel,
    stands: Answer,
    by: Answer,
    now: datetime,
) -> None:
    """Open what `stands` leads to, now that `by` lets it stand: itself, or one that took another back."""
    cause = _cause(by, by.revision)
    if sequel is Sequel.ALERT:
        escalation.open_alert(connection, pharmacy, _alert(site, line, stands, cause), now, actor=by.answered_by)
        return
    again = line.look_again if sequel is Sequel.LOOK_AGAIN else None
    new = NewFollowUp(
        site=site,
        source=f"{sequel.value}:{cause}",
        title=f"Look again: {line.title}" if again else line.title,
        detail=stands.note,
        role=line.role,
        run=by.run,
        line=line.key,
        due_at=now + again.after if again else None,
    )
    follow_ups.open_follow_up(connection, pharmacy, new, now, actor=by.answered_by)


def _alert(site: str, line: Line, answer: Answer, cause: str) -> NewAlert:
    if answer.outcome is Outcome.FAILED:
        return NewAlert(site, AlertKind.FAILED_ITEM, cause, f"{line.title}: failed", answer.note)
    read = f"read {value_text(line, answer.value)}, limits: {limits_text(line)}"
    detail = f"{read}. {answer.note}" if answer.note else read
    return NewAlert(site, AlertKind.FAILED_ITEM, cause, f"{line.title}: out of range", detail)


def _end(connection: Connection, pharmacy: Pharmacy, sequel: Sequel, answer: Answer, how: str, now: datetime) -> None:
    """End what earlier revisions led to; all who were told hear so."""
    for revision in range(1, answer.revision):
        cause = _cause(answer, revision)
        if sequel is Sequel.ALERT:
            escalation.resolve_alert(connection, pharmacy, AlertKind.FAILED_ITEM, cause, how, now)
        else:
            source = f"{sequel.value}:{cause}"
            follow_ups.withdraw(connection, pharmacy, source, how, now, actor=answer.answered_by)
