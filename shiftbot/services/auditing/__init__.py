"""Whether we do what we promised, looked at from beside: what is stuck, and a clock that was set while we ran."""

from shiftbot.services.auditing.finding import audit, in_words
from shiftbot.services.auditing.stepping import ClockSteps, note_step, set_back_while_away

__all__ = ["ClockSteps", "audit", "in_words", "note_step", "set_back_while_away"]
