"""One of several causes of one alert: begun and ended by itself. Pure."""

from dataclasses import dataclass
from datetime import datetime

from shiftbot.domain.alert import AlertKind, Severity

Named = tuple[AlertKind, str]
"""Kind and subject: what a cause is, once for ever."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One of several causes of an alert; `ending` says how it ended."""

    alert: int
    kind: AlertKind
    subject: str
    title: str
    detail: str
    severity: Severity
    began_at: datetime
    ended_at: datetime | None = None
    ending: str = ""

    @property
    def named(self) -> Named:
        """What it is known by."""
        return self.kind, self.subject
