"""Parcels of one notice by several means: what stands by goes out when the means before it did not work in time.

The key of a notice is that of its first parcel; `KEY|2` is the same by the means in place 2.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from shiftbot.domain.alert import Severity
from shiftbot.domain.notice import Lane, NoticeKind, NoticeState
from shiftbot.storage.outbox import Parcel, parcel_in
from shiftbot.storage.rows import readable
from shiftbot.storage.tables import alerts, outbox

PAGE = 500


def key_by(key: str, place: int) -> str:
    """The key of a notice's parcel by another means than its first."""
    return f"{notice_key(key)}|{place}"


def by_slack(key: str) -> tuple[str, str]:
    """The keys under which the notice may wait for Slack: as its first means, or as another."""
    return notice_key(key), key_by(key, 0)


def notice_key(key: str) -> str:
    """The key of the notice that a parcel carries."""
    return key.partition("|")[0]


def stands_by(key: str) -> bool:
    """Whether a parcel is not the first of its notice."""
    return "|" in key


def together(connection: Connection, key: str, places: int) -> list[Parcel]:
    """Every parcel of the notice of a key, whose recipient has so many means, oldest first."""
    keys = [notice_key(key), *(key_by(key, place) for place in range(places))]
    query = select(outbox).where(outbox.c.key.in_(keys)).order_by(outbox.c.id)
    return readable(connection.execute(query), parcel_in)


def stand_down(connection: Connection, keys: Sequence[str], why: str) -> None:
    """What stands by under these keys is not needed any more."""
    changed = {"state": NoticeState.SUPPRESSED.value, "attention_at": None, "error": why}
    connection.execute(update(outbox).where(outbox.c.key.in_(keys), *_waiting()).values(**changed))


def hasten(connection: Connection, key: str, now: datetime) -> None:
    """What stands by under a key is due at once."""
    waiting = (outbox.c.key == key, outbox.c.attention_at > now, *_waiting())
    connection.execute(update(outbox).where(*waiting).values(attention_at=now))


def hasten_all(connection: Connection, now: datetime) -> None:
    """Every escalation that stands by is due at once, except what waits for a reason of its own."""
    connection.execute(
        update(outbox)
        .where(outbox.c.lane == int(Lane.ESCALATION), outbox.c.attention_at > now, outbox.c.means > 0)
        .where(outbox.c.key.contains("|"), outbox.c.error.is_(None), *_waiting())
        .values(attention_at=now)
    )


def tried_again(connection: Connection, now: datetime) -> None:
    """Whatever waits for Slack after a try that did not work is due at once."""
    waiting = (NoticeState.PENDING.value, NoticeState.UNKNOWN.value)
    connection.execute(
        update(outbox)
        .where(outbox.c.attention_at > now, outbox.c.state.in_(waiting), outbox.c.attempts > 0)
        .where(outbox.c.target.not_like("%://%"))
        .values(attention_at=now)
    )


def told_elsewhere(connection: Connection, since: datetime) -> list[Parcel]:
    """What went out about alerts by another means than Slack since an instant, oldest first."""
    told = [each for each in _newest_first(connection, since) if each.means > 0 and each.state is NoticeState.SENT]
    return [each for each in reversed(told) if each.notice.kind is NoticeKind.ALERT]


def _newest_first(connection: Connection, since: datetime) -> Iterator[Parcel]:
    """Parcels queued since an instant: page by page from the end, for what was ever sent stays in the table."""
    before: int | None = None
    while True:
        query = select(outbox).order_by(outbox.c.id.desc()).limit(PAGE)
        page = connection.execute(query if before is None else query.where(outbox.c.id < before)).all()
        recent = [row for row in page if row.created_at >= since]
        yield from readable(recent, parcel_in)
        if len(recent) < PAGE:
            return
        before = page[-1].id


def sent_by_slack(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these notices, by their own keys, Slack took."""
    sent: set[str] = set()
    for at in range(0, len(keys), PAGE):
        wanted = [key for each in keys[at : at + PAGE] for key in by_slack(each)]
        query = select(outbox.c.key).where(
            outbox.c.key.in_(wanted), outbox.c.means == 0, outbox.c.state == NoticeState.SENT.value
        )
        sent |= {notice_key(key) for key in connection.execute(query).scalars()}
    return sent


def drop(connection: Connection, keys: Iterable[str], why: str) -> None:
    """What waits for Slack under these keys is not sent any more: it was told in another way."""
    waiting = (NoticeState.PENDING.value, NoticeState.UNKNOWN.value)
    changed = {"state": NoticeState.SUPPRESSED.value, "attention_at": None, "error": why}
    for key in keys:
        waits = (outbox.c.key == key, outbox.c.means == 0, outbox.c.state.in_(waiting))
        connection.execute(update(outbox).where(*waits).values(**changed))


def _waiting() -> tuple[Any, Any]:
    return outbox.c.state == NoticeState.PENDING.value, outbox.c.attempts == 0


def critical_among(connection: Connection, alert_ids: Collection[int]) -> set[int]:
    """Which of these alerts are critical."""
    if not alert_ids:
        return set()
    query = select(alerts.c.id).where(alerts.c.id.in_(alert_ids), alerts.c.severity == Severity.CRITICAL.value)
    return set(connection.execute(query).scalars())
