"""shiftbot runs a pharmacy's checklists, fridges, controlled counts and voicemail in Slack, and never lets a miss go unheard."""

__version__ = "0.1.0"
