"""Cards: messages that show the present state of a run, an alert or a case, and are edited in place.

A change only raises `wanted`; delivery shows the latest state and sets `shown` to what it showed, so that ten clicks
cost one update.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, literal, null, or_, select, update

from shiftbot.domain.notice import CardKind
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.holders import holder_of
from shiftbot.storage.rows import readable
from shiftbot.storage.tables import cards


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `target` is where it is posted (channel or person's Slack id); `channel` and `ts` where it stands."""

    id: int
    kind: CardKind
    subject: str
    site: str
    target: str
    channel: str | None
    ts: str | None
    state: str
    wanted: int
    shown: int
    attempts: int
    attention_at: datetime | None
    error: str | None
    held_by: int | None = None

    @property
    def key(self) -> str:
        """What the posted message carries as its metadata, to be found by after an ambiguous send."""
        return f"card:{self.id}"


def _card(row: Row[Any]) -> Card:
    return Card(**dict(row._mapping) | {"kind": CardKind(row.kind)})


def add(connection: Connection, wanted: list[tuple[CardKind, str, str, str]], now: datetime) -> None:
    """Ask for cards: (kind, subject, site, target) each; those that exist are left alone."""
    rows = [
        {"kind": kind.value, "subject": subject, "site": site, "target": target, "state": "pending",
         "attention_at": now, "wanted": 1, "shown": 0, "attempts": 0}
        for kind, subject, site, target in wanted
    ]  # fmt: skip
    insert_or_ignore(connection, cards, rows)


def add_shown(connection: Connection, kind: CardKind, subject: str, site: str, channel: str, ts: str) -> None:
    """Adopt a message that was sent as a notice, so that it is edited when its subject changes."""
    row = {"kind": kind.value, "subject": subject, "site": site, "target": f"{channel}:{ts}", "channel": channel,
           "ts": ts, "state": "shown", "wanted": 1, "shown": 1, "attempts": 0}  # fmt: skip
    insert_or_ignore(connection, cards, [row])


_SHOWN_TOGETHER = {CardKind.RUN: (CardKind.RUN.value, CardKind.RUN_MORE.value)}
"""Kinds of card that show the same subject: what changes one changes the other."""


def touch(connection: Connection, kind: CardKind, subjects: Collection[str], now: datetime) -> None:
    """Every card of these subjects is out of date from now on. One in hand goes again after it is settled.

    A card that could not be shown gets another chance.
    """
    connection.execute(
        update(cards)
        .where(cards.c.kind.in_(_SHOWN_TOGETHER.get(kind, (kind.value,))), cards.c.subject.in_(subjects))
        .values(
            wanted=cards.c.wanted + 1,
            state=case((cards.c.state == "failed", "pending"), else_=cards.c.state),
            attention_at=case(
                (cards.c.state == "failed", _instant(now)), else_=func.coalesce(cards.c.attention_at, _instant(now))
            ),
        )
    )


def retry_failed(connection: Connection, target: str, now: datetime) -> None:
    """Cards that could not be shown at a place, continuations included, get another chance: it is reached again."""
    there = or_(cards.c.target == target, cards.c.target.startswith(f"{target}:", autoescape=True))
    failed = (there, cards.c.state == "failed")
    connection.execute(update(cards).where(*failed).values(state="pending", attention_at=now))


def tried_again(connection: Connection, now: datetime) -> None:
    """Whatever waits after a try that did not work is due at once: Slack is back."""
    waiting = (cards.c.attention_at > now, cards.c.state.in_(("pending", "unknown")), cards.c.attempts > 0)
    connection.execute(update(cards).where(*waiting).values(attention_at=now))


def _instant(now: datetime) -> Any:
    return literal(now, cards.c.attention_at.type)


def find_due(connection: Connection, now: datetime, limit: int) -> list[Card]:
    """Cards that are out of date and may be shown now, longest waiting first."""
    return readable(connection.execute(_DUE, {"now": now, "at_most": limit}), _card)


_DUE = (
    select(cards)
    .where(cards.c.attention_at <= bindparam("now"))
    .order_by(cards.c.attention_at, cards.c.id)
    .limit(bindparam("at_most"))
)


def claim(connection: Connection, card: Card, until: datetime) -> bool:
    """Compare and set: take a card in hand until an instant; False when another process has it."""
    claimed = connection.execute(
        update(cards)
        .where(cards.c.id == card.id, cards.c.state == card.state, cards.c.attempts == card.attempts)
        .values(state="sending", attempts=card.attempts + 1, attention_at=until, held_by=holder_of(connection))
    )
    return claimed.rowcount == 1


def settle_shown(connection: Connection, card: Card, channel: str, ts: str, now: datetime) -> bool:
    """The version that was wanted when the card was claimed is shown; if more was asked since, it is due again.

    Like all that settles a card in hand: `card` as it was claimed; False when another process took it over since.
    """
    again = case((cards.c.wanted > card.wanted, _instant(now)), else_=null())
    changed = {"channel": channel, "ts": ts, "shown": card.wanted, "attempts": 0, "error": None}
    return _settle(connection, card, state="shown", attention_at=again, **changed)


def settle(connection: Connection, card: Card, state: str, attention_at: datetime | None, error: str | None) -> bool:
    """Note that a card could not be shown, and when to look at it again."""
    return _settle(connection, card, state=state, attention_at=attention_at, error=error)


def lose_message(connection: Connection, card: Card, now: datetime) -> bool:
    """The message is gone from Slack: post the card anew."""
    return _settle(connection, card, state="pending", channel=None, ts=None, attention_at=now, attempts=0)


def lose_further(connection: Connection, subject: str, now: datetime) -> None:
    """What continued a run's card in its thread is posted anew, in the thread of the new card."""
    further = (cards.c.kind == CardKind.RUN_MORE.value, cards.c.subject == subject, cards.c.state != "sending")
    connection.execute(
        update(cards).where(*further).values(state="pending", channel=None, ts=None, attention_at=now, attempts=0)
    )


def _settle(connection: Connection, card: Card, **changed: object) -> bool:
    in_hand = (cards.c.id == card.id, cards.c.state == "sending", cards.c.attempts == card.attempts + 1)
    return connection.execute(update(cards).where(*in_hand).values(**changed)).rowcount == 1


def let_go(connection: Connection, now: datetime) -> None:
    """Whatever is in hand is due at once; it keeps its state, which says that it may have been posted."""
    connection.execute(update(cards).where(cards.c.state == "sending").values(attention_at=now))


def holders(connection: Connection, now: datetime) -> set[int]:
    """The numbers of the processes that have anything in hand at this moment (storage/presence.py)."""
    in_hand = (cards.c.attention_at > now, cards.c.state == "sending", cards.c.held_by.is_not(None))
    return set(connection.execute(select(cards.c.held_by).where(*in_hand).distinct()).scalars())


def let_go_of_the_dead(connection: Connection, dead: Collection[int], now: datetime) -> None:
    """What these processes had in hand when they died is due at once; its state says that it may have been posted."""
    left = (cards.c.attention_at > now, cards.c.state == "sending", cards.c.held_by.in_(dead))
    connection.execute(update(cards).where(*left).values(attention_at=now))


def look_at(connection: Connection, card_id: int) -> Card | None:
    """One card, or nothing."""
    row = connection.execute(select(cards).where(cards.c.id == card_id)).one_or_none()
    return None if row is None else _card(row)


def find_by_message(connection: Connection, channel: str, ts: str) -> Card | None:
    """The card that stands at a message, or nothing; the first of those that a message lists."""
    return next(iter(at_message(connection, channel, ts)), None)


def at_message(connection: Connection, channel: str, ts: str) -> list[Card]:
    """Every card that stands at a message: several alerts may have gone out as one."""
    query = select(cards).where(cards.c.channel == channel, cards.c.ts == ts).order_by(cards.c.id)
    return readable(connection.execute(query), _card)


def in_doubt(connection: Connection, target: str) -> list[Card]:
    """Cards that may stand in a channel already though nobody has noted where: in hand, or in hand when one died."""
    doubtful = (cards.c.target == target, cards.c.ts.is_(None), cards.c.state.in_(("sending", "unknown")))
    return readable(connection.execute(select(cards).where(*doubtful).order_by(cards.c.id)), _card)


def of_subject(connection: Connection, kind: CardKind, subject: str) -> list[Card]:
    """Every card of one subject."""
    query = select(cards).where(cards.c.kind == kind.value, cards.c.subject == subject).order_by(cards.c.id)
    return readable(connection.execute(query), _card)
