"""A Slack workspace on this machine: Web API, Socket Mode, HTTP delivery, a page for people, and faults on request.

Held to what Slack documents. Imports nothing else of shiftbot.
"""

from shiftbot.demo.emulator.emulator import SlackEmulator
from shiftbot.demo.emulator.envelopes import Call, Envelope
from shiftbot.demo.emulator.fields import FormRefused
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.person import Person

__all__ = ["Call", "Envelope", "FormRefused", "Message", "Person", "SlackEmulator", "View"]
