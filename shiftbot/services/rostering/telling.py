"""What is said of a change of duty: to those it concerns by name, and to the site's channel once it stands."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.duty_change import Agreement, Kind, Standing, busy_elsewhere, who_can
from shiftbot.domain.local_time import local_clock, local_date, local_text
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import delivery

CANDIDATES = 5
"""So many who could take an absent colleague's duty are named; more are no help in a hurry."""


def tell_agreed(connection: Connection, pharmacy: Pharmacy, agreed: Agreement, by: Person, now: datetime) -> None:
    """A change stands: the channel hears it, and everybody it concerns who did not make it; absence is a question."""
    text = f"{said(pharmacy, agreed)}{_why(agreed)} ({by.name})"
    if agreed.kind is Kind.ABSENCE:
        _ask_who_can(connection, pharmacy, agreed, text, now)
        return
    people = [each for each in (agreed.person, agreed.instead_of) if each not in (None, by.id)]
    text += _twice(pharmacy, agreed)
    _queue(connection, pharmacy, agreed, "agreed", [*filter(None, people), _channel(pharmacy, agreed)], text, now)


def tell_asked(
    connection: Connection, pharmacy: Pharmacy, asked: Sequence[Agreement], whom: Person, now: datetime
) -> None:
    """Somebody is asked for their word; until when it waits."""
    text = asked_words(pharmacy, asked, now)
    _queue(connection, pharmacy, asked[0], "asked", [whom.id], text, now, asks=True)


def asked_words(pharmacy: Pharmacy, asked: Sequence[Agreement], now: datetime, whom: str = "you") -> str:
    """An offer as it is put to whoever is asked; to others, `whom` is their name."""
    first = asked[0]
    what = " In return: ".join(said(pharmacy, each) for each in asked)
    words = f"{_name(pharmacy, first.asked_by)} asks {whom}: {what}{_why(first)}."
    if first.state is not Standing.ASKED:
        return words
    until = first.attention_at or first.starts_at
    site = pharmacy.sites[first.site]
    accept = "you accept" if whom == "you" else "they accept"
    return (
        f"{words} Nothing changes until {accept};"
        f" the offer is open until {_when(site, until, now)}.{_twice(pharmacy, first)}"
    )


def tell_answer(
    connection: Connection, pharmacy: Pharmacy, first: Agreement, state: Standing, by: Person | None, now: datetime
) -> None:
    """What became of an offer, or that a change was taken back."""
    what = said(pharmacy, first)
    text = {
        Standing.STANDING: f"Accepted: {what}",
        Standing.DECLINED: f"Declined: {what}. Nothing changes; the roster stands",
        Standing.WITHDRAWN: f"Taken back: {what}. The roster stands as before",
        Standing.EXPIRED: f"Nobody answered in time: {what}. Nothing changes; the roster stands",
    }[state] + (f" ({by.name})" if by else "")
    people = [each for each in (first.person, first.instead_of, first.asked_by) if each and (not by or each != by.id)]
    told = [*people, _channel(pharmacy, first)] if state is not Standing.DECLINED else people
    if state is Standing.EXPIRED:
        told = [*people, *(person.id for person in pharmacy.people_with(Role.MANAGER))]
    _queue(connection, pharmacy, first, state.value, told, text, now)


def said(pharmacy: Pharmacy, agreement: Agreement) -> str:
    """A change in words: `Priya Nair is on duty Mon 24 Nov 10:00–12:00 instead of Amira Hassan`."""
    site = pharmacy.sites[agreement.site]
    stretch = span_text(site, agreement.starts_at, agreement.ends_at)
    if agreement.person is None:
        return f"{_name(pharmacy, agreement.instead_of)} is away {stretch}"
    instead = f" instead of {_name(pharmacy, agreement.instead_of)}" if agreement.instead_of else ""
    return f"{_name(pharmacy, agreement.person)} is on duty {stretch}{instead}"


def span_text(site: Site, starts_at: datetime, ends_at: datetime) -> str:
    """A stretch in the site's time: the day once when it is one day."""
    same = local_date(site.calendar, starts_at) == local_date(site.calendar, ends_at)
    end = local_clock(site.calendar, ends_at) if same else local_text(site.calendar, ends_at)
    return f"{local_text(site.calendar, starts_at)}–{end}"


def _ask_who_can(connection: Connection, pharmacy: Pharmacy, away: Agreement, text: str, now: datetime) -> None:
    """Managers, and those who could take it, are asked at once; the channel hears that somebody is missing."""
    able = _able(pharmacy, away)
    managers = [person.id for person in pharmacy.people_with(Role.MANAGER)] or [pharmacy.sites[away.site].fallback]
    _queue(connection, pharmacy, away, "away", managers, _who_could(text, able), now, asks=True)
    asked = [person.id for person in able if person.id not in managers]
    _queue(connection, pharmacy, away, "can", asked, f"{text}. Can you take the duty?", now, asks=True)
    _queue(connection, pharmacy, away, "away", [_channel(pharmacy, away)], text, now)


def away_words(pharmacy: Pharmacy, away: Agreement, left: Sequence[tuple[datetime, datetime]]) -> str:
    """An absence as it is put to those who could do something about it; `left` is what nobody has taken yet."""
    site = pharmacy.sites[away.site]
    text = f"{said(pharmacy, away)}{_why(away)} ({_name(pharmacy, away.asked_by)})"
    if not left:
        return f"{text}."
    spans = ", ".join(span_text(site, *span) for span in left)
    return _who_could(f"{text}. Nobody has the duty {spans}", _able(pharmacy, away))


def _able(pharmacy: Pharmacy, away: Agreement) -> list[Person]:
    return who_can(pharmacy, away.site, away.starts_at, away.ends_at, [away.instead_of or ""])[:CANDIDATES]


def _who_could(text: str, able: Sequence[Person]) -> str:
    names = ", ".join(person.name for person in able) or "nobody is free in the roster"
    return f"{text}. Who could take it: {names}."


def _queue(
    connection: Connection,
    pharmacy: Pharmacy,
    about: Agreement,
    what: str,
    whom: Iterable[str],
    text: str,
    now: datetime,
    *,
    asks: bool = False,
) -> None:
    notices = [
        Notice(
            key=f"duty:{about.id}:{what}:{each}",
            lane=Lane.ESCALATION if asks else Lane.ROUTINE,
            site=about.site,
            kind=NoticeKind.DUTY,
            recipient=each,
            text=text,
            about={"duty": about.id, "asks": asks, "kind": about.kind.value}
            | ({"card": str(about.id)} if asks else {}),
        )
        for each in dict.fromkeys(whom)
    ]
    delivery.queue(connection, pharmacy, notices, now)


def _twice(pharmacy: Pharmacy, agreement: Agreement) -> str:
    """A word about somebody who would be on duty in two places; relief may well be, so it is not refused."""
    if agreement.person is None:
        return ""
    elsewhere = busy_elsewhere(pharmacy, agreement.site, agreement.person, agreement.starts_at, agreement.ends_at)
    if not elsewhere:
        return ""
    site_id, shift = elsewhere[0]
    site = pharmacy.sites[site_id]
    return f" Mind: at {site.name} they are on duty {span_text(site, shift.starts_at, shift.ends_at)}."


def _when(site: Site, at: datetime, now: datetime) -> str:
    same = local_date(site.calendar, at) == local_date(site.calendar, now)
    return local_clock(site.calendar, at) if same else local_text(site.calendar, at)


def _why(agreement: Agreement) -> str:
    return f": {agreement.reason}" if agreement.reason else ""


def _channel(pharmacy: Pharmacy, agreement: Agreement) -> str:
    return pharmacy.sites[agreement.site].channel


def _name(pharmacy: Pharmacy, person_id: str | None) -> str:
    person = pharmacy.people.get(person_id or "")
    return person.name if person else (person_id or "somebody")
