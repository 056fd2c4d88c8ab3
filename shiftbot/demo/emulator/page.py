"""The JSON the page lives on, its stream of happenings, and what a person does there. Its files are in `static/`."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from shiftbot.demo.emulator import page_state
from shiftbot.demo.emulator.feed import Subscriber
from shiftbot.demo.emulator.page_acts import perform, read_wanted
from shiftbot.demo.emulator.person import Person
from shiftbot.demo.emulator.workspace import User, Workspace

Json = dict[str, Any]
STATIC = Path(__file__).parent / "static"
PING_SECONDS = 15.0


class PageEndpoints:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._index),
            Route("/page/people", self._people),
            Route("/page/state", self._state),
            Route("/page/messages", self._messages),
            Route("/page/events", self._events),
            Route("/page/act", self._act, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC, check_dir=False)),
        ]

    async def _index(self, request: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    async def _people(self, request: Request) -> Response:
        with self._workspace.lock:
            return JSONResponse(page_state.people(self._workspace))

    async def _state(self, request: Request) -> Response:
        user = self._user(request)
        if user is None:
            return _nobody()
        with self._workspace.lock:
            return JSONResponse(page_state.state(self._workspace, user))

    async def _messages(self, request: Request) -> Response:
        user = self._user(request)
        if user is None:
            return _nobody()
        channel = request.query_params.get("channel", "")
        with self._workspace.lock:
            if channel not in {c.id for c in self._workspace.channels_of(user.id)}:
                return JSONResponse({"error": f"{user.name} is in no channel {channel!r}"}, 404)
            thread_ts = request.query_params.get("thread_ts") or None
            return JSONResponse({"messages": page_state.messages(self._workspace, user, channel, thread_ts)})

    async def _events(self, request: Request) -> Response:
        user = self._user(request)
        if user is None:
            return _nobody()
        subscriber = self._workspace.feed.subscribe(user.id)
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(subscriber), media_type="text/event-stream", headers=headers)

    async def _stream(self, subscriber: Subscriber) -> AsyncIterator[str]:
        try:
            yield ": hello\n\n"
            while True:
                try:
                    happening = await asyncio.wait_for(subscriber.queue.get(), PING_SECONDS)
                except TimeoutError:
                    yield ": ping\n\n"
                    continue
                if happening is None:
                    return
                yield f"id: {happening['seq']}\ndata: {json.dumps(happening)}\n\n"
        finally:
            self._workspace.feed.leave(subscriber)

    async def _act(self, request: Request) -> Response:
        """One thing done by one person; the answer waits for the app's acknowledgement."""
        try:
            wanted = read_wanted(await request.body())
            user, _ = self._workspace.users[wanted["user"]], wanted["do"]
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"ok": False, "error": "the body needs a known `user` and something to `do`"}, 400)
        began = time.monotonic()
        answer = await perform(Person(self._workspace, user), wanted)
        self._workspace.feed.publish("ack", [user.id], do=wanted.get("do"), ok=answer["ok"])
        answer.setdefault("acked_in_ms", round((time.monotonic() - began) * 1000))
        return JSONResponse(answer)

    def _user(self, request: Request) -> User | None:
        return self._workspace.users.get(request.query_params.get("user", ""))


def _nobody() -> Response:
    return JSONResponse({"error": "there is no such user"}, 404)
