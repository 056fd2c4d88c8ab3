"""How often the app may call: one message a second and channel with a short burst, and so many calls a minute by tier.

Source: docs.slack.dev/apis/web-api/rate-limits, and each method's page for its tier. Runs on the workspace's clock.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

BURST = 5  # not documented by number; on the strict side
_PER_MINUTE_BY_METHOD = {
    20: "conversations.list dnd.teamInfo usergroups.list usergroups.users.list usergroups.users.update users.list",
    50: "apps.connections.open bots.info chat.delete chat.update conversations.history conversations.info "
    "conversations.join conversations.open conversations.replies dnd.info reactions.add reactions.get team.info "
    "users.conversations users.lookupByEmail",
    100: "api.test chat.postEphemeral conversations.members files.completeUploadExternal files.getUploadURLExternal "
    "files.info users.info views.open views.publish views.push views.update",
}
PER_MINUTE = {method: count for count, methods in _PER_MINUTE_BY_METHOD.items() for method in methods.split()}


@dataclass
class _Bucket:
    tokens: float
    at: float

    def take(self, now: float, capacity: float, per_second: float) -> int | None:
        """None and one token less, or the whole seconds to wait."""
        self.tokens = min(capacity, self.tokens + max(0.0, now - self.at) * per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return None
        return max(1, math.ceil((1 - self.tokens) / per_second))


class RateLimits:
    """`posts`: chat.postMessage by channel; `tiers`: every other method by name. Answers are seconds to wait."""

    def __init__(self, now: Callable[[], float], *, posts: bool, tiers: bool) -> None:
        self._now = now
        self._posts = posts
        self._tiers = tiers
        self._buckets: dict[str, _Bucket] = {}

    def wait_for_post(self, channel: str) -> int | None:
        return self._take(channel, BURST, 1.0) if self._posts else None

    def wait_for_call(self, method: str) -> int | None:
        limited = self._tiers and method in PER_MINUTE
        return self._take(method, PER_MINUTE[method], PER_MINUTE[method] / 60) if limited else None

    def _take(self, name: str, capacity: float, per_second: float) -> int | None:
        now = self._now()
        return self._buckets.setdefault(name, _Bucket(capacity, now)).take(now, capacity, per_second)
