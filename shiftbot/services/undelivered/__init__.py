"""Messages of our own that failed for good: told to whoever can mend it, and no alert waits for who is not reached."""

from shiftbot.services.undelivered.alerting import alert_of_failures

__all__ = ["alert_of_failures"]
