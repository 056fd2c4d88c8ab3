"""Reading what a pharmacy edits (pharmacy.yaml, checklists/, sensors/) into domain objects, or saying all its mistakes.

Knows nothing of the database, of Slack or of the clock.
"""

from shiftbot.definitions.loading import load
from shiftbot.definitions.packs import shipped_packs
from shiftbot.definitions.previewing import preview
from shiftbot.definitions.starter import write_starter
from shiftbot.definitions.trial import find_other, find_trial, read_span

__all__ = ["find_other", "find_trial", "load", "preview", "read_span", "shipped_packs", "write_starter"]
