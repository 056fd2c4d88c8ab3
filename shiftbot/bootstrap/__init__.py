"""The only place where real things meet: engine, Slack app, MQTT client, ticker, web app. Nothing starts on import."""

from shiftbot.bootstrap.interruption import Interruption
from shiftbot.bootstrap.opening import open_database
from shiftbot.bootstrap.parts import DEFINED_BY, EVERYTHING, Part
from shiftbot.bootstrap.process import Shiftbot

__all__ = ["DEFINED_BY", "EVERYTHING", "Interruption", "Part", "Shiftbot", "open_database"]
