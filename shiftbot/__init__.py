"""shiftbot runs a pharmacy's checklists, fridges, controlled counts and voicemail in Slack; no miss goes unheard."""

__version__ = "0.1.0"
