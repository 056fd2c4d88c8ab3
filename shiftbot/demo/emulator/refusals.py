"""`Refusal`: an answer with `ok: false`, carrying one of Slack's documented error codes."""

from collections.abc import Iterable
from typing import Any


class Refusal(Exception):
    """`messages` become `response_metadata.messages`; `extra` is merged into the answer; `status` is of HTTP."""

    def __init__(self, error: str, messages: Iterable[str] = (), status: int = 200, **extra: Any) -> None:
        self.error = error
        self.messages = list(messages)
        self.status = status
        self.extra = extra
        super().__init__(f"{error}: {'; '.join(self.messages)}" if self.messages else error)

    def answer(self) -> dict[str, Any]:
        said: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            said["errors"] = [m.removeprefix("[ERROR] ") for m in self.messages]
            said["response_metadata"] = {"messages": self.messages}
        return said
