"""A pharmacy lived through by a virtual clock, under seeded faults, and a model beside it that says what was owed."""

from shiftbot.simulation.asking import ask
from shiftbot.simulation.outcome import Asking, Outcome, simulate
from shiftbot.simulation.printing import as_json, as_text

__all__ = ["Asking", "Outcome", "as_json", "as_text", "ask", "simulate"]
