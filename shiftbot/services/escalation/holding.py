"""Which alerts a mute holds now: their ladder waits for its end. What is critical, or was asked for, goes through."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind, Severity
from shiftbot.domain.cause import Cause, Named
from shiftbot.domain.mute import Mute, mute_of
from shiftbot.storage import mutes
from shiftbot.storage.units_meant import units_meant


@dataclass(frozen=True, slots=True)
class Muted:
    """The mutes that are on at some sites now, and which units the causes there are about."""

    mutes: Sequence[Mute]
    units: Mapping[Named, str]

    def over(self, site: str, cause: Named, severity: Severity = Severity.NORMAL) -> Mute | None:
        """The mute that holds one cause."""
        if severity is Severity.CRITICAL:
            return None
        return mute_of(self.mutes, site, AlertKind(cause[0]), self.units.get(cause, ""))

    def over_all(self, alert: Alert, several: Sequence[Cause] = ()) -> Mute | None:
        """The mute that holds an alert: with several causes only when each that goes on is muted.

        Of several the first to end: from then on one of the causes is muted no more, and is told.
        """
        named = [cause.named for cause in several if cause.ended_at is None] or [(alert.kind, alert.subject)]
        over = [self.over(alert.site, cause, alert.severity) for cause in named]
        holding = [mute for mute in over if mute is not None]
        return min(holding, key=lambda mute: mute.ends_at) if len(holding) == len(over) else None


def muted(connection: Connection, sites: Collection[str], about: Collection[Named], now: datetime) -> Muted:
    """What is muted at these sites now; `about` are the causes that will be asked about."""
    on = mutes.on_at(connection, sorted(set(sites)), now)
    return Muted(on, units_meant(connection, about) if on else {})


def muted_now(
    connection: Connection, found: Sequence[Alert], several: Mapping[int, Sequence[Cause]], now: datetime
) -> Muted:
    """What is muted at the sites of these alerts now."""
    about = [(alert.kind, alert.subject) for alert in found]
    about += [cause.named for each in several.values() for cause in each]
    return muted(connection, [alert.site for alert in found], about, now)


def mute_over(connection: Connection, alert: Alert, several: Sequence[Cause], now: datetime) -> Mute | None:
    """The mute that holds one alert now."""
    return muted_now(connection, [alert], {alert.id: several}, now).over_all(alert, several)
