"""The one-command try-out: a Slack emulator, simulated storage units, and a story with a fast clock."""
