"""Response URLs: five uses within thirty minutes, each bound to one interaction. Knows nothing of HTTP."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from shiftbot.demo.emulator import ids
from shiftbot.demo.emulator.refusals import Refusal

USES = 5
SECONDS = 30 * 60.0


@dataclass
class ResponseUrl:
    """`ts` is None where there is no message to replace (a slash command)."""

    user: str
    channel: str
    ts: str | None
    thread_ts: str | None
    made_at: float
    uses: int = 0


class ResponseUrls:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._made: dict[str, ResponseUrl] = {}

    def make(self, user: str, channel: str, ts: str | None = None, thread_ts: str | None = None) -> str:
        """The secret part of the address."""
        secret = ids.mixed(24)
        self._made[secret] = ResponseUrl(user, channel, ts, thread_ts, self.monotonic())
        return secret

    def use(self, secret: str) -> ResponseUrl:
        """Counts one use; raises `expired_url` or `used_url` with status 404."""
        found = self._made.get(secret)
        if found is None or self.monotonic() - found.made_at > SECONDS:
            raise Refusal("expired_url", status=404)
        if found.uses >= USES:
            raise Refusal("used_url", status=404)
        found.uses += 1
        return found
