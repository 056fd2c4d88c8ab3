"""The autopilot: the cast plays the day by itself, cue by cue. Off unless somebody switches it on."""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shiftbot.demo.deeds import Cast
from shiftbot.demo.script import SCRIPT, Cue
from shiftbot.demo.words import Chapter
from shiftbot.domain.local_time import instant, local_clock

log = logging.getLogger(__name__)

BEAT = timedelta(seconds=20)
"""Between two deeds, so that whoever watches can follow."""


@dataclass
class Autopilot:
    """Plays the script on one day. `is_on` may be switched at any time, from any thread."""

    cast: Cast
    day: date
    is_on: bool = False
    _next: int = 0
    _not_before: datetime | None = field(default=None)

    def act(self, now: datetime) -> bool:
        """Do what is due, one thing at most; whether something was done."""
        if not self.is_on or (self._not_before is not None and now < self._not_before):
            return False
        cue = self._due(now)
        if cue is None:
            return False
        self._not_before = now + BEAT
        if self._is_over(cue):
            self._next += 1
        return True

    def next_at(self) -> datetime | None:
        """When something is next to be done; None when the autopilot is off or the day is played."""
        if not self.is_on or self._next >= len(SCRIPT):
            return None
        at = self._at(SCRIPT[self._next])
        return at if self._not_before is None else max(at, self._not_before)

    def instead_of(self, chapter: Chapter) -> Chapter:
        """What to say beside the story while the autopilot plays."""
        if not self.is_on:
            return chapter
        following = self.next_at()
        if following is None:
            return Chapter(chapter.title, "The autopilot has played the day. " + chapter.hint)
        at = local_clock(self.cast.site.calendar, following)
        return Chapter(
            chapter.title, f"The autopilot plays the staff; its next move is at {at}. Switch person to see their side."
        )

    def _due(self, now: datetime) -> Cue | None:
        while self._next < len(SCRIPT):
            cue = SCRIPT[self._next]
            at = self._at(cue)
            if now < at:
                return None
            if now <= at + cue.within:
                return cue
            self._next += 1
        return None

    def _at(self, cue: Cue) -> datetime:
        return instant(self.cast.site.calendar.timezone, self.day, cue.at)

    def _is_over(self, cue: Cue) -> bool:
        try:
            return cue.deed(self.cast)
        except (LookupError, ValueError, TimeoutError) as error:
            # Somebody at the page was quicker, or has another form open: the play goes on without this line.
            log.info("the autopilot could not do its part: %s", error, extra={"action": "autopilot_skipped"})
            return True
