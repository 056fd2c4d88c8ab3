"""What judging remembers of a unit between two judgings: all of it JSON, so that a restart forgets nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shiftbot.domain.cold_chain.doubt import Doubt, Doubtful
from shiftbot.domain.cold_chain.excursion import Excursion
from shiftbot.domain.cold_chain.exposure import Stretch
from shiftbot.domain.cold_chain.limits import Limits
from shiftbot.domain.cold_chain.nearing import Nearing
from shiftbot.domain.cold_chain.reading import Direction, read, written


@dataclass(frozen=True, slots=True)
class UnitState:
    """How a unit stands.

    `exposure` is the time out of range of the last days; `last` is the newest reading that was judged one by one;
    `begun` are the latest excursions' beginnings and `settled_at` when the last one ended: both tell flapping.
    """

    watched_since: datetime
    heard_at: datetime | None = None
    excursion: Excursion | None = None
    silent_since: datetime | None = None
    silence_is_critical: bool = False
    silence_found_at: datetime | None = None
    nearing: Nearing | None = None
    warned_at: datetime | None = None
    doubt: Doubt | None = None
    last: Doubtful | None = None
    exposure: tuple[Stretch, ...] = ()
    begun: tuple[datetime, ...] = ()
    settled_at: datetime | None = None
    flapping_since: datetime | None = None

    @property
    def quiet_since(self) -> datetime:
        """From when on silence counts: the last reading, or when watching began if that was later."""
        return max(self.heard_at or self.watched_since, self.watched_since)

    def is_silent(self, heard_at: datetime | None, limits: Limits, now: datetime) -> bool:
        """Whether nobody knows how the unit is, by the clock: also where nobody judged since, such as after a halt."""
        heard = max(self.quiet_since, heard_at or self.quiet_since)
        return self.silent_since is not None or now - heard >= limits.silent_after

    @property
    def is_calm(self) -> bool:
        """Whether only an out-of-range reading, one near a limit, or silence could change anything."""
        going_on = (self.excursion, self.silent_since, self.nearing, self.doubt, self.flapping_since)
        return not any(going_on)

    def to_json(self) -> dict[str, Any]:
        """JSON values only."""
        instants = {name: written(getattr(self, name)) for name in _INSTANTS}
        parts = {name: part.to_json() if part else None for name, part in self._parts()}
        return instants | parts | {
            "silence_is_critical": self.silence_is_critical,
            "last": [written(self.last.at), self.last.value] if self.last else None,
            "exposure": [[written(each.since), written(each.until), each.direction.value] for each in self.exposure],
            "begun": [written(each) for each in self.begun],
        }  # fmt: skip

    def _parts(self) -> tuple[tuple[str, Excursion | Nearing | Doubt | None], ...]:
        return ("excursion", self.excursion), ("nearing", self.nearing), ("doubt", self.doubt)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "UnitState":
        """The state that `to_json` wrote, in this version or an earlier one."""
        fields: dict[str, Any] = {name: read(raw.get(name)) for name in _INSTANTS}
        fields["watched_since"] = datetime.fromisoformat(raw["watched_since"])
        last = raw.get("last")
        return cls(
            **fields,
            excursion=Excursion.from_json(raw["excursion"]) if raw["excursion"] else None,
            nearing=Nearing.from_json(raw["nearing"]) if raw.get("nearing") else None,
            doubt=Doubt.from_json(raw["doubt"]) if raw.get("doubt") else None,
            silence_is_critical=raw["silence_is_critical"],
            last=Doubtful(datetime.fromisoformat(last[0]), last[1]) if last else None,
            exposure=tuple(_stretch(*each) for each in raw.get("exposure", ())),
            begun=tuple(datetime.fromisoformat(each) for each in raw.get("begun", ())),
        )


_INSTANTS = (
    "watched_since",
    "heard_at",
    "silent_since",
    "silence_found_at",
    "warned_at",
    "settled_at",
    "flapping_since",
)


def _stretch(since: str, until: str, direction: str) -> Stretch:
    return Stretch(datetime.fromisoformat(since), datetime.fromisoformat(until), Direction(direction))
