"""Means beside Slack (SMS, voice, mail, ntfy, PagerDuty …) by Apprise URLs, for whoever Slack does not reach."""

import logging
import warnings
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from datetime import timedelta
from threading import Lock
from typing import Any

from shiftbot.boundaries import around
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown
from shiftbot.services.delivery import Receipt

WITHIN_SECONDS = 20.0
"""Below the 45 s after which a parcel in hand counts as dropped (services/delivery)."""


class AppriseSender:
    """Sends a text to one Apprise URL, in bounded time. The URL holds secrets: no message and no log shows it."""

    def __init__(self, pool: Executor | None = None) -> None:
        self._pool = pool or ThreadPoolExecutor(4, thread_name_prefix="apprise")

    def send(self, url: str, text: str) -> Receipt:
        """Send; an outside means has neither channel nor ts. Raises DeliveryFailed, -Postponed or -Unknown."""
        try:
            with around("call to an outside means"):
                sent = self._pool.submit(_notify, url, text).result(timeout=WITHIN_SECONDS)
        except TookTooLong:
            raise DeliveryUnknown(f"{scheme(url)} did not answer in {WITHIN_SECONDS:g} s") from None
        if not sent:
            raise DeliveryPostponed(f"{scheme(url)} did not take the message", wait=timedelta(0))
        return Receipt()


def is_outside(target: str) -> bool:
    """Whether a target is an Apprise URL and not a Slack id. Its secrets must reach nobody but its own service."""
    return "://" in target


def scheme(url: str) -> str:
    """The kind of means, like `mailto`: the only part of such a URL that may be shown."""
    return url.partition("://")[0]


def is_known(url: str) -> bool:
    """Whether Apprise understands a URL; nothing is sent."""
    understood: bool = _apprise().Apprise().add(url)
    return understood


_loading = Lock()


def _apprise() -> Any:
    """Apprise, with its services loaded: it knows more than a hundred, and most sites use none of them."""
    with _loading, warnings.catch_warnings():
        # Some of them are older than this Python; that is no matter of the pharmacy's.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        apprise.Apprise.instantiate("json://127.0.0.1")
    # Its own messages may name the URL and with it secrets; what matters is said by the errors raised here.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    return apprise


def _notify(url: str, text: str) -> bool:
    apprise = _apprise()
    means = apprise.Apprise()
    if not means.add(url):
        raise DeliveryFailed(f"{scheme(url)} is not a means that Apprise knows, or its URL is incomplete")
    title = text.splitlines()[0][:80]
    return bool(means.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT))
