"""The boundaries at which dying matters: the instants before and after each commit and each call over the network.

Between two of them nothing leaves the process, so a test that kills it at every one has killed it everywhere. In a
pharmacy nobody watches, and a boundary costs one look at an empty list. Knows nothing of what is committed or called.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Watcher = Callable[[str], object]
"""Told the name of each boundary and who asked: `before commit in services.runs.opening.open_due_runs`,
`after call to Slack chat.postMessage in slack.sender.SlackSender._post` …
"""

_watchers: list[Watcher] = []

_PASSED_THROUGH = {__name__} | {
    f"shiftbot.{module}" for module in ("storage.database", "services.batches", "slack.client", "slack.faults")
}
"""Modules by which everybody commits or calls: a boundary is named after who asked them."""


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell `watcher` of each boundary that any thread reaches meanwhile; what it raises is raised there."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def is_watched() -> bool:
    """Whether it is worth finding out whether a boundary matters."""
    return bool(_watchers)


def reached(name: str) -> None:
    """Say that a boundary is reached."""
    if not _watchers:
        return
    full = f"{name} in {_asked_by()}"
    for watcher in tuple(_watchers):
        watcher(full)


@contextmanager
def around(what: str) -> Iterator[None]:
    """The boundaries before and after something; after it only when it did not raise."""
    reached(f"before {what}")
    yield
    reached(f"after {what}")


def _asked_by() -> str:
    """The nearest function of ours that is not merely passed through: `services.escalation.climbing.escalate`."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the one way to learn who asks; only tests watch
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("shiftbot.") and module not in _PASSED_THROUGH:
            return f"{module.removeprefix('shiftbot.')}.{frame.f_code.co_qualname.partition('.<locals>')[0]}"
        frame = frame.f_back
    return "nobody of ours"
