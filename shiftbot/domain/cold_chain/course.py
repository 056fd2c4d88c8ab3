"""A unit's course through its readings: how each one that is believed begins, worsens, or ends what goes on."""

from dataclasses import replace
from datetime import datetime

from shiftbot.domain.cold_chain import exposure, nearing
from shiftbot.domain.cold_chain.doubt import Doubt, Doubtful, is_possible, weigh
from shiftbot.domain.cold_chain.excursion import Excursion, let_time_pass
from shiftbot.domain.cold_chain.exposure import Stretch
from shiftbot.domain.cold_chain.limits import Limits
from shiftbot.domain.cold_chain.nearing import Nearing
from shiftbot.domain.cold_chain.reading import Direction
from shiftbot.domain.cold_chain.state import UnitState


class Course:
    """The part of a unit's state that readings change, for one judging."""

    def __init__(self, state: UnitState, limits: Limits) -> None:
        self._limits = limits
        self._state = state
        self.last = state.last
        self.doubt = state.doubt
        self.excursion = replace(state.excursion) if state.excursion else None
        self._nearing, self._warned_at = state.nearing, state.warned_at
        self._past, self._begun = state.exposure, state.begun
        self._settled_at, self._flapping_since = state.settled_at, state.flapping_since
        self.ended: list[Excursion] = []
        self.warned: list[Nearing] = []
        self.refused: list[Doubtful] = []

    @property
    def is_busy(self) -> bool:
        """Whether readings in the middle of the range matter too."""
        return self.excursion is not None or self._nearing is not None or self.doubt is not None

    def state(self) -> UnitState:
        """What is so now."""
        return replace(
            self._state,
            excursion=self.excursion,
            nearing=self._nearing,
            warned_at=self._warned_at,
            doubt=self.doubt,
            last=self.last,
            exposure=self._past,
            begun=self._begun,
            settled_at=self._settled_at,
            flapping_since=self._flapping_since,
        )

    def meet(self, at: datetime, value: float) -> None:
        """One more reading, believed or not."""
        new = Doubtful(at, value)
        self._believe_what_lasted(at)
        if self.doubt is not None:
            verdict = weigh(self.doubt, new, self._limits)
            self.doubt = verdict.doubt
            self.refused += verdict.refused
            for each in verdict.believed:
                self._take(*each)
        elif self.last is not None and self._is_in_doubt(self.last, new):
            self._warn(at)  # what fell due before the doubt began was so without any doubt
            self._calm_down(at)
            self.doubt = Doubt(self.last, (new,))
        else:
            self._take(at, value)

    def _is_in_doubt(self, before: Doubtful, new: Doubtful) -> bool:
        # Once it is out of range somebody looks at it anyway: what comes then is believed as it comes.
        begins = self.excursion is None and self._limits.side(new.value) is not None
        return begins and not is_possible(before, new, self._limits)

    def let_time_pass(self, until: datetime) -> None:
        """What falls due before `until` though no reading comes."""
        self._believe_what_lasted(until)
        if self.excursion is not None:
            let_time_pass(self.excursion, until, self._limits)
        if self.doubt is None:  # what was so since it began is said when the doubt is over
            self._warn(until)
            self._calm_down(until)

    def _believe_what_lasted(self, until: datetime) -> None:
        if self.doubt is not None and self.doubt.since + self._limits.alarm_delay < until:
            believed, self.doubt = self.doubt.waiting, None
            for each in believed:
                self._take(*each)

    # --- believed readings

    def _take(self, at: datetime, value: float) -> None:
        limits = self._limits
        if self.excursion is not None:
            self._follow(self.excursion, at, value)
        elif limits.side(value) is not None:
            self._warn(at)
            self._nearing = None
            self.excursion = self._begin(at, value)
        else:
            self._warn(at)
            self._nearing = nearing.follow(self._nearing, at, value, limits)

    def _warn(self, until: datetime) -> None:
        told_at = nearing.due_at(self._nearing, self._warned_at, self._limits)
        if self._nearing is not None and told_at is not None and told_at < until:
            self._nearing, self._warned_at = replace(self._nearing, told_at=told_at), told_at
            self.warned.append(self._nearing)

    def _begin(self, at: datetime, value: float, out_since: datetime | None = None) -> Excursion:
        direction = Direction.HIGH if value > self._limits.high else Direction.LOW
        excursion = Excursion(at, direction, value, last_at=at, out_since=out_since or at)
        self._open_stretch(excursion, at)
        self._heed(excursion, at, value)
        self._count(at)
        return excursion

    def _follow(self, excursion: Excursion, at: datetime, value: float) -> None:
        """One more reading in an excursion: it goes on, ends, or becomes one to the other side."""
        limits = self._limits
        let_time_pass(excursion, at, limits)
        side = limits.side(value)
        if excursion.out_since is not None:
            excursion.out += min(at - excursion.last_at, limits.holds_at_most)
            if side is not None and at - excursion.last_at > limits.holds_at_most:
                self._interrupt(excursion, excursion.out_since, at)
        if side is None:
            self._come_back(excursion, at, value)
        elif side is not excursion.direction:
            # From too warm to too cold without a reading in range: another excursion, but out of range all the while.
            self._close_stretch(excursion, at)
            out_since = excursion.out_since
            self._end(excursion, at)
            self.excursion = self._begin(at, value, out_since)
        else:
            self._stay_out(excursion, at, value)
        excursion.last_at = at

    def _interrupt(self, excursion: Excursion, out_since: datetime, at: datetime) -> None:
        """Nobody knows what was in so long a gap: what lasts, lasts from now on."""
        self._close_stretch(excursion, at)
        excursion.out_before += self._known_until(excursion, at) - out_since
        excursion.out_since = at
        excursion.critical_since = None
        self._open_stretch(excursion, at)

    def _known_until(self, excursion: Excursion, at: datetime) -> datetime:
        return min(at, excursion.last_at + self._limits.holds_at_most)

    def _stay_out(self, excursion: Excursion, at: datetime, value: float) -> None:
        if excursion.out_since is None:
            excursion.out_since = at
            self._open_stretch(excursion, at)
        excursion.inside_since = excursion.back_at = None
        worse = max if excursion.direction is Direction.HIGH else min
        excursion.extreme = worse(excursion.extreme, value)
        self._heed(excursion, at, value)

    def _come_back(self, excursion: Excursion, at: datetime, value: float) -> None:
        if excursion.out_since is not None:
            self._close_stretch(excursion, at)
            excursion.out_before += self._known_until(excursion, at) - excursion.out_since
            excursion.out_since, excursion.back_at = None, at
            excursion.critical_since = None
        if not self._limits.is_well_inside(value):
            excursion.inside_since = None
            return
        excursion.inside_since = excursion.inside_since or at
        if at - excursion.inside_since >= self._limits.clear_after:
            self._end(excursion, at)

    def _end(self, excursion: Excursion, at: datetime) -> None:
        excursion.ended_at = self._settled_at = at
        self.ended.append(excursion)
        self.excursion = None

    def _heed(self, excursion: Excursion, at: datetime, value: float) -> None:
        """What the temperature itself says: at once critical, or once it has lasted."""
        if not self._limits.is_critical(value):
            excursion.critical_since = None
            return
        excursion.critical_since = excursion.critical_since or at
        if at - excursion.critical_since >= self._limits.critical_delay:
            excursion.critical_at = excursion.critical_at or at
            excursion.told_at = excursion.told_at or at

    # --- time out of range, over days

    def _open_stretch(self, excursion: Excursion, at: datetime) -> None:
        excursion.side_since, limit = at, self._limits.cumulative(excursion.direction)
        if limit is not None:
            within = self._limits.cumulative_within
            excursion.adds_up_at = exposure.adds_up_at(self._past, excursion.direction, at, limit, within)

    def _close_stretch(self, excursion: Excursion, at: datetime) -> None:
        if excursion.side_since is not None:
            stretch = Stretch(excursion.side_since, self._known_until(excursion, at), excursion.direction)
            self._past = exposure.add(self._past, stretch, self._limits.cumulative_within)
        excursion.side_since = excursion.adds_up_at = None

    # --- many excursions in a short time

    def _count(self, at: datetime) -> None:
        self._calm_down(at)
        if not self._limits.flaps:
            return
        recent = (*(each for each in self._begun if at - each < self._limits.flaps_within), at)
        self._begun = recent[-self._limits.flaps :]
        if self._flapping_since is None and len(self._begun) == self._limits.flaps:
            self._flapping_since = self._begun[0]

    def _calm_down(self, until: datetime) -> None:
        ends_at = flapping_ends_at(self._flapping_since, self.excursion, self._settled_at, self._limits)
        if ends_at is not None and ends_at < until:
            self._flapping_since, self._begun = None, ()


def flapping_ends_at(
    since: datetime | None, excursion: Excursion | None, settled_at: datetime | None, limits: Limits
) -> datetime | None:
    """When flapping is over if nothing changes; `None` when there is none, or an excursion still goes on."""
    if since is None or excursion is not None or settled_at is None:
        return None
    return settled_at + limits.flaps_within
