"""The boundaries at which dying matters: the instants before and after each commit and each call over the network.

Between two of them nothing leaves the process, so a test that kills it at every one has killed it everywhere. Nobody
watches in a pharmacy; knows nothing of what is committed or called.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watcher = Callable[[str], object]
"""Told the name of each boundary as it is reached: `before commit`, `after call chat.postMessage` …"""

_watchers: list[Watcher] = []


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell `watcher` of each boundary that any thread reaches meanwhile; what it raises is raised there."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def reached(name: str) -> None:
    """Say that a boundary is reached."""
    for watcher in _watchers:
        watcher(name)


@contextmanager
def around(what: str) -> Iterator[None]:
    """The boundaries before and after something; after it only when it did not raise."""
    reached(f"before {what}")
    yield
    reached(f"after {what}")
