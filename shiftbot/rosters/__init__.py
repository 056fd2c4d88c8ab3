"""The calendars of the roster, looked at again and again: files of the home folder, and addresses on the network.

An edge like Slack and MQTT: it alone fetches, and hands what it read to the services. Nothing here decides anything.
"""

from shiftbot.rosters.fetching import CalendarUnavailable, fetch
from shiftbot.rosters.reader import RosterReader

__all__ = ["CalendarUnavailable", "RosterReader", "fetch"]
