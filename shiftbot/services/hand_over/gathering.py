"""What is open at a site when a shift ends, in counts and short texts: what a hand-over note starts from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind
from shiftbot.domain.answer import Answer
from shiftbot.domain.compliance import duration_text
from shiftbot.domain.follow_up import FollowUp
from shiftbot.domain.local_time import local_date, local_text
from shiftbot.domain.run import RunState, standing, unanswered
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import follow_ups
from shiftbot.services.answering import Book, names, open_books
from shiftbot.storage import alerts, cases, runs, summaries

SHOWN = 5
"""Texts of one kind; the count says how many there are."""

LETTERS = 200

DAY = timedelta(days=1)

SAID_ELSEWHERE = frozenset({AlertKind.MISSED, AlertKind.EXCURSION, AlertKind.SILENT, AlertKind.FOLLOW_UP})
"""Alerts whose cause has a heading of its own."""


def facts(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> dict[str, Any]:
    """What is open now: each kind maps to `{"count": how many, "texts": [at most five of them, in words]}`.

    Kinds: missed, excursions, silent, follow_ups, voicemail (messages of the last sweep), alerts (the others), cases.
    """
    unresolved = alerts.unresolved(connection, site.id)
    others = [alert for alert in unresolved if alert.kind not in SAID_ELSEWHERE]
    missed = _missed(connection, site, now)
    return {
        "missed": {"count": sum(blank for blank, _ in missed), **_texts([text for _, text in missed])},
        "excursions": _counted(_excursions(connection, pharmacy, site, now)),
        "silent": _counted(_titles(alerts.unresolved(connection, site.id, AlertKind.SILENT))),
        "follow_ups": _counted(_follow_ups(connection, pharmacy, site, now)),
        "voicemail": _voicemail(connection, site, now),
        "alerts": _counted(_titles(others)),
        "cases": _counted([case.title for case in cases.open_cases(connection, site.id)]),
    }


def _counted(texts: Sequence[str]) -> dict[str, Any]:
    return {"count": len(texts), **_texts(texts)}


def _texts(texts: Sequence[str]) -> dict[str, list[str]]:
    return {"texts": [text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…" for text in texts[:SHOWN]]}


def _titles(found: Sequence[Alert]) -> list[str]:
    return [alert.title for alert in found]


def _missed(connection: Connection, site: Site, now: datetime) -> list[tuple[int, str]]:
    """Of each run that was missed and is not done since: how many lines are blank, and which."""
    found = [run for run in runs.unfinished_runs(connection, site.id, now - DAY) if run.state is RunState.MISSED]
    blank = [(book, unanswered(book.plan, book.stands)) for book in open_books(connection, found)]
    return [(len(lines), f"{book.plan.title}: {names(lines)}") for book, lines in blank if lines]


def _excursions(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> list[str]:
    going_on = [row for row in summaries.excursions_between(connection, site.id, now, now) if row.ended_at is None]
    return [
        f"{pharmacy.units[row.unit].name if row.unit in pharmacy.units else row.unit}: out of range since "
        f"{local_text(site.calendar, row.started_at)}, furthest {row.extreme:.1f} °{row.temperature_unit}"
        for row in going_on
    ]


def _what(follow_up: FollowUp) -> str:
    """What is to be done, and what was said of it."""
    return f"{follow_up.title}: {follow_up.detail}" if follow_up.detail else follow_up.title


def _follow_ups(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> list[str]:
    carried = follow_ups.carried(connection, pharmacy, site.id, now)
    return [
        f"{_what(each.follow_up)} (due {each.due}, open since {_day(site, each.follow_up.opened_at)})"
        for each in carried
    ]


def _day(site: Site, at: datetime) -> str:
    """`Mon 23 Nov`: a note is read days later, when an age counted from today would no longer be true."""
    return local_text(site.calendar, at).rpartition(" ")[0]


def _voicemail(connection: Connection, site: Site, now: datetime) -> dict[str, Any]:
    """The last sweep of the last two days: each mailbox of it in words, and how many messages there were."""
    today = local_date(site.calendar, now)
    found = [run for on in (today - DAY, today) for run in runs.runs_of_day(connection, site.id, on)]
    swept = [(book, each) for book in open_books(connection, found) for each in _sweeps(book)]
    if not swept:
        return {"count": 0, "texts": []}
    last = max(swept, key=lambda pair: pair[1].answered_at)[0].run.id
    answers = [(book, answer) for book, answer in swept if book.run.id == last]
    texts = [f"{book.plan.line(answer.line).title}: {_swept(site, answer)}" for book, answer in answers]
    return {"count": sum(_messages(answer) for _, answer in answers), **_texts(texts)}


def _sweeps(book: Book) -> list[Answer]:
    return [answer for answer in standing(book.answers).values() if "oldest_minutes" in (answer.value or {})]


def _messages(answer: Answer) -> int:
    return sum((answer.value or {})["counts"].values())


def _swept(site: Site, answer: Answer) -> str:
    at = local_text(site.calendar, answer.answered_at)
    messages = _messages(answer)
    if not messages:
        return f"none on {at}"
    oldest = duration_text(timedelta(minutes=(answer.value or {})["oldest_minutes"]))
    return f"{messages} {'message' if messages == 1 else 'messages'} on {at}, the oldest {oldest} old then"
