"""What an alert's message shows beside the alert itself: its causes, notes, a mute over it, and who was told how."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertState
from shiftbot.domain.cause import Cause
from shiftbot.domain.mute import Mute
from shiftbot.domain.notice import NoticeKind, NoticeState
from shiftbot.services.escalation import mute_over
from shiftbot.storage import alert_notes, causes, outbox
from shiftbot.storage.alert_notes import AlertNote
from shiftbot.storage.outbox import Parcel


@dataclass(frozen=True, slots=True)
class Beside:
    """All of it; nothing of it by default. `told` are the notices of the alert, oldest first."""

    causes: tuple[Cause, ...] = ()
    notes: tuple[AlertNote, ...] = ()
    mute: Mute | None = None
    told: tuple[Parcel, ...] = ()


NOTHING = Beside()

GOING_OUT = (NoticeState.PENDING, NoticeState.SENDING)

WAITS_AFTER = timedelta(minutes=1)
"""What has not gone out after so long is shown as waiting."""


def beside(connection: Connection, alert: Alert, now: datetime) -> Beside:
    """What is to be shown beside an alert now."""
    several = causes.of_alert(connection, alert.id)
    held = mute_over(connection, alert, several, now) if alert.state is not AlertState.RESOLVED else None
    told = (parcel for parcel in outbox.of_alert(connection, alert.id) if _is_shown(parcel, now))
    return Beside(tuple(several), tuple(alert_notes.of_alert(connection, alert.id)), held, tuple(told))


def _is_shown(parcel: Parcel, now: datetime) -> bool:
    """What is going out just now is not said to wait: this message may be it, and is not drawn again for that."""
    if parcel.notice.kind is not NoticeKind.ALERT or parcel.state is NoticeState.SUPPRESSED:
        return False
    return parcel.state not in GOING_OUT or now - parcel.created_at >= WAITS_AFTER
