"""By when something that fell due must have happened, given what was wrong meanwhile. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shiftbot.simulation.logbook import Stretch

PATIENCE = timedelta(minutes=3)
"""Nothing waits longer than this of its own: retries, a restart, a queue of a message a second."""

DECIDING = frozenset({"down", "locked", "jump"})
"""What keeps the product from deciding."""

SLACK = DECIDING | {"slack", "waits"}
"""What keeps a message from coming by Slack."""


@dataclass
class Excuses:
    """Every stretch in which something was wrong."""

    stretches: Sequence[Stretch]
    _of: dict[frozenset[str], list[Stretch]] = field(default_factory=dict)

    def by(self, due_at: datetime, kinds: frozenset[str], patience: timedelta = PATIENCE) -> datetime:
        """The latest instant that can be excused: each stretch that is on before it lets it begin anew."""
        latest = due_at + patience
        for stretch in self._sorted(kinds):
            if stretch.ends_at < due_at:
                continue
            if stretch.starts_at > latest:
                return latest
            latest = max(latest, stretch.ends_at + patience)
        return latest

    def on(self, since: datetime, until: datetime, kinds: frozenset[str]) -> bool:
        """Whether anything of this was wrong in a stretch of time."""
        return any(each.starts_at <= until and since <= each.ends_at for each in self._sorted(kinds))

    def _sorted(self, kinds: frozenset[str]) -> list[Stretch]:
        if kinds not in self._of:
            found = (each for each in self.stretches if each.what in kinds)
            self._of[kinds] = sorted(found, key=lambda each: each.starts_at)
        return self._of[kinds]
