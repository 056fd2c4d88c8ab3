"""The one way a Slack client is made here: it tries once, does not wait long, and its complaints are warnings."""

import logging
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from shiftbot.boundaries import around

TIMEOUT_SECONDS = 10
"""Shorter than the 45 s after which a parcel in hand counts as dropped (services/delivery)."""


class _Calm(logging.Filter):
    """Lost connections are normal, about one a day: the library's errors about them are warnings to us.

    What matters is said again by whoever decides: the sender, the watchdog of the connection, the listeners. What they
    say for debugging holds whole payloads, with what people type, PINs too: it is never logged.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return False
        if record.levelno >= logging.ERROR:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        # Bolt looks for SLACK_BOT_TOKEN by itself and says that it does not need what it found.
        return "`token` will be unused" not in record.getMessage()


def calm_logger(name: str) -> logging.Logger:
    """A logger for a library's own words about the network."""
    logger = logging.getLogger(name)
    if not any(isinstance(each, _Calm) for each in logger.filters):
        logger.addFilter(_Calm())
    return logger


class _Client(WebClient):
    """Slack's own client, whose every call has its boundaries."""

    def api_call(self, api_method: str, **further: Any) -> SlackResponse:
        """As Slack's own."""
        with around(f"call to Slack {api_method}"):
            return super().api_call(api_method, **further)


def slack_client(token: str, base_url: str, timeout_seconds: int = TIMEOUT_SECONDS) -> WebClient:
    """A client that tries once: `retry_handlers=[]`, because a repeated post is a second message."""
    logger = calm_logger("shiftbot.slack.web")
    return _Client(token=token, base_url=base_url, timeout=timeout_seconds, retry_handlers=[], logger=logger)
