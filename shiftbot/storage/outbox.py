"""The outbox: the table of things to send, each with a key that is unique for ever."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from shiftbot.domain.notice import Lane, Notice, NoticeKind, NoticeState
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.holders import holder_of
from shiftbot.storage.rows import readable
from shiftbot.storage.tables import outbox


@dataclass(frozen=True, slots=True)
class Parcel:
    """A notice on its way: the notice, where it goes (`target`: a Slack id or an Apprise URL), by which means."""

    id: int
    notice: Notice
    means: int
    target: str
    state: NoticeState
    attempts: int
    created_at: datetime
    may_repeat: bool
    channel: str | None
    ts: str | None
    error: str | None
    sent_at: datetime | None = None
    attention_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """A notice that is to go out by a means (its place among its recipient's), and why not at once, if it is not."""

    notice: Notice
    means: int
    target: str
    due_at: datetime
    why: str | None = None


def parcel_in(row: Row[Any]) -> Parcel:
    """The parcel that a row holds."""
    notice = Notice(
        key=row.key,
        lane=Lane(row.lane),
        site=row.site,
        kind=NoticeKind(row.kind),
        recipient=row.recipient,
        text=row.text,
        alert=row.alert,
        about=row.about,
    )
    return Parcel(
        row.id, notice, row.means, row.target, NoticeState(row.state), row.attempts,
        row.created_at, row.may_repeat, row.channel, row.ts, row.error, row.sent_at, row.attention_at,
    )  # fmt: skip


def add(connection: Connection, notices: Iterable[tuple[Notice, int, str]], now: datetime) -> int:
    """Queue notices, each with its means and target; how many were new."""
    return add_going(connection, (Going(*each, due_at=now) for each in notices), now)


def add_going(connection: Connection, going: Iterable[Going], now: datetime) -> int:
    """Queue what is to go out, each when it is due; how many were new."""
    rows = [
        _row(each.notice, each.means, each.target, now) | {"attention_at": each.due_at, "error": each.why}
        for each in going
    ]
    return insert_or_ignore(connection, outbox, rows)


def add_failed(connection: Connection, notice: Notice, error: str, now: datetime) -> int:
    """Note something that could not be shown and never was a parcel, so that it is made an alert; 1 when it is new."""
    row = _row(notice, 0, notice.recipient, now) | {"state": NoticeState.FAILED.value, "error": error}
    return insert_or_ignore(connection, outbox, [row])


def _row(notice: Notice, means: int, target: str, now: datetime) -> dict[str, Any]:
    return {
        "key": notice.key,
        "lane": int(notice.lane),
        "site": notice.site,
        "kind": notice.kind.value,
        "recipient": notice.recipient,
        "means": means,
        "target": target,
        "text": notice.text,
        "about": dict(notice.about),
        "alert": notice.alert,
        "state": NoticeState.PENDING.value,
        "attempts": 0,
        "created_at": now,
        "attention_at": now,
        "may_repeat": False,
        "error": None,
    }


def find_due(
    connection: Connection, lane: Lane, now: datetime, limit: int, except_to: Sequence[str] = ()
) -> list[Parcel]:
    """Parcels of a lane that wait to be sent, were in hand when something broke, or whose outcome is unknown."""
    query = _DUE.where(outbox.c.target.not_in(except_to)) if except_to else _DUE
    asked = {"of_lane": int(lane), "now": now, "at_most": limit}
    return readable(connection.execute(query, asked), parcel_in)


_WAITING = (NoticeState.PENDING.value, NoticeState.SENDING.value, NoticeState.UNKNOWN.value)
_DUE = (
    select(outbox)
    .where(
        outbox.c.lane == bindparam("of_lane"),
        outbox.c.attention_at <= bindparam("now"),
        outbox.c.state.in_(_WAITING),
    )
    .order_by(outbox.c.attention_at, outbox.c.id)
    .limit(bindparam("at_most"))
)


def claim(connection: Connection, parcel: Parcel, until: datetime, *, may_repeat: bool) -> bool:
    """Compare and set: take a parcel in hand until an instant; False when another process has it."""
    claimed = connection.execute(
        update(outbox)
        .where(outbox.c.id == parcel.id, outbox.c.state == parcel.state.value, outbox.c.attempts == parcel.attempts)
        .values(
            state=NoticeState.SENDING.value,
            attempts=parcel.attempts + 1,
            attention_at=until,
            may_repeat=parcel.may_repeat or may_repeat,
            held_by=holder_of(connection),
        )
    )
    return claimed.rowcount == 1


def settle(
    connection: Connection,
    parcel_id: int,
    state: NoticeState,
    *,
    held: int | None = None,
    attention_at: datetime | None = None,
    **changed: object,
) -> bool:
    """Note what became of a parcel; with `held` (the attempt it was in hand for) only if nobody took it over since."""
    change = update(outbox).where(outbox.c.id == parcel_id)
    if held is not None:
        change = change.where(outbox.c.state == NoticeState.SENDING.value, outbox.c.attempts == held)
    settled = connection.execute(change.values(state=state.value, attention_at=attention_at, **changed))
    return settled.rowcount == 1


def let_go(connection: Connection, now: datetime) -> None:
    """Whatever is in hand is due at once; it keeps its state, which says that it may have been sent."""
    in_hand = outbox.c.state == NoticeState.SENDING.value
    connection.execute(update(outbox).where(in_hand).values(attention_at=now))


def holders(connection: Connection, now: datetime) -> set[int]:
    """The numbers of the processes that have anything in hand at this moment (storage/presence.py)."""
    in_hand = (outbox.c.attention_at > now, outbox.c.state == NoticeState.SENDING.value)
    held = select(outbox.c.held_by).where(*in_hand, outbox.c.held_by.is_not(None)).distinct()
    return set(connection.execute(held).scalars())


def let_go_of_the_dead(connection: Connection, dead: Collection[int], now: datetime) -> None:
    """What these processes had in hand when they died is due at once; its state says that it may have been sent."""
    left = (outbox.c.attention_at > now, outbox.c.state == NoticeState.SENDING.value, outbox.c.held_by.in_(dead))
    connection.execute(update(outbox).where(*left).values(attention_at=now))


def failed_needing_alert(connection: Connection, limit: int) -> list[Parcel]:
    """Parcels that failed for good and have not been made an alert yet."""
    query = (
        select(outbox)
        .where(outbox.c.state == NoticeState.FAILED.value, outbox.c.attention_at.is_not(None))
        .order_by(outbox.c.attention_at, outbox.c.id)
        .limit(limit)
    )
    return readable(connection.execute(query), parcel_in)


def sent_since(connection: Connection, recipient: str, means: int, after_id: int) -> bool:
    """Whether anything reached a recipient by a means after a parcel."""
    query = select(outbox.c.id).where(
        outbox.c.recipient == recipient,
        outbox.c.means == means,
        outbox.c.id > after_id,
        outbox.c.state == NoticeState.SENT.value,
    )
    return connection.execute(query.limit(1)).first() is not None


def may_have_reached(connection: Connection, alert_id: int, recipient: str) -> bool:
    """Whether somebody was told of an alert, or may have been."""
    told = (NoticeState.SENT.value, NoticeState.SENDING.value, NoticeState.UNKNOWN.value)
    query = select(outbox.c.id).where(
        outbox.c.alert == alert_id,
        outbox.c.recipient == recipient,
        outbox.c.kind == NoticeKind.ALERT.value,
        outbox.c.state.in_(told),
    )
    return connection.execute(query.limit(1)).first() is not None


def of_alert(connection: Connection, alert_id: int) -> list[Parcel]:
    """Everything that was queued about an alert, oldest first."""
    query = select(outbox).where(outbox.c.alert == alert_id).order_by(outbox.c.id)
    return readable(connection.execute(query), parcel_in)


def load(connection: Connection, key: str) -> Parcel | None:
    """The parcel with a key, or nothing."""
    row = connection.execute(_WITH_KEY, {"of_key": key}).one_or_none()
    return None if row is None else parcel_in(row)


_WITH_KEY = select(outbox).where(outbox.c.key == bindparam("of_key"))


def waiting(connection: Connection, site: str) -> int:
    """How many parcels of a site are still to be sent; what failed for good is an alert, and not counted here."""
    query = select(func.count()).where(
        outbox.c.site == site, outbox.c.attention_at.is_not(None), outbox.c.state != NoticeState.FAILED.value
    )
    count: int = connection.execute(query).scalar_one()
    return count


def longest_waiting(connection: Connection, lane: Lane) -> datetime | None:
    """Since when the oldest parcel of a lane that did not get out by now has been waiting, retries included."""
    waiting = (NoticeState.PENDING.value, NoticeState.SENDING.value, NoticeState.UNKNOWN.value)
    since: datetime | None = connection.execute(
        select(func.min(outbox.c.created_at)).where(
            outbox.c.attention_at.is_not(None), outbox.c.lane == int(lane), outbox.c.state.in_(waiting)
        )
    ).scalar_one()
    return since
