"""What a failed call to Slack means for a message: later, perhaps sent, or never (libraries.md C §5).

The question is always whether the message may be out. Slack's `ok: false` is a clear no; a refused connection never
reached it; everything else is unknown.
"""

import errno
import socket
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from shiftbot.errors import DeliveryError, DeliveryFailed, DeliveryPostponed, DeliveryUnknown

Answered = TypeVar("Answered")

RETRY_AFTER_SECONDS = 30
"""When Slack asks to wait and does not say how long."""

ASKS_TO_WAIT = ("ratelimited", "rate_limited")
"""The code that every method documents, and the one of chat.postMessage's own (slack-api/methods)."""

PERHAPS_DONE = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
"""`ok: false`, but Slack's own documentation says that something may have happened nevertheless."""

EVERYWHERE = frozenset(
    {
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "token_expired",
        "token_revoked",
    }
)
"""What is said of the app itself, or of the whole workspace: nobody is reached by Slack."""

NOT_REACHED = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


def attempt(call: Callable[[], Answered]) -> Answered:
    """What `call` gives. Raises DeliveryPostponed, DeliveryUnknown or DeliveryFailed for whatever slack_sdk raises."""
    try:
        return call()
    except SlackApiError as error:
        raise said_no(error) from error
    except URLError as error:
        raise _not_answered(error.reason) from error
    except (OSError, HTTPException) as error:
        raise _not_answered(error) from error


def code(error: SlackApiError) -> str:
    """Slack's error code; empty when it answered something else than JSON."""
    answer: Any = error.response
    said = answer.get("error", "") if hasattr(answer, "get") else ""
    return said if isinstance(said, str) and " " not in said else ""


def said_no(error: SlackApiError) -> DeliveryError:
    """What an answer of Slack's means."""
    status = int(getattr(error.response, "status_code", 200))
    said = code(error)
    if status == 429 or said in ASKS_TO_WAIT:
        return DeliveryPostponed("Slack asks to wait", wait=_retry_after(error))
    if status >= 500 or not said:
        return DeliveryUnknown(f"Slack answered {status} and no clear yes or no")
    if said in PERHAPS_DONE:
        return DeliveryUnknown(f"Slack answered {said}")
    return DeliveryFailed(f"Slack refused it: {said}", everywhere=said in EVERYWHERE)


def _retry_after(error: SlackApiError) -> timedelta:
    headers = getattr(error.response, "headers", {}) or {}
    told = str(headers.get("Retry-After", headers.get("retry-after", "")))
    return timedelta(seconds=int(told) if told.isdigit() else RETRY_AFTER_SECONDS)


def _not_answered(reason: object) -> DeliveryError:
    if isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in NOT_REACHED:
        return DeliveryPostponed(f"Slack was not reached: {reason}", wait=timedelta(0))
    return DeliveryUnknown(f"no answer from Slack: {type(reason).__name__} {reason}".strip())
