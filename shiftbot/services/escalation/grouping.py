"""Several causes of one alert: a power cut at a site stops five fridges and the gateway, and is one alert.

An excursion or a silence that begins within half an hour of another at the same site joins its alert, when both walk
the same policy. Each cause ends by itself, the alert with the last of them; each excursion still has its own case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import ACKNOWLEDGED_FOR, GROUPED, Alert, AlertState, Severity
from shiftbot.domain.cause import Cause, Named
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.escalation import wording
from shiftbot.services.escalation.holding import Muted, muted_now
from shiftbot.storage import alerts, causes, outbox, record
from shiftbot.storage.database import put_off

TOGETHER_WITHIN = timedelta(minutes=30)
"""Our own choice: without power a fridge leaves its range within half an hour; what begins later is told apart."""

SHIFTBOT = "shiftbot"


@dataclass(slots=True)
class Sorted:
    """Fresh alerts sorted out: which begin an alert, which join one (by its cause), which have theirs already."""

    begins: dict[Named, Alert] = field(default_factory=dict)
    joins: dict[Named, list[Alert]] = field(default_factory=dict)
    """The cause that an alert began with → what joins it."""
    known: dict[Named, int] = field(default_factory=dict)


def named(alert: Alert) -> Named:
    """The cause that an alert began with."""
    return alert.kind, alert.subject


def sort_out(connection: Connection, fresh: Sequence[Alert], now: datetime) -> Sorted:
    """Which of these fresh alerts begin one of their own and which join another, one of them or one of before."""
    out = Sorted(begins={named(alert): alert for alert in fresh if alert.kind not in GROUPED})
    grouped = {named(alert): alert for alert in fresh if alert.kind in GROUPED}
    if not grouped:
        return out
    out.known = causes.known(connection, grouped)
    sites = sorted({alert.site for alert in grouped.values()})
    hosts = alerts.open_to_join(connection, sites, now - TOGETHER_WITHIN)
    several = causes.of_alerts(connection, [host.id for host in hosts])
    muted = muted_now(connection, [*hosts, *grouped.values()], several, now)
    for cause, alert in grouped.items():
        if cause in out.known:
            continue
        host = next((host for host in hosts if _may_join(alert, host, several.get(host.id, ()), muted, now)), None)
        if host is None:
            out.begins[cause] = alert
            hosts.append(alert)
        else:
            out.joins.setdefault(named(host), []).append(alert)
    return out


def _may_join(fresh: Alert, host: Alert, several: Sequence[Cause], muted: Muted, now: datetime) -> bool:
    if (host.site, host.policy.name) != (fresh.site, fresh.policy.name):
        return False
    if fresh.severity is Severity.CRITICAL:
        return True
    # What nobody is to hear of for a while joins only what is as quiet; and what rests for other reasons than its own
    # ladder, because somebody works on its unit, makes nothing else rest.
    mute = muted.over_all(fresh)
    if mute != muted.over_all(host, several):
        return False
    rests = host.escalate_at is None or host.escalate_at - now > ladder.longest_wait(host)
    return mute is not None or host.state is AlertState.ACKNOWLEDGED or not rests


def join(connection: Connection, pharmacy: Pharmacy, host: Alert, joining: Sequence[Alert], now: datetime) -> None:
    """Further causes of an alert. Everybody told so far hears of them; who has it keeps it.

    One that is critical makes the whole so, and takes the next step at once.
    """
    if not causes.of_alert(connection, host.id):
        causes.add(connection, [_cause(host, host.id, host.opened_at)])
    further = [_cause(alert, host.id, now) for alert in joining]
    causes.add(connection, further)
    entries = [_joined(host, cause, now) for cause in further]
    stands = _after_joining(host, further, now)
    if stands != host:
        alerts.save(connection, host, stands)
    if stands.severity is not host.severity:
        entries.append(Entry(host.site, now, SHIFTBOT, "alert-critical", _subject(host), {"severity": stands.severity}))
    record.append(connection, entries)
    reword_whole(connection, host, now)
    muted = muted_now(connection, joining, {}, now)
    heard = [cause for cause, alert in zip(further, joining, strict=True) if muted.over_all(alert) is None]
    if heard:
        put_off(connection, _Telling).add(pharmacy, host, heard, now)


def _cause(alert: Alert, of: int, began_at: datetime) -> Cause:
    return Cause(of, alert.kind, alert.subject, alert.title, alert.detail, alert.severity, began_at)


def _joined(host: Alert, cause: Cause, now: datetime) -> Entry:
    body = {"kind": cause.kind, "cause": cause.subject, "title": cause.title, "severity": cause.severity}
    return Entry(host.site, now, SHIFTBOT, "alert-joined", _subject(host), body | {"detail": cause.detail})


def _subject(alert: Alert) -> str:
    return f"alert:{alert.id}"


def _after_joining(host: Alert, further: Sequence[Cause], now: datetime) -> Alert:
    if host.severity is not Severity.CRITICAL and any(each.severity is Severity.CRITICAL for each in further):
        return replace(ladder.hurry(host, now), severity=Severity.CRITICAL)
    if host.state is AlertState.ACKNOWLEDGED and host.escalate_at is not None:
        # Whoever put it off for hours knew nothing of this cause.
        return replace(host, escalate_at=min(host.escalate_at, now + ACKNOWLEDGED_FOR))
    return host


def end_cause(connection: Connection, alert: Alert, how: str, now: datetime) -> bool:
    """The cause is gone from which an alert is seen; whether it was the last, so that the alert is over."""
    several = causes.of_alert(connection, alert.id)
    ended = next((each for each in several if each.named == named(alert)), None)
    if ended is None:
        return True
    if not causes.end(connection, ended, how, now):
        return False
    body = {"kind": ended.kind, "cause": ended.subject, "how": how}
    record.append(connection, [Entry(alert.site, now, SHIFTBOT, "alert-cause-ended", _subject(alert), body)])
    reword_whole(connection, alert, now)
    return all(each.ended_at is not None or each is ended for each in several)


def note_critical(connection: Connection, seen: Alert, now: datetime) -> None:
    """One of the causes of an alert has become critical; nothing to note for an alert of one cause."""
    cause = causes.find(connection, seen.kind, seen.subject)
    if cause is not None and cause.severity is not Severity.CRITICAL and causes.make_critical(connection, cause):
        delivery.touch(connection, CardKind.ALERT, seen.id, now)


def reword_cause(connection: Connection, seen: Alert, title: str, detail: str, now: datetime) -> bool:
    """Say of one of several causes what is so by now; False for an alert of one cause."""
    cause = causes.find(connection, seen.kind, seen.subject)
    if cause is None:
        return False
    if causes.reword(connection, cause, title, detail):
        reword_whole(connection, seen, now)
    return True


def reword_whole(connection: Connection, host: Alert, now: datetime) -> None:
    """Bring the words of an alert with several causes to what goes on now."""
    title, detail = wording.together(causes.of_alert(connection, host.id))
    reworded(connection, host, title, detail, now)


def reworded(connection: Connection, alert: Alert, title: str, detail: str, now: datetime) -> None:
    """Other words of an alert, on the record, and its cards drawn anew."""
    alerts.reword(connection, alert.id, title, detail)
    body = {"title": title, "detail": detail}
    record.append(connection, [Entry(alert.site, now, SHIFTBOT, "alert-reworded", _subject(alert), body)])
    delivery.touch(connection, CardKind.ALERT, alert.id, now)


class _Telling:
    """What joined in this transaction: told at its end, so that several causes are one message."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[Pharmacy, Alert, list[Cause], datetime]] = {}

    def add(self, pharmacy: Pharmacy, host: Alert, further: Sequence[Cause], now: datetime) -> None:
        """These joined, too."""
        self._waiting.setdefault(host.id, (pharmacy, host, [], now))[2].extend(further)

    def __call__(self, connection: Connection) -> None:
        for pharmacy, host, further, now in self._waiting.values():
            told = outbox.of_alert(connection, host.id)
            recipients = {parcel.notice.recipient for parcel in told if parcel.notice.kind is NoticeKind.ALERT}
            recipients |= {owner for owner in (host.acknowledged_by,) if owner is not None and owner in pharmacy.people}
            many = len(causes.of_alert(connection, host.id))
            notices = [_also(host, further, recipient, many) for recipient in sorted(recipients)]
            delivery.queue(connection, pharmacy, notices, now)


def _also(host: Alert, further: Sequence[Cause], recipient: str, many: int) -> Notice:
    return Notice(
        key=f"alert:{host.id}:joined:{many}:{recipient}",
        lane=Lane.ESCALATION,
        site=host.site,
        kind=NoticeKind.ALERT,
        recipient=recipient,
        text=wording.also(further),
        alert=host.id,
        about={"step": host.step, "telling": host.told},
    )
