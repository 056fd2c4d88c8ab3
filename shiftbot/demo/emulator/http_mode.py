"""HTTP delivery: each payload signed with the app's secret and POSTed to its request URL; three seconds to answer 200.

Knows nothing of Socket Mode. Posts run in threads, outcomes return to the event loop.
"""

import asyncio
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shiftbot.demo.emulator.envelopes import Envelope

Json = dict[str, Any]
DEADLINE_SECONDS = 3.0


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """docs.slack.dev/authentication/verifying-requests-from-slack"""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class HttpCarrier:
    """`acknowledge(envelope_id, payload)` and `refuse(envelope, reason)` are called on the event loop."""

    def __init__(
        self,
        request_url: str,
        signing_secret: str,
        acknowledge: Callable[[str, Json | None], None],
        refuse: Callable[[Envelope, str], None],
    ) -> None:
        self._url = request_url
        self._secret = signing_secret
        self._acknowledge = acknowledge
        self._refuse = refuse
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="emulator-http")
        # Requests go to this machine: whatever proxy the environment names is not asked.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send(self, envelope: Envelope) -> bool:
        loop = asyncio.get_running_loop()
        request = self._request(envelope)
        self._threads.submit(self._post, loop, envelope, request)
        return True

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _post(self, loop: asyncio.AbstractEventLoop, envelope: Envelope, request: urllib.request.Request) -> None:
        try:
            with self._opener.open(request, timeout=DEADLINE_SECONDS) as response:
                said = response.read()
        except TimeoutError:
            _on(loop, self._refuse, envelope, "http_timeout")
        except urllib.error.HTTPError as error:
            error.close()
            _on(loop, self._refuse, envelope, "http_error")
        except OSError as error:
            timed_out = isinstance(getattr(error, "reason", None), TimeoutError)
            _on(loop, self._refuse, envelope, "http_timeout" if timed_out else "connection_failed")
        else:
            _on(loop, self._acknowledge, envelope.id, _payload_in(said))

    def _request(self, envelope: Envelope) -> urllib.request.Request:
        body, content_type = _body(envelope)
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
        }
        if envelope.attempts > 1:
            headers |= {
                "X-Slack-Retry-Num": str(envelope.attempts - 1),
                "X-Slack-Retry-Reason": envelope.retry_reason,
            }
        return urllib.request.Request(self._url, data=body, headers=headers, method="POST")


def _on(loop: asyncio.AbstractEventLoop, act: Callable[..., None], *arguments: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(act, *arguments)


def _body(envelope: Envelope) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    match envelope.type:
        case "events_api":
            return json.dumps(envelope.payload).encode(), "application/json"
        case "slash_commands":
            return urllib.parse.urlencode(envelope.payload).encode(), form
        case _:
            return urllib.parse.urlencode({"payload": json.dumps(envelope.payload)}).encode(), form


def _payload_in(said: bytes) -> Json | None:
    """A plain-text answer to a slash command is its text; nothing is nothing."""
    text = said.decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}
