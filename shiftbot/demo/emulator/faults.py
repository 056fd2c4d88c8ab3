"""Faults a test asks for: which request they hit, how often, what they do. Knows nothing of how an answer is made."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

KINDS = ("ratelimited", "http_500", "http_503", "html", "slow", "drop_before", "drop_after", "error")
LATE = ("slow", "drop_after")  # the effect is done first


@dataclass
class Fault:
    """`detail` by kind: retry_after (s), seconds, error, status."""

    method: str
    kind: str
    times: int
    match: Callable[[Json], bool] | None = None
    detail: Json = field(default_factory=dict)

    def hits(self, method: str, arguments: Json) -> bool:
        return self.times > 0 and self.method in ("*", method) and (self.match is None or self.match(arguments))


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[Fault] = []

    def ask(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"there is no fault {fault.kind!r}; there are {', '.join(KINDS)}")
        with self._lock:
            self._asked.append(fault)

    def take(self, method: str, arguments: Json) -> Fault | None:
        """The first that fits, used up by one."""
        with self._lock:
            for fault in self._asked:
                if fault.hits(method, arguments):
                    fault.times -= 1
                    return fault
        return None

    def forget(self) -> None:
        with self._lock:
            self._asked.clear()
