"""What every Web API method is made of, and what each handler is given."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from shiftbot.demo.emulator.rate_limits import RateLimits
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.workspace import Workspace

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """What a handler works with. `open_connection` gives a WebSocket URL."""

    workspace: Workspace
    rate_limits: RateLimits
    open_connection: Callable[[], str]


Handler = Callable[[Desk, Arguments], Json]


@dataclass(frozen=True)
class Method:
    """`token`: which kind it wants, bot, app or none. A handler returns the answer without `ok`."""

    handler: Handler
    required: tuple[str, ...] = ()
    token: str = "bot"

    def require(self, arguments: Arguments) -> None:
        missing = [name for name in self.required if arguments.get(name) in (None, "")]
        if missing:
            raise Refusal("invalid_arguments", [f"[ERROR] missing required field: {name}" for name in missing])


def page(
    items: Sequence[T], arguments: Arguments, default: int, most: int = 1000, refused: str = "invalid_limit"
) -> tuple[list[T], str]:
    """The wanted part of a list and the cursor to what follows. `refused`: the method's code for a bad limit."""
    start = _start_of(arguments.text("cursor"))
    limit = arguments.number("limit", default)
    if not 0 < limit <= most:
        raise Refusal(refused)
    following = start + limit
    cursor = base64.b64encode(f"next:{following}".encode()).decode() if following < len(items) else ""
    return list(items[start:following]), cursor


def _start_of(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise Refusal("invalid_cursor") from None


def refuse_haste(wait: int | None) -> None:
    """`wait`: seconds until the next call may come, None when it may come now."""
    if wait is not None:
        raise Refusal("ratelimited", status=429, retry_after=wait)


def next_cursor(cursor: str) -> Json:
    return {"response_metadata": {"next_cursor": cursor}}
