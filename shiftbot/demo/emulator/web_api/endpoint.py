"""`/api/METHOD` over HTTP: arguments in, faults in the way, the answer out, every call in the log."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shiftbot.demo.emulator.envelopes import Log
from shiftbot.demo.emulator.faults import LATE, Fault, Faults
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api import answer
from shiftbot.demo.emulator.web_api.arguments import Arguments, bearer, read
from shiftbot.demo.emulator.web_api.method import Desk

Json = dict[str, Any]
_PAGE = "<!DOCTYPE html><html><head><title>Slack</title></head><body><h1>Something went wrong</h1></body></html>"


class WebApi:
    """`kind_of` tells a token's kind; `hang_up` closes a peer's connection without an answer."""

    def __init__(
        self,
        desk: Desk,
        faults: Faults,
        kind_of: Callable[[str | None], str | None],
        hang_up: Callable[[Request], None],
    ) -> None:
        self._desk = desk
        self._faults = faults
        self._kind_of = kind_of
        self._hang_up = hang_up

    @property
    def _log(self) -> Log:
        return self._desk.workspace.log

    async def __call__(self, request: Request) -> Response:
        name = request.path_params["method"]
        try:
            arguments = await read(request)
        except Refusal as refusal:
            self._log.called(name, {}, refusal.answer(), refusal.status)
            return JSONResponse(refusal.answer())
        token = bearer(request, arguments)
        answer = await self.respond(request, name, arguments, lambda: self._answer(name, token, arguments))
        granted = self._desk.workspace.manifest.bot_scopes
        if granted is not None and self._kind_of(token) == "bot":
            # Slack tells a token's scopes with every answer.
            answer.headers["x-oauth-scopes"] = ",".join(granted)
        return answer

    async def respond(self, request: Request, name: str, arguments: Json, act: Callable[[], "Said"]) -> Response:
        """`act` has the effect and gives the answer; a fault may come before it, after it, or in its place."""
        fault = self._faults.take(name, arguments)
        if fault is not None and fault.kind not in LATE:
            return await self._instead(request, name, arguments, fault)
        said = act()
        if fault is None:
            self._log.called(name, arguments, said.content, said.status)
        elif fault.kind == "slow":
            await asyncio.sleep(float(fault.detail.get("seconds", 5.0)))
            self._log.called(name, arguments, said.content, said.status, fault.kind)
        else:
            self._log.called(name, arguments, said.content, 0, fault.kind)
            await self._drop(request)
        return said.response()

    def _answer(self, name: str, token: str | None, arguments: Arguments) -> "Said":
        try:
            return Said(answer(self._desk, name, self._kind_of(token), arguments))
        except Refusal as refusal:
            retry_after = refusal.extra.pop("retry_after", None)
            return Said(refusal.answer(), refusal.status, retry_after)

    async def _instead(self, request: Request, name: str, arguments: Json, fault: Fault) -> Response:
        said = _of_fault(fault)
        dropped = fault.kind == "drop_before"
        self._log.called(name, arguments, said.content, 0 if dropped else said.status, fault.kind)
        if dropped:
            await self._drop(request)
        return said.response()

    async def _drop(self, request: Request) -> None:
        self._hang_up(request)
        await asyncio.sleep(0.01)  # lets the server notice, so that the answer is not written into a closed line


class Said:
    def __init__(
        self, content: Json, status: int = 200, retry_after: int | None = None, html: str | None = None
    ) -> None:
        self.content = content
        self.status = status
        self._retry_after = retry_after
        self._html = html

    def response(self) -> Response:
        if self._html is not None:
            return HTMLResponse(self._html, self.status)
        headers = {} if self._retry_after is None else {"Retry-After": str(self._retry_after)}
        return JSONResponse(self.content, self.status, headers)


def _of_fault(fault: Fault) -> Said:
    match fault.kind:
        case "ratelimited":
            return Said({"ok": False, "error": "ratelimited"}, 429, int(fault.detail.get("retry_after", 1)))
        case "http_500":
            return Said({"ok": False, "error": "internal_error"}, 500)
        case "http_503":
            return Said({"ok": False, "error": "service_unavailable"}, 503)
        case "html":
            return Said({}, int(fault.detail.get("status", 200)), html=_PAGE)
        case "error":
            return Said({"ok": False, "error": str(fault.detail.get("error", "internal_error"))})
        case _:
            return Said({})
