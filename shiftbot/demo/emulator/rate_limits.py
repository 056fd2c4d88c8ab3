"""One message a second and channel, with a short burst, as chat.postMessage has it.

Source: docs.slack.dev/apis/web-api/rate-limits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

PER_SECOND = 1.0
BURST = 5


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimits:
    """Runs on the workspace's clock. The burst is not documented by number; five is on the strict side."""

    def __init__(self, now: Callable[[], float], *, enabled: bool) -> None:
        self._now = now
        self._enabled = enabled
        self._buckets: dict[str, _Bucket] = {}

    def retry_after(self, channel: str) -> int | None:
        """None and one token less, or the whole seconds to wait."""
        if not self._enabled:
            return None
        now = self._now()
        bucket = self._buckets.setdefault(channel, _Bucket(BURST, now))
        bucket.tokens = min(BURST, bucket.tokens + max(0.0, now - bucket.at) * PER_SECOND)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return None
        return max(1, math.ceil((1 - bucket.tokens) / PER_SECOND))
