"""What somebody is asked about duty, as it stands now: an offer, a colleague who is away, signing on.

The same is read when the question is sent and whenever its message is drawn again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from shiftbot.domain.duty_change import Agreement, Kind, Standing, vacated
from shiftbot.domain.local_time import local_text
from shiftbot.domain.roster import Span
from shiftbot.domain.site import Pharmacy
from shiftbot.services import duty
from shiftbot.services.rostering.changing import halves_of
from shiftbot.services.rostering.signing_on import invited, sign_on_words
from shiftbot.services.rostering.telling import asked_words, away_words, said, span_text
from shiftbot.storage import duty_changes, sign_ons


class Asks(StrEnum):
    """What the question is, by which its buttons are chosen."""

    OFFER = "offer"
    AWAY = "away"
    SIGN_ON = "sign-on"


@dataclass(frozen=True, slots=True)
class Question:
    """`outcome` is what became of it, in words; while it is empty somebody may answer. `number` is the change's.

    `span` is the first stretch of an absence that nobody has taken.
    """

    asks: Asks
    site: str
    text: str
    outcome: str = ""
    number: int = 0
    span: Span | None = None


def question(connection: Connection, pharmacy: Pharmacy, subject: str, now: datetime) -> Question | None:
    """The question that a card of kind DUTY is about; nothing when there is no such change or shift any more."""
    if subject.startswith("sign-on|"):
        return _sign_on(connection, pharmacy, subject, now)
    found = duty_changes.load(connection, int(subject)) if subject.isdecimal() else None
    if found is None or found.site not in pharmacy.sites:
        return None
    lived = duty.as_agreed(connection, pharmacy, now)
    if found.kind is Kind.ABSENCE:
        return _away(lived, found, now)
    halves = halves_of(connection, found)
    text = asked_words(lived, halves, now)
    return Question(Asks.OFFER, found.site, text, _answered(lived, halves), halves[0].id)


def _answered(pharmacy: Pharmacy, halves: Sequence[Agreement]) -> str:
    first = halves[0]
    if first.state is Standing.ASKED or first.answered_at is None:
        return ""
    at = local_text(pharmacy.sites[first.site].calendar, first.answered_at)
    who = pharmacy.people.get(first.answered_by or "")
    by = f" by {who.name}" if who else ""
    what = " ".join(f"{said(pharmacy, half)}." for half in halves)
    return {
        Standing.ASKED: "",
        Standing.STANDING: f"Accepted{by}, {at}. {what}",
        Standing.DECLINED: f"Declined{by}, {at}. Nothing changes.",
        Standing.WITHDRAWN: f"Taken back{by}, {at}. Nothing changes.",
        Standing.EXPIRED: f"Nobody answered in time, {at}. Nothing changes.",
    }[first.state]


def _away(pharmacy: Pharmacy, away: Agreement, now: datetime) -> Question:
    left = vacated(pharmacy, away, now)
    text = away_words(pharmacy, away, left)
    if away.state is not Standing.STANDING:
        return Question(Asks.AWAY, away.site, text, "Taken back: the roster stands as before.", away.id)
    outcome = "" if left else _taken(pharmacy, away)
    return Question(Asks.AWAY, away.site, text, outcome, away.id, left[0] if left else None)


def _taken(pharmacy: Pharmacy, away: Agreement) -> str:
    """Who has the duty instead, as it was agreed since."""
    site = pharmacy.sites[away.site]
    since = [
        f"{pharmacy.people[change.person or ''].name} {span_text(site, change.starts_at, change.ends_at)}"
        for change in pharmacy.duty_changes_of(away.site)
        if change.id > away.id and change.person in pharmacy.people
        and change.starts_at < away.ends_at and away.starts_at < change.ends_at
    ]  # fmt: skip
    return f"Taken: {', '.join(since)}." if since else "It is over."


def _sign_on(connection: Connection, pharmacy: Pharmacy, subject: str, now: datetime) -> Question | None:
    found = invited(pharmacy, subject)
    if found is None:
        return None
    site, person, shift_at = found
    text = sign_on_words(connection, duty.as_agreed(connection, pharmacy, now), site, person, shift_at, now)
    signed_at = sign_ons.when(connection, site.id, person.id, shift_at)
    if signed_at is not None:
        outcome = f"You signed on, {local_text(site.calendar, signed_at)}."
    else:
        outcome = "" if text else "You do not have this shift any more."
    return Question(Asks.SIGN_ON, site.id, text or f"You were asked to sign on at {site.name}.", outcome)
