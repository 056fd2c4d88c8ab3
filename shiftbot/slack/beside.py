"""What an alert's message shows beside the alert itself: its causes, notes, a mute over it, and who was told how."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertState
from shiftbot.domain.cause import Cause
from shiftbot.domain.mute import Mute
from shiftbot.domain.notice import NoticeKind, NoticeState
from shiftbot.services.escalation import mute_over
from shiftbot.storage import alert_notes, alerts, causes, outbox
from shiftbot.storage.alert_notes import AlertNote
from shiftbot.storage.outbox import Parcel


@dataclass(frozen=True, slots=True)
class Beside:
    """All of it; nothing of it by default. `told` are the notices of the alert, oldest first."""

    causes: tuple[Cause, ...] = ()
    notes: tuple[AlertNote, ...] = ()
    mute: Mute | None = None
    told: tuple[Parcel, ...] = ()
    answers: tuple[tuple[str, str, datetime], ...] = ()
    """Who answered, by which kind of entry in the record, and when: that they saw it is known."""


NOTHING = Beside()

GOING_OUT = (NoticeState.PENDING, NoticeState.SENDING)

WAITS_AFTER = timedelta(minutes=1)
"""What has not gone out after so long is shown as waiting."""


def beside(connection: Connection, alert: Alert, now: datetime) -> Beside:
    """What is to be shown beside an alert now."""
    several = causes.of_alert(connection, alert.id)
    held = mute_over(connection, alert, several, now) if alert.state is not AlertState.RESOLVED else None
    told = (parcel for parcel in outbox.of_alert(connection, alert.id) if _is_shown(parcel, now))
    notes, answers = alert_notes.of_alert(connection, alert.id), alerts.answers_to(connection, alert)
    return Beside(tuple(several), tuple(notes), held, tuple(told), tuple(answers))


def _is_shown(parcel: Parcel, now: datetime) -> bool:
    """Whether it belongs to who was told: not what was not needed, nor what is going out just now.

    This message may itself be what goes out, and is not drawn again for that. What is held back for a reason is shown.
    """
    if parcel.notice.kind is not NoticeKind.ALERT or parcel.state is NoticeState.SUPPRESSED:
        return False
    if parcel.state not in GOING_OUT:
        return True
    is_due = parcel.attention_at is None or parcel.attention_at <= now
    return now - parcel.created_at >= WAITS_AFTER and (is_due or parcel.error is not None)
